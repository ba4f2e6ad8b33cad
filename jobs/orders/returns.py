"""What came back or was cancelled and is not settled: the cases of a worklist. Nothing is paid back here.

A case is kept as a work item from the night in which its document was first read. It is settled when the shop says
that nothing is owed any more, or when a person has closed the task that its finding became.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from daemon.api import Context, Money, Transition, WorkItem
from jobs.kinds.shop import Document, Line, Order, Return, Status

ITEM = "return"
OPEN, SETTLED = "open", "settled"
KEY = "orders:return:"
_LONGEST_REASON = 160
_LOOK_BACK = timedelta(days=60)
"""A last good run before that told nothing that counts."""

Listing = Literal["known", "all", "none"]


@dataclass(frozen=True)
class Case:
    """One return or cancelled order; `pieces` (title, quantity) go back to stock, where they were sent.

    `worth` is what its lines sum up to. `owed` is what is still to be paid back; None: the shop does not tell.
    """

    number: str
    order: str
    since: datetime
    cancelled: bool
    reason: str = ""
    pieces: tuple[tuple[str, int], ...] = ()
    worth: Money | None = None
    owed: Money | None = None

    @property
    def count(self) -> int:
        """How many pieces came back."""
        return sum(quantity for _, quantity in self.pieces)

    @property
    def settled(self) -> bool:
        """Whether the shop says that nothing is left to do: no money owed, nothing to put back."""
        return self.owed is not None and self.owed.amount <= 0 and not self.pieces

    def told_of(self, listing: Listing) -> bool:
        """Say whether it is listed: of `known` ones the shop says what is owed, or why they came back."""
        return listing == "all" or (listing == "known" and (self.owed is not None or bool(self.reason)))


def case_of(document: Document) -> Case | None:
    """Return the case that a document is, None for all but returns and cancelled orders."""
    if isinstance(document, Return):
        back = [line for line in document.lines if line.quantity < 0]
        return Case(
            document.number, document.order, document.placed, cancelled=False, reason=plain(document.reason),
            pieces=tuple((plain(line.title or line.sku), -line.quantity) for line in back if line.sku),
            worth=_sum(document.lines, -1), owed=document.owed,
        )  # fmt: skip
    if isinstance(document, Order) and document.status is Status.CANCELLED:
        worth = document.total or _sum(document.lines, 1)
        return Case(document.number, document.number, document.placed, True, worth=worth, owed=document.owed)
    return None


def _sum(lines: Sequence[Line], sign: int) -> Money | None:
    if not lines:
        return None
    whole = sum((line.total.amount for line in lines), Decimal(0)) * sign
    return Money(whole, lines[0].price.currency)


def plain(text: str) -> str:
    """Return a text from outside on one line, without controls and marks that turn it around, cut where it is long."""
    import unicodedata  # noqa: PLC0415 - memory that only a run with returns needs

    kept = "".join(
        " " if char.isspace() else char for char in text if char.isspace() or _shows(unicodedata.category(char))
    )
    line = " ".join(kept.split())
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"


def _shows(category: str) -> bool:
    return category not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def keep(ctx: Context, source: str, documents: Iterable[Document], listing: Listing) -> list[Case]:
    """Take up the cases among these documents, settle those that are over, and return the open ones, oldest first.

    A dry run moves nothing and returns what would be open.
    """
    found = [case for case in map(case_of, documents) if case is not None and case.told_of(listing)]
    seen = {f"{source}/{case.number}": case for case in found}
    known = _known(ctx, list(seen))
    open_, closed = _still_open(known, seen), _closed(ctx)
    over = {key for key, case in open_.items() if case.settled or case.number in closed}
    if not ctx.dry:
        ctx.night.move([*_steps(known, open_, over)])
    return sorted((case for key, case in open_.items() if key not in over), key=lambda case: (case.since, case.number))


def _known(ctx: Context, keys: Sequence[str]) -> dict[str, WorkItem]:
    """Return all cases that are open, and of these keys those that are settled."""
    items = ctx.night.work_items(ITEM, [OPEN], [])
    items += ctx.night.work_items(ITEM, [SETTLED], keys) if keys else []
    return {item.id: item for item in items}


def _still_open(known: Mapping[str, WorkItem], seen: Mapping[str, Case]) -> dict[str, Case]:
    """Return the cases that are open or new, as the shop tells of them now where it does; a settled one stays so."""
    open_ = {key: _case(item) for key, item in known.items() if item.state == OPEN}
    return open_ | {key: case for key, case in seen.items() if key in open_ or key not in known}


def _steps(known: Mapping[str, WorkItem], cases: Mapping[str, Case], over: set[str]) -> Iterable[Transition]:
    for key, case in cases.items():
        before, after = (known[key].state if key in known else ""), (SETTLED if key in over else OPEN)
        if key not in known or before != after or _case(known[key]) != case:
            yield Transition(ITEM, key, before, after, _data(case))


def _closed(ctx: Context) -> set[str]:
    """Return the numbers of the cases whose task a person has closed: told by the last good run and on no list now."""
    listed = {task.source for task in ctx.night.tasks()}
    told = (seen.finding.key for seen in ctx.night.findings(ctx.now - _LOOK_BACK) if seen.routine == ctx.routine)
    return {key.removeprefix(KEY) for key in told if key.startswith(KEY) and key not in listed}


def _data(case: Case) -> dict[str, object]:
    return {
        "order": case.order, "since": case.since.isoformat(), "cancelled": case.cancelled, "reason": case.reason,
        "pieces": [list(piece) for piece in case.pieces], "worth": _pair(case.worth), "owed": _pair(case.owed),
    }  # fmt: skip


def _case(item: WorkItem) -> Case:
    data: Any = item.data
    pieces = tuple((str(title), int(quantity)) for title, quantity in data["pieces"])
    return Case(
        item.id.partition("/")[2], data["order"], datetime.fromisoformat(data["since"]), data["cancelled"],
        data["reason"], pieces, _money(data["worth"]), _money(data["owed"]),
    )  # fmt: skip


def _pair(money: Money | None) -> list[str] | None:
    return None if money is None else [str(money.amount), money.currency]


def _money(pair: Sequence[str] | None) -> Money | None:
    return None if pair is None else Money(Decimal(pair[0]), pair[1])
