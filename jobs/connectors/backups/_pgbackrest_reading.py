"""What pgBackRest prints about a stanza, and what that means.

`info --output=json` ends with 0 whatever it finds: the stanza's `status.code` tells (src/command/info/info.c, 2.59).
`verify` ends with 0 as well, and prints text only where it is told to. It checks what lies in the repository: a backup
whose whole folder is gone is no error to it ("none found", `status: ok`; seen with 2.45). Hence every backup that
`info` lists must be called valid by name. That a WAL segment is missing between others neither of the two tells.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.api import OutsideError, Text, Value
from jobs.connectors.backups._tools import epoch, json_in, understood
from jobs.connectors.backups.tree import shown
from jobs.kinds.backup import Copy

_NO_BACKUP = 2
_MIXED = 4
"""One of several repositories is not well: the others still have their backups."""
_BACKUP = re.compile(r"^ +backup: (\S+), status: ([^,\n]+)(?:, total files checked: (\d+))?", re.MULTILINE)
_WELL = re.compile(r"total (WAL|files) checked|status: valid|: 0")
_COUNTS = re.compile(r"(missing|checksum invalid|size invalid|other): ([1-9]\d*)")


@dataclass(frozen=True)
class Stanza:
    """What `info` tells of one stanza: its code and message, its backups oldest first, its archives."""

    name: str
    code: int
    message: str
    backups: Sequence[Mapping[str, Any]]
    archives: Sequence[Mapping[str, Any]]
    databases: Sequence[Mapping[str, Any]] = ()

    @property
    def labels(self) -> frozenset[str]:
        """The names of its backups."""
        return frozenset(str(row["label"]) for row in self.backups)

    def copies(self) -> list[Copy]:
        """Return the backups as copies, begun when pgBackRest says so."""
        return understood("pgbackrest info", lambda: [self._copy(row) for row in self.backups])

    def _copy(self, row: Mapping[str, Any]) -> Copy:
        label = str(row["label"])
        begun = epoch(int(row["timestamp"]["start"]))
        return Copy(shown(label), begun, int(row["info"]["size"]), None, id=label, series=shown(self.name))


def stanza_in(printed: str, name: str) -> Stanza:
    """Read what `info` printed about a stanza; raise OutsideError where it is not that, or there is no such stanza."""
    stanza = understood("pgbackrest info", lambda: _stanza(json_in(printed), name))
    if stanza.code not in {0, _NO_BACKUP, _MIXED}:
        raise OutsideError(f"the stanza {name} can't be read: {stanza.message} (code {stanza.code})")
    return stanza


def _stanza(told: Any, name: str) -> Stanza:
    row = next((one for one in told if one["name"] == name), None)
    if row is None:
        return Stanza(name, 1, "pgbackrest knows no such stanza", (), ())
    status = row["status"]
    messages = [str(repo["status"]["message"]) for repo in row.get("repo", ()) if repo["status"]["code"]]
    message = shown((messages or [str(status["message"])])[0])
    return Stanza(name, int(status["code"]), message, row["backup"], row["archive"],
                  row.get("db", ()))  # fmt: skip


def major_of(stanza: Stanza, label: str) -> int:
    """Return of which PostgreSQL a backup is, such as 15 (9 for 9.6); raise OutsideError where that is not told."""
    row = next(one for one in stanza.backups if one["label"] == label)
    told = [one["version"] for one in stanza.databases if one["id"] == row["database"]["id"]]
    return understood("pgbackrest info", lambda: int(str(told[0]).partition(".")[0]) if told else int(""))


def wrong_with(stanza: Stanza, label: str) -> Text | None:
    """Return what `info` shows to be wrong with a stanza and one of its backups, None where nothing is."""
    row = next((one for one in stanza.backups if one["label"] == label), None)
    told: dict[str, Value] = {"label": label, "message": stanza.message}
    if row is None:
        return Text("the stanza holds no backup {label}: {message}", told)
    if row.get("error"):
        return Text("pgbackrest found pages of the database with wrong checksums when it made {label}", told)
    gone = _gone(stanza, row)
    if gone:
        return Text("{label} needs the backup {needed}, which is gone", {**told, "needed": gone})
    if not _has_wal(stanza, row):
        return Text("the WAL that {label} needs (to {stop}) is not archived", {**told, "stop": row["archive"]["stop"]})
    if stanza.code:
        return Text("a repository of the stanza is not in order: {message}", told)
    return None


def _gone(stanza: Stanza, row: Mapping[str, Any]) -> str:
    """Return the first backup that this one builds on and that is not listed; empty where all are."""
    return next((str(one) for one in row.get("reference") or () if one not in stanza.labels), "")


def _has_wal(stanza: Stanza, row: Mapping[str, Any]) -> bool:
    """Return whether the archive reaches from a backup's first WAL segment to its last."""
    need, of = row["archive"], row["database"]
    mine = [one for one in stanza.archives if one["database"] == of and one["min"] and one["max"]]
    return not need["stop"] or any(one["min"] <= need["start"] and need["stop"] <= one["max"] for one in mine)


@dataclass(frozen=True)
class Verified:
    """What `verify` says: whether all is well, what it says of each backup, and the first thing that is not."""

    status: str
    backups: Mapping[str, str]
    complaint: str
    files: int


def verified_in(printed: str) -> Verified | None:
    """Read the text that `verify --output=text --verbose` printed; None where it printed none."""
    status = re.search(r"^status: (\w+)", printed, re.MULTILINE)
    if status is None:
        return None
    rows = _BACKUP.findall(printed)
    return Verified(status[1], {label: state.strip() for label, state, _ in rows}, _complaint(printed),
                    sum(int(files or 0) for _, _, files in rows))  # fmt: skip


def _complaint(printed: str) -> str:
    """Return the first line that says what is wrong, with the numbers below it."""
    lines = printed.splitlines()
    for n, line in enumerate(lines):
        counts = _COUNTS.findall(lines[n + 1]) if n + 1 < len(lines) else []
        told = ", ".join(f"{what}: {number}" for what, number in counts)
        if line.startswith("  ") and (told or not _WELL.search(line)):
            return shown(f"{line.strip()} ({told})" if told else line.strip())
    return shown(lines[-1].strip() if lines else "")


def unverified(verified: Verified, labels: Sequence[str]) -> str:
    """Return the first of the listed backups that was not called valid, with what was said of it; empty without one."""
    return next(
        (f"{one}: {verified.backups.get(one, 'gone')}" for one in labels if verified.backups.get(one) != "valid"), ""
    )
