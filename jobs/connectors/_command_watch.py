"""What a program that runs is given and prints: one look at a time, without threads, each stream kept up to a limit."""

import contextlib
import os
import selectors
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import IO, TYPE_CHECKING

from daemon.api import stopwatch

if TYPE_CHECKING:
    from subprocess import Popen

LAST_WORDS = 0.1
"""Seconds in which what a program printed before its end is read, where something else still holds its pipes, and
in which the kernel is to clear away what was killed."""
LONGEST_LOOK = 3600.0


@dataclass
class Kept:
    """The beginning of a stream, up to `most` bytes."""

    most: int
    cut: bool = False
    parts: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, part: bytes) -> None:
        """Take what was read, or what there is room for."""
        part, rest = part[: self.most - self.size], part[self.most - self.size :]
        self.cut = self.cut or bool(rest)
        if part:
            self.parts.append(part)
            self.size += len(part)

    def take(self) -> bytes:
        """Return what was kept, and keep it no longer."""
        taken = self.content
        self.parts.clear()
        self.size = 0
        return taken

    @property
    def content(self) -> bytes:
        """All that was kept."""
        return b"".join(self.parts)


class Watch:
    """Feeds a program and keeps what it prints."""

    def __init__(self, process: "Popen[bytes]", given: bytes | Iterable[bytes], most: int) -> None:
        self.kept = (Kept(most), Kept(most))
        self._process = process
        self._given = memoryview(b"")
        self._more = iter([given] if isinstance(given, bytes) else given)
        self._selector = selectors.DefaultSelector()
        self._handle: int | None = None

    def open(self) -> None:
        """Begin to look at the program's end and at its streams."""
        self._handle = os.pidfd_open(self._process.pid)
        self._selector.register(self._handle, selectors.EVENT_READ, lambda _: self._note_end())
        for stream, kept in zip((self._process.stdout, self._process.stderr), self.kept, strict=True):
            self._register(stream, selectors.EVENT_READ, partial(self._read, kept))
        if self._process.stdin:
            self._register(self._process.stdin, selectors.EVENT_WRITE, self._feed)

    def ended_within(self, seconds: float) -> bool:
        """Serve the program's streams until it ends; return whether it did so in time."""
        passed = stopwatch()
        while self._handle is not None and passed() < seconds:
            self.look(min(seconds - passed(), LONGEST_LOOK))
        return self._handle is None

    def close(self) -> None:
        """Read what was printed before the end, for a moment, and let go of the streams whoever else holds them."""
        passed = stopwatch()
        while self.is_printing and passed() < LAST_WORDS:
            self.look(LAST_WORDS - passed())
        self._note_end()
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _register(self, stream: IO[bytes] | None, event: int, use: Callable[[IO[bytes]], None]) -> None:
        assert stream is not None
        os.set_blocking(stream.fileno(), False)
        self._selector.register(stream, event, use)

    @property
    def is_printing(self) -> bool:
        """Whether it, or who has its pipes, may still print something."""
        watched = self._selector.get_map().values()
        return any(key.fileobj in {self._process.stdout, self._process.stderr} for key in watched)

    def look(self, seconds: float) -> None:
        """Serve the streams once, or wait for these seconds."""
        for key, _ in self._selector.select(seconds):
            key.data(key.fileobj)

    def _note_end(self) -> None:
        if self._handle is not None:
            self._selector.unregister(self._handle)
            os.close(self._handle)
            self._handle = None

    def _read(self, kept: Kept, stream: IO[bytes]) -> None:
        part = os.read(stream.fileno(), 65536)
        kept.add(part)
        if not part:
            self._selector.unregister(stream)

    def _feed(self, stream: IO[bytes]) -> None:
        while not self._given and (piece := next(self._more, None)) is not None:
            self._given = memoryview(piece)
        with contextlib.suppress(BrokenPipeError):
            if self._given:
                self._given = self._given[os.write(stream.fileno(), self._given[:65536]) :]
                return
        self._selector.unregister(stream)
        stream.close()
