"""Lists of Shopify read to their end by cursors, in pages as large as the shop's budget bears.

The first page of a list holds one row and tells what one costs; from then on a page costs at most half the bucket, so
that it is filled while a page is worked on, and never more than one question may cost at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from daemon.api import OutsideError
from jobs.connectors.shops._rows import Row
from jobs.connectors.shops._shopify_asking import Asker, TooDearError

MOST = 250
"""Rows of a page; 251 is an error."""
_DEAREST = 1000.0
"""Points that one question may cost at most, whatever the shop's plan."""
_SHARE = 0.5


@dataclass
class Pages:
    """Reads lists of one shop and remembers what a row of each costs, and what was too dear."""

    asker: Asker
    costs: dict[str, float] = field(default_factory=dict)
    dearest: float = _DEAREST

    def rows(self, operation: str, variables: Mapping[str, object], *path: str) -> Iterator[Row]:
        """Yield the nodes of the connection at `path` of the answer; nothing where the path ends in null."""
        for _found, nodes in self.pages(operation, variables, *path):
            yield from nodes

    def pages(self, operation: str, variables: Mapping[str, object], *path: str) -> Iterator[tuple[Row, list[Row]]]:
        """Yield (what holds the connection, its nodes) page by page; raise OutsideError."""
        after: object = variables.get("after")
        while True:
            data = self._page(operation, {**variables, "after": after})
            holder = _at(data, path[:-1])
            found = _at(holder, path[-1:])
            yield holder, [one for one in found.get("nodes") or () if isinstance(one, dict)]
            info = found.get("pageInfo") or {}
            if not info.get("hasNextPage"):
                return
            if not info.get("endCursor") or info["endCursor"] == after:
                raise OutsideError(f"{self.asker.name}: the shop's list {operation} does not go on: try again later")
            after = info["endCursor"]

    def _page(self, operation: str, variables: Mapping[str, object]) -> Row:
        size = self._size(operation)
        while True:
            known = self.costs.get(operation, 0.0) * size
            try:
                data = self.asker.ask(operation, {**variables, "first": size}, known)
            except TooDearError:
                if size == 1:
                    raise
                size //= 2
                self.dearest = min(self.dearest, known / 2 or self.dearest)
                continue
            self.costs[operation] = self.asker.requested / size
            return data

    def _size(self, operation: str) -> int:
        if not self.costs.get(operation):
            return 1
        return int(min(max(self._most() / self.costs[operation], 1), MOST))

    def _most(self) -> float:
        budget = self.asker.budget
        return min(budget.maximum * _SHARE, self.dearest) if budget else 1.0


def _at(data: Mapping[str, Any], path: tuple[str, ...]) -> Row:
    found: Any = data
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
