"""A Shopify on loopback: its published schema, executed by graphql-core over the seeded shop.

A field that the schema does not have is refused, one that this fake does not serve is an error of the fake. `faults`
are answers given instead, in order; `before` is called ahead of each answer; `nulls` decides for each nullable field
whether it comes as null, `resolver` answers every field instead, `deaf` pays no heed to any filter.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

from graphql import GraphQLError, GraphQLNonNull, GraphQLResolveInfo, execute

from tests import loopback
from tests.shops.seeded import SeededShop
from tests.shops.shopify_changing import Changing
from tests.shops.shopify_cost import Bucket, actual, requested
from tests.shops.shopify_exports import Exports
from tests.shops.shopify_rows import Row, checkout, dated, fulfilment_order, listed, order, variant
from tests.shops.shopify_schema import OURS, ours, parsed
from tests.shops.shopify_search import matching

SIGHT = timedelta(days=60)
DAY = 86399
PUBLISHED = OURS.stem.removeprefix("admin_")
RIGHTS = ("read_orders", "read_all_orders", "read_products", "read_inventory")
Fault = tuple[int, dict[str, str], bytes]


@dataclass
class ShopifyFake:
    """The shop's side. `now` is the server's clock for moments, the bucket's for points and tokens."""

    orders: dict[int, Row]
    variants: list[Row]
    now: datetime
    bucket: Bucket = field(default_factory=Bucket)
    rights: tuple[str, ...] = RIGHTS
    tokens: dict[str, float] = field(default_factory=lambda: {"shpat_lasting": float("inf")})
    asked: list[tuple[str, Row]] = field(default_factory=list)
    throttled: int = 0
    too_dear: int = 0
    dearest: float = 1000
    lasts: float = DAY
    cost: float = 0.0
    version: str = ""
    warns: bool = False
    fulfilment_orders: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    before: Callable[[str], None] = lambda _operation: None
    nulls: Callable[[str], bool] = lambda _name: False
    resolver: Callable[..., Any] | None = None
    deaf: bool = False
    paid: list[tuple[float, float]] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    currency: str = "USD"
    checkouts: list[Row] = field(default_factory=list)
    baskets: bool = True
    url: str = ""
    changing: Changing = field(init=False)
    exports: Exports = field(init=False)

    def __post_init__(self) -> None:
        self.changing = Changing(self.orders, lambda: self.rights, self.change)
        self.exports = Exports(self._found, lambda: self.now, lambda: self.url)

    def change(self, number: int, **changes: Any) -> None:
        """Change an order as the shop's own people would."""
        self.orders[number] = {**self.orders[number], **changes, "updatedAt": dated(self.now)}

    def token(self, form: dict[str, list[str]]) -> tuple[int, Row]:
        """A token of a day for the app's keys."""
        if (form.get("client_id"), form.get("client_secret")) != (["app"], ["shpss_secret"]):
            return 400, {"error": "invalid_client"}
        made = f"shpua_{len(self.tokens)}"
        self.tokens[made] = self.bucket.clock + self.lasts
        return 200, {"access_token": made, "scope": ",".join(self.rights), "expires_in": DAY}

    def answer(self, asked: Row) -> Row:
        """The answer to one question, its cost paid from the bucket."""
        name, variables = asked["operationName"], asked.get("variables") or {}
        self.asked.append((name, variables))
        self.before(name)
        try:
            document = parsed(asked["query"])
        except GraphQLError as error:
            return {"errors": [{"message": error.message}]}
        price = requested(document, name, variables)
        if price > self.dearest:
            self.too_dear += 1
            return {"errors": [{"message": "Query cost is too high", "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
        if price > self.bucket.held:
            self.throttled += 1
            refused = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return {"errors": [refused], "extensions": {"cost": self.bucket.told(price, None)}}
        self.passed_over = []
        made = execute(
            ours(),
            document,
            self._root(),
            variable_values=variables,
            operation_name=name,
            field_resolver=self.resolver or self._field,
        )
        assert not hasattr(made, "__await__")
        self.paid.append((price, self.bucket.held))
        paid = max(actual(made.data) - 1, 1)
        self.bucket.held -= paid
        self.cost += paid
        errors = {"errors": [one.formatted for one in made.errors]} if made.errors else {}
        return {"data": made.data, **errors, "extensions": {"cost": self.bucket.told(price, paid), **self._search()}}

    def _search(self) -> Row:
        said = [{"path": ["orders"], "warnings": [{"field": one}]} for one in self.passed_over]
        return {"search": said} if said and self.warns else {}

    def _field(self, source: Row, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        nullable = not isinstance(info.return_type, GraphQLNonNull)
        if nullable and self.nulls(info.field_name):
            return None
        value = source[info.field_name]
        return value(**arguments) if callable(value) else value

    def _root(self) -> Row:
        return {
            **self.changing.roots(),
            **self.exports.roots(),
            "shop": {"currencyCode": self.currency},
            "currentAppInstallation": {"accessScopes": [{"handle": one} for one in self.rights]},
            "orders": lambda **asked: _by_id(self._found(asked.get("query")), asked),
            "ordersCount": lambda **asked: {"count": len(self._found(asked.get("query"))), "precision": "EXACT"},
            "order": self._order,
            "refund": self._refund,
            "abandonedCheckouts": self._checkouts,
            "productVariants": listed(self.variants),
            "fulfillmentOrders": listed(self.fulfilment_orders),
        }

    def _order(self, id: str) -> Row | None:  # noqa: A002 - the schema's word
        found = next((one for one in self._visible() if one["id"] == id), None)
        return self.changing.about(found) if found else None

    def _refund(self, id: str) -> Row | None:  # noqa: A002 - the schema's word
        return next((back for row in self._visible() for back in row["refunds"] if back["id"] == id), None)

    def _checkouts(self, query: str, **asked: Any) -> Row:
        if not self.baskets:
            raise GraphQLError("Access denied for abandonedCheckouts field.", extensions={"code": "ACCESS_DENIED"})
        rows, self.passed_over = matching(self.checkouts, query)
        return listed(self.checkouts if self.deaf else rows)(**asked)

    def _visible(self) -> list[Row]:
        """What the app sees: without read_all_orders the last sixty days, and no word about the rest."""
        rows = [self.orders[number] for number in sorted(self.orders)]
        if "read_all_orders" in self.rights:
            return rows
        return [row for row in rows if datetime.fromisoformat(row["createdAt"]) >= self.now - SIGHT]

    def _found(self, query: str | None) -> list[Row]:
        rows, self.passed_over = matching(self._visible(), query)
        return self._visible() if self.deaf else rows


def _by_id(rows: list[Row], asked: Row) -> Row:
    """A connection by id: the cursor is where one stopped, whatever came or went meanwhile."""
    assert asked.get("sortKey") == "ID"
    after = int(asked["after"]) if asked.get("after") else 0
    rest = [row for row in rows if row["legacyResourceId"] > after]
    some = rest[: asked["first"]]
    end = str(some[-1]["legacyResourceId"]) if some else None
    return {"nodes": some, "pageInfo": {"hasNextPage": len(rest) > len(some), "endCursor": end}}


def of(shop: SeededShop, now: datetime, **more: Any) -> ShopifyFake:
    """The fake of a seeded shop; a basket is a checkout at Shopify and no order."""
    orders = {deal.id: order(deal) for deal in shop.deals.values() if deal.state != "basket"}
    parents = {good.parent for good in shop.goods.values()}
    variants = [variant(good, shop) for good in shop.goods.values() if good.id not in parents]
    baskets = [checkout(deal) for deal in shop.deals.values() if deal.state == "basket"]
    return ShopifyFake(orders, variants, now, checkouts=baskets, **more)


def _handler(fake: ShopifyFake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if fake.faults:
                self._send(*fake.faults.pop(0))
            elif self.path == "/admin/oauth/access_token":
                status, said = fake.token(parse_qs(body.decode()))
                self._send(status, {}, json.dumps(said).encode())
            elif fake.tokens.get(self.headers.get("X-Shopify-Access-Token", ""), -1.0) < fake.bucket.clock:
                self._send(401, {}, b'{"errors":"[API] Invalid API key or access token"}')
            elif self.path != f"/admin/api/{PUBLISHED}/graphql.json":
                self._send(404, {}, b'{"errors":"Not Found"}')
            else:
                version = fake.version or PUBLISHED
                self._send(200, {"X-Shopify-Api-Version": version}, json.dumps(fake.answer(json.loads(body))).encode())

        def do_GET(self) -> None:
            token = self.headers.get("X-Shopify-Access-Token", "")
            self._send(*fake.exports.file(self.path, self.headers.get("Range", ""), token))

        def _send(self, status: int, heads: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            given = {"Content-Type": "application/json", "Content-Length": str(len(body)), **heads}
            for name, value in given.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def serving(fake: ShopifyFake) -> Iterator[ShopifyFake]:
    """Serve a fake on a free port of loopback; its `url` is then the shop's."""
    with loopback.serving(_handler(fake)) as port:
        fake.url = f"http://127.0.0.1:{port}"
        yield fake


__all__ = ["RIGHTS", "Fault", "ShopifyFake", "fulfilment_order", "of", "serving"]
