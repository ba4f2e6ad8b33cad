"""The kinds of values commands take."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import click

MOMENT = click.DateTime(
    formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M%z"]
)
DAY = click.DateTime(formats=["%Y-%m-%d"])
_WIDEST = 15
"""Digits before the point of an amount a person types."""


class Amount(click.ParamType):  # type: ignore[type-arg]
    """An exact number from 0 up, such as 120 or 99.50."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Return the number; end the command where it is none, or negative, or absurd."""
        try:
            amount = Decimal(value)
        except InvalidOperation:
            self.fail(f"{value!r} is no number", param, ctx)
        if not amount.is_finite() or amount < 0 or amount.adjusted() >= _WIDEST:
            self.fail(f"{value!r} is no amount: give a number from 0 up, such as 99.50", param, ctx)
        return amount


AMOUNT = Amount()


def as_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a moment a person typed: as they wrote it, or in the shop's zone where they wrote none."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
