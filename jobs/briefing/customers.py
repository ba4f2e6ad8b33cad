"""New against returning customers: only where enough is known of the days before to call anybody new."""

from datetime import date, timedelta

from daemon.api import Text
from jobs.briefing.gather import Morning
from jobs.briefing.numbers import Figures
from jobs.kinds import facts

FEWEST_DAYS = timedelta(days=28)
"""With a shorter history most of those who come back would be called new."""


def told_apart(morning: Morning, day: Figures) -> bool:
    """Whether the two figures are shown; where they should be known and are not they read "not available"."""
    since = _since(morning, day.day)
    if since is None:
        return day.read is None and any(fact.name == facts.CUSTOMERS_NEW.name for fact in morning.book.facts)
    return day.day - since >= FEWEST_DAYS and not _anonymous(day)


def customer_notes(morning: Morning, day: Figures) -> list[Text]:
    """Return what the two figures rest on, or why they are not shown."""
    since = _since(morning, day.day)
    if since is None or not day.orders:
        return []
    if _anonymous(day):
        return [Text("No order names a customer, so new and returning ones can't be told apart.")]
    if day.day - since < FEWEST_DAYS:
        later = since + FEWEST_DAYS + timedelta(days=1)
        return [Text("Customers are known since {since}; new and returning are told apart from {later}.",
                     {"since": since, "later": later})]  # fmt: skip
    notes = [Text("New customers bought for the first time since {since}.", {"since": since})]
    return [*notes, _guests(day)] if day.unknown else notes


def _guests(day: Figures) -> Text:
    return Text(
        "{n} order names no customer and is in neither.",
        {"n": day.unknown},
        plural="{n} orders name no customer and are in neither.",
    )


def _anonymous(day: Figures) -> bool:
    return day.unknown is not None and bool(day.orders) and day.unknown == day.orders


def _since(morning: Morning, day: date) -> date | None:
    """Return the day on which the customers' history begins; None where nobody counts customers."""
    for fact in morning.book.of(facts.CUSTOMERS_SINCE, day):
        try:
            return date.fromisoformat(str(fact.value))
        except ValueError:
            continue
    return None
