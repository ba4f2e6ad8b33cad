"""The assembly line of orders: its states, which may follow which, and what to do about each reason for a hold.

An order is *new* while the shop does not say how it stands, *checked* once nothing is wrong with it but a person is to
look (option `review`), *ready* to be picked, then *batched*, *picked*, *packed*, *shipped* and *closed*; *held* has a
reason that somebody must clear. From *batched* on somebody holds a paper or goods: what they saw may not change unseen.
"""

from daemon.api import PERSON, WorkLine

KIND = "line.order"
NEW, CHECKED, READY, BATCHED, PICKED, PACKED = "new", "checked", "ready", "batched", "picked", "packed"
SHIPPED, CLOSED, HELD, CANCELLED, RETURNED = "shipped", "closed", "held", "cancelled", "returned"
OUT = frozenset({BATCHED, PICKED, PACKED})
"""The states in which somebody works by what was printed or holds the goods."""

UNPAID, SHOP_HELD, ADDRESS, NOTE, OVERSOLD = "unpaid", "held", "address", "note", "oversold"
DUPLICATE, CUSTOMS, CHANGED, GONE = "duplicate", "customs", "changed", "gone"
TOGETHER = "together"
STOPS = frozenset({UNPAID, SHOP_HELD})
"""Reasons that stop an order even when it is picked or packed already."""

ORDERS_LINE = WorkLine(
    name="orders",
    kind=KIND,
    what="order",
    follows={
        NEW: (CHECKED, READY, HELD, SHIPPED, CANCELLED),
        CHECKED: (READY, HELD, SHIPPED, CANCELLED),
        READY: (CHECKED, BATCHED, PICKED, HELD, SHIPPED, CANCELLED),
        BATCHED: (READY, PICKED, HELD, SHIPPED),
        PICKED: (PACKED, HELD, SHIPPED),
        PACKED: (SHIPPED, HELD),
        HELD: (NEW, CHECKED, READY, BATCHED, PICKED, PACKED, SHIPPED, CANCELLED),
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
        ADDRESS: "ask the customer for the address and correct it in the shop",
        NOTE: "read the note, then release it",
        OVERSOLD: "reorder, or tell the customer",
        DUPLICATE: "ask the customer whether both are meant, then release or cancel it",
        CUSTOMS: "enter the missing weight in the shop",
        CHANGED: "look at what was changed, take the parcel back, then confirm",
        CANCELLED: "it was cancelled in the shop: put the goods back, then confirm",
        GONE: "the shop no longer shows it: look there, then confirm that it is cancelled, or release it",
        PERSON: "somebody stopped it: release it when that is settled",
        TOGETHER: "it may share a parcel: decide that, then release each order",
    },
    settles={CHANGED: READY, GONE: CANCELLED, CANCELLED: CANCELLED},
    done=frozenset({SHIPPED, CLOSED, CANCELLED, RETURNED}),
    private=frozenset({"address", "note", "link"}),
    alike="customer",
)  # fmt: skip
REASONS = tuple(ORDERS_LINE.reasons)
"""Every reason, in the order in which they are told."""
