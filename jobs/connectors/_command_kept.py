"""What is kept of a stream that a program prints to."""

from dataclasses import dataclass, field


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
