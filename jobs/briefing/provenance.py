"""What the briefing rests on: its window, how fresh each source was, and when the next one comes."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from daemon.api import Person, Text
from jobs.briefing.gather import Morning
from jobs.briefing.listing import listed
from jobs.briefing.roles import Share

SOURCES = 12
HOUR = timedelta(hours=1)


def provenance(morning: Morning, person: Person, share: Share) -> dict[str, object]:
    """Return the footer's values; the run's number and the version are the mail's own.

    `hours` is the window's length where the clocks changed inside it, else None.
    """
    return {
        "since": morning.since,
        "until": morning.now,
        "sources": listed(_sources(morning), SOURCES),
        "hours": _odd_hours(morning),
        "next": next_briefing(morning),
        "routine": morning.routine,
        "why": [why(morning), *_part(person, share)],
    }


def next_briefing(morning: Morning) -> Text:
    """Return when the next mail of this routine comes."""
    following = [slot.at for slot in morning.upcoming if slot.routine == morning.routine and slot.at > morning.now]
    if not following:
        return Text("No next briefing is planned.")
    return Text("Next briefing: {next:day} {next:time}.", {"next": following[0]})


def _odd_hours(morning: Morning) -> int | None:
    """Return the hours of the window where its wall-clock length is another, as on the days the clocks change."""
    zone = ZoneInfo(morning.shop.timezone)
    opened, closed = (moment.astimezone(zone).replace(tzinfo=None) for moment in (morning.since, morning.now))
    real = morning.now - morning.since
    return None if closed - opened == real else round(real / HOUR)


def why(morning: Morning) -> Text:
    """Return why this mail came; the job is told whom to mail, not which of the two ways named them."""
    return Text(
        "You get this because the routine {routine} mails the people of its `to:`, "
        "or without one everybody under `people:` with an address.",
        {"routine": morning.routine},
    )


def _part(person: Person, share: Share) -> list[Text]:
    """Return what the reader of a part is told of it; nothing where they get the whole."""
    if share.whole:
        return []
    roles = ", ".join(person.roles)
    return [Text("It has the sections of your roles under `people:` ({roles}).", {"roles": roles or None})]


def _sources(morning: Morning) -> list[dict[str, object]]:
    """Return each source of yesterday's and today's facts with the moment up to which it was read."""
    newest: dict[str, datetime] = {}
    for fact in morning.book.facts:
        if fact.day >= morning.yesterday:
            newest[fact.source] = max(fact.as_of, newest.get(fact.source, fact.as_of))
    return [{"name": name, "as_of": newest[name]} for name in sorted(newest)]
