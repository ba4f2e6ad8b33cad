"""Fourteen days of gross as bars: heights for table cells, levels for a line of text; a missing day is a gap."""

from datetime import timedelta
from decimal import Decimal

from daemon.api import Money, Text
from jobs.briefing.gather import Morning
from jobs.briefing.numbers import earlier, only

DAYS = 14
AGO = range(DAYS - 1, -1, -1)
"""How many days before yesterday each bar lies, the oldest first."""
FEWEST = 2
"""One bar is no chart."""
TALLEST = 54
"""Pixels of the highest bar."""
BLOCKS = "▁▂▃▄▅▆▇█"
GAP = "·"


def chart(morning: Morning) -> dict[str, object] | None:
    """Return the bars up to yesterday with their caption; None where fewer than two days are known."""
    amounts = [_amount(morning, ago) for ago in AGO]
    known = [money for money in amounts if money is not None]
    if not _comparable(known):
        return None
    top = max(money.amount for money in known)
    return {
        "bars": [_bar(morning, ago, money, top) for ago, money in zip(AGO, amounts, strict=True)],
        "line": "".join(_block(money, top) for money in amounts),
        "caption": _caption(known),
        "gaps": _gaps(DAYS - len(known)),
    }


def _comparable(known: list[Money]) -> bool:
    return len(known) >= FEWEST and len({money.currency for money in known}) == 1


def _bar(morning: Morning, ago: int, money: Money | None, top: Decimal) -> dict[str, object]:
    day = morning.yesterday - timedelta(days=ago)
    same = day.weekday() == morning.yesterday.weekday()
    return {"day": day, "height": _scaled(money, top, TALLEST), "same": same}


def _amount(morning: Morning, ago: int) -> Money | None:
    """Return a whole day's gross; a partial day has no bar, as it would look like a bad one."""
    day = earlier(morning, timedelta(days=ago))
    return None if day is None else only(day.gross)


def _scaled(money: Money | None, top: Decimal, tallest: int) -> int | None:
    if money is None:
        return None
    return 1 + int(max(money.amount, Decimal(0)) * (tallest - 1) / top) if top > 0 else 1


def _block(money: Money | None, top: Decimal) -> str:
    height = _scaled(money, top, len(BLOCKS))
    return GAP if height is None else BLOCKS[height - 1]


def _caption(known: list[Money]) -> Text:
    return Text("Gross, last {n} days: {low} to {high}", {"n": DAYS, "low": min(known), "high": max(known)})


def _gaps(missing: int) -> Text | None:
    if not missing:
        return None
    return Text("{n} day without figures is a gap.", {"n": missing}, plural="{n} days without figures are gaps.")
