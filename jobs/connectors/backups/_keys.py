"""A copy of what opens a backup, kept elsewhere: that it is there, nobody else's to read, and still the same.

What it was is remembered by a salted, slow hash in the connection's own folder, from which no password can be
guessed in useful time. Whether it really opens the backup only its owner can try.
"""

import hashlib
import os
import secrets
import stat
from pathlib import Path

from daemon.api import Text
from jobs.connectors.backups._outcomes import unread
from jobs.kinds.backup import Outcome, Verdict

_REMEMBERED = "key-file"
_LARGEST = 1024 * 1024
_OTHERS = 0o077


def key_copy(path: Path, folder: Path, *, remember: bool) -> Verdict:
    """Look at a copy of a key; what it is now is kept below `folder` where nothing is and `remember` says so."""
    told = {"path": str(path)}
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(opened, "rb") as file:
            mode, content = os.fstat(file.fileno()).st_mode, file.read(_LARGEST)
    except FileNotFoundError:
        return _warned(Text("the copy of the key {path} is gone: make another one", told))
    except OSError as error:
        why = unread(path, error)
        return Verdict(Outcome.UNKNOWN, reason=Text("the copy of the key {path}: {why}", {**told, "why": why}))
    if not content or not stat.S_ISREG(mode):
        return _warned(Text("the copy of the key {path} is empty: make another one", told))
    if mode & _OTHERS:
        return _warned(Text("the copy of the key {path} can be read by others: `chmod 600` it", told))
    if not _is_the_same(content, folder / _REMEMBERED, remember=remember):
        return _warned(
            Text(
                "the copy of the key {path} is not what it was: bring it back or, where you changed it, remove {known}",
                {**told, "known": str(folder / _REMEMBERED)},
            )
        )
    return Verdict(Outcome.HELD, shown=Text("the copy of the key {path} is there and unchanged", told))


def _warned(reason: Text) -> Verdict:
    return Verdict(Outcome.WARN, reason=reason)


def _is_the_same(content: bytes, known: Path, *, remember: bool) -> bool:
    """Return whether the content is what is remembered; where nothing is, it is from now on."""
    try:
        salt, _, kept = known.read_text(encoding="ascii").strip().partition(":")
        return secrets.compare_digest(_hash(content, bytes.fromhex(salt)), kept)
    except FileNotFoundError:
        pass
    if remember:
        salt_now = secrets.token_bytes(16)
        known.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(known, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(f"{salt_now.hex()}:{_hash(content, salt_now)}\n")
    return True


def _hash(content: bytes, salt: bytes) -> str:
    return hashlib.scrypt(content, salt=salt, n=2**14, r=8, p=1, maxmem=64 * 1024 * 1024).hex()
