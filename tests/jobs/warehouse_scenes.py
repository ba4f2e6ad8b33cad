"""A warehouse's calendar, clocks and one order, for promises and timetables."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from daemon.api import Money
from daemon.testing import NOW
from jobs.kinds.shop import Address, Line, Order, Status
from jobs.orders.promise import WorkDays

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
WEEK = frozenset(range(5))
CALENDAR = WorkDays(BERLIN, WEEK)
LINE = Line("A", "Tasse", 1, Money(Decimal(5), "EUR"))
HOME = Address("Ada", "Weg 1", "53111", "Bonn", "DE")
ORDER = Order("1", NOW - timedelta(hours=3), (LINE,), Status.OPEN, HOME, "ada")


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]).map(ZoneInfo)
