"""What pg_dump and the others say of themselves at the beginning of a dump: which program made it, of which server.

pg_dump's own formats (custom, directory, tar) begin alike: `PGDMP`, the version of the format, the widths of numbers,
the time, the name of the database, the version of the server and of pg_dump (`WriteHead` in PostgreSQL 15's
`pg_backup_archiver.c`; the compression is a number up to format 1.14, one byte from 1.15, which PostgreSQL 16 writes).
In a tar the same stands in its first member, in a folder in `toc.dat`.
"""

import re
from dataclasses import dataclass

from jobs.connectors.backups._dump_programs import is_sandboxed, program_of

MAGIC = b"PGDMP"
_TAR_BLOCK = 512
_TAR_BEGIN = b"toc.dat\0"
_TIME_FIELDS = 7
_BYTE_OF_COMPRESSION = (1, 15)
_PG_SERVER = re.compile(rb"^-- Dumped from database version (\d+)(?:\.(\d+))?", re.MULTILINE)
_PG_TOOL = re.compile(rb"^-- Dumped by pg_dump version (\d+)(?:\.(\d+))?", re.MULTILINE)
_MY_SERVER = re.compile(rb"^-- Server version\s+(\d+)\.(\d+)(?:\.(\d+))?(\S*)", re.MULTILINE)
_MY_TOOL = re.compile(rb"^-- (MariaDB|MySQL) dump \S+\s+Distrib (\d+)\.(\d+)(?:\.(\d+))?", re.MULTILINE)
_NUMBERS = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?")

Version = tuple[int, ...]
"""The numbers of a version, such as (15, 18) or (10, 11, 19); empty where it is not known."""


@dataclass(frozen=True)
class Origin:
    """Which versions made a dump, the program's and the server's; `vendor` is PostgreSQL, MariaDB, MySQL or ""."""

    vendor: str = ""
    tool: Version = ()
    server: Version = ()
    sandboxed: bool = False


def is_tar(head: bytes) -> bool:
    """Return whether an archive is a tar, whose end pg_restore does not look for."""
    return head.startswith(_TAR_BEGIN)


def version_in(text: str) -> Version:
    """Return the first version number in a text; empty where there is none."""
    found = _NUMBERS.search(text)
    return tuple(int(one) for one in found.groups() if one is not None) if found else ()


def written(version: Version) -> str:
    """Return a version as people write it; empty where it is not known."""
    return ".".join(str(number) for number in version)


def origin_of(head: bytes) -> Origin:
    """Return what the first bytes of a dump (4 KB will do) say of its maker; what they don't say is left empty."""
    inner = head[_TAR_BLOCK:] if is_tar(head) else head
    if inner.startswith(MAGIC):
        return _of_archive(inner)
    program = program_of(head)
    if program is not None and program.name.startswith("pg_dump"):
        return Origin("PostgreSQL", _found(_PG_TOOL, head), _found(_PG_SERVER, head))
    made = _MY_TOOL.search(head)
    vendor = made[1].decode("ascii") if made else ""
    tool = tuple(int(one) for one in made.groups()[1:] if one is not None) if made else ()
    return Origin(vendor, tool, _found(_MY_SERVER, head), is_sandboxed(head))


def _found(pattern: "re.Pattern[bytes]", head: bytes) -> Version:
    found = pattern.search(head)
    return tuple(int(one) for one in found.groups() if one is not None and one.isdigit()) if found else ()


def _of_archive(head: bytes) -> Origin:
    try:
        reader = _Reader(head)
        reader.skip_to_versions()
        server, tool = reader.text(), reader.text()
    except IndexError:
        return Origin("PostgreSQL")
    return Origin("PostgreSQL", version_in(tool), version_in(server))


@dataclass
class _Reader:
    """Reads numbers and texts as pg_dump writes them; raises IndexError where the bytes end."""

    head: bytes
    place: int = len(MAGIC)
    width: int = 4

    def skip_to_versions(self) -> None:
        """Read past all that stands before the versions."""
        major, minor, _, self.width, _, _ = (self.byte() for _ in range(6))
        if (major, minor) >= _BYTE_OF_COMPRESSION:
            self.byte()
        else:
            self.number()
        for _ in range(_TIME_FIELDS):
            self.number()
        self.text()

    def byte(self) -> int:
        """Return the next byte."""
        self.place += 1
        return self.head[self.place - 1]

    def number(self) -> int:
        """Return the next number: a sign, then the bytes from the lowest."""
        sign = self.byte()
        value = sum(self.byte() << (8 * n) for n in range(self.width))
        return -value if sign else value

    def text(self) -> str:
        """Return the next text; empty where there is none."""
        size = max(self.number(), 0)
        if self.place + size > len(self.head):
            raise IndexError
        self.place += size
        return self.head[self.place - size : self.place].decode("utf-8", "replace")
