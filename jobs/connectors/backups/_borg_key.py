"""Whether an exported key of borg 1.x is whole, belongs to the repository, and lies somewhere else.

`borg key export` (crypto/keymanager.py, 1.4) writes `BORG_KEY`, the repository's id and the key in base64; with --paper
lines with checksums, and the first 18 digits of the id. With --qr-html the same stands in a page. A key is useless
without its passphrase, and whether that is written down somewhere nobody can look up.
"""

import base64
import binascii
import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from daemon.api import Text
from jobs.kinds.backup import Outcome, Verdict

_LARGEST = 1024 * 1024
_EXPORT = re.compile(r"BORG_KEY ([0-9a-f]{64})\s+([A-Za-z0-9+/=\s]+)")
_PAPER = re.compile(r"BORG PAPER KEY v1\s+id: (\d+) / ([0-9a-f ]+) / ([0-9a-f ]+) - ")
_PAPER_LINE = re.compile(r"^ *\d+: ([0-9a-f ]+) - [0-9a-f]{2}\s*$", re.MULTILINE)
_END = re.compile(rb"\xa7version.\Z", re.DOTALL)
"""The last of a key's entries, which are sorted by name."""
_DAMAGED = Text("the exported key {path} is not whole: export it anew with `borg key export`")
_UNLIKE = Text("{path} is no exported key of borg: write one with `borg key export`")


@dataclass(frozen=True)
class _Key:
    """An exported key: the id of its repository, or how it begins, and whether nothing of the key is missing."""

    owner: str
    is_whole: bool


def examined(path: Path, repository: str, folder: Path | None) -> Verdict:
    """Say what is known of an exported key; `folder` is the repository's where it lies on this machine."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return Verdict(Outcome.UNKNOWN, reason=Text(_UNLIKE.id, {"path": str(path)}))
            text = file.read(_LARGEST).decode("utf-8", "replace")
    except FileNotFoundError:
        return Verdict(Outcome.BROKEN, reason=Text("there is no exported key at {path}", {"path": str(path)}))
    except OSError as error:
        told = {"path": str(path), "error": error.strerror or str(error)}
        return Verdict(Outcome.UNKNOWN, reason=Text("the exported key {path} can't be read: {error}", told))
    return _read(text, path, repository) or _placed(path, status, folder)


def _read(text: str, path: Path, repository: str) -> Verdict | None:
    """Return what is wrong with the text of an exported key, None where nothing is."""
    told = {"path": str(path)}
    key = _key_in(text)
    if key is None:
        return Verdict(Outcome.BROKEN, reason=Text(_UNLIKE.id, told))
    if not key.owner or not repository.startswith(key.owner):
        return Verdict(
            Outcome.BROKEN,
            reason=Text("the exported key {path} belongs to another repository: export this one's", told),
        )
    return None if key.is_whole else Verdict(Outcome.BROKEN, reason=Text(_DAMAGED.id, told))


def _key_in(text: str) -> _Key | None:
    """Return the key that was exported, to a file or for paper; None where there is none."""
    if plain := _EXPORT.search(text):
        return _Key(plain[1], _is_whole(plain[2]))
    if paper := _PAPER.search(text):
        return _Key(paper[2].replace(" ", ""), _is_paper_whole(text, paper))
    return None


def _is_whole(packed: str) -> bool:
    try:
        return _END.search(base64.b64decode("".join(packed.split()), validate=True)) is not None
    except binascii.Error:
        return False


def _is_paper_whole(text: str, head: re.Match[str]) -> bool:
    lines = [line.replace(" ", "") for line in _PAPER_LINE.findall(text)]
    try:
        total = hashlib.sha256(bytes.fromhex("".join(lines))).hexdigest()
    except ValueError:
        return False
    return len(lines) == int(head[1]) and total.startswith(head[3].replace(" ", ""))


def _placed(path: Path, status: os.stat_result, folder: Path | None) -> Verdict:
    """Say whether a key that is whole lies where it will be found when it is needed."""
    told = {"path": str(path)}
    if folder is not None and path.resolve().is_relative_to(folder.resolve()):
        return Verdict(Outcome.BROKEN, reason=Text("the exported key {path} lies in the repository itself", told))
    if folder is not None and folder.exists() and folder.stat().st_dev == status.st_dev:
        return Verdict(
            Outcome.WARN, reason=Text("the exported key {path} lies on the same disk as the repository", told)
        )
    if stat.S_IMODE(status.st_mode) & 0o077:
        return Verdict(Outcome.WARN, reason=Text("others may read the exported key {path}: `chmod 600` it", told))
    return Verdict(
        Outcome.HELD,
        shown=Text("an exported key of this repository lies at {path}; its passphrase must be known to you", told),
    )
