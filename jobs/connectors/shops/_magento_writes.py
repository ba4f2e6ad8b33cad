"""What is written into a Magento shop: comments nobody outside sees, tracking numbers, whole shipments. Nothing else.

No refund, no invoice, no cancelling (which may void a payment), no mail: `notify` is always false. The interface has no
keys that make a request once, so what is written carries its own mark and is looked for before it is made again.
"""

from dataclasses import dataclass
from typing import Any

from daemon.api import Outlet, OutsideError
from jobs.connectors.http import Client, reading, writing
from jobs.connectors.shops._magento_options import MagentoOptions
from jobs.connectors.shops._magento_pages import Asked, Listing
from jobs.connectors.shops._magento_rows import outstanding, sent, top
from jobs.connectors.shops._rows import Row
from jobs.kinds.shop import Status

_STANDING = (
    "entity_id,state,status,items[item_id,parent_item_id,qty_ordered,qty_shipped,qty_canceled,qty_refunded,is_virtual]"
)
_TRACKS = "entity_id,order_id,tracks[entity_id,description]"
_DONE = frozenset({"complete"})


@dataclass(frozen=True)
class Desk:
    """Writes to one shop, where the connection may. Orders are named by their `entity_id`."""

    client: Client
    outlet: Outlet
    options: MagentoOptions

    def note(self, order: int, key: str, text: str) -> str:
        """Add a comment that ends in its key; return where it stands."""
        self.outlet.require_writes(f"the note on order {order}")
        body = {
            "comment": f"{_plain(text)}\n{_mark(key)}", "is_customer_notified": 0, "is_visible_on_front": 0,
            "parent_id": order, "status": self._standing(order)["word"],
        }  # fmt: skip
        self.client.ask(writing("POST", f"orders/{order}/comments", {"statusHistory": body}))
        return self._seen(self.noted(order, key), f"the note on order {order}")

    def noted(self, order: int, key: str) -> str | None:
        """Return where the comment that ends in this key stands."""
        answer = self.client.ask(reading(f"orders/{order}/comments")).data
        rows = answer.get("items") or [] if isinstance(answer, dict) else []
        mine = (row for row in rows if not row.get("is_visible_on_front"))
        ends = (row for row in mine if str(row.get("comment")).rstrip().endswith(_mark(key)))
        return next((f"orders/{order}/comments/{row['entity_id']}" for row in ends), None)

    def track(self, order: int, key: str, carrier: str, code: str) -> str:
        """Leave a parcel's number with the order's last shipment, or as a comment where nothing was shipped yet."""
        self.outlet.require_writes(f"the parcel of order {order}")
        shipments = self._shipments(order)
        if not shipments:
            return self.note(order, key, f"{carrier}: {code}")
        entity = {
            "order_id": order, "parent_id": shipments[-1]["entity_id"], "carrier_code": "custom", "title": carrier,
            "track_number": code, "description": _mark(key), "qty": 0, "weight": 0,
        }  # fmt: skip
        self.client.ask(writing("POST", "shipment/track", {"entity": entity}))
        return self._seen(self.tracked(order, key), f"the parcel of order {order}")

    def tracked(self, order: int, key: str) -> str | None:
        """Return where the parcel of this key stands, at a shipment or in a comment."""
        tracks = [track for one in self._shipments(order) for track in one.get("tracks") or ()]
        mine = (track for track in tracks if track.get("description") == _mark(key))
        return next((f"shipment/track/{track['entity_id']}" for track in mine), None) or self.noted(order, key)

    def move(self, order: int, before: Status, after: Status) -> str:
        """Ship whatever of an order is left, telling nobody; refuse any other move. Return the shop's word."""
        self.outlet.require_writes(f"the shipment of order {order}")
        if after is not Status.SHIPPED or "complete" not in self.options.may_set:
            raise OutsideError(
                f"order {order} was not moved: only whole shipments can be made, where `may_set: [complete]` stands on "
                f"the connection {self.outlet.name}",
                permanent=True,
            )
        stands = self._standing(order)
        if _shipped(stands):
            return str(stands["word"])
        if self.options.rules.status(stands) is not before:
            raise OutsideError(
                f"order {order} stands at {stands['word']} by now: look at it before it is moved", permanent=True
            )
        self._ship(order, stands)
        return self._seen(self.moved(order, after), f"the shipment of order {order}")

    def moved(self, order: int, after: Status) -> str | None:
        """Return the shop's word for where the order stands if that is `after`."""
        stands = self._standing(order)
        there = _shipped(stands) if after is Status.SHIPPED else self.options.rules.status(stands) is after
        return str(stands["word"]) if there else None

    def _ship(self, order: int, stands: Row) -> None:
        """Make one shipment; of a bundle only the line that was sold is named."""
        left = [(line["item_id"], outstanding(line)) for line in stands["lines"] if not line.get("is_virtual")]
        items = [{"order_item_id": item, "qty": int(pieces)} for item, pieces in left if pieces]
        if not items:
            raise OutsideError(f"order {order} has nothing that can be shipped: look at it in the shop", permanent=True)
        self.client.ask(writing("POST", f"order/{order}/ship", {"items": items, "notify": False}))

    def _standing(self, order: int) -> Row:
        """Return where an order stands, in the form in which orders are kept."""
        row = self.client.ask(reading(f"orders/{order}", (("fields", _STANDING),))).data
        told: Any = row if isinstance(row, dict) else {}
        return {"word": str(told.get("status")), "status": told.get("state"), "lines": top(told.get("items"))}

    def _shipments(self, order: int) -> list[Row]:
        return list(Listing(self.client, "shipments", _TRACKS, (Asked("order_id", "eq", str(order)),)).rows())

    def _seen(self, where: str | None, what: str) -> str:
        if where is None:
            raise OutsideError(f"{what} was made and can't be found again: look at it in the shop")
        return where


def _shipped(stands: Row) -> bool:
    return stands["status"] in _DONE or sent(stands)


def _mark(key: str) -> str:
    return f"[nightclerk {_plain(key)}]"


def _plain(text: str) -> str:
    """Return a text as the shop's pages, which show comments as HTML, show it unchanged."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
