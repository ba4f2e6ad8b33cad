"""The job `newsletter`: once a week a draft of what is new, back and popular, for a person to look at and send.

What an issue showed is remembered by its draft: while that waits, is approved or was applied, its products are not
shown again in the next issues; rejecting it or letting it expire gives them free.
"""

from daemon.api import Context, Draft, Job, Need, Text
from jobs.kinds.newsletter import NEWSLETTER
from jobs.kinds.shop import SHOP
from jobs.newsletter.options import NewsletterOptions


def run(ctx: Context, options: NewsletterOptions) -> Text:
    """Draft this week's issue, once, and return what was done in one sentence."""
    from jobs.newsletter import work  # noqa: PLC0415 - memory that only a run needs

    return work.run(ctx, options)


def apply(ctx: Context, options: NewsletterOptions, draft: Draft) -> Text:
    """Hand an approved issue to the newsletter system, as a draft there."""
    from jobs.newsletter import work  # noqa: PLC0415

    return work.apply(ctx, options, draft)


NEWSLETTER_JOB = Job(
    "newsletter",
    "Drafts the weekly newsletter: what is new, back in stock and popular",
    NewsletterOptions,
    run,
    needs=(Need(SHOP), Need(NEWSLETTER)),
    apply=apply,
)
