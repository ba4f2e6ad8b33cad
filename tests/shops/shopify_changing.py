"""What a Shopify lets an app change of its orders, and to whom it would write: `mails` must stay empty.

A change that is refused comes as `userErrors` in an answer that says all is well; one for which the app has no right as
an error. `lost` mutations are made, and their answer is lost on the way back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError

Row = dict[str, Any]
MARKS, PARCELS = "write_orders", "write_merchant_managed_fulfillment_orders"
_ENDED = {"CLOSED", "CANCELLED", "INCOMPLETE"}


@dataclass
class Changing:
    """The changes of one shop; `orders` are the shop's own rows, by number."""

    orders: dict[int, Row]
    rights: Callable[[], tuple[str, ...]]
    changed: Callable[[int], None]
    places: tuple[str, ...] = ("Providence",)
    held: bool = False
    marks: dict[tuple[str, str], Row] = field(default_factory=dict)
    tags: dict[str, set[str]] = field(default_factory=dict)
    made: list[tuple[str, Row]] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    refusal: dict[str, str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def roots(self) -> Row:
        """The fields of Mutation."""
        return {
            "metafieldsSet": self._mark, "tagsAdd": self._tag, "fulfillmentCreate": self._send,
            "fulfillmentTrackingInfoUpdate": self._name_parcel,
        }  # fmt: skip

    def about(self, row: Row) -> Row:
        """An order with what is asked of it before and after a change."""
        found = lambda key, namespace: self.marks.get((row["id"], f"{namespace}.{key}"))  # noqa: E731
        return {**row, "metafield": found, "fulfillmentOrders": lambda **_asked: _list(self._to_send(row))}

    def _mark(self, metafields: list[Row]) -> Row:
        self._need(MARKS)
        for one in metafields:
            if one["ownerId"] not in {row["id"] for row in self.orders.values()}:
                return self._said("metafieldsSet", "Owner does not exist")
            name = (one["ownerId"], f"{one['namespace']}.{one['key']}")
            if said := self.refusal.get("metafieldsSet"):
                return self._said("metafieldsSet", said)
            number = self.marks.get(name, {}).get("id", f"gid://shopify/Metafield/{len(self.marks) + 1}")
            self.marks[name] = {**one, "id": number}
            self.made.append(("metafieldsSet", one))
        return self._said("metafieldsSet")

    def _tag(self, id: str, tags: list[str]) -> Row:  # noqa: A002 - the schema's word
        self._need(MARKS)
        self.tags.setdefault(id, set()).update(tags)
        return self._said("tagsAdd")

    def _to_send(self, row: Row) -> list[Row]:
        def one(place: str) -> Row:
            number = f"gid://shopify/FulfillmentOrder/{row['legacyResourceId']}{place}"
            gone = number in self.closed or row["displayFulfillmentStatus"] == "FULFILLED"
            actions = ["HOLD"] if self.held and place == self.places[-1] else ["CREATE_FULFILLMENT", "MOVE"]
            return {
                "id": number, "status": "CLOSED" if gone else "OPEN",
                "assignedLocation": {"location": {"id": f"gid://shopify/Location/{place}"}},
                "supportedActions": [{"action": action} for action in ([] if gone else actions)],
            }  # fmt: skip

        return [one(place) for place in self.places]

    def _send(self, fulfillment: Row) -> Row:
        self._need(PARCELS)
        wanted = [one["fulfillmentOrderId"] for one in fulfillment["lineItemsByFulfillmentOrder"]]
        row = next(row for row in self.orders.values() if wanted[0] in {one["id"] for one in self._to_send(row)})
        place = {one["id"]: one for one in self._to_send(row)}
        if len({place[one]["assignedLocation"]["location"]["id"] for one in wanted}) > 1:
            return self._said("fulfillmentCreate", "All fulfillment orders must be assigned to the same location")
        if any(place[one]["status"] in _ENDED for one in wanted):
            return self._said("fulfillmentCreate", "Fulfillment order has an unfulfillable status")
        if said := self.refusal.get(wanted[0].rpartition("/")[2]) or self.refusal.get("fulfillmentCreate"):
            return self._said("fulfillmentCreate", said)
        self.closed |= set(wanted)
        self._note("fulfillmentCreate", fulfillment, told=fulfillment.get("notifyCustomer"))
        left = any(one["status"] not in _ENDED for one in self._to_send(row))
        parcel = {"id": f"gid://shopify/Fulfillment/{len(self.closed)}", "status": "SUCCESS", "trackingInfo": []}
        number = row["legacyResourceId"]
        self.orders[number] = {
            **row, "displayFulfillmentStatus": "PARTIALLY_FULFILLED" if left else "FULFILLED",
            "fulfillments": [*row["fulfillments"], {**parcel, "createdAt": row["updatedAt"]}],
        }  # fmt: skip
        self.changed(number)
        return self._said("fulfillmentCreate")

    def _name_parcel(self, fulfillmentId: str, trackingInfoInput: Row, notifyCustomer: bool = True) -> Row:  # noqa: N803
        self._need(PARCELS)
        parcels = [one for row in self.orders.values() for one in row["fulfillments"] if one.get("id") == fulfillmentId]
        if not parcels:
            return self._said("fulfillmentTrackingInfoUpdate", "Fulfillment does not exist")
        parcels[0]["trackingInfo"] = [trackingInfoInput]
        self._note("fulfillmentTrackingInfoUpdate", trackingInfoInput, told=notifyCustomer)
        return self._said("fulfillmentTrackingInfoUpdate")

    def _note(self, name: str, what: Row, *, told: object) -> None:
        self.made.append((name, what))
        if told:
            self.mails.append(name)

    def _need(self, right: str) -> None:
        if right not in self.rights():
            raise GraphQLError(f"Access denied. Required access: `{right}`", extensions={"code": "ACCESS_DENIED"})

    def _said(self, _name: str, *errors: str) -> Row:
        return {"userErrors": [{"field": None, "message": one} for one in errors]}


def _list(rows: list[Row]) -> Row:
    return {"nodes": rows, "pageInfo": {"hasNextPage": False, "endCursor": None}}
