"""A backup unpacked into a scratch folder: tar, packed or not, zip, or a plain folder.

What is unpacked is hostile. Only regular files and folders are made, for nobody else to read; links, devices and pipes
are left out and counted, so that no name can lead out by one. A name with `..` in it, and a member that
`tarfile.data_filter` (PEP 706) refuses otherwise than for being a link or a device, ends the restore.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from daemon.api import Text
from jobs.connectors.backups._drill_options import parts_of
from jobs.connectors.backups._outcomes import Budget, DamagedError, UnknownError
from jobs.connectors.backups._unpacking import CHUNK, Packing, damage_told, packed_as, require_all_listed, unpacked
from jobs.connectors.backups.tree import files_below, open_below, shown, steady

if TYPE_CHECKING:
    from tarfile import TarFile, TarInfo
    from zipfile import ZipFile

_BLOCK = 512
_REMEMBERED = 64 * 1024
"""Bytes: more than tarfile reads at once, so that what follows the last member is always among them."""
_MAGIC = slice(257, 262)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_SECRETIVE = (
    b"Salted__",
    b"age-encryption.org/",
    b"-----BEGIN PGP",
    b"-----BEGIN AGE",
    b"\x85\x01",
    b"\x85\x02",
    b"\x8c\x0d",
)
"""How files begin that openssl, age and GnuPG have encrypted."""
ENCRYPTED = Text("it is encrypted, and its key is not known here: only who has it can try a restore")
_STRANGE = Text("it is no tar, no zip and no folder, so that it can't be restored here")
_CUT_OFF = Text("its archive ends without its mark: it was cut off, or is damaged in the middle")


class _Readable(Protocol):
    """Whatever can be read from."""

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes."""
        ...


@dataclass
class Unpacking:
    """Unpacks into `into`, within a budget of bytes; `include` names what is wanted (nothing: all of it)."""

    into: Path
    budget: Budget
    include: tuple[tuple[str, ...], ...] = ()
    left_out: int = 0
    """Links, devices and pipes, which are not restored."""

    def folder(self, folder: Path, is_listing: Callable[[str], bool]) -> None:
        """Copy the regular files of a plain folder but for its lists; raise UnknownError where a part is closed."""
        closed: list[str] = []
        for name, _ in files_below(folder, closed):
            parts = tuple(name.split("/"))
            if self._wants(parts) and not is_listing(name):
                with steady(open_below(folder, parts)) as file:
                    self._write(parts, file)
        if closed:
            raise UnknownError(Text("{name} can't be read", {"name": closed[0]}))

    def file(self, file: BinaryIO) -> None:
        """Unpack an archive; raise DamagedError, UnknownError, OverLimitError or OSError where that can't be done."""
        start = file.read(_BLOCK)
        file.seek(0)
        if not start:
            raise DamagedError(Text("it is empty"))
        if start.startswith(_SECRETIVE):
            raise UnknownError(ENCRYPTED)
        if start.startswith(_ZIP):
            self._zip(file)
        else:
            self._tar(file, packed_as(start))

    def single(self, file: BinaryIO, name: str) -> None:
        """Unpack what holds one file and does not know its name."""
        packing = packed_as(file.read(8))
        file.seek(0)
        with closing(unpacked(file, packing)) as pieces:
            self._write((name,), _Pieces(pieces))

    def _wants(self, parts: tuple[str, ...]) -> bool:
        return not self.include or any(parts[: len(one)] == one for one in self.include)

    def _tar(self, file: BinaryIO, packing: Packing) -> None:
        import tarfile  # noqa: PLC0415 - memory that only a drill needs

        with damage_told(packing.value), closing(unpacked(file, packing)) as pieces:
            stream = _Remembering(_Pieces(pieces), Budget(self.budget.left))
            if stream.peek()[_MAGIC] != b"ustar":
                raise UnknownError(_STRANGE)
            try:
                with tarfile.open(fileobj=stream, mode="r|") as archive:  # type: ignore[call-overload]
                    for member in archive:
                        self._tar_member(archive, member)
                    _require_end(stream, archive.offset)
            except tarfile.TarError as error:
                raise DamagedError(_CUT_OFF) from error

    def _tar_member(self, archive: "TarFile", member: "TarInfo") -> None:
        if member.isdir():
            return
        parts = _inside(member.name)
        if member.islnk():
            self._link(parts, _inside(member.linkname))
        elif not member.isreg():
            self.left_out += 1
        elif self._wants(parts):
            _require_harmless(member, self.into)
            content = archive.extractfile(member)
            assert content is not None
            self._write(parts, content)

    def _link(self, parts: tuple[str, ...], target: tuple[str, ...]) -> None:
        """Make a second name of a file that was unpacked; no link made before can lead it elsewhere, as none is."""
        there = self.into.joinpath(*target)
        if not self._wants(parts):
            return
        if not there.is_file():
            self.left_out += 1
            return
        path = self._place(parts)
        os.link(there, path, follow_symlinks=False)

    def _zip(self, file: BinaryIO) -> None:
        from zipfile import ZipFile  # noqa: PLC0415

        try:
            with damage_told("zip"), ZipFile(file) as archive:
                require_all_listed(file, len(archive.infolist()))
                self._zip_members(archive)
        except (RuntimeError, NotImplementedError) as error:
            raise UnknownError(Text("it is encrypted, or packed in a way that can't be read here")) from error

    def _zip_members(self, archive: "ZipFile") -> None:
        for member in archive.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            if member.is_dir():
                continue
            parts = _inside(member.filename)
            if kind not in {0, stat.S_IFREG}:
                self.left_out += 1
            elif self._wants(parts):
                with archive.open(member) as content:
                    self._write(parts, content)

    def _place(self, parts: tuple[str, ...]) -> Path:
        """Return where a file goes, its folder made; what an earlier member put there gives way, as with tar."""
        path = self.into.joinpath(*parts)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        return path

    def _write(self, parts: tuple[str, ...], content: _Readable) -> None:
        """Write a file within the budget, for nobody else to read."""
        opened = os.open(self._place(parts), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(opened, "wb") as out:
            while piece := content.read(CHUNK):
                self.budget.spend(len(piece))
                out.write(piece)


class _Pieces:
    """Reads from pieces as from a file; one piece is held at a time."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, fewer at the end only."""
        found = bytearray()
        while len(found) < size:
            wanted = size - len(found)
            found += self._held[:wanted]
            self._held = self._held[wanted:]
            if not self._held:
                piece = next(self._pieces, None)
                if piece is None:
                    break
                self._held = memoryview(piece)
        return bytes(found)


def _require_harmless(member: "TarInfo", into: Path) -> None:
    """Raise UnknownError for what Python's own filter refuses; early releases of 3.11 have none; ours is stricter."""
    import tarfile  # noqa: PLC0415 - memory that only a drill needs

    if not hasattr(tarfile, "data_filter"):
        return
    try:
        tarfile.data_filter(member, str(into))
    except tarfile.FilterError as error:
        raise UnknownError(_leads_out(member.name)) from error


class _Remembering:
    """Reads on within a budget and remembers the last bytes, as tarfile does not say why it ended."""

    def __init__(self, stream: _Readable, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._ahead = b""
        self._last = b""
        self._read = 0

    def peek(self) -> bytes:
        """Return the first block, which is still to be read."""
        self._ahead = self._stream.read(_BLOCK)
        return self._ahead

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes; raise OverLimitError where the budget is spent."""
        piece, self._ahead = (self._ahead or self._stream.read(size)), b""
        self._budget.spend(len(piece))
        self._read += len(piece)
        self._last = (self._last + piece)[-_REMEMBERED:]
        return piece

    def rest(self, offset: int) -> Iterator[bytes]:
        """Yield all that follows a place that was read last."""
        yield self._last[len(self._last) - (self._read - offset) :]
        while piece := self.read(CHUNK):
            yield piece


def _require_end(stream: _Remembering, offset: int) -> None:
    """Raise DamagedError unless nothing but zeros, and some of them, follow the last member.

    tarfile takes a header that is damaged for the end of the archive, and so does it the end of a file that was cut.
    """
    length = 0
    for piece in stream.rest(offset):
        if piece.strip(b"\0"):
            raise DamagedError(_CUT_OFF)
        length += len(piece)
    if length < _BLOCK:
        raise DamagedError(_CUT_OFF)


def _inside(name: str) -> tuple[str, ...]:
    """Return the parts of a member's name; raise UnknownError where it leads out, or is none."""
    parts = parts_of(name)
    if not parts or ".." in parts:
        raise UnknownError(_leads_out(name))
    return parts


def _leads_out(name: str) -> Text:
    return Text(
        "it holds {name}, which leads out of it: nothing is restored from such an archive", {"name": shown(name)}
    )
