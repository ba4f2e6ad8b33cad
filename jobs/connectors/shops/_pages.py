"""What reading the lists of any shop has in common: how much at once, and how far back what was read is read again."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

from jobs.connectors.http import Answer

T = TypeVar("T")
MOST = 100
"""Rows of a page. WooCommerce answers 101 with 400; a Magento that limits its input takes 300 at most."""
READINGS = 3
"""How often a list is read that does not hold as many rows as the shop counts."""
OVERLAP = timedelta(minutes=10)
"""How far before the last reading changes are asked for: clocks and commits are not exact."""
SWEEP = timedelta(days=7)
"""How often the numbers of all orders are compared although nothing looks wrong."""
SLICE = timedelta(days=90)
"""A long history is read in slices, newest first, each kept when it is read: a run cut short loses one slice."""


def batches(rows: Iterable[T]) -> Iterator[list[T]]:
    """Yield rows a page at a time, so that each page is kept when it has come."""
    some: list[T] = []
    for row in rows:
        some.append(row)
        if len(some) == MOST:
            yield some
            some = []
    if some:
        yield some


def clock_of(answer: Answer) -> datetime | None:
    """Return the server's clock; None where it does not tell."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    except (ValueError, TypeError):
        return None
