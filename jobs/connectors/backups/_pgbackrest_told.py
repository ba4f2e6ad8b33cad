"""What it means that a restore or a recovery ended badly: damage of the backup, or something in the way.

pgBackRest ends with the number of its error (build/error.yaml, 2.59), and names those that it met on the way in
brackets. Damage is what shows in what was read. A repository that can't be reached or read at all is not known.
"""

import re

from daemon.api import Text
from jobs.connectors.backups._outcomes import DamagedError, UnknownError
from jobs.connectors.backups._tools import last_words
from jobs.connectors.backups.tree import shown
from jobs.connectors.command import Finished, masked

_DAMAGE = frozenset({26, 28, 29, 55, 95, 99})
"""Checksum, file-invalid, format, file-missing, crypto, json-format."""
_NAMED = re.compile(r"\[(?:Checksum|FileInvalid|Format|Crypto|JsonFormat)Error\]")
_ERROR = re.compile(r"^ERROR: \[(\d+)\]: (.*(?:\n +\S.*)*)", re.MULTILINE)
_AGAIN = re.compile(r"\n +\[\w+\] on retry after \d+ms")
_FULL = "[28] No space left on device"
_LAST = re.compile(r"^.*\b(FATAL|PANIC): +(.*)$", re.MULTILINE)
_LOST = (
    "could not locate required checkpoint record", "could not locate a valid checkpoint record",
    "could not find redo location",
    "WAL ends before", "recovery ended before configured recovery target", "requested recovery stop point is before",
    "incorrect checksum in control file", "invalid page", "could not access status of transaction",
)  # fmt: skip
"""How PostgreSQL 15 says that what it needs is not there (src/backend/access/transam/xlogrecovery.c, xlog.c)."""
_LONGEST = 300


def restore_error(ended: Finished) -> DamagedError | UnknownError:
    """Return what it means that a restore did not end well."""
    found = _ERROR.search(ended.complaint)
    said = _line(found[2]) if found else last_words(ended)
    if _is_damage(ended.code, ended.complaint) and _FULL not in ended.complaint:
        return DamagedError(Text("a restore failed: {error}", {"error": said}))
    return UnknownError(Text("pgbackrest could not restore it ({code}): {said}", {"code": ended.code, "said": said}))


def recovery_error(log: str) -> DamagedError | UnknownError:
    """Return what it means that a restored cluster ended before it was recovered, by what it wrote."""
    fetching = _ERROR.findall(log)
    last = _LAST.findall(log)
    if fetching:
        code, said = fetching[-1]
        error = DamagedError if _is_damage(int(code), said) else UnknownError
        return error(Text("the WAL that it needs can't be had: {said}", {"said": _line(said)}))
    if not last:
        return UnknownError(Text("PostgreSQL did not start and did not say why: look at its version and its locale"))
    level, said = last[-1]
    if level == "PANIC" or said.startswith(_LOST):
        return DamagedError(Text("what was restored can't be recovered: {said}", {"said": _line(said)}))
    return UnknownError(Text("PostgreSQL could not be started on what was restored: {said}", {"said": _line(said)}))


def _is_damage(code: int, said: str) -> bool:
    return code in _DAMAGE or _NAMED.search(said) is not None


def _line(said: str) -> str:
    return masked(shown(" ".join(_AGAIN.sub("", said).split())))[:_LONGEST]
