"""Lists of WooCommerce read to their end, which is what the server counts and never an empty page.

Sorted by id, so that what is created meanwhile comes last and repeats nothing. What vanishes meanwhile moves the
others up a page and would hide one: a list that came out shorter than counted is read again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from daemon.api import OutsideError
from jobs.connectors.http import Answer, Client, Params, reading
from jobs.connectors.shops._pages import MOST, READINGS, clock_of
from jobs.connectors.shops._rows import Row

_BY_ID: Params = (("orderby", "id"), ("order", "asc"))


@dataclass
class Listing:
    """One list while it is read: `total` is what the server counted last, `began` its clock at the first page."""

    client: Client
    path: str
    params: Params
    ids: set[int] = field(default_factory=set)
    total: int = 0
    began: datetime | None = None

    def rows(self) -> Iterator[Row]:
        """Yield every row, possibly twice; raise OutsideError where the server never lists as many as it counts."""
        for _reading in range(READINGS):
            self.ids.clear()
            whole = True
            for answer in self._pages():
                counted = count(answer)
                whole = whole and counted >= self.total
                self.total = counted
                yield from self._known(answer)
            if whole and len(self.ids) >= self.total:
                return
        raise OutsideError(
            f"{self.client.site.name}: the shop counts {self.total} of {self.path} and lists {len(self.ids)}: it may "
            "be busy; try again, or look for a plug-in that changes its lists"
        )

    def _pages(self) -> Iterator[Answer]:
        """Yield the pages, each while the next one is already on its way: one request at a time, none too many."""
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only a run that reads a shop needs it

        page, self.total = 1, 0
        with ThreadPoolExecutor(1) as pool:
            answer = self._page(page)
            while page * MOST < count(answer):
                following = self.client.ahead(pool, partial(self._page, page + 1))
                yield answer
                answer, page = following.result(), page + 1
            yield answer

    def _page(self, page: int) -> Answer:
        usual: Params = (("per_page", str(MOST)), ("page", str(page)), *_BY_ID)
        answer = self.client.ask(reading(self.path, (*self.params, *usual)))
        self.began = self.began or clock_of(answer)
        return answer

    def _known(self, answer: Answer) -> Iterator[Row]:
        for row in rows_of(self.client, answer):
            self.ids.add(row["id"])
            yield row


def rows_of(client: Client, answer: Answer) -> list[Row]:
    """Return a list's rows; raise OutsideError where the answer is no list of things with an id."""
    rows = answer.data if answer.body else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), int) for row in rows):
        raise OutsideError(
            f"{client.site.name}: {client.site.host} answered with something that is no list of WooCommerce: "
            "check `url:`, and whether a plug-in of the shop changes its answers"
        )
    return rows


def count(answer: Answer) -> int:
    """Return how many rows the server counts; its page where a proxy took the header away."""
    text = answer.headers.get("x-wp-total", "")
    return int(text) if text.isascii() and text.isdigit() else len(answer.data or ())
