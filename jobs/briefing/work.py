"""The mails of a morning, one for each person, from what the night left."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from daemon.api import Context, Document, Person, Text
from jobs.briefing import sections
from jobs.briefing.backups import backups, groups
from jobs.briefing.crew import crew
from jobs.briefing.figures import numbers
from jobs.briefing.gather import WATERMARK, Morning, gather
from jobs.briefing.listing import listed
from jobs.briefing.orders import open_orders
from jobs.briefing.part import Part, part_of
from jobs.briefing.provenance import provenance
from jobs.briefing.rank import SHOWN, shown
from jobs.briefing.roles import EVERYTHING, share_of
from jobs.briefing.routines import routines
from jobs.briefing.tasks import keep_listed, tasks
from jobs.briefing.verdict import lead, preheader, subject, verdict

if TYPE_CHECKING:
    from jobs.briefing import BriefingOptions

NOBODY = Person("Owner", "owner@localhost", roles=("owner",))
"""Whom the mail is made out to where no person has an address, so that the file transport still keeps it."""


def run(ctx: Context, options: "BriefingOptions") -> Text:
    """Mail each of the routine's people the sections of their roles; return what was said, and to how many."""
    morning = gather(ctx, options)
    people = [person for person in ctx.people if person.email] or [NOBODY]
    for person in people:
        ctx.mail([person], Document("briefing", values(morning, person, options)), morning.today)
    ctx.mark(WATERMARK, ctx.now.isoformat())
    keep_listed(ctx, morning)
    return Text(
        "{verdict}: written for {n} person",
        {"verdict": verdict(part_of(morning, EVERYTHING)), "n": len(people)},
        plural="{verdict}: written for {n} people",
    )


def values(morning: Morning, person: Person, options: "BriefingOptions") -> dict[str, object]:
    """Return what the template `briefing` is given for one person; a section that is not theirs is None."""
    share = share_of(person)
    part = part_of(morning, share)
    sentences = lead(part)
    return {
        "subject": subject(part, options.subject),
        "verdict": verdict(part),
        "lead": sentences,
        "preheader": preheader(part, sentences),
        "honesty": list(part.notes),
        "attention": listed([shown(item, morning.now) for item in part.items], SHOWN),
        **{name: make() if share.has(name) else None for name, make in makers(part).items()},
        "safety": groups(morning) if share.has("backups") else [],
        "provenance": provenance(morning, person, share),
    }


def makers(part: Part) -> dict[str, Callable[[], object]]:
    """Return how each section is made, by its name in the template; what nobody is shown is not made."""
    morning = part.morning
    return {
        "tasks": lambda: tasks(morning, part.share, part.items[:SHOWN]),
        "drafts": lambda: sections.drafts(morning),
        "numbers": lambda: numbers(morning, part.day),
        "overnight": lambda: sections.overnight(morning),
        "stock": lambda: sections.stock(morning),
        "orders": lambda: open_orders(morning, part.share),
        "crew": lambda: crew(morning),
        "enquiries": lambda: sections.enquiries(morning),
        "routines": lambda: routines(morning),
        "backups": lambda: backups(morning),
        "today": lambda: sections.today(morning, part.seen),
        "fine": lambda: sections.fine(morning),
    }
