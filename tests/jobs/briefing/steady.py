"""An even past to hold yesterday, Monday 20 July 2026, against."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from daemon.api import HOLIDAY

YESTERDAY = date(2026, 7, 20)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


def read(day: date) -> datetime:
    """Return the morning after a day: when its source was read."""
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC) + DAY


def steady(scene: Any, days: int = 70, gross: int = 1000, closed: tuple[int, ...] = ()) -> None:
    """Keep even days before yesterday, each a little different, without an order on the closed weekdays."""
    for ago in range(1, days + 1):
        day = YESTERDAY - DAY * ago
        open_ = day.weekday() not in closed
        scene.day(day, (40 + ago % 3) * open_, str((gross + ago % 5) * open_), as_of=read(day))


def holiday(scene: Any, day: date, name: str) -> None:
    """Let the calendar know a day."""
    scene.fact(HOLIDAY, name, day, source="holidays")


def flat(mail: Any) -> str:
    """Return the text part on one line."""
    return " ".join(mail.text.split())
