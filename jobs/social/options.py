"""What the owner says about posts: which, when, and how far ahead."""

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from daemon.api import Duration, Options
from jobs.social.plan import Rule
from jobs.social.queue import QueuedPost

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _local_time(text: str) -> str:
    time.fromisoformat(text)
    return text


class SlotRule(Options):
    """Times at which a post goes out."""

    at: Annotated[str, Field(pattern=r"^\d\d:\d\d$"), AfterValidator(_local_time)] = Field(
        description='Local time of day, such as "09:00".'
    )
    days: tuple[Day, ...] = Field(WEEK, min_length=1, description="Weekdays, such as [mon, thu]; all where not set.")

    def rule(self) -> Rule:
        """Return the rule this stands for."""
        return Rule(frozenset(WEEK.index(day) for day in self.days), time.fromisoformat(self.at))


class SocialOptions(Options):
    """What is posted, and when."""

    posts: tuple[QueuedPost, ...] = Field((), description="Prepared posts, in the order they go out.")
    queue: Path | None = Field(None, description="A folder of prepared posts, one .txt or .md file each.")
    slots: tuple[SlotRule, ...] = Field((), description="When posts go out that have no time of their own.")
    ahead: Duration = Field(timedelta(days=3), description="How far ahead posts are planned and shown for approval.")
    notice: Duration = Field(timedelta(days=7), description="How far ahead an empty slot is worth a finding.")
    max_late: Duration = Field(timedelta(hours=2), description="How late after its slot a post may still go out.")
