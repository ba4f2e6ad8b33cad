"""The assembly line of orders: its states, which may follow which, and what to do about each reason for a hold.

An order is *new* while the shop does not say how it stands, *checked* once nothing is wrong with it but a person is
to look (option `review`), *ready* to be picked, then *batched*, *picked*, *packed*, *shipped* and *closed*; *held*
has a reason that somebody must clear, and one that is *split* goes as its parts go. From *batched* on somebody holds
a paper or goods: what they saw may not change unseen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from daemon.api import PERSON, WorkItem, WorkLine

KIND = "line.order"
NEW, CHECKED, READY, BATCHED, PICKED, PACKED = "new", "checked", "ready", "batched", "picked", "packed"
SHIPPED, CLOSED, HELD, CANCELLED, RETURNED = "shipped", "closed", "held", "cancelled", "returned"
OUT = frozenset({BATCHED, PICKED, PACKED})
"""The states in which somebody works by what was printed or holds the goods."""

UNPAID, SHOP_HELD, ADDRESS, NOTE, OVERSOLD = "unpaid", "held", "address", "note", "oversold"
DUPLICATE, CUSTOMS, CHANGED, GONE = "duplicate", "customs", "changed", "gone"
TOGETHER, MATE = "together", "mate"
RISK, UNUSUAL = "risk", "unusual"
SPLIT = "split"
CARRIER, TRACKING = "carrier", "tracking"
"""What a person may leave with a confirmed step."""
STOPS = frozenset({UNPAID, SHOP_HELD, RISK})
"""Reasons that stop an order even when it is picked or packed already."""


def _joins(items: Sequence[WorkItem], options: Mapping[str, Any]) -> Mapping[str, Any]:
    from jobs.orders import arranging  # noqa: PLC0415 - memory that only a merge needs

    return arranging.joins(items, options)


def _parts(item: WorkItem, by: Mapping[str, Any], _options: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    from jobs.orders import arranging  # noqa: PLC0415 - memory that only a split needs

    return arranging.parts(item, by)


ORDERS_LINE = WorkLine(
    name="orders",
    kind=KIND,
    what="order",
    follows={
        NEW: (CHECKED, READY, HELD, SHIPPED, CANCELLED),
        CHECKED: (READY, SPLIT, HELD, SHIPPED, CANCELLED),
        READY: (CHECKED, SPLIT, BATCHED, PICKED, HELD, SHIPPED, CANCELLED),
        SPLIT: (CHECKED, READY, HELD, SHIPPED, CLOSED, CANCELLED, RETURNED),
        BATCHED: (READY, PICKED, HELD, SHIPPED),
        PICKED: (PACKED, HELD, SHIPPED),
        PACKED: (SHIPPED, HELD),
        HELD: (NEW, CHECKED, READY, SPLIT, BATCHED, PICKED, PACKED, SHIPPED, CANCELLED),
        SHIPPED: (CLOSED, RETURNED),
        CLOSED: (RETURNED,),
        CANCELLED: (NEW, CHECKED, READY, HELD, SHIPPED),
        RETURNED: (CLOSED,),
    },
    confirms={
        CHECKED: READY, READY: PICKED, BATCHED: PICKED, PICKED: PACKED, PACKED: SHIPPED, SHIPPED: CLOSED,
        RETURNED: CLOSED,
    },
    held=HELD,
    free=READY,
    reasons={
        UNPAID: "remind the customer, cancel it in the shop, or release it to send it on account",
        SHOP_HELD: "release it in the shop, or cancel it there",
        RISK: "it may be a fraud: look at what the shop says, ask the customer, then release it, or cancel it there",
        UNUSUAL: "look at what stands out, then release it, or cancel it in the shop",
        ADDRESS: "ask the customer for the address and correct it in the shop",
        NOTE: "read the note, then release it",
        OVERSOLD: "reorder, or tell the customer",
        DUPLICATE: "ask the customer whether both are meant, then release or cancel it",
        CUSTOMS: "enter what its card lists as missing with the products in the shop, or release it",
        CHANGED: "look at what was changed, take the parcel back, then confirm",
        CANCELLED: "it was cancelled in the shop: put the goods back, then confirm",
        GONE: "the shop no longer shows it: look there, then confirm that it is cancelled; shown again, it goes on",
        PERSON: "somebody stopped it: release it when that is settled",
        TOGETHER: "it may share a parcel: merge them with `nightclerk orders merge`, or release each order",
        MATE: "an order in its parcel was stopped, changed or has gone: take the parcel back, then confirm",
    },
    settles={CHANGED: READY, GONE: CANCELLED, CANCELLED: CANCELLED, MATE: READY},
    done=frozenset({SHIPPED, CLOSED, CANCELLED, RETURNED}),
    private=frozenset({"address", "note", "link", "risk", "more"}),
    alike="customer",
    leaves=frozenset({CARRIER, TRACKING}),
    loose=frozenset({CHECKED, READY}),
    answers=frozenset({TOGETHER}),
    mate=MATE,
    split=SPLIT,
    undone=CANCELLED,
    job="orders",
    joins=_joins,
    parts=_parts,
    seal="mark",
)  # fmt: skip
REASONS = tuple(ORDERS_LINE.reasons)
"""Every reason, in the order in which they are told."""
