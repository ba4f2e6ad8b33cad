"""Yesterday on the order line: how long orders took to leave the house, and what each person confirmed.

For those who see everything only: how much one person did is nobody else's business.
"""

from datetime import timedelta

from daemon.api import Fact, Text
from jobs.briefing.gather import Morning
from jobs.briefing.listing import listed
from jobs.kinds import facts

PEOPLE = 8
_STEPS = {
    "picked": Text("{n} picked"), "packed": Text("{n} packed"), "shipped": Text("{n} shipped"),
    "closed": Text("{n} closed"),
}  # fmt: skip
"""The steps in the order in which an order takes them, and how many are told."""


def crew(morning: Morning) -> dict[str, object] | None:
    """Return yesterday's median from order to shipped by source, how many were late, and each person's steps.

    None where nobody confirmed anything on that day.
    """
    book, day = morning.book, morning.yesterday
    steps = [fact for fact, _ in book.numbers(facts.STEPS, day)]
    if not steps:
        return None
    errors = {_person(fact): count for fact, count in book.numbers(facts.ERRORS, day)}
    people = sorted({_person(fact) for fact in steps}, key=str.casefold)
    rows = [{"who": who, "steps": _told(who, steps), "errors": errors.get(who)} for who in people]
    return {**listed(rows, PEOPLE), "waits": _waits(morning), "late": book.count(facts.SHIPPED_LATE, day)}


def _waits(morning: Morning) -> list[dict[str, object]]:
    """Return the median time to ship by source; one source alone needs no name."""
    waits = [(fact.source, _span(fact)) for fact, _ in morning.book.numbers(facts.SHIPPING_TIME, morning.yesterday)]
    return [{"source": source if len(waits) > 1 else "", "span": span} for source, span in sorted(waits)]


def _person(fact: Fact) -> str:
    return fact.dimensions.get("person", "")


def _span(fact: Fact) -> timedelta:
    return timedelta(seconds=int(fact.value))


def _told(who: str, steps: list[Fact]) -> list[Text]:
    """Return one person's steps, earlier ones first, those of several sources added up."""
    counts: dict[str, int] = {}
    for fact in steps:
        if _person(fact) == who:
            state = fact.dimensions.get("state", "")
            counts[state] = counts.get(state, 0) + int(fact.value)
    return [Text(text.id, {"n": counts[state]}) for state, text in _STEPS.items() if state in counts]
