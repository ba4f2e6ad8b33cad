"""What is written into a Shopify shop: marks that hold a note, a parcel's number, whole shipments. Nothing else.

No refund, no cancelling, no stock, and no word to the customer. A note is a metafield of the order in the namespace
`nightclerk`, named by its key, and the order is tagged `nightclerk` so that it is noticed: the order's own note is the
customer's, can only be overwritten whole, and is therefore left alone. Both, written twice, are there once. None of
these mutations takes an `@idempotent` key, so whatever is made is looked for before it is made again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from daemon.api import Outlet, OutsideError
from jobs.connectors.shops._rows import Row
from jobs.connectors.shops._shopify_options import ShopifyOptions
from jobs.connectors.shops._shopify_pages import Pages
from jobs.connectors.shops._shopify_rows import status
from jobs.connectors.shops._shopify_values import text
from jobs.kinds.shop import Status

SENT = "fulfilled"
"""What `may_set` names where whole shipments may be made."""
_NOTHING_LEFT = frozenset({"CANCELLED", "CLOSED", "INCOMPLETE"})
_NEVER_LEFT = frozenset({"CANCELLED", "ERROR", "FAILURE"})


@dataclass(frozen=True)
class Desk:
    """Writes to one shop, where the connection may. Orders are named by their global id, `gid://shopify/Order/17`."""

    pages: Pages
    outlet: Outlet
    options: ShopifyOptions

    def note(self, order: str, key: str, words: str) -> str:
        """Leave a note with an order, for the shop's people; return where it stands."""
        self.outlet.require_writes(f"the note on order {_short(order)}")
        return self.noted(order, key) or self._leave(order, _name("note", key), f"{words}\n[nightclerk {key}]")

    def noted(self, order: str, key: str) -> str | None:
        """Return where the note of this key stands."""
        return self._standing_mark(order, _name("note", key))

    def track(self, order: str, key: str, carrier: str, code: str) -> str:
        """Leave a parcel's number with the order, and with its last shipment where that has none yet."""
        self.outlet.require_writes(f"the parcel of order {_short(order)}")
        earlier = self.tracked(order, key)
        if earlier is not None:
            return earlier
        sent = [one for one in _parts(self._standing(order), "fulfillments") if one.get("status") not in _NEVER_LEFT]
        if sent and not any(one.get("number") for one in _parts(sent[-1], "trackingInfo")):
            named = {"fulfillment": sent[-1].get("id"), "carrier": carrier, "number": code}
            self.pages.asker.change("NameParcel", named)
        return self._leave(order, _name("parcel", key), f"{carrier}: {code}\n[nightclerk {key}]")

    def tracked(self, order: str, key: str) -> str | None:
        """Return where the parcel of this key stands."""
        return self._standing_mark(order, _name("parcel", key))

    def move(self, order: str, before: Status, after: Status) -> str:
        """Mark whatever of an order is left as sent, telling nobody; refuse any other move. Return the shop's word."""
        self.outlet.require_writes(f"the shipment of order {_short(order)}")
        self._require_leave(order, after)
        stands = self._standing(order)
        if _meaning(stands) is Status.SHIPPED:
            return _word(stands)
        if _meaning(stands) is not before:
            raise OutsideError(
                f"order {_short(order)} stands at {_word(stands)} by now: look at it before it is moved", permanent=True
            )
        self._send(order)
        return self._seen(self.moved(order, after), f"the shipment of order {_short(order)}")

    def moved(self, order: str, after: Status) -> str | None:
        """Return the shop's word for where the order stands if that is `after`."""
        stands = self._standing(order)
        return _word(stands) if _meaning(stands) is after else None

    def _require_leave(self, order: str, after: Status) -> None:
        if after is not Status.SHIPPED or SENT not in self.options.may_set:
            raise OutsideError(
                f"order {_short(order)} was not moved: only whole shipments can be made, where `may_set: [{SENT}]` "
                f"stands on the connection {self.outlet.name}",
                permanent=True,
            )

    def _send(self, order: str) -> None:
        """Make one shipment for each place that goods are sent from: Shopify takes one place at a time.

        A refusal after the first one was made does not undo it, so it no longer says that nothing was done.
        """
        for made, parts in enumerate(self._by_place(order)):
            try:
                self.pages.asker.change("SendFrom", {"parts": parts})
            except OutsideError as error:
                error.nothing_done = error.nothing_done and not made
                raise

    def _by_place(self, order: str) -> list[list[Row]]:
        found: dict[str, list[Row]] = {}
        for one in self._left(order):
            place = ((one.get("assignedLocation") or {}).get("location") or {}).get("id") or one.get("id")
            found.setdefault(str(place), []).append({"fulfillmentOrderId": one.get("id")})
        if not found:
            raise OutsideError(
                f"order {_short(order)} has nothing that can be sent, or that the app may see: look at it in the shop",
                permanent=True,
            )
        return list(found.values())

    def _left(self, order: str) -> Iterator[Row]:
        """Yield what is yet to be sent; refuse where some of it is not ours to mark as sent."""
        for one in self.pages.rows("OrderLeftToSend", {"id": order}, "order", "fulfillmentOrders"):
            if one.get("status") in _NOTHING_LEFT:
                continue
            if "CREATE_FULFILLMENT" not in {action.get("action") for action in _parts(one, "supportedActions")}:
                raise OutsideError(
                    f"order {_short(order)} holds goods that Shopify does not let this app mark as sent: look at it "
                    "in the shop",
                    permanent=True,
                )
            yield one

    def _leave(self, order: str, name: str, words: str) -> str:
        self.pages.asker.change("LeaveMark", {"id": order, "key": name, "text": words})
        return self._seen(self._standing_mark(order, name), f"the note on order {_short(order)}")

    def _standing_mark(self, order: str, name: str) -> str | None:
        found = self.pages.asker.ask("OrderMark", {"id": order, "key": name}).get("order")
        mark = found.get("metafield") if isinstance(found, dict) else None
        return text(mark.get("id")) or None if isinstance(mark, dict) else None

    def _standing(self, order: str) -> Row:
        found = self.pages.asker.ask("OrderStanding", {"id": order}).get("order")
        if not isinstance(found, dict):
            raise OutsideError(f"order {_short(order)} is no longer in the shop: look for it there", permanent=True)
        return found

    def _seen(self, where: str | None, what: str) -> str:
        if where is None:
            raise OutsideError(f"{what} was made and can't be found again: look at it in the shop")
        return where


def _meaning(stands: Row) -> Status:
    return status({
        "cancelled": stands.get("cancelledAt"), "financial": stands.get("displayFinancialStatus"),
        "fulfillment": stands.get("displayFulfillmentStatus"),
    })  # fmt: skip


def _word(stands: Row) -> str:
    return str(stands.get("displayFulfillmentStatus"))


def _parts(row: Row, name: str) -> list[Row]:
    return [one for one in row.get(name) or () if isinstance(one, dict)]


def _name(what: str, key: str) -> str:
    """Return a metafield's name: of a key it may hold letters, digits, dashes and 64 of them only a digest can."""
    return f"{what}-{blake2b(key.encode(), digest_size=12).hexdigest()}"


def _short(order: str) -> str:
    return order.rpartition("/")[2]
