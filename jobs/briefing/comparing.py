"""What yesterday is held against, and how that is said: silent wherever a comparison would mislead.

The base is the same weekday of last week, or of the last week before it in which that day was an ordinary one. A
percentage always carries its base; under ten, and where it would be huge, the difference is said instead.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from daemon.api import Money, Text, Value
from jobs.briefing.gather import Morning
from jobs.briefing.numbers import WEEK, Figures, figures, only
from jobs.briefing.past import Past, past_of

SMALL = 10
"""Below it a percentage says nothing."""
LARGE = 300
"""Above so many percent the difference says more."""

Amount = Decimal | Money


@dataclass(frozen=True)
class Basis:
    """The day that yesterday is compared with (None: with none), and why it is not last week's."""

    figures: Figures | None = None
    why: Text | None = None


def basis(morning: Morning, day: Figures, past: Past) -> Basis:
    """Return what a day is compared with; a partial or unknown day, a holiday and a closed weekday with nothing."""
    if day.partial or day.read is None:
        return Basis()
    if day.day in past.holidays:
        values: dict[str, Value] = {"day": day.day, "name": past.holidays[day.day]}
        return Basis(None, Text("{day:weekday} was a holiday ({name}) and is compared with no ordinary day.", values))
    if day.orders == 0 and past.regularly_closed(day.day):
        return Basis(None, Text("No orders, as on every {day:weekday} of the last weeks.", {"day": day.day}))
    return _ordinary(morning, day, past)


def _ordinary(morning: Morning, day: Figures, past: Past) -> Basis:
    """Return the last same weekday where it is known or odd, and the newest ordinary one where it is odd."""
    for before in past.weeks_before(day.day):
        if before in past.holidays or before in past.shut:
            continue
        found = figures(morning, before)
        if found.partial or found.read is None:
            return Basis()
        return Basis(found, None if before == day.day - WEEK else _skipped(day.day - WEEK, before, past))
    return Basis()


def _skipped(last: date, base: date, past: Past) -> Text:
    values: dict[str, Value] = {"last": last, "base": base, "name": past.holidays.get(last)}
    if last in past.holidays:
        return Text("{last} was a holiday ({name}), so the comparison is with {base}.", values)
    return Text("{last} had no orders at all, so the comparison is with {base}.", values)


class _Words(NamedTuple):
    """The sentences of one kind of base: last week's day, which goes by its weekday, or another by its date."""

    same: Text
    about: Text
    more: Text
    less: Text
    up: Text
    down: Text


_LAST_WEEK = _Words(
    Text("the same as last {day:weekday} ({base})"),
    Text("about the same as last {day:weekday} ({base})"),
    Text("{n} more than last {day:weekday} ({base})"),
    Text("{n} less than last {day:weekday} ({base})"),
    Text("+{n}% vs last {day:weekday} ({base})"),
    Text("-{n}% vs last {day:weekday} ({base})"),
)
_EARLIER = _Words(
    Text("the same as on {day} ({base})"),
    Text("about the same as on {day} ({base})"),
    Text("{n} more than on {day} ({base})"),
    Text("{n} less than on {day} ({base})"),
    Text("+{n}% vs {day} ({base})"),
    Text("-{n}% vs {day} ({base})"),
)


def change(now: Amount | None, base: Amount | None, day: date, weeks: int = 1) -> Text | None:
    """Return how `now` differs from `base` of the `day` so many weeks before; None where they can't be compared."""
    pair = _comparable(now, base)
    if pair is None:
        return None
    sentence, n = _difference(pair, now, _LAST_WEEK if weeks == 1 else _EARLIER)
    return Text(sentence.id, {"base": base, "day": day, **({} if n is None else {"n": n})})


def _difference(pair: tuple[Decimal, Decimal], now: Amount | None, words: _Words) -> tuple[Text, Value]:
    """Return the sentence for a pair (new, old) and its number; an absolute one is money where `now` is."""
    new, old = pair
    if new == old:
        return words.same, None
    if old <= 0 or new < 0 or max(new, old) < SMALL or new * 100 > old * (100 + LARGE):
        distance = abs(new - old)
        sentence = words.more if new > old else words.less
        return sentence, Money(distance, now.currency) if isinstance(now, Money) else distance
    percent = ((new - old) * 100 / old).quantize(Decimal(1), ROUND_HALF_EVEN)
    if percent == 0:
        return words.about, None
    return words.up if percent > 0 else words.down, abs(int(percent))


def change_of_gross(morning: Morning, day: Figures) -> Text | None:
    """Return how yesterday's gross differs from its base; None where there is no base or nothing was sold."""
    base = basis(morning, day, past_of(morning)).figures if day.orders else None
    if base is None:
        return None
    return change(only(day.gross), only(base.gross), base.day, (day.day - base.day) // WEEK)


def _comparable(now: Amount | None, base: Amount | None) -> tuple[Decimal, Decimal] | None:
    if isinstance(now, Decimal) and isinstance(base, Decimal):
        return now, base
    if isinstance(now, Money) and isinstance(base, Money) and now.currency == base.currency:
        return now.amount, base.amount
    return None
