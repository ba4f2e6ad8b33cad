"""What a run prints: read as it comes, its end kept, the rest counted."""

import asyncio
from collections import deque

MOST_LINES = 200
LONGEST_LINE = 2000
"""Characters of one line that are kept."""


class Tail:
    """The last lines of a stream that may be endless."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._part = b""
        self._dropped = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        *lines, self._part = (self._part + data).split(b"\n")
        self._part = self._part[-LONGEST_LINE * 4 :]
        for line in lines:
            self._add(line)

    def _add(self, line: bytes) -> None:
        self._dropped += len(self._lines) == MOST_LINES
        self._lines.append(line.decode("utf-8", "replace")[:LONGEST_LINE])

    def text(self) -> str:
        """Return what is kept, with a first line that counts what is not."""
        lines = [*self._lines, *([self._part.decode("utf-8", "replace")[:LONGEST_LINE]] if self._part else [])]
        if self._dropped:
            lines.insert(0, f"[{self._dropped} earlier lines not kept]")
        return "\n".join(lines)


async def drain(stream: asyncio.StreamReader, tail: Tail) -> None:
    """Read a stream to its end into `tail`."""
    while data := await stream.read(65536):
        tail.feed(data)
