"""A Magento on loopback, made after the published document and the documented traps and not after our client.

What was written to it and whom it mailed is kept as the outside's own record; `heard` holds every request as it came.
`faults` are answers given instead, in order.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests import loopback
from tests.shops import magento_rows as form
from tests.shops.magento_asking import Door, Integration, Question, RefusedError, Row, forbidden
from tests.shops.seeded import SeededShop

READ, WRITE = frozenset({"read"}), frozenset({"read", "write"})
Fault = tuple[int, str, bytes]
WAF: Fault = (403, "text/html", b"<html><head><title>Attention required</title></head></html>")
BUSY: Fault = (503, "application/json", b'{"message":"Service temporarily unavailable"}')


@dataclass(frozen=True)
class Heard:
    """One request: `path` behind /rest/default."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: bytes


@dataclass
class MagentoFake:
    """The shop's side. `now` is the server's clock; `salable` and `sources` are None where the module is off."""

    orders: dict[int, Row]
    memos: dict[int, Row]
    shipments: dict[int, Row]
    products: dict[int, Row]
    salable: list[Row] | None
    sources: list[Row] | None
    now: datetime
    door: Door = field(
        default_factory=lambda: Door(
            {
                "ck_read": Integration("cs", "at_read", "as&%", READ),
                "ck_both": Integration("cs", "at_both", "as", WRITE),
            }
        )
    )
    comments: dict[int, list[Row]] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    writes: list[tuple[str, Row]] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    before: Callable[[int], None] = field(default=lambda _n: None)
    heedless: bool = False
    """A cache before it answers every question of a list alike."""
    expires: int = 86399
    url: str = ""
    last: int = 900_000

    def answer(self, method: str, url: str, headers: Any, body: bytes) -> Any:
        parts = urlsplit(url)
        if parts.path == "/ims/token/v3":
            return self._token(dict(parse_qsl(body.decode())))
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        path = parts.path.removeprefix("/rest/default").removeprefix("/rest").removeprefix("/tenant")
        self.heard.append(Heard(method, path, query, body))
        self.before(len(self.heard))
        if not path.startswith("/V1/"):
            raise RefusedError(404, "Request does not match any route.")
        one = self.door.enter(method, url, headers, self.now)
        heeded = [(name, value) for name, value in query if not (self.heedless and "[filter" in name)]
        steps, question = [unquote(step) for step in path[4:].split("/")], Question(dict(heeded))
        if method == "GET":
            return question.trimmed(self._read(steps, question))
        if "write" not in one.rights:
            raise forbidden("Magento_Sales::ship")
        data = json.loads(body)
        self.writes.append(("/".join(steps), data))
        return self._write(steps, data)

    def _token(self, form: Row) -> Row:
        if form.get("client_secret") != "cs" or "commerce.accs" not in form.get("scope", ""):
            raise RefusedError(400, "invalid_client")
        self.last += 1
        self.door.ims.add(f"ims_{self.last}")
        return {"access_token": f"ims_{self.last}", "token_type": "bearer", "expires_in": self.expires}

    def _read(self, steps: list[str], question: Question) -> Any:
        lists: dict[str, list[Row] | None] = {
            "orders": list(self.orders.values()), "creditmemos": list(self.memos.values()),
            "shipments": list(self.shipments.values()), "products": list(self.products.values()),
            "inventory/source-items": self.sources, "inventory/export-stock-salable-qty/website/base": self.salable,
        }  # fmt: skip
        rows = lists.get("/".join(steps))
        if rows is not None:
            return question.page(rows)
        match steps:
            case ["orders", number] if int(number) in self.orders:
                return self.orders[int(number)]
            case ["orders", number, "comments"]:
                found = self.comments.get(int(number), [])
                return {"items": found, "total_count": len(found), "search_criteria": {}}
        raise RefusedError(404, "Request does not match any route.")

    def _write(self, steps: list[str], data: Row) -> Any:
        self.last += 1
        match steps:
            case ["orders", number, "comments"]:
                return self._comment(int(number), data["statusHistory"])
            case ["order", number, "ship"]:
                return self._ship(int(number), data)
            case ["shipment", "track"]:
                track = {**data["entity"], "entity_id": self.last}
                self.shipments[track["parent_id"]]["tracks"].append(track)
                return track
        raise RefusedError(404, "Request does not match any route.")

    def _comment(self, number: int, history: Row) -> bool:
        """The order takes the comment's status, an absent one too."""
        self.comments.setdefault(number, []).append({**history, "entity_id": self.last})
        self.mails += ["comment"] if history["is_customer_notified"] else []
        self.change(number, status=history.get("status"))
        return True

    def _ship(self, number: int, data: Row) -> int:
        """All pieces sent and paid: complete."""
        self.mails += ["shipment"] if data.get("notify") else []
        items = {item["item_id"]: item for item in self.orders[number]["items"]}
        for one in data["items"]:
            if items[one["order_item_id"]].get("parent_item_id"):
                raise RefusedError(400, "Shipment Document Validation Error(s): of a bundle the top item only")
            items[one["order_item_id"]]["qty_shipped"] += one["qty"]
        self.shipments[self.last] = {
            "entity_id": self.last, "order_id": number, "created_at": form.stamp(self.now), "tracks": [], "items": [],
        }  # fmt: skip
        paid = "total_paid" in self.orders[number]
        self.change(number, **({"state": "complete", "status": "complete"} if paid else {}))
        return self.last

    def change(self, number: int, **changes: Any) -> None:
        """Change an order as the shop's own people would."""
        self.orders[number] |= {**changes, "updated_at": form.stamp(self.now)}


def of(shop: SeededShop, now: datetime, **more: Any) -> MagentoFake:
    """Return the fake of a seeded shop; a basket is no order of Magento's."""
    deals = [deal for deal in shop.deals.values() if deal.state != "basket"]
    goods = [good for good in shop.goods.values() if not any(other.parent == good.id for other in shop.goods.values())]
    salable = [{"sku": form.sku(one), "qty": one.stock, "is_salable": one.stock != 0} for one in goods]
    sources = [
        {"sku": form.sku(one), "source_code": code, "quantity": (one.stock or 0) + 1, "status": 1, "source_item_id": n}
        for n, (one, code) in enumerate((one, code) for one in goods for code in ("default", "cellar"))
    ]
    return MagentoFake(
        {deal.id: form.order(deal) for deal in deals},
        {back.id: form.memo(back, deal) for deal in deals for back in deal.given_back},
        {deal.id: form.shipment(deal) for deal in deals if deal.sent},
        {good.id: form.product(good, shop) for good in shop.goods.values()},
        salable, sources, now=now, **more,
    )  # fmt: skip


def _handler(fake: MagentoFake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if fake.faults:
                self._send(*fake.faults.pop(0))
                return
            try:
                data = fake.answer(self.command, fake.url + self.path.lstrip("/"), self.headers, body)
            except RefusedError as refused:
                self._send(refused.status, "application/json", json.dumps(refused.body).encode())
                return
            self._send(200, "application/json; charset=utf-8", json.dumps(data).encode())

        def _send(self, status: int, media: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return f"{fake.now:%a, %d %b %Y %H:%M:%S} GMT"

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._answer)
    return Handler


@contextmanager
def serving(fake: MagentoFake) -> Iterator[MagentoFake]:
    """Serve a fake on a free port of loopback; its `url` is then the shop's."""
    with loopback.serving(_handler(fake)) as port:
        fake.url = f"http://127.0.0.1:{port}/"
        yield fake
