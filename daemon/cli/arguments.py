"""The kinds of values commands take."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

MOMENT = click.DateTime(
    formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M%z"]
)
DAY = click.DateTime(formats=["%Y-%m-%d"])


def as_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a moment a person typed: as they wrote it, or in the shop's zone where they wrote none."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
