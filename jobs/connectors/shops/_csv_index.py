"""Which moments each export file spans, so that a night opens two files instead of two hundred.

What was learned is kept as a fact per file and believed while the file's size, its modification time and the way
it is read stay the same;
a file without a readable row is looked at again every time. The index knows nothing of now: what is later than
now is dropped when rows are read.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from daemon.api import Fact, Outlet
from jobs.kinds.facts import SOURCE_FILE

KEPT_ON = date(1970, 1, 1)
"""The day under which every span is kept: a file has one, whatever days it speaks of."""


@dataclass(frozen=True)
class Span:
    """One file as it was found: bytes, modification time (ns), first and last moment (None: no readable row)."""

    path: Path
    size: int
    mtime: int
    first: datetime | None = None
    last: datetime | None = None

    def touches(self, first: datetime, until: datetime) -> bool:
        """Say whether a row of the file may fall into [first, until)."""
        return self.first is not None and self.last is not None and self.first < until and self.last >= first

    @property
    def written(self) -> datetime:
        """When the file was last written, UTC."""
        return datetime.fromtimestamp(self.mtime / 1e9, UTC)


Scan = Callable[[Path], Iterable[datetime]]
"""Yields the moments of a file's rows."""


@dataclass(frozen=True)
class Index:
    """The spans of a source's files. `reading` names the way they are read: options that move a row's moment."""

    outlet: Outlet
    scan: Scan
    reading: str

    def spans(self, files: Iterable[Path]) -> list[Span]:
        """Return the span of each file that exists, the last written first; scan the ones that are new or changed."""
        known = self._known()
        found = [self._span(path, known) for path in files]
        return sorted((s for s in found if s is not None), key=lambda s: (s.mtime, s.path), reverse=True)

    def _known(self) -> dict[str, list[str | int | None]]:
        facts = self.outlet.facts([SOURCE_FILE.name], KEPT_ON, KEPT_ON)
        mine = [f for f in facts if f.dimensions.get("source") == self.outlet.name]
        return {fact.dimensions["path"]: json.loads(str(fact.value)) for fact in mine}

    def _span(self, path: Path, known: dict[str, list[str | int | None]]) -> Span | None:
        try:
            stat = path.stat()
        except OSError:
            return None
        fresh = [self.reading, stat.st_size, stat.st_mtime_ns]
        kept = known.get(str(path), [])
        if kept[:3] == fresh and kept[3]:
            first, last = (datetime.fromisoformat(str(m)) if m else None for m in kept[3:5])
            return Span(path, stat.st_size, stat.st_mtime_ns, first, last)
        span = self._scanned(path, stat.st_size, stat.st_mtime_ns)
        edges = [m.isoformat() if m else None for m in (span.first, span.last)]
        self._keep(path, json.dumps([*fresh, *edges]))
        return span

    def _scanned(self, path: Path, size: int, mtime: int) -> Span:
        first = last = None
        for moment in self.scan(path):
            first = moment if first is None or moment < first else first
            last = moment if last is None or moment > last else last
        return Span(path, size, mtime, first, last)

    def _keep(self, path: Path, value: str) -> None:
        where = {"source": self.outlet.name, "path": str(path)}
        now, name = self.outlet.now, self.outlet.name
        self.outlet.keep(Fact(SOURCE_FILE.name, KEPT_ON, value, SOURCE_FILE.unit, now, name, where))
