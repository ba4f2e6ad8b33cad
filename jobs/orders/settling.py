"""The worklist of returns and cancelled orders as facts and findings: age, reason, stock to put back, money owed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import Field

from daemon.api import Context, Duration, Finding, Goal, Options, Text, Urgency, Value
from jobs.kinds import facts
from jobs.kinds.shop import Document
from jobs.orders.returns import KEY, Case, Listing, keep

MOST = 30
"""Cases that are told one by one, the oldest; the others are one finding."""
_SHOWN = 4
"""Products that a sentence names."""
_DAY = timedelta(days=1)


class ReturnsOptions(Options):
    """Which returns and cancelled orders are listed until they are settled."""

    listed: Listing = Field(
        "known",
        description="`known`: of which the shop says what is owed or why; `all`: those of silent shops too; or `none`.",
    )
    within: Duration = Field(
        timedelta(days=14),
        description="When money is to be paid back: in the EU within 14 days (2011/83/EU, article 13).",
    )


def work(
    ctx: Context, source: str, as_of: datetime, documents: Iterable[Document], options: ReturnsOptions
) -> Sequence[Case]:  # fmt: skip
    """Take up what came back and was cancelled, tell and return what is not settled; `none` leaves all of it alone."""
    if options.listed == "none":
        return []
    cases = keep(ctx, source, documents, options.listed)
    _tell(ctx, source, as_of, cases, options.within)
    return cases


def _tell(ctx: Context, source: str, as_of: datetime, cases: Sequence[Case], within: timedelta) -> None:
    """Count the open cases and what is owed by currency, and report each; money is to be paid back `within` a time."""
    ctx.fact(facts.RETURNS_OPEN, ctx.today, len(cases), as_of=as_of, source=source)
    unknown = sum(case.owed is None for case in cases)
    ctx.fact(facts.RETURNS_UNKNOWN, ctx.today, unknown, as_of=as_of, source=source)
    for currency, amount in owed(cases).items():
        which = {"currency": currency}
        ctx.fact(facts.RETURNS_OWED, ctx.today, amount, as_of=as_of, source=source, unit=currency, dimensions=which)
    for case in cases[:MOST]:
        ctx.find(_finding(ctx, case, within))
    if cases[MOST:]:
        ctx.find(_rest(cases[MOST:]))


def owed(cases: Iterable[Case]) -> dict[str, Decimal]:
    """Return what is known to be owed, by currency; nothing of a currency is no entry."""
    sums: dict[str, Decimal] = {}
    for case in cases:
        if case.owed is not None and case.owed.amount > 0:
            sums[case.owed.currency] = sums.get(case.owed.currency, Decimal(0)) + case.owed.amount
    return sums


def _finding(ctx: Context, case: Case, within: timedelta) -> Finding:
    due = case.since + within
    known = case.owed is not None and case.owed.currency == ctx.shop.currency
    return Finding(
        key=KEY + case.number,
        urgency=Urgency.DUE_TODAY if due - ctx.now <= _DAY else Urgency.STAYS_BROKEN,
        title=_title(case),
        detail=Text("{money}; {stock}; {reason}", {"money": _owed(case), "stock": _stock(case), "reason": _why(case)}),
        next_step=_step(case),
        since=case.since,
        due=due,
        stake=case.owed.amount if known and case.owed else Decimal(0),
        group="orders:returns",
        goal=Goal.OTHER,
    )


def _title(case: Case) -> Text:
    if case.cancelled:
        return Text("Order {number} was cancelled and is not settled", {"number": case.number})
    if case.order:
        return Text("Return {number} of order {order} is not settled", {"number": case.number, "order": case.order})
    return Text("Return {number} is not settled", {"number": case.number})


def _owed(case: Case) -> Text:
    if case.owed is None:
        return Text("worth {money}, what is owed is not available", {"money": case.worth})
    if case.owed.amount <= 0:
        return Text("nothing is owed", {})
    return Text("{money} is to be paid back", {"money": case.owed})


def _stock(case: Case) -> Text:
    if not case.pieces:
        return Text("nothing to put back", {})
    named = [f"{quantity} x {title}" for title, quantity in case.pieces[:_SHOWN]]
    values: dict[str, Value] = {"n": case.count, "pieces": ", ".join([*named, *["…"][: len(case.pieces) - _SHOWN]])}
    return Text("{n} piece to put back: {pieces}", values, "{n} pieces to put back: {pieces}")


def _why(case: Case) -> Text:
    return Text("reason: {reason}", {"reason": case.reason}) if case.reason else Text("no reason is known", {})


def _step(case: Case) -> Text:
    if case.owed is not None and case.owed.amount > 0:
        return Text("Pay it back in the shop, put the goods into stock, then close this task", {})
    if case.owed is None:
        return Text("See in the shop whether it is paid back, put the goods into stock, then close this task", {})
    return Text("Put the goods into stock, then close this task", {})


def _rest(cases: Sequence[Case]) -> Finding:
    title = Text("{n} more return or cancelled order is not settled", {"n": len(cases)},
                 "{n} more returns or cancelled orders are not settled")  # fmt: skip
    return Finding(
        "orders:returns:more", Urgency.STAYS_BROKEN, title, since=cases[0].since, stake=Decimal(len(cases)),
        group="orders:returns", goal=Goal.OTHER,
    )  # fmt: skip
