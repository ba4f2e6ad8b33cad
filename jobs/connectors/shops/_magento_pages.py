"""Lists of Magento read to their end, which is what the server counts (`total_count`) and never an empty page.

Without `pageSize` Magento sends everything, and a page past the end is the last one again: so every list names its
size, none asks past the end, and one that came out shorter than counted is read again. Sorted by a number that never
changes, as rows with equal keys wander between pages.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from daemon.api import OutsideError
from jobs.connectors.http import Answer, Client, Params, reading
from jobs.connectors.shops._pages import MOST, READINGS, clock_of
from jobs.connectors.shops._rows import Row


@dataclass(frozen=True)
class Asked:
    """A condition on a field of a list; several conditions must all hold."""

    field: str
    condition: str
    value: str


def since(name: str, when: datetime) -> Asked:
    """Return that a moment is not before another."""
    return Asked(name, "gteq", stamp(when))


def before(name: str, when: datetime) -> Asked:
    """Return that a moment is before another."""
    return Asked(name, "lt", stamp(when))


def stamp(when: datetime) -> str:
    """Return a moment as Magento writes and compares it: UTC without a mark, whole seconds."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def criteria(asked: tuple[Asked, ...], size: int, page: int, order: str, fields: str) -> Params:
    """Return the parameters of one page; each condition is a group of its own, as those within one are alternatives.

    `fields` trims the rows to what is named.
    """
    named: list[tuple[str, str]] = []
    for group, one in enumerate(asked):
        at = f"searchCriteria[filterGroups][{group}][filters][0]"
        named += [(f"{at}[field]", one.field), (f"{at}[value]", one.value), (f"{at}[conditionType]", one.condition)]
    return (
        *named,
        ("searchCriteria[sortOrders][0][field]", order), ("searchCriteria[sortOrders][0][direction]", "ASC"),
        ("searchCriteria[pageSize]", str(size)), ("searchCriteria[currentPage]", str(page)),
        ("fields", f"items[{fields}],total_count"),
    )  # fmt: skip


def _entity(row: Row) -> object:
    return row.get("entity_id")


@dataclass
class Listing:
    """One list while it is read. `order` is the column it is sorted by, `key` tells its rows apart.

    `total` is what the server counted last, `began` its clock at the first page.
    """

    client: Client
    path: str
    fields: str
    asked: tuple[Asked, ...] = ()
    order: str = "entity_id"
    key: Callable[[Row], object] = _entity
    known: set[object] = field(default_factory=set)
    total: int = 0
    began: datetime | None = None

    def rows(self) -> Iterator[Row]:
        """Yield every row, possibly twice; raise OutsideError where the server never lists as many as it counts."""
        for _reading in range(READINGS):
            self.known.clear()
            shrank = yield from self._once()
            if not shrank and len(self.known) >= self.total:
                return
        raise OutsideError(
            f"{self.client.site.name}: the shop counts {self.total} of {self.path} and lists {len(self.known)}: it may "
            "be busy; try again, or look for an extension that changes its lists"
        )

    def _once(self) -> Generator[Row, None, bool]:
        """Yield the rows of one reading; return whether the list shrank meanwhile, which hides rows."""
        page, shrank, self.total = 1, False, 0
        while page == 1 or (page - 1) * MOST < self.total:
            answer = self._page(page)
            rows, counted = found(self.client, answer)
            shrank = shrank or counted < self.total
            self.total = counted
            for row in rows:
                self.known.add(self.key(row))
                yield row
            page += 1
        return shrank

    def _page(self, page: int) -> Answer:
        wanted = criteria(self.asked, MOST, page, self.order, self.fields)
        answer = self.client.ask(reading(self.path, wanted))
        self.began = self.began or clock_of(answer)
        return answer


def found(client: Client, answer: Answer) -> tuple[list[Row], int]:
    """Return a page's rows and how many the server counts; raise OutsideError where the answer is no such page."""
    data = answer.data if answer.body else None
    rows, total = (data.get("items") or [], data.get("total_count")) if isinstance(data, dict) else (None, None)
    if not isinstance(total, int) or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise OutsideError(
            f"{client.site.name}: {client.site.host} answered with something that is no list of Magento: check `url:`, "
            "and whether an extension of the shop changes its answers"
        )
    return rows, total


def count(client: Client, path: str, *asked: Asked) -> int:
    """Return how many rows a list has, at the price of one row.

    Both names of an id are asked for: a row without any of the named fields comes as an empty list.
    """
    return found(client, client.ask(reading(path, criteria(asked, 1, 1, "entity_id", "entity_id,id"))))[1]
