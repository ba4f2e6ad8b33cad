"""One place of backups tonight: what it is judged by, and how a finding about it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from daemon.api import Finding, Goal, Text, Urgency, Value
from jobs.backups.memory import LONGEST_NAME, Memory
from jobs.backups.options import BackupOptions
from jobs.kinds.backup import Copy, Inventory

CLOCKS_DIFFER = timedelta(minutes=5)
"""A copy may be this far in the future: two machines' clocks are never quite the same."""


@dataclass(frozen=True)
class Look:
    """A place by the name of its connection, the moment (UTC), the owner's limits, and what is remembered.

    `past` are the sizes (bytes) that earlier days found here, oldest first, for a place nothing is remembered of.
    """

    name: str
    now: datetime
    zone: ZoneInfo
    options: BackupOptions
    memory: Memory
    past: Sequence[Decimal] = ()

    def finding(
        self, what: str, urgency: Urgency, title: str, values: Mapping[str, Value], next_step: str, plural: str = ""
    ) -> Finding:
        """Return a finding about this place; `values` are of the title and of the next step."""
        every = {"connection": self.name, **values}
        key = f"backups/{self.name}/{what}"
        return Finding(key, urgency, Text(title, every, plural), next_step=Text(next_step, every), goal=Goal.OTHER)

    def believable(self, copy: Copy) -> bool:
        """Say whether the time of a copy can be right: it is not in the future."""
        return copy.moment <= self.now + CLOCKS_DIFFER

    def past_copies(self, inventory: Inventory) -> list[Copy]:
        """Return the copies whose time can be believed, newest first."""
        return [copy for copy in inventory.copies if self.believable(copy)]


def known_as(copy: Copy) -> str:
    """Return what a copy is remembered by."""
    return (copy.origin or copy.id or copy.name)[:LONGEST_NAME]


def sized_as(copy: Copy) -> str:
    """Return what a copy's size is remembered by: a file that is written anew each night is another copy each time."""
    return known_as(copy) if copy.id else f"{known_as(copy)}@{copy.moment:%Y%m%dT%H%M%S}"
