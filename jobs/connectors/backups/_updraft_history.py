"""Two options of a WordPress database that UpdraftPlus keeps, read from copies as JSON.

`updraft_backup_history` names each backup's files with their sizes and checksums, `updraft_last_backup` says whether
the last one succeeded. PHP writes a list with gaps as an object and an empty one as a list, so both forms are read.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from daemon.api import Text
from jobs.connectors.backups._outcomes import UnknownError
from jobs.connectors.backups._updraft_names import archive_of
from jobs.connectors.backups.tree import open_below, shown, steady

LARGEST = 16 * 1024 * 1024
"""Bytes; a history of years is far below."""
LONGEST = 200
"""Characters of an error that are shown."""
_LAST_SECOND = 1 << 33
"""A Unix time in the year 2242: what is later is none."""
_ALGORITHMS = ("sha256", "sha1")


@dataclass(frozen=True)
class Recorded:
    """What the history says of one file: bytes, and its checksum in hexadecimal; None and "" where it does not."""

    size: int | None = None
    algorithm: str = ""
    digest: str = ""


@dataclass(frozen=True)
class LastRun:
    """How UpdraftPlus's last backup went, begun when (UTC, None: not known); `error` is its first, made printable."""

    nonce: str
    begun: datetime | None
    success: bool
    error: str


def read_option(path: Path) -> object:
    """Return what a copy of an option holds; raise UnknownError where it is none, OSError where it can't be read."""
    with steady(open_below(path.parent, (path.name,))) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise _unusable(path, Text("it is larger than {limit} bytes", {"limit": LARGEST}))
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _unusable(path, Text("it is not JSON as `wp option get NAME --format=json` writes it")) from error


def recorded(history: object, nonce: str) -> dict[str, Recorded] | None:
    """Return what the history says of each file of a backup, by name; None where it does not know the backup."""
    for _, entry in _items(history):
        if isinstance(entry, Mapping) and entry.get("nonce") == nonce:
            return dict(_files(entry, nonce))
    return None


def last_run(option: object, path: Path) -> LastRun:
    """Return how the last backup went; raise UnknownError where the option does not say."""
    if not isinstance(option, Mapping) or "success" not in option:
        raise _unusable(path, Text("it does not say whether a backup succeeded"))
    success = str(option["success"]) in {"1", "True"}
    begun, error = _moment(option.get("backup_time")), next(_errors(option.get("errors")), "")
    return LastRun(str(option.get("backup_nonce", "")), begun, success, error)


def _files(entry: Mapping[str, Any], nonce: str) -> Iterator[tuple[str, Recorded]]:
    for entity, value in entry.items():
        for index, name in _items([value] if isinstance(value, str) else value):
            archive = archive_of(name) if isinstance(name, str) else None
            if archive is not None and archive.nonce == nonce:
                yield archive.name, _recorded(entry, str(entity), index, archive.name)


def _recorded(entry: Mapping[str, Any], entity: str, index: str, name: str) -> Recorded:
    """Return size (`uploads-size`, `uploads1-size`) and checksum (`uploads0`, `uploads1`, `db0.crypt`) of a file."""
    size = entry.get(f"{entity}{'' if index == '0' else index}-size")
    key = f"{entity}{index}{'.crypt' if name.endswith('.crypt') else ''}"
    sums = entry.get("checksums")
    for algorithm in _ALGORITHMS:
        digest = dict(_items(dict(_items(sums)).get(algorithm))).get(key)
        if isinstance(digest, str) and digest:
            return Recorded(_count(size), algorithm, digest.lower())
    return Recorded(_count(size))


def _count(value: object) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else None


def _moment(value: object) -> datetime | None:
    seconds = _count(value)
    return None if seconds is None or seconds > _LAST_SECOND else datetime.fromtimestamp(seconds, UTC)


def _items(value: object) -> Iterator[tuple[str, Any]]:
    """Yield the keys and values of a PHP array, whichever way it was written; nothing for anything else."""
    if isinstance(value, Mapping):
        yield from ((str(key), item) for key, item in value.items())
    elif isinstance(value, list):
        yield from ((str(index), item) for index, item in enumerate(value))


def _errors(value: object) -> Iterator[str]:
    for _, error in _items(value):
        if isinstance(error, str):
            yield shown(error)[:LONGEST]
        elif isinstance(error, Mapping) and error.get("level") != "warning":
            yield shown(str(error.get("message", "")))[:LONGEST]


def _unusable(path: Path, why: Text) -> UnknownError:
    return UnknownError(Text("{path} can't be used: {why}", {"path": str(path), "why": why}))
