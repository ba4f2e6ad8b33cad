"""What was unusual about yesterday, in sentences: beside which range, whether that is good, and what may explain it.

A day without any order is looked at first for what it may be: a day that the shop never sells on, a holiday, missing
data, or a shop that can't take orders.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from daemon.api import Finding, Goal, Horizon, Money, SeenFinding, Text, Urgency, Value
from jobs.briefing.gather import Morning
from jobs.briefing.numbers import Figures, figures, only
from jobs.briefing.past import BUSY, Past, past_of, reason, special
from jobs.briefing.unusual import ENOUGH, Unusual, median, unusual

COUNTS_LEAST = Decimal(5)
"""A count that is off by fewer is chance."""
MATTERS = Decimal("0.1")
"""Returns that are off by a smaller share of the day's gross are no news."""

Amount = Decimal | Money


@dataclass(frozen=True)
class _Metric:
    """A figure that is watched: where it is read, whether more of it is good, and the least distance worth a word.

    Where more is bad only more is worth a word.
    """

    label: Text
    read: Callable[[Figures], Amount | None]
    up_is_good: bool = True
    least: Callable[[Figures], Decimal] = lambda _day: Decimal(0)


def _few(_day: Figures) -> Decimal:
    return COUNTS_LEAST


def _share_of_gross(day: Figures) -> Decimal:
    gross = only(day.gross)
    return gross.amount * MATTERS if gross else Decimal(0)


RETURNS = _Metric(Text("Returns"), lambda day: only(day.returns), up_is_good=False, least=_share_of_gross)
METRICS = (
    _Metric(Text("Gross"), lambda day: only(day.gross)),
    _Metric(Text("Orders"), lambda day: day.orders, least=_few),
    _Metric(Text("Average order"), lambda day: only(day.average)),
    RETURNS,
    _Metric(Text("Cancellations"), lambda day: day.cancellations, up_is_good=False, least=_few),
)


def remarks(morning: Morning, day: Figures, past: Past) -> list[Text]:
    """Return a sentence for each figure that is unusual for its weekday, and one for what may explain them.

    A holiday is no day to be held against others, and of a day without any order `silence` speaks.
    """
    found = [_sentence(*one) for one in _odd(morning, day, past)]
    why = reason(past, day.day) if found else None
    return [*found, *([why] if why else [])]


def warnings(morning: Morning, day: Figures) -> list[Text]:
    """Return those of the remarks that are bad news and that no holiday or campaign explains, for the first lines."""
    past = past_of(morning)
    if special(past, day.day) is not None:
        return []
    return [_sentence(*one) for one in _odd(morning, day, past) if one[0].up_is_good is not one[3].high]


_Odd = tuple[_Metric, Figures, Amount, Unusual]


def _odd(morning: Morning, day: Figures, past: Past) -> list[_Odd]:
    """Return the figures of a whole ordinary day that are unusual for its weekday and worth a word."""
    if day.partial or not day.orders or day.day in past.holidays:
        return []
    known = _known_before(morning, day, past)
    return [found for metric in METRICS if (found := _if_odd(metric, day, known)) is not None]


def _if_odd(metric: _Metric, day: Figures, before: Sequence[Figures]) -> _Odd | None:
    now = metric.read(day)
    if now is None:
        return None
    same = [one for one in map(metric.read, before) if _same_unit(one, now)]
    odd = unusual(_number(now), [_number(one) for one in same if one is not None], metric.least(day))
    if odd is None or not (odd.high or metric.up_is_good):
        return None
    return metric, day, now, odd


def _sentence(metric: _Metric, day: Figures, now: Amount, odd: Unusual) -> Text:
    low, high = (_like(now, end) for end in (odd.low_end, odd.high_end))
    values: dict[str, Value] = {"metric": metric.label, "day": day.day, "now": now, "low": low, "high": high}
    values["n"] = odd.n
    if not odd.high:
        return Text(
            "{metric}: {now} is unusually low for a {day:weekday}, and that is bad; the last {n} had {low} to {high}.",
            values,
        )
    if metric.up_is_good:
        return Text(
            "{metric}: {now} is unusually high for a {day:weekday}, and that is good; "
            "the last {n} had {low} to {high}.",
            values,
        )
    return Text(
        "{metric}: {now} is unusually high for a {day:weekday}, and that is bad; the last {n} had {low} to {high}.",
        values,
    )


def _same_unit(one: Amount | None, now: Amount) -> bool:
    if isinstance(one, Money) and isinstance(now, Money):
        return one.currency == now.currency
    return type(one) is type(now)


def _number(amount: Amount) -> Decimal:
    return amount.amount if isinstance(amount, Money) else amount


def _like(now: Amount, number: Decimal) -> Amount:
    return Money(number, now.currency) if isinstance(now, Money) else number


def usual(morning: Morning, day: Figures, past: Past) -> Text | None:
    """Return the range of gross over the ordinary ones of the last eight same weekdays, and where this one lies.

    None where it is so far outside that `remarks` says it, and where the day is none to be held against others.
    """
    amount = only(day.gross)
    if amount is None or not _comparable(day, past):
        return None
    same = _gross_before(morning, day, past, amount.currency)
    if len(same) < ENOUGH or (day.orders and not day.partial and _odd_gross(amount, same)):
        return None
    return _among(same, amount, day)


def _comparable(day: Figures, past: Past) -> bool:
    """Say whether a day is to be held against others: no holiday, and not one on which nobody ever orders."""
    return day.day not in past.holidays and not (day.orders == 0 and past.regularly_closed(day.day))


def _gross_before(morning: Morning, day: Figures, past: Past, currency: str) -> list[Money]:
    whole = [only(one.gross) for one in _known_before(morning, day, past)]
    return [money for money in whole if money is not None and money.currency == currency]


def _among(same: Sequence[Money], amount: Money, day: Figures) -> Text:
    """Return where an amount lies among those of the same weekdays; of a day known in part, only what is usual."""
    low, high = min(same), max(same)
    values: dict[str, Value] = {"day": day.day, "low": low, "high": high, "n": len(same)}
    if day.partial or low <= amount <= high:
        return Text("Usual for a {day:weekday}: {low} to {high} (last {n})", values)
    if amount < low:
        return Text("Below the usual range for a {day:weekday}: {low} to {high} (last {n})", values)
    return Text("Above the usual range for a {day:weekday}: {low} to {high} (last {n})", values)


def _odd_gross(amount: Money, same: Sequence[Money]) -> bool:
    return unusual(amount.amount, [money.amount for money in same]) is not None


def _known_before(morning: Morning, day: Figures, past: Past) -> list[Figures]:
    """Return the ordinary ones of the last eight same weekdays that are known in full."""
    days = [figures(morning, one) for one in past.weeks_before(day.day) if past.ordinary(one)]
    return [one for one in days if one.read is not None and not one.partial]


def silence(morning: Morning) -> list[SeenFinding]:
    """Return the doubt whether the shop takes orders, where a busy weekday had none; nothing where it is explained."""
    day = figures(morning, morning.yesterday)
    if day.orders != 0 or day.partial:
        return []
    past = past_of(morning)
    before = [past.orders[one] for one in past.weeks_before(day.day) if one in past.orders and past.ordinary(one)]
    if day.day in past.holidays or len(before) < ENOUGH or median(before) < BUSY:
        return []
    values: dict[str, Value] = {"day": day.day, "low": min(before), "high": max(before), "n": len(before)}
    finding = Finding(
        key="briefing.silence",
        urgency=Urgency.LOSES_MONEY,
        title=Text("No orders on {day:weekday}: is the shop taking orders?", values),
        detail=_evidence(day, values),
        next_step=Text("Place a test order. Where the shop was closed on purpose there is nothing to do."),
        since=morning.start_of(day.day),
        goal=Goal.CONVERSION,
        horizon=Horizon.SHORT,
    )
    return [SeenFinding(morning.routine, 0, morning.now, morning.start_of(day.day), 1, finding)]


def losses(morning: Morning) -> list[SeenFinding]:
    """Return the doubt about a day whose returns were unusually high: money that leaves, and may still be stopped."""
    day = figures(morning, morning.yesterday)
    for metric, _, now, odd in _odd(morning, day, past_of(morning)):
        if metric is RETURNS:
            low, high = (_like(now, end) for end in (odd.low_end, odd.high_end))
            values: dict[str, Value] = {"now": now, "day": day.day, "low": low, "high": high, "n": odd.n}
            finding = Finding(
                key="briefing.returns",
                urgency=Urgency.LOSES_MONEY,
                title=Text("Returns of {now} on {day:weekday}: is that right?", values),
                detail=Text("The last {n} had {low} to {high}.", values),
                next_step=Text("Look at the day's largest returns before they are paid out."),
                since=morning.start_of(day.day),
                stake=_number(now),
                goal=Goal.CONVERSION,
                horizon=Horizon.SHORT,
            )
            return [SeenFinding(morning.routine, 0, morning.now, morning.start_of(day.day), 1, finding)]
    return []


def _evidence(day: Figures, values: dict[str, Value]) -> Text:
    """Return what speaks for a true zero and what for missing data."""
    if day.records:
        return Text(
            "The last {n} had {low} to {high}. The source was read and has {records} record of the day, none a sale.",
            {**values, "records": day.records},
            plural="The last {n} had {low} to {high}. The source was read and has {records} records of the day, "
            "none of them a sale.",
            count="records",
        )
    return Text(
        "The last {n} had {low} to {high}. The source has no record of the day at all: data may be missing.", values
    )
