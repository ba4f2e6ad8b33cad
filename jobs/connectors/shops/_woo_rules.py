"""What WooCommerce's statuses mean, which of them are no orders, and where an order is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo

from jobs.kinds.shop import Status

NO_ORDERS = frozenset({"checkout-draft", "auto-draft", "trash"})
"""A basket that nobody ordered, and what was thrown away."""
CORE: Mapping[str, Status] = {
    "pending": Status.UNPAID, "on-hold": Status.UNPAID, "failed": Status.UNPAID, "processing": Status.OPEN,
    "completed": Status.SHIPPED, "cancelled": Status.CANCELLED, "refunded": Status.CANCELLED,
}  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """What turns rows into documents: what each status means, where an order is looked at, and the shop's zone."""

    statuses: Mapping[str, Status]
    link: str
    zone: tzinfo = UTC

    def status(self, word: object) -> Status:
        """Return where an order stands; UNKNOWN for a word of a plug-in that nobody explained."""
        return self.statuses.get(str(word), Status.UNKNOWN)
