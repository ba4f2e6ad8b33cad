"""Whether a tar is there to its end, which pg_restore does not tell.

Of a tar that is cut off within its rows `pg_restore -f /dev/null` ends with 0, or reads on for ever (15.18). So the
members are followed here: each begins with a block that holds its size and its own sum (POSIX ustar; sizes over 8 GB
as a binary number), and two blocks of zeros stand behind the last, as pg_dump writes them. Rows have no sum in a tar.
"""

from collections.abc import Iterable, Iterator

from daemon.api import Text
from jobs.connectors.backups._outcomes import DamagedError

_BLOCK = 512
_END = 2
_SUM = slice(148, 156)
_SIZE = slice(124, 136)
_BINARY = 0x80


def whole_tar(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces of a tar as they are; raise DamagedError where a member is none, or at a premature end."""
    tar = _Members()
    for piece in pieces:
        tar.add(piece)
        yield piece
    if tar.zeros < _END:
        raise DamagedError(Text("it is cut off in the middle of its {packing} data", {"packing": "tar"}))


class _Members:
    """Follows the members of a tar from one to the next."""

    def __init__(self) -> None:
        self.zeros = 0
        self._rest = b""
        self._within = 0

    def add(self, piece: bytes) -> None:
        """Look at the next bytes; raise DamagedError where a member should begin and none does."""
        data, place = self._rest + piece, 0
        while True:
            step = min(self._within, len(data) - place)
            self._within -= step
            place += step
            if self._within or len(data) - place < _BLOCK:
                break
            self._begin(data[place : place + _BLOCK])
            place += _BLOCK
        self._rest = data[place:]

    def _begin(self, block: bytes) -> None:
        if not block.strip(b"\0"):
            self.zeros += 1
        elif self.zeros:
            return
        else:
            self._within = -(-_size(block) // _BLOCK) * _BLOCK


def _size(block: bytes) -> int:
    """Return the size of the member that begins with a block."""
    try:
        told = int(block[_SUM].strip(b" \0"), 8)
        field = block[_SIZE]
        size = int.from_bytes(field[1:], "big") if field[0] & _BINARY else int(field.strip(b" \0"), 8)
    except ValueError as error:
        raise _spoilt() from error
    if told != sum(block[: _SUM.start]) + sum(block[_SUM.stop :]) + 8 * ord(" "):
        raise _spoilt()
    return size


def _spoilt() -> DamagedError:
    return DamagedError(Text("its {packing} data is damaged", {"packing": "tar"}))
