"""What the owner says about the figures: the month's goal, and the campaigns that explain a wild day."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from daemon.api import Options

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
Goal = Annotated[
    Decimal, Field(gt=0, max_digits=15, decimal_places=3), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
]
SubjectFigures = Literal["full", "counts", "none"]
_NUMBERED = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def _month(text: str) -> str:
    if text not in MONTHS and not _NUMBERED.fullmatch(text):
        raise ValueError("a month is written as jan, feb and so on to dec, or with its year as 2026-11")
    return text


MonthName = Annotated[str, AfterValidator(_month)]


class Campaign(Options):
    """A campaign of your own: on its days more is sold than usual, and the briefing says why."""

    name: str = Field(min_length=1, max_length=80, description="What you call it.")
    first: date = Field(alias="from", description="Its first day, such as 2026-11-27.")
    last: date = Field(alias="to", description="Its last day.")

    @model_validator(mode="after")
    def _forward(self) -> "Campaign":
        if self.last < self.first:
            raise ValueError("a campaign ends on or after the day it begins: swap `from` and `to`")
        return self


class Plan(Options):
    """The options of the briefing that its figures are held against."""

    goal: Goal | dict[MonthName, Goal] | None = Field(
        None,
        description="Gross to reach in a month, in the shop's currency: one amount, or one each under jan to dec or a "
        "month such as 2026-11, which goes before.",
    )
    campaigns: tuple[Campaign, ...] = Field((), description="Your own campaigns, which explain unusual days.")

    def goal_of(self, day: date) -> Decimal | None:
        """Return the goal of the month that `day` lies in, or None where there is none."""
        if not isinstance(self.goal, dict):
            return self.goal
        return self.goal.get(f"{day:%Y-%m}", self.goal.get(MONTHS[day.month - 1]))
