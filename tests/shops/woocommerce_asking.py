"""How WooCommerce reads what it is asked: credentials, filters, pages, fields; as recorded, its oddities included.

The signature is checked by the words of RFC 5849 and of WooCommerce's own steps, and shares nothing with our signer.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from zoneinfo import ZoneInfo

Row = dict[str, Any]
ORDERBY = ("date", "id", "include", "title", "slug", "modified")
PATIENCE = 15 * 60


class RefusedError(Exception):
    """An answer other than a good one."""

    def __init__(self, status: int, code: str, message: str, params: Row | None = None, data: Any = None) -> None:
        more = {"status": status, **({"params": params} if params else {})}
        self.status, self.body = status, {"code": code, "message": message, "data": more if data is None else data}


def invalid(**params: str) -> RefusedError:
    return RefusedError(400, "rest_invalid_param", f"Invalid parameter(s): {', '.join(params)}", params)


CANNOT_VIEW = (401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
WRONG = "woocommerce_rest_authentication_error"


@dataclass(frozen=True)
class Key:
    secret: str
    rights: str = "read"


@dataclass
class Door:
    """Who comes in: keys by consumer key, the nonces that were used."""

    keys: dict[str, Key]
    nonces: set[str] = field(default_factory=set)
    loses_header: bool = False

    def enter(self, method: str, url: str, headers: Any, now: datetime) -> None:
        """Raise RefusedError where these credentials do not let in."""
        given = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        if url.startswith("https:"):
            key = self._basic(headers.get("Authorization", ""), given)
        elif "oauth_consumer_key" in given:
            key = self._oauth(method, url, given, now)
        else:
            raise RefusedError(*CANNOT_VIEW)
        if method not in {"GET", "HEAD"} and key.rights != "read_write":
            raise RefusedError(401, WRONG, "The API key provided does not have write permissions.")

    def _basic(self, header: str, given: dict[str, str]) -> Key:
        name, secret = given.get("consumer_key", ""), given.get("consumer_secret", "")
        if header.startswith("Basic ") and not self.loses_header:
            name, _, secret = base64.b64decode(header[6:]).decode().partition(":")
        if not name:
            raise RefusedError(*CANNOT_VIEW)
        if name not in self.keys:
            raise RefusedError(401, WRONG, "Consumer key is invalid.")
        if not hmac.compare_digest(self.keys[name].secret, secret):
            raise RefusedError(401, WRONG, "Consumer secret is invalid.")
        return self.keys[name]

    def _oauth(self, method: str, url: str, given: dict[str, str], now: datetime) -> Key:
        key = self.keys.get(given["oauth_consumer_key"])
        if key is None:
            raise RefusedError(401, WRONG, "Consumer key is invalid.")
        if given.get("oauth_signature") != _signature(method, url, given, key.secret):
            raise RefusedError(401, WRONG, "Invalid signature - provided signature does not match.")
        if abs(int(given["oauth_timestamp"]) - now.timestamp()) > PATIENCE:
            raise RefusedError(401, WRONG, "Invalid timestamp.")
        if given["oauth_nonce"] in self.nonces:
            raise RefusedError(401, WRONG, "Invalid nonce - nonce has already been used.")
        self.nonces.add(given["oauth_nonce"])
        return key


def _signature(method: str, url: str, given: dict[str, str], secret: str) -> str:
    """WooCommerce's steps: names and values encoded, sorted by name, the percent signs encoded again."""
    signed = {name: value for name, value in given.items() if name != "oauth_signature"}
    twice = {
        quote(n, safe="~").replace("%", "%25"): quote(unquote(v), safe="~").replace("%", "%25")
        for n, v in signed.items()
    }
    query = "%26".join(f"{name}%3D{twice[name]}" for name in sorted(twice))
    text = f"{method}&{quote(url.partition('?')[0], safe='')}&{query}"
    mac = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


@dataclass(frozen=True)
class Question:
    """The parameters of a GET."""

    given: dict[str, str]
    zone: ZoneInfo

    def words(self, name: str) -> list[str]:
        """A list: commas or brackets."""
        many = [value for key, value in self.given.items() if key.startswith(f"{name}[")]
        return many or [word for word in self.given.get(name, "").split(",") if word]

    def number(self, name: str, usual: int, most: int | None = None) -> int:
        value = int(self.given.get(name, usual))
        if value < 1:
            raise invalid(**{name: f"{name} must be greater than or equal to 1"})
        if most is not None and value > most:
            raise invalid(**{name: f"{name} must be between 1 (inclusive) and {most} (inclusive)"})
        return value

    @property
    def gmt(self) -> bool:
        return self.given.get("dates_are_gmt", "") in {"true", "1"}

    def in_time(self, row: Row, modified: bool = True) -> bool:
        """Both bounds are exclusive; without `dates_are_gmt` the site's own column is compared."""
        bounds = [("after", "created", 1), ("before", "created", -1)]
        bounds += [("modified_after", "modified", 1), ("modified_before", "modified", -1)] if modified else []
        return all(self._beyond(row, *bound) for bound in bounds if bound[0] in self.given)

    def _beyond(self, row: Row, name: str, column: str, sign: int) -> bool:
        stands = datetime.fromisoformat(row[f"date_{column}{'_gmt' if self.gmt else ''}"])
        bound = self._bound(name)
        return stands > bound if sign > 0 else stands < bound

    def _bound(self, name: str) -> datetime:
        """A value with a zone becomes the site's local time, whatever column it is then compared with."""
        text = self.given[name]
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            read = None
        if read is None or "T" not in text:
            raise invalid(**{name: "Invalid date."})
        return read if read.tzinfo is None else read.astimezone(self.zone).replace(tzinfo=None)

    def sorted(self, rows: list[Row]) -> list[Row]:
        """Newest first unless asked otherwise; rows of one second in no order."""
        by = self.given.get("orderby", "date")
        if by not in ORDERBY:
            raise invalid(orderby=f"orderby is not one of {', '.join(ORDERBY)}.")
        down = self.given.get("order", "desc") == "desc"
        columns = {"date": "date_created_gmt", "modified": "date_modified_gmt"}
        return sorted(rows, key=lambda row: row[columns.get(by, "id")], reverse=down)

    def chosen(self, row: Row) -> Row:
        """`_fields`: names of lists can't be looked into, `line_items.product_id` gives no lines at all."""
        wanted = self.words("_fields")
        if not wanted:
            return row
        some: Row = {}
        for name in wanted:
            outer, _, inner = name.partition(".")
            value = row.get(outer)
            if not inner and outer in row:
                some[outer] = value
            elif inner and isinstance(value, dict):
                some.setdefault(outer, {})[inner] = value.get(inner)
        return some


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
