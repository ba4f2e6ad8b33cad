"""What the owner says about orders that are looked at before they leave: signs of a fraud, what a declaration needs."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, field_validator

from daemon.api import Duration, Options

Need = Literal["tariff", "origin", "weight"]
NEEDS: tuple[Need, ...] = ("tariff", "origin", "weight")
_LEAST = 2


class FraudOptions(Options):
    """What makes an order wait until somebody has looked whether it is a fraud; at 0 or false nothing is looked at."""

    shop: Literal["high", "medium", "none"] = Field(
        "high", description="The shop's own judgement, where it gives one: from which degree on an order waits."
    )
    billed_abroad: bool = Field(
        False, description="Whether an order waits that is billed in one country and sent to another."
    )
    times_usual: int = Field(
        0, ge=0, le=10_000, description="An order waits that is worth so many times the usual one."
    )
    many: int = Field(0, ge=0, le=1000, description="So many open orders of one customer or to one address wait.")
    within: Duration = Field(timedelta(hours=12), description="How close together those many were placed.")

    @field_validator("times_usual", "many")
    @classmethod
    def _more_than_one(cls, value: int) -> int:
        if 0 < value < _LEAST:
            raise ValueError(f"{value} would hold every order: write {_LEAST} or more, or 0 for none")
        return value
