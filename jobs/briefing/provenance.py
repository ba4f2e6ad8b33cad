"""What the briefing rests on: its window, how fresh each source was, and when the next one comes."""

from datetime import datetime

from daemon.api import Context, Text
from jobs.briefing.gather import Morning
from jobs.briefing.listing import listed

SOURCES = 12


def provenance(ctx: Context, morning: Morning) -> dict[str, object]:
    """Return the footer's values; the run's number and the version are the mail's own."""
    following = [slot.at for slot in morning.upcoming if slot.routine == morning.routine and slot.at > morning.now]
    return {
        "since": morning.since,
        "until": morning.now,
        "sources": listed(_sources(morning), SOURCES),
        "next": following[0] if following else None,
        "routine": ctx.routine,
        "why": _why(ctx),
    }


def _why(ctx: Context) -> Text:
    """Return why this mail came; the job is told whom to mail, not which of the two ways named them."""
    return Text(
        "You get this because the routine {routine} mails the people of its `to:`, "
        "or without one everybody under `people:` with an address.",
        {"routine": ctx.routine},
    )


def _sources(morning: Morning) -> list[dict[str, object]]:
    """Return each source of yesterday's and today's facts with the moment up to which it was read."""
    newest: dict[str, datetime] = {}
    for fact in morning.book.facts:
        if fact.day >= morning.yesterday:
            newest[fact.source] = max(fact.as_of, newest.get(fact.source, fact.as_of))
    return [{"name": name, "as_of": newest[name]} for name in sorted(newest)]
