"""How Magento reads what it is asked: credentials, search criteria, pages, fields; its traps included.

The signature is reckoned by the words of RFC 5849 and shares nothing with our signer.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

Row = dict[str, Any]
AHEAD = 600
"""Seconds by which a clock may be ahead."""


class RefusedError(Exception):
    def __init__(self, status: int, message: str, **parameters: str) -> None:
        self.status, self.body = status, {"message": message, **({"parameters": parameters} if parameters else {})}


def forbidden(resource: str) -> RefusedError:
    return RefusedError(401, "The consumer isn't authorized to access %resources.", resources=resource)


@dataclass(frozen=True)
class Integration:
    """The four values, and what may be used with them."""

    secret: str
    token: str
    token_secret: str
    rights: frozenset[str] = frozenset({"read"})


@dataclass
class Door:
    """Who comes in. A plain token of an integration does not, unless the shop was set so."""

    keys: dict[str, Integration]
    bearer: bool = False
    ims: set[str] = field(default_factory=set)
    nonces: set[str] = field(default_factory=set)

    def enter(self, method: str, url: str, headers: Any, now: datetime) -> Integration:
        given = headers.get("Authorization", "")
        if given.startswith("OAuth "):
            return self._signed(method, url, dict(re.findall(r'(\w+)="([^"]*)"', given)), now)
        token = given.removeprefix("Bearer ")
        if token in self.ims and headers.get("x-api-key") and headers.get("x-gw-ims-org-id"):
            return next(iter(self.keys.values()))
        mine = [one for one in self.keys.values() if one.token == token]
        if not mine or not self.bearer:
            raise forbidden("Magento_Sales::actions_view")
        return mine[0]

    def _signed(self, method: str, url: str, raw: dict[str, str], now: datetime) -> Integration:
        given = {name: unquote(value) for name, value in raw.items()}
        one = self.keys.get(given["oauth_consumer_key"])
        if one is None or one.token != given.get("oauth_token"):
            raise RefusedError(401, "A consumer with the ID does not exist. Verify the ID and try again.")
        if given.pop("oauth_signature") != _signature(method, url, given, one):
            raise RefusedError(401, "The signature is invalid. Verify and try again.")
        if int(given["oauth_timestamp"]) > now.timestamp() + AHEAD:
            raise RefusedError(401, "The timestamp value in the oauth_timestamp parameter is incorrect.")
        if given["oauth_nonce"] in self.nonces:
            raise RefusedError(401, "The nonce is already being used by the consumer.")
        self.nonces.add(given["oauth_nonce"])
        return one


def _signature(method: str, url: str, given: dict[str, str], one: Integration) -> str:
    pairs = [*parse_qsl(urlsplit(url).query, keep_blank_values=True), *given.items()]
    query = "&".join(sorted(f"{quote(n, safe='~')}={quote(v, safe='~')}" for n, v in pairs))
    text = "&".join(quote(part, safe="") for part in (method, url.partition("?")[0], query))
    secret = f"{quote(one.secret, safe='~')}&{quote(one.token_secret, safe='~')}"
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


@dataclass(frozen=True)
class Question:
    """The parameters of a GET; both spellings of Magento's names are read."""

    given: dict[str, str]

    def page(self, rows: list[Row]) -> Row:
        """Without a size everything; past the end the last page once more."""
        found = [row for row in rows if self._holds(row)]
        by = self._one(r"sortOrders\]\[0\]\[field")
        if by:
            found.sort(key=lambda row: int(row.get(by) or row.get("id") or 0), reverse=self._one("direction") != "ASC")
        size, page = int(self._one("pageSize") or 0), int(self._one("currentPage") or 1)
        last = max(-(-len(found) // size), 1) if size else 1
        start = (min(page, last) - 1) * size
        return {
            "items": found[start : start + size] if size else found,
            "search_criteria": {},
            "total_count": len(found),
        }

    def trimmed(self, data: Any) -> Any:
        return chosen(data, _tree(self.given["fields"])[0]) if "fields" in self.given else data

    def _one(self, name: str) -> str:
        return next((value for key, value in self.given.items() if re.search(rf"\[{name}\]$", key)), "")

    def _holds(self, row: Row) -> bool:
        groups: dict[str, dict[str, Row]] = {}
        for name, value in self.given.items():
            read = re.fullmatch(r"searchCriteria\[filter_?[gG]roups\]\[(\d+)\]\[filters\]\[(\d+)\]\[(\w+)\]", name)
            if read:
                groups.setdefault(read[1], {}).setdefault(read[2], {})[read[3].replace("_t", "T")] = value
        return all(any(_meets(row, one) for one in group.values()) for group in groups.values())


def _meets(row: Row, asked: Row) -> bool:
    value, bound = str(row.get(asked["field"])), str(asked["value"])
    match asked.get("conditionType", "eq"):
        case "eq":
            return value == bound
        case "in":
            return value in bound.split(",")
        case "gteq":
            return value >= bound
        case "lt":
            return value < bound
        case other:
            raise AssertionError(other)


def _tree(text: str) -> tuple[Row, str]:
    """Read `a,b[c,d]` into {a: None, b: {c: None, d: None}}; return what is left behind a closing bracket."""
    found: Row = {}
    while text and text[0] != "]":
        read = re.match(r"[^\[\],]+", text)
        assert read, text
        text, inner = text[read.end() :], None
        if text.startswith("["):
            inner, text = _tree(text[1:])
        found[read[0]] = inner
        text = text.removeprefix(",")
    return found, text[1:]


def chosen(data: Any, tree: Row | None) -> Any:
    """Trim an answer; a thing of which nothing is left is an empty list, as PHP has it."""
    if isinstance(data, list):
        return [chosen(one, tree) for one in data]
    if tree is None or not isinstance(data, dict):
        return data
    return {name: chosen(data[name], inner) for name, inner in tree.items() if name in data} or []
