"""The list of checksums that sha256sum(1) writes: a hash, a mark for text or binary, and a name on each line.

A name with a line break or a backslash is written escaped behind a leading backslash. As with `--strict`, a line
that is no such thing spoils the list: a damaged list proves nothing.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(rb"(\\?)([0-9a-fA-F]{64}) [ *](.+)", re.DOTALL)
_ESCAPED = re.compile(rb"\\(.?)", re.DOTALL)
_MEANT = {b"\\": b"\\", b"n": b"\n", b"r": b"\r"}


class ManifestError(ValueError):
    """The list can't be used; the text says which line of which list."""


@dataclass(frozen=True)
class Entry:
    """One listed file: its name as the file system has it and its SHA-256 in lower-case hexadecimal."""

    name: str
    sha256: str


def _unescaped(name: bytes) -> bytes:
    return _ESCAPED.sub(lambda match: _MEANT[match[1]], name)


def _entry(line: bytes) -> Entry:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError("no checksum and name")
    try:
        name = _unescaped(match[3]) if match[1] else match[3]
    except KeyError as error:
        raise ValueError("an unknown escape") from error
    return Entry(os.fsdecode(name), match[2].decode("ascii").lower())


def parse_manifest(content: bytes, source: str) -> Iterator[Entry]:
    """Yield each entry of a list; `source` names it in a ManifestError, which an empty list raises too."""
    found = False
    for number, line in enumerate(content.replace(b"\r\n", b"\n").split(b"\n"), 1):
        if not line.strip() or line.startswith(b"#"):
            continue
        try:
            yield _entry(line)
        except ValueError as error:
            raise ManifestError(f"{source}, line {number}: {error}") from error
        found = True
    if not found:
        raise ManifestError(f"{source} is empty")
