"""The job that hands over in the morning: one mail that says what happened, what needs you and what to do first.

It reads the night once (`gather`), makes the sections of each person's roles with pure functions, and leaves the words
and the looks to the template `briefing`. Figures that are not there are empty, never 0.
"""

from pydantic import Field

from daemon.api import Context, Job, Text
from jobs.briefing.plan import Plan, SubjectFigures


class BriefingOptions(Plan):
    """What can be set for the briefing."""

    subject: SubjectFigures = Field(
        "full",
        description="Which figures the subject shows, as it can be read on a locked phone: full, counts or none.",
    )


def run(ctx: Context, options: BriefingOptions) -> Text:
    """Mail each of the routine's people the sections of their roles; return what was said, and to how many."""
    from jobs.briefing import work  # noqa: PLC0415 - memory that only a run needs

    return work.run(ctx, options)


briefing = Job(
    name="briefing",
    summary="One mail in the morning: what happened, what needs you, what to do first",
    options=BriefingOptions,
    run=run,
)
