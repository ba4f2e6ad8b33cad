"""The time zone in which times without one are to be read, as an option."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator


def _known_or_empty(name: str) -> str:
    try:
        ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name} is not a time zone; write it as Europe/London") from error
    return name


ZoneName = Annotated[str, AfterValidator(_known_or_empty)]
"""A zone's name, or nothing where the connector has one of its own."""
