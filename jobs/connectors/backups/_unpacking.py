"""Reading a packed file to its end in pieces, so that damage and a missing end show; nothing is unpacked to disk.

How a file is packed is told by its first bytes, as names lie. gzip, bzip2 and xz end in a checksum of all that they
hold, so a file that was read to its end is whole; text that is not packed has none. zstd is read by the program of that
name, as Python has learnt it in 3.14 only; it writes a checksum unless it is told not to (zstd 1.5.4).
"""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from io import BufferedIOBase
from typing import BinaryIO

from daemon.api import OutsideError, Text
from jobs.connectors.backups._outcomes import DamagedError, UnknownError, first_words
from jobs.connectors.command import BadEndError, Program

CHUNK = 1024 * 1024
"""Bytes that are held at a time."""
_END_WITHIN = 64 * 1024 + 22
"""Bytes: the end record of a zip archive and the longest comment after it."""
_UNCOUNTED = 0xFFFF
"""Stands for a number of members that only the record of large archives holds."""


class Packing(StrEnum):
    """How a file is packed, as a person calls it."""

    NONE = "none"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"


_ZSTD = Program("zstd", allowed=frozenset({"-dcq"}), grace=1)
_LONGEST = timedelta(days=1)
"""The run that reads is ended long before; a program that hangs is not the disk's."""
_FIRST_BYTES = {
    b"\x1f\x8b": Packing.GZIP,
    b"BZh": Packing.BZIP2,
    b"\xfd7zXZ\x00": Packing.XZ,
    b"\x28\xb5\x2f\xfd": Packing.ZSTD,
}
_ENDINGS = {".gz": Packing.GZIP, ".bz2": Packing.BZIP2, ".xz": Packing.XZ, ".zst": Packing.ZSTD}


def packed_as(start: bytes) -> Packing:
    """Return how a file is packed that begins with `start` (six bytes will do)."""
    return next((packing for first, packing in _FIRST_BYTES.items() if start.startswith(first)), Packing.NONE)


def has_checksum(start: bytes) -> bool:
    """Return whether a file that begins with `start` (six bytes) ends in a checksum of all that it holds.

    zstd's is optional: the third bit of the byte behind its first four tells (RFC 8878). The program writes one;
    `pg_dump --compress=zstd` does not.
    """
    packing = packed_as(start)
    if packing is Packing.ZSTD:
        return bool(start[4:5]) and bool(start[4] & 0b100)
    return packing is not Packing.NONE


def named_as(name: str) -> Packing:
    """Return how a file of this name claims to be packed."""
    return next((packing for ending, packing in _ENDINGS.items() if name.lower().endswith(ending)), Packing.NONE)


@contextmanager
def damage_told(packing: str) -> Iterator[None]:
    """Raise DamagedError where what is read inside turns out to be cut off or spoilt.

    An OSError of the disk passes: it has an `errno`, those that the packers raise have none.
    """
    import lzma  # noqa: PLC0415 - memory that only a verification needs
    import struct  # noqa: PLC0415
    import zlib  # noqa: PLC0415
    from zipfile import BadZipFile  # noqa: PLC0415

    spoilt = DamagedError(Text("its {packing} data is damaged", {"packing": packing}))
    try:
        yield
    except EOFError as error:
        raise DamagedError(Text("it is cut off in the middle of its {packing} data", {"packing": packing})) from error
    except (zlib.error, lzma.LZMAError, struct.error, BadZipFile, ValueError, OverflowError) as error:
        raise spoilt from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise spoilt from error


def unpacked(file: BinaryIO, packing: Packing) -> Generator[bytes, None, None]:
    """Yield what a file holds in pieces of up to `CHUNK` bytes.

    Raise DamagedError where it is cut off or its checksum fails, UnknownError where it can't be unpacked here, and
    OSError where the disk can't be read.
    """
    if packing is Packing.ZSTD:
        yield from _through_zstd(file)
        return
    with damage_told(packing.value):
        stream = _stream_of(file, packing)
        while piece := stream.read(CHUNK):
            yield piece


def _stream_of(file: BinaryIO, packing: Packing) -> BinaryIO | BufferedIOBase:
    """Return what a file holds as something to read from; raise UnknownError where it can't be unpacked here."""
    if packing is Packing.GZIP:
        from gzip import GzipFile  # noqa: PLC0415

        return GzipFile(fileobj=file)
    if packing is Packing.BZIP2:
        from bz2 import BZ2File  # noqa: PLC0415

        return BZ2File(file)
    if packing is Packing.XZ:
        from lzma import LZMAFile  # noqa: PLC0415

        return LZMAFile(file)
    if packing is Packing.ZSTD:
        raise UnknownError(Text("it is packed with zstd, which can't be read here: try `zstd -t` on it"))
    return file


def _through_zstd(file: BinaryIO) -> Iterator[bytes]:
    given = iter(lambda: file.read(CHUNK), b"")
    try:
        yield from _ZSTD.pour(["-dcq", "--long=31"], _LONGEST, given)
    except OutsideError as error:
        raise UnknownError(Text("it is packed with zstd, which is not installed here: `apt install zstd`")) from error
    except BadEndError as error:
        raise _zstds(error) from error


def _zstds(error: BadEndError) -> DamagedError | UnknownError:
    said = first_words(error.finished.complaint)
    if error.finished.timed_out or error.finished.code < 0 or "memory" in said:
        return UnknownError(Text("zstd could not read it: {error}", {"error": said or "it was ended"}))
    if "premature" in said:
        return DamagedError(Text("it is cut off in the middle of its {packing} data", {"packing": "zstd"}))
    return DamagedError(Text("its {packing} data is damaged", {"packing": "zstd"}))


def require_all_listed(file: BinaryIO, members: int) -> None:
    """Raise DamagedError where the end of a zip archive counts other members than were listed, as ZipFile does not.

    Otherwise a damaged length in the list of members would swallow those that follow.
    """
    file.seek(0, os.SEEK_END)
    file.seek(-min(file.tell(), _END_WITHIN), os.SEEK_END)
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if int.from_bytes(tail[end + 10 : end + 12], "little") not in {members, _UNCOUNTED}:
        raise DamagedError(Text("its list of files is damaged"))
