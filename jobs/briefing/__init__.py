"""The job that hands over in the morning: one mail that says what happened, what needs you and what to do first.

It reads the night once (`gather`), makes every section with pure functions, and leaves the words and the looks
to the template `briefing`. Figures that are not there are empty, never 0.
"""

from pydantic import Field

from daemon.api import Context, Document, Job, Options, Person, Text
from jobs.briefing import sections
from jobs.briefing.figures import numbers
from jobs.briefing.gather import WATERMARK, Morning, gather
from jobs.briefing.listing import listed
from jobs.briefing.numbers import WEEK, change, earlier, only
from jobs.briefing.numbers import figures as figures_of
from jobs.briefing.provenance import provenance
from jobs.briefing.rank import SHOWN, Item, approval, ranked, shown
from jobs.briefing.routines import broken, routines
from jobs.briefing.verdict import SubjectFigures, honesty, incomplete, lead, needs_you, preheader, subject

NOBODY = Person("Owner", "owner@localhost")
"""Whom the mail is made out to where no person has an address, so that the file transport still keeps it."""


class BriefingOptions(Options):
    """What can be set for the briefing."""

    subject: SubjectFigures = Field(
        "full",
        description="Which figures the subject shows, as it can be read on a locked phone: full, counts or none.",
    )


def run(ctx: Context, options: BriefingOptions) -> Text:
    """Mail the briefing to each of the routine's people; return what was said to whom."""
    morning = gather(ctx)
    items = needing(morning)
    document = Document("briefing", {**values(morning, items, options), "provenance": provenance(ctx, morning)})
    people = [person for person in ctx.people if person.email] or [NOBODY]
    ctx.mail(people, document, morning.today)
    ctx.mark(WATERMARK, ctx.now.isoformat())
    verdict = incomplete(morning, figures_of(morning, morning.yesterday)) or needs_you(items)
    return Text(
        "{verdict}: mailed to {n} person",
        {"verdict": verdict, "n": len(people)},
        plural="{verdict}: mailed to {n} people",
    )


def needing(morning: Morning) -> list[Item]:
    """Return the things that need a person: findings, routines that failed, and drafts nobody mentioned yet."""
    seen = [*morning.findings, *broken(morning)]
    asked = any(one.finding.urgency.value == "D" for one in seen)
    return ranked(seen if asked else [*seen, *approval(morning.waiting, morning.routine, morning.now)])


def values(morning: Morning, items: list[Item], options: BriefingOptions) -> dict[str, object]:
    """Return what the template `briefing` is given, without its provenance; `docs` of each key is at its maker."""
    day = figures_of(morning, morning.yesterday)
    base = None if day.partial else earlier(morning, WEEK)
    gross = change(only(day.gross), only(base.gross), base.day) if base and day.orders else None
    sentences = lead(morning, day, gross, items)
    return {
        "subject": subject(morning, day, items, options.subject),
        "verdict": incomplete(morning, day) or needs_you(items),
        "lead": sentences,
        "preheader": preheader(morning, items, sentences),
        "honesty": honesty(morning, day),
        "attention": listed([shown(item, morning.now) for item in items], SHOWN),
        "drafts": sections.drafts(morning),
        "numbers": numbers(morning, day),
        "overnight": sections.overnight(morning),
        "stock": sections.stock(morning),
        "open_orders": sections.open_orders(morning),
        "backups": sections.backups(morning),
        "routines": routines(morning),
        "today": sections.today(morning),
        "fine": sections.fine(morning),
    }


briefing = Job(
    name="briefing",
    summary="One mail in the morning: what happened, what needs you, what to do first",
    options=BriefingOptions,
    run=run,
)
