"""What restic's answers mean, from 0.14 on; recorded runs of 0.14.0, 0.18.0 and 0.19.1 are the source.

The exit code goes first (restic's manual, Scripting: an unknown one "must be treated as a command failure"): 10, 11
and 12 exist since 0.17, before that all is 1 and the text says which. `check --json` speaks JSON since 0.18, and
prints its summary with `num_errors: 1` also where it could not begin; so only "repository contains errors", which
restic says after it looked, is taken for damage. Zero values may be left out.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from jobs.connectors.backups.tree import shown
from jobs.connectors.command import Finished
from jobs.kinds.backup import Copy


class Trouble(StrEnum):
    """Why restic did not do what it was asked."""

    MISSING = "missing"
    LOCKED = "locked"
    PASSWORD = "password"  # noqa: S105 - the name of a trouble
    CANCELLED = "cancelled"
    TIMED_OUT = "timed-out"
    CRASHED = "crashed"
    DAMAGED = "damaged"
    FAILED = "failed"
    STRANGE = "strange"
    """A code that no manual knows, or success without its word."""


_CODES = {
    1: Trouble.FAILED, 2: Trouble.CRASHED, 10: Trouble.MISSING, 11: Trouble.LOCKED, 12: Trouble.PASSWORD,
    130: Trouble.CANCELLED,
}  # fmt: skip
_WORDS = (
    ("wrong password or no key found", Trouble.PASSWORD),
    ("Is there a repository at the following location", Trouble.MISSING),
    ("unable to create lock", Trouble.LOCKED),
    ("repository is already locked", Trouble.LOCKED),
    ("repository contains errors", Trouble.DAMAGED),
    ("LoadIndex returned errors", Trouble.DAMAGED),
    ("ciphertext verification failed", Trouble.DAMAGED),
    ("invalid data returned", Trouble.DAMAGED),
    ("Fatal: There were", Trouble.DAMAGED),
)
"""What code 1 may mean, by restic's own words; the first that is found counts."""
_PACK = re.compile(r"\bpack (?:ID does not match, want )?([0-9a-f]{64})", re.IGNORECASE)
_SPOILT = re.compile(r"(?:Ignoring \"|could not load snapshot )([0-9a-f]{8,64})")
_ID = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{56}\b")
"""An id, of which the first 8 letters are enough for a person."""
_LONGEST = 300
_FINE = "no errors were found"
STALE = timedelta(minutes=30)
"""A lock not renewed for so long is nobody's (its internal/restic/lock.go, 0.18)."""


def trouble_of(finished: Finished) -> Trouble | None:
    """Return what went wrong by the code and, where that says nothing, the words; None for success."""
    if finished.timed_out:
        return Trouble.TIMED_OUT
    if finished.code < 0:
        return Trouble.CRASHED
    trouble = _CODES.get(finished.code, Trouble.STRANGE) if finished.code else None
    if trouble is not Trouble.FAILED:
        return trouble
    said = finished.complaint
    return next((meaning for word, meaning in _WORDS if word in said), Trouble.FAILED)


def trouble_of_check(finished: Finished) -> Trouble | None:
    """Return what a check shows; success counts only where restic also says that it found no errors."""
    trouble = trouble_of(finished)
    return Trouble.STRANGE if trouble is None and not _says_fine(finished) else trouble


def _says_fine(finished: Finished) -> bool:
    summary = summary_of(finished)
    if summary is None:
        return _FINE in finished.text.splitlines()
    return not summary.get("num_errors") and not summary.get("broken_packs")


def summary_of(finished: Finished) -> dict[str, Any] | None:
    """Return the last line of JSON on the output that calls itself the summary, None where there is none."""
    found = [one for one in _messages(finished.text) if one.get("message_type") == "summary"]
    return found[-1] if found else None


def broken_packs(finished: Finished) -> list[str]:
    """Return the first 8 letters of the ids of the packs that a check calls damaged, each once."""
    summary = summary_of(finished) or {}
    listed = summary.get("broken_packs") or _PACK.findall(finished.complaint)
    return list(dict.fromkeys(str(one)[:8] for one in listed))


def first_error(finished: Finished) -> str:
    """Return the first thing that restic complained of, as one line that can be shown; empty where of none."""
    return next(filter(None, map(_line, finished.complaint.splitlines())), "")


def is_about(finished: Finished, words: str) -> bool:
    """Return whether everything that restic complained of, but for its last word, has these words in it."""
    lines = [line for line in map(_line, finished.complaint.splitlines()) if line and line != why(finished)]
    return bool(lines) and all(words in line for line in lines)


def why(finished: Finished) -> str:
    """Return why restic says that it ended, as one line that can be shown; its first complaint where it does not."""
    lines = finished.complaint.splitlines()
    last = [line for line in lines if line.startswith("Fatal: ") or '"exit_error"' in line]
    return next(filter(None, map(_line, last)), "") or first_error(finished)


def _line(line: str) -> str:
    message = next(_messages(line), None)
    if message is not None:
        inner = message.get("error")
        text = inner.get("message", "") if isinstance(inner, dict) else message.get("message", "")
        line = f"{message['item']}: {text}" if message.get("item") else str(text)
    first = shown(line.strip().partition("\n")[0].removeprefix("Fatal: "))
    return _ID.sub(r"\1", first)[:_LONGEST]


def _messages(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if isinstance(message, dict):
                yield message


@dataclass(frozen=True)
class Snapshot:
    """A copy as restic lists it; `added` is how many bytes it added to the repository, None: not told."""

    copy: Copy
    added: int | None


def snapshots_of(finished: Finished) -> tuple[list[Snapshot], list[str]]:
    """Return the copies of `snapshots --json`, newest first, and what could not be read.

    Raise ValueError where the answer is no list.
    """
    answer = json.loads(finished.text)
    rows = [] if answer is None else answer
    if not isinstance(rows, list):
        raise ValueError("no list")  # noqa: TRY004 - the caller hears of one kind of nonsense
    unreadable = [f"snapshot {found[:8]}" for found in _SPOILT.findall(finished.complaint)]
    snapshots = []
    for row in rows:
        try:
            snapshots.append(_snapshot(row))
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            unreadable.append("a snapshot that makes no sense")
    snapshots.sort(key=lambda one: (one.copy.moment, one.copy.id), reverse=True)
    return snapshots, unreadable


def _snapshot(row: dict[str, Any]) -> Snapshot:
    moment = datetime.fromisoformat(row["time"])
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    summary = row.get("summary")
    host, paths = str(row.get("hostname", "")), [str(path) for path in row.get("paths") or []]
    identifier = str(row["id"])
    if not re.fullmatch("[0-9a-f]{64}", identifier):
        raise ValueError("no id")
    copy = Copy(
        shown(f"{host} {identifier[:8]}".strip()), moment.astimezone(UTC),
        _count(summary, "total_bytes_processed"), _count(summary, "total_files_processed"),
        identifier, shown(f"{host}:{','.join(paths)}"), shown(str(row.get("original") or "")),
    )  # fmt: skip
    return Snapshot(copy, _count(summary, "data_added_packed"))


def _count(summary: dict[str, Any] | None, name: str) -> int | None:
    """Return a number of a summary, where one that is left out is 0; None where there is no summary (before 0.17)."""
    return None if summary is None else int(summary.get(name, 0))


def sized(snapshot: Snapshot, size: int | None) -> Snapshot:
    """Return a copy with a size in bytes where it has none of its own."""
    copy = snapshot.copy
    return replace(snapshot, copy=replace(copy, size=size if copy.size is None else copy.size))


def total_of(finished: Finished) -> int | None:
    """Return the bytes that `stats --json` counts, None where it does not."""
    try:
        return None if finished.code else int(json.loads(finished.text)["total_size"])
    except (KeyError, TypeError, ValueError):
        return None


def version_of(finished: Finished) -> tuple[int, ...] | None:
    """Return the version that `restic version` tells, None where it tells none."""
    found = re.search(r"\brestic v?(\d+)\.(\d+)(?:\.(\d+))?", finished.text)
    return tuple(int(part or 0) for part in found.groups()) if found and not finished.code else None


def ids_of(finished: Finished) -> list[str]:
    """Return the ids that `restic list` prints, one a line."""
    return re.findall(r"^[0-9a-f]{64}$", finished.text, re.MULTILINE)


@dataclass(frozen=True)
class Lock:
    """A lock on a repository: whose it is, when it was made or last renewed (UTC), whether it keeps all others out."""

    who: str
    moment: datetime
    exclusive: bool

    def is_live(self, now: datetime) -> bool:
        """Say whether its program may still be at work."""
        return self.moment > now - STALE


def lock_of(finished: Finished) -> Lock | None:
    """Return the lock that `cat lock` prints; None where it prints none."""
    try:
        row = json.loads(finished.text)
        moment = datetime.fromisoformat(row["time"]).astimezone(UTC)
        who = f"{row.get('username', '')}@{row.get('hostname', '')}, {row.get('pid', '')}"
        return Lock(shown(who), moment, bool(row.get("exclusive")))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return None
