"""Every way of breaking a dump, and what the checks WHOLE, UNCHANGED and RESTORE say of it, with how long that took.

Each dump was looked at once before it is broken, as a night would have.

`broken` yields rows that a table of what is seen, and what is not, can be made of.
"""

import bz2
import gzip
import lzma
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from daemon.clock import SystemClock
from jobs.connectors.backups.dumps import DumpStore
from jobs.kinds.backup import Check, Outcome, Verdict
from tests.jobs.dump_scenes import flipped
from tests.system.backups.servers import Running
from tests.system.backups.shop import PACKED, Dump, asked, drill_of, settled, store_at

FLIPS = 3
"""Bits of each dump that are turned round, one at a time, drawn from a seed."""
HEALTHY = "healthy"
ASKED = (Check.WHOLE, Check.UNCHANGED, Check.RESTORE)
FINE = {Outcome.HELD, Outcome.PARTLY, Outcome.WARN}


@dataclass(frozen=True)
class Row:
    """What one check said of one dump: `seen` that it did not speak for it. `seconds` is how long the check took."""

    target: str
    way: str
    check: Check
    verdict: Verdict
    seconds: float

    @property
    def seen(self) -> bool:
        return self.verdict.outcome not in FINE


def broken(server: Running, dump: Dump, folder: Path, numbers: Iterator[int] | None = None) -> Iterator[Row]:
    """Yield what is said of a dump broken in every way that its format can be broken in."""
    numbers = numbers or count()
    for way, breaking in ways(dump):
        place = folder / f"{next(numbers)}"
        path = dump.put(place)
        asked(_store(server, place), Check.UNCHANGED)
        breaking(path)
        settled(path)
        yield from _asked(server, dump, way, place)
        shutil.rmtree(place)
        shutil.rmtree(_own(place))


def _asked(server: Running, dump: Dump, way: str, place: Path) -> Iterator[Row]:
    clock, store = SystemClock(), _store(server, place)
    for check in ASKED:
        before = clock.monotonic()
        verdict = asked(store, check)
        yield Row(dump.target, way, check, verdict, clock.monotonic() - before)


def _store(server: Running, place: Path) -> DumpStore:
    return store_at(place, _own(place), drill_of(server))


def _own(place: Path) -> Path:
    return place.with_name(f"{place.name}-own")


def ways(dump: Dump) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Yield every way of breaking a dump of this format, by its name; the first breaks nothing."""
    yield HEALTHY, lambda _: None
    if dump.source is not None:
        yield from _ways_of_folder()
        return
    content = dump.content
    yield "cut off", lambda path: _write(path, content[: len(content) * 2 // 5])
    yield "cut off at the very end", lambda path: _write(path, content[:-60])
    yield "empty", lambda path: _write(path, b"")
    yield "header only", lambda path: _write(path, content[:60])
    dice = random.Random(5)
    for _ in range(FLIPS):
        bit = dice.randrange(len(content) // 4, len(content)) * 8 + dice.randrange(8)
        yield "one bit turned", lambda path, bit=bit: _write(path, flipped(content, bit))  # type: ignore[misc]
    plain = _unpacked(dump)
    if plain is not None:
        ending = "." + dump.name.rpartition(".")[2]
        pack = PACKED.get(ending, bytes)
        yield "cut between statements", lambda path: _write(path, pack(_between_statements(plain)))
        yield "rows lost", lambda path: _write(path, pack(_without_rows(plain)))


def _ways_of_folder() -> Iterator[tuple[str, Callable[[Path], None]]]:
    def largest(path: Path) -> Path:
        return max((one for one in path.iterdir() if one.name != "toc.dat"), key=lambda one: one.stat().st_size)

    yield "a file gone", lambda path: largest(path).unlink()
    yield "no contents", lambda path: (path / "toc.dat").unlink()
    yield "cut off", lambda path: _write(largest(path), largest(path).read_bytes()[:-200])
    yield "contents cut off", lambda path: _write(path / "toc.dat", (path / "toc.dat").read_bytes()[:-200])
    yield "empty", lambda path: _write(largest(path), b"")
    yield "one bit turned", lambda path: _write(largest(path), flipped(largest(path).read_bytes(), 4000))
    yield "rows cut off", lambda path: _write(largest(path), _half(largest(path)))


def _half(path: Path) -> bytes:
    """Return the first half of a table's rows, at the end of a row, packed as they were."""
    packed = path.suffix == ".gz"
    content = path.read_bytes()
    rows = (gzip.decompress(content) if packed else content).splitlines(keepends=True)
    left = b"".join(rows[: len(rows) // 2])
    return gzip.compress(left) if packed else left


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _unpacked(dump: Dump) -> bytes | None:
    ways: dict[str, Callable[[bytes], bytes]] = {
        ".gz": gzip.decompress,
        ".bz2": bz2.decompress,
        ".xz": lzma.decompress,
        ".sql": bytes,
    }
    unpack = ways.get("." + dump.name.rpartition(".")[2])
    return unpack(dump.content) if unpack and ".sql" in dump.name else None


def _between_statements(plain: bytes) -> bytes:
    """Return a dump that ends before its first row."""
    places = [plain.find(word) for word in (b"INSERT INTO", b"COPY public", b"COPY stock")]
    return plain[: min(place for place in places if place > 0)]


def _without_rows(plain: bytes) -> bytes:
    """Return a dump that is whole in every respect but for the rows of its orders."""
    kept, dropping = [], False
    for line in plain.splitlines(keepends=True):
        if line.startswith((b"INSERT INTO `orders`", b"COPY public.orders", b"INSERT INTO public.orders")):
            dropping = True
            if line.startswith(b"COPY"):
                kept.append(line)
                continue
        if not dropping:
            kept.append(line)
        elif line.startswith(b"\\.") or line.rstrip().endswith(b";"):
            dropping = False
            if line.startswith(b"\\."):
                kept.append(line)
    return b"".join(kept)
