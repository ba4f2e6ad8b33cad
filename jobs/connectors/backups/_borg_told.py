"""What borg 1.x says of what went wrong, and what that means here.

With `--log-json` each line of its errors is an object, with the name of the error as `msgid` where it ended by one
(docs/internals/frontends.rst, 1.4). Exit codes tell as much only since 1.4 and with BORG_EXIT_CODES=modern; older ones
say 2 for everything, so the name goes first. A check that finds damage ends with 1, borg's code for a warning, in
either mode: only 0 is well (borg 1.4.5, `archiver.py`, do_check).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from daemon.api import Text
from jobs.connectors.backups.tree import shown
from jobs.connectors.command import Finished

BUSY_FOR = timedelta(minutes=30)
"""After this time a repository that was locked is asked again."""
_LONGEST = 300
"""Characters of a message of borg's that are passed on."""
_CODES: Mapping[int, str] = MappingProxyType({
    12: "Repository.CheckNeeded", 13: "Repository.DoesNotExist", 15: "Repository.InvalidRepository",
    16: "Repository.InvalidRepositoryConfig", 17: "Repository.ObjectNotFound", 21: "Repository.PathPermissionDenied",
    26: "NoManifestError", 31: "Archive.DoesNotExist", 42: "KeyfileNotFoundError", 44: "RepoKeyNotFoundError",
    50: "NoPassphraseFailure", 51: "PasscommandFailure", 52: "PassphraseWrong", 60: "Cache.CacheInitAbortedError",
    64: "Cache.RepositoryReplay", 70: "LockError", 71: "LockErrorT", 72: "LockFailed", 73: "LockTimeout",
    80: "ConnectionClosed", 81: "ConnectionClosedWithHint", 83: "PathNotAllowed", 87: "ConnectionBrokenWithHint",
    90: "IntegrityError", 91: "FileIntegrityError", 92: "DecompressionError", 95: "ArchiveTAMInvalid",
    97: "TAMInvalid",
})  # fmt: skip
_LOCKED = Text(
    "another borg has locked it, or one that died left its lock; "
    "where none is running, `borg break-lock` removes it (nightclerk never does)"
)
_CLOSED = Text("the other machine closed the connection ({message}): try `ssh` to it as the user of the service")
_REPLAYED = Text(
    "it is older than when it was last read: somebody put an earlier state back, or put another in its place "
    "(where that was you, remove the folder {folder})"
)
_NOT_A_REPOSITORY = Text("there is no repository of borg at {repository}: is the disk mounted, is `repository:` right?")
_REASONS: Mapping[str, Text] = MappingProxyType({
    "PassphraseWrong": Text("the passphrase does not open it: correct `passphrase:` or `passphrase_file:`"),
    "NoPassphraseFailure": Text("it asks for a passphrase: give one with `passphrase:` or `passphrase_file:`"),
    "PasscommandFailure": Text("the passphrase can't be read: look at `passphrase_file:` and who may read it"),
    "KeyfileNotFoundError": Text("its key is not in it and not here: name the key's file with `key_file:`"),
    "KeyfileInvalidError": Text("the file in `key_file:` is no key of borg"),
    "KeyfileMismatchError": Text("the key in `key_file:` belongs to another repository"),
    "RepoKeyNotFoundError": Text(
        "the key that lay in it is gone: nothing in it can be read until an exported one is put back "
        "(`borg key import`)"
    ),
    "Repository.DoesNotExist": _NOT_A_REPOSITORY,
    "Repository.InvalidRepository": _NOT_A_REPOSITORY,
    "Repository.ParentPathDoesNotExist": _NOT_A_REPOSITORY,
    "Repository.PathPermissionDenied": Text("{repository} may not be read: let the user of the service into it"),
    "PathNotAllowed": Text("the other machine does not let this user into {repository}"),
    "Archive.DoesNotExist": Text("the archive is no longer in it"),
    "NoManifestError": Text("its list of archives (the manifest) is gone"),
    "LockTimeout": _LOCKED, "LockError": _LOCKED, "LockErrorT": _LOCKED,
    "LockFailed": Text(
        "borg could not write its lock into it ({message}): let the user of the service write there, "
        "or say `bypass_lock: true` where nobody else writes to it"
    ),
    "ConnectionClosed": _CLOSED, "ConnectionClosedWithHint": _CLOSED, "ConnectionBrokenWithHint": _CLOSED,
    "Cache.RepositoryReplay": _REPLAYED,
    "Cache.CacheInitAbortedError": Text(
        "it is not encrypted, and a passphrase is configured: did somebody put another there? "
        "Where it is meant so (borg's mode `authenticated`), say `encrypted: false`"
    ),
    "Cache.EncryptionMethodMismatch": Text(
        "it is encrypted otherwise than when it was last read: did somebody put another in its place?"
    ),
})  # fmt: skip
_REPORTED = Text("borg reports: {message}")
_CONNECTION = frozenset({"ConnectionClosed", "ConnectionClosedWithHint", "ConnectionBrokenWithHint"})
_BUSY = frozenset({"LockTimeout", "LockError", "LockErrorT"})
_DAMAGE = frozenset({
    "IntegrityError", "FileIntegrityError", "DecompressionError", "NoManifestError", "Repository.CheckNeeded",
    "Repository.InvalidRepositoryConfig", "Repository.ObjectNotFound", "RepoKeyNotFoundError", "TAMInvalid",
    "ArchiveTAMInvalid",
})  # fmt: skip


_FINDERS = frozenset({"borg.repository", "borg.archive"})
"""The parts of borg that report, without a name, what a check finds."""
_REMOTE = "Remote: "
_MAY_NOT_WRITE = ("OSError: [Errno 30]", "PermissionError")
_UNWRITABLE = Text(
    "for this check borg must write its notes into the repository, and may not ({message}); "
    "reading an archive and restoring one need none"
)


@dataclass(frozen=True)
class Trouble:
    """How a run of borg ended badly: why, to be told to a person; whether that is damage of the repository.

    `again` is after how long asking again may help by itself.
    """

    reason: Text
    damage: bool = False
    again: timedelta | None = None


@dataclass(frozen=True)
class _Line:
    """A line of borg's errors: how bad, from which part, under which name, and its text."""

    level: str
    part: str
    name: str
    text: str

    @property
    def first(self) -> str:
        """The first line of its text."""
        return _clean(self.text.removeprefix(_REMOTE))

    @property
    def crash(self) -> str:
        """What went wrong, where it is a traceback: its last line, before borg tells of itself."""
        if not self.text.removeprefix(_REMOTE).startswith("Traceback"):
            return ""
        return _clean(self.text.partition("\n\nPlatform:")[0].strip().splitlines()[-1])

    @property
    def is_error(self) -> bool:
        """Whether it says why a run ended; a traceback only says where."""
        return self.level in {"ERROR", "CRITICAL"} and not self.crash


_NO_LINE = _Line("", "", "", "")


def trouble(ended: Finished, limit: timedelta, told: Mapping[str, str]) -> Trouble | None:
    """Return what went wrong, None where all is well; `told` has the `repository` and the `folder` for sentences."""
    if ended.timed_out:
        return Trouble(Text("borg was not done after {limit} and was ended (`limit:`)", {"limit": limit}))
    if ended.code == 0:
        return None
    lines = list(_lines(ended.complaint))
    errors = [line for line in lines if line.is_error]
    named = next((line for line in reversed(errors) if line.name not in {"", "Exception"}), _NO_LINE)
    name = named.name or _CODES.get(ended.code, "")
    if name:
        return _named(name, named.first, lines, told)
    return _reported(errors) or _unexplained(ended, lines)


def _named(name: str, message: str, lines: Sequence[_Line], told: Mapping[str, str]) -> Trouble:
    heard = [line.first for line in lines if line.text.startswith(_REMOTE)] if name in _CONNECTION else []
    values = {**told, "message": heard[-1] if heard else message or name}
    reason = _REASONS.get(name, _REPORTED)
    return Trouble(Text(reason.id, values), name in _DAMAGE, BUSY_FOR if name in _BUSY else None)


def _reported(errors: Sequence[_Line]) -> Trouble | None:
    """Return the first error that has no name: so borg tells what a check finds."""
    found = next((line for line in errors if not line.name), None)
    if found is None:
        return None
    return Trouble(Text("borg reports: {message}", {"message": found.first}), found.part in _FINDERS)


def _unexplained(ended: Finished, lines: Sequence[_Line]) -> Trouble:
    """Return what is known of an end without a message: a crash tells in the last line of its traceback."""
    crash = next((line.crash for line in reversed(lines) if line.crash), "")
    if crash.startswith("FileNotFoundError") and "/data/" in crash:
        return Trouble(Text("a file of the repository is gone ({message})", {"message": crash}), damage=True)
    if crash.startswith(_MAY_NOT_WRITE):
        return Trouble(Text(_UNWRITABLE.id, {"message": crash}))
    last = crash or (lines[-1].first if lines else "no word")
    return Trouble(Text("borg ended with the code {code}: {message}", {"code": ended.code, "message": last}))


def _lines(complaint: str) -> Iterator[_Line]:
    """Yield what borg logged, and as lines of no level what others wrote there."""
    for written in complaint.splitlines():
        try:
            row = json.loads(written)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            yield _Line("", "", "", written)
        elif row.get("type") == "log_message":
            yield _Line(*(str(row.get(key, "")) for key in ("levelname", "name", "msgid", "message")))


def _clean(text: str) -> str:
    """Return the first line of what came from outside, printable and not too long."""
    return shown((text.strip().splitlines() or [""])[0])[:_LONGEST]


def says(ended: Finished, words: str) -> bool:
    """Return whether borg logged a line that begins with `words`, here or on the repository's machine."""
    return any(line.first.startswith(words) for line in _lines(ended.complaint))
