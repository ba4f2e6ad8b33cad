"""A WooCommerce on loopback, made after recorded answers of a running one and not after our client.

It is served over http (OAuth 1.0a) or, with a certificate, over https (Basic). What was written to it and whom it
mailed is kept as the outside's own record. `before` is called ahead of each answer with its number, so that a test can
change the shop between two pages; `faults` are answers given instead, in order.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from tests import loopback
from tests.shops.seeded import SeededShop
from tests.shops.woocommerce_asking import Door, Key, Question, RefusedError, invalid
from tests.shops.woocommerce_rows import Row, dated, rows

NEW_YORK = ZoneInfo("America/New_York")
CORE = ["pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft"]
HIDDEN = {"trash", "auto-draft"}
MAILS = {"completed": "is on its way!", "refunded": "has been refunded", "on-hold": "has been received"}
Fault = tuple[int, str, dict[str, str], bytes]
MAINTENANCE: Fault = (
    503,
    "text/html; charset=UTF-8",
    {"Retry-After": "600"},
    b"<!DOCTYPE html><html><head><title>Maintenance</title>",
)
PHP_DOWN: Fault = (502, "text/html", {}, b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>")
DATABASE_DOWN: Fault = (
    500,
    "text/html; charset=UTF-8",
    {},
    b"<!DOCTYPE html>\n<html dir='ltr'><head><title>Database Error</title>",
)
WAF: Fault = (403, "text/html", {}, b"<html><head><title>Attention required</title></head></html>")


@dataclass
class WooFake:
    """The shop's side. `now` is the server's clock."""

    orders: dict[int, Row]
    refunds: dict[int, Row]
    products: dict[int, Row]
    now: datetime
    zone: ZoneInfo = NEW_YORK
    door: Door = field(
        default_factory=lambda: Door({"ck_read": Key("cs_read"), "ck_both": Key("cs_both", "read_write")})
    )
    statuses: list[str] = field(default_factory=lambda: list(CORE))
    notes: dict[int, list[Row]] = field(default_factory=dict)
    pretty: bool = True
    old: bool = False
    """Before 9.0: no list of all refunds."""
    heedless: bool = False
    """Before 5.8: `modified_after` is an unknown parameter and passed over."""
    asked: list[str] = field(default_factory=list)
    writes: list[tuple[str, str, Any]] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    before: Callable[[int], None] = lambda _number: None
    url: str = ""
    last: int = 900_000

    def answer(self, method: str, url: str, headers: Any, body: bytes) -> tuple[Any, dict[str, str]]:
        """Return JSON and headers; raise RefusedError."""
        parts = urlsplit(url)
        path = parts.path.removeprefix("/index.php") if parts.path.startswith("/index.php/") or self.pretty else ""
        if not path.startswith("/wp-json/wc/v3/"):
            raise RefusedError(404, "", "")
        self.door.enter(method, url, headers, self.now)
        steps = path.removeprefix("/wp-json/wc/v3/").strip("/").split("/")
        given = dict(parse_qsl(parts.query, keep_blank_values=True))
        question = Question(
            {k: v for k, v in given.items() if not (self.heedless and k == "modified_after")}, self.zone
        )
        if method == "GET":
            return self._read(steps, question)
        data = self._body(body)
        self.writes.append((method, "/".join(steps), data))
        return question.chosen(self._write(method, steps, data)), {}

    def _body(self, body: bytes) -> Row:
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            raise RefusedError(400, "rest_invalid_json", "Invalid JSON body passed.") from None
        assert isinstance(data, dict)
        return data

    def _read(self, steps: list[str], question: Question) -> tuple[Any, dict[str, str]]:  # noqa: PLR0911 - one a route
        match steps:
            case ["orders"]:
                return self._page([r for r in self.orders.values() if self._stands(r, question)], question)
            case ["orders", number]:
                return question.chosen(self._order(number)), {}
            case ["orders", number, "notes"]:
                kind = question.given.get("type", "any")
                found = [n for n in self.notes.get(self._order(number)["id"], []) if kind in {"any", _kind(n)}]
                return [question.chosen(note) for note in reversed(found)], {}
            case ["orders", number, "refunds"]:
                one = self._order(number)["id"]
                mine = [
                    {k: v for k, v in r.items() if k != "parent_id"}
                    for r in self.refunds.values()
                    if r["parent_id"] == one
                ]
                return self._page(mine, question)
            case ["refunds"] if not self.old:
                return self._page([r for r in self.refunds.values() if question.in_time(r, modified=False)], question)
            case ["products"]:
                shown = [r for r in self.products.values() if not r["parent_id"] and r["status"] != "trash"]
                return self._page([r for r in shown if question.in_time(r)], question)
            case ["products", number, "variations"] if int(number) in self.products:
                return self._page([r for r in self.products.values() if r["parent_id"] == int(number)], question)
            case ["products", _, "variations"]:
                raise RefusedError(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
        raise RefusedError(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _stands(self, row: Row, question: Question) -> bool:
        wanted = question.words("status") or ["any"]
        for word in wanted:
            if word not in {"any", *HIDDEN, *self.statuses}:
                raise invalid(status=f"status[0] is not one of any, trash, {', '.join(self.statuses)}")
        right = row["status"] in wanted or ("any" in wanted and row["status"] not in HIDDEN)
        ids = question.words("include")
        return right and (not ids or str(row["id"]) in ids) and question.in_time(row)

    def _page(self, found: list[Row], question: Question) -> tuple[list[Row], dict[str, str]]:
        size, page = question.number("per_page", 10, 100), question.number("page", 1)
        some = question.sorted(found)[(page - 1) * size : page * size]
        beyond = page > 1 and not some
        total, pages = (0, 0) if beyond else (len(found), -(-len(found) // size))
        return [question.chosen(row) for row in some], {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}

    def _order(self, number: str) -> Row:
        found = self.orders.get(int(number))
        if found is None:
            raise RefusedError(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
        return found

    def _write(self, method: str, steps: list[str], data: Row) -> Row:
        match method, steps:
            case "POST", ["orders", number, "notes"]:
                return self._note(self._order(number), data)
            case "PUT" | "POST" | "PATCH", ["orders", number] if number != "batch":
                return self._put(self._order(number), data, single=True)
            case "POST", ["orders", "batch"]:
                changed = [self._put(self._order(str(one["id"])), one, single=False) for one in data.get("update", [])]
                return {"update": changed}
        raise RefusedError(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _note(self, row: Row, data: Row) -> Row:
        """A note leaves `date_modified` as it is; one for the customer is mailed."""
        self.last += 1
        to_customer = bool(data.get("customer_note"))
        note = {
            "id": self.last,
            "note": data["note"],
            "customer_note": to_customer,
            **dated(self.zone, "created", self.now),
        }
        self.notes.setdefault(row["id"], []).append(note)
        self.mails += [f"{row['billing']['email']}: A note has been added"] if to_customer else []
        return note

    def _put(self, row: Row, data: Row, *, single: bool) -> Row:
        """Every PUT is a modification; in a batch a status nobody knows becomes `pending`."""
        status = data.get("status", row["status"])
        if single and status not in self.statuses:
            raise invalid(status=f"status is not one of auto-draft, {', '.join(self.statuses)}")
        status = status if status in self.statuses else "pending"
        if status != row["status"] and status in MAILS:
            self.mails.append(f"{row['billing']['email']}: Your order {MAILS[status]}")
        self.change(row["id"], **{**data, "status": status})
        return self.orders[row["id"]]

    def change(self, number: int, **changes: Any) -> None:
        """Change an order as the shop's own people would."""
        self.orders[number] = {**self.orders[number], **changes, **dated(self.zone, "modified", self.now)}

    def change_product(self, number: int, **changes: Any) -> None:
        """Change a product; a variation's change is its parent's too."""
        for one, more in ((number, changes), (self.products[number]["parent_id"], {})):
            if one:
                self.products[one] = {**self.products[one], **more, **dated(self.zone, "modified", self.now)}


def _kind(note: Row) -> str:
    return "customer" if note["customer_note"] else "internal"


def of(shop: SeededShop, now: datetime, **more: Any) -> WooFake:
    """Return the fake of a seeded shop."""
    orders, refunds, products = ({row["id"]: row for row in found} for found in rows(shop, NEW_YORK))
    return WooFake(orders, refunds, products, now=now, **more)


def _handler(fake: WooFake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fake.asked.append(f"{self.command} {self.path}")
            fake.before(len(fake.asked))
            if fake.faults:
                self._send(*fake.faults.pop(0))
                return
            try:
                data, heads = fake.answer(self.command, fake.url + self.path.lstrip("/"), self.headers, body)
            except RefusedError as refused:
                page = not refused.body["code"]
                said = b"<!DOCTYPE html><title>Page not found</title>" if page else json.dumps(refused.body).encode()
                self._send(refused.status, "text/html" if page else "application/json; charset=UTF-8", {}, said)
                return
            status = 201 if self.command == "POST" else 200
            self._send(status, "application/json; charset=UTF-8", heads, json.dumps(data).encode())

        def _send(self, status: int, media: str, heads: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": media, "Content-Length": str(len(body)), **heads}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return f"{fake.now:%a, %d %b %Y %H:%M:%S} GMT"

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._answer)
    return Handler


@contextmanager
def serving(fake: WooFake, certificate: Path | None = None) -> Iterator[WooFake]:
    """Serve a fake on a free port of loopback; its `url` is then the shop's."""
    with loopback.serving(_handler(fake), certificate) as port:
        fake.url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}/"
        yield fake
