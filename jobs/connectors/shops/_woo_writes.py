"""What is written into a WooCommerce shop: private notes, and statuses that the owner allowed. Never anything else.

No refund, no note that mails the customer, no batch: a batch takes a status nobody knows and makes it `pending`. The
API has no keys that make a request once, so every note carries its own and is looked for before it is made again.
"""

from dataclasses import dataclass

from daemon.api import Outlet, OutsideError
from jobs.connectors.http import Client, reading, writing
from jobs.connectors.shops._rows import Row
from jobs.connectors.shops._woo_options import WooOptions
from jobs.connectors.shops._woo_pages import rows_of
from jobs.kinds.shop import Status

_WORDS = {
    Status.UNPAID: "pending", Status.OPEN: "processing", Status.HELD: "on-hold", Status.SHIPPED: "completed",
    Status.CANCELLED: "cancelled",
}  # fmt: skip
"""The word of WooCommerce that is set for a status, where the owner named none of his own."""


@dataclass(frozen=True)
class Desk:
    """Writes to one shop, where the connection may."""

    client: Client
    outlet: Outlet
    options: WooOptions

    def note(self, order: int, key: str, text: str) -> str:
        """Add a private note that ends in its key; return where it stands."""
        self.outlet.require_writes(f"the note on order {order}")
        body = {"note": f"{_plain(text)}\n{_mark(key)}", "customer_note": False}
        made = self.client.ask(writing("POST", f"orders/{order}/notes", body)).data
        return _where(order, made)

    def noted(self, order: int, key: str) -> str | None:
        """Return where the note that ends in this key stands. A customer can't make one that counts."""
        listed = rows_of(self.client, self.client.ask(reading(f"orders/{order}/notes", (("type", "internal"),))))
        mine = (row for row in listed if not row.get("customer_note"))
        return next((_where(order, row) for row in mine if str(row.get("note")).rstrip().endswith(_mark(key))), None)

    def track(self, order: int, key: str, carrier: str, code: str) -> str:
        """Leave a parcel's carrier and number as a private note: WooCommerce itself has no better place."""
        return self.note(order, key, f"{carrier}: {code}")

    def tracked(self, order: int, key: str) -> str | None:
        """Return where the note of this parcel stands."""
        return self.noted(order, key)

    def move(self, order: int, before: Status, after: Status) -> str:
        """Set an order's status, alone and only from where it stands; return the shop's word for it."""
        self.outlet.require_writes(f"the status of order {order}")
        word = self._allowed(order, after)
        stands = self._stands(order)
        if stands == word:
            return word
        if self.options.meanings.get(stands, Status.UNKNOWN) is not before:
            raise OutsideError(
                f"order {order} stands at {stands} by now: look at it before it is moved", permanent=True
            )
        answer = self.client.ask(writing("PUT", f"orders/{order}?_fields=id,status", {"status": word})).data
        if not isinstance(answer, dict) or answer.get("status") != word:
            raise OutsideError(f"order {order} did not become {word}: look at it in the shop")
        return word

    def moved(self, order: int, after: Status) -> str | None:
        """Return the shop's word for where the order stands if it means `after`."""
        stands = self._stands(order)
        return stands if self.options.meanings.get(stands) is after else None

    def _allowed(self, order: int, after: Status) -> str:
        for word in self.options.may_set:
            if self.options.meanings.get(word) is after:
                return word
        wanted = _WORDS.get(after, after.value)
        raise OutsideError(
            f"order {order} was not moved: allow it with `may_set: [{wanted}]` on the connection {self.outlet.name}",
            permanent=True,
        )

    def _stands(self, order: int) -> str:
        row = self.client.ask(reading(f"orders/{order}", (("_fields", "id,status"),))).data
        return str(row.get("status")) if isinstance(row, dict) else ""


def _mark(key: str) -> str:
    return f"[nightclerk {_plain(key)}]"


def _plain(text: str) -> str:
    """Return a text as the shop's pages, which show notes as HTML, show it unchanged."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _where(order: int, row: Row) -> str:
    return f"orders/{order}/notes/{row['id']}"
