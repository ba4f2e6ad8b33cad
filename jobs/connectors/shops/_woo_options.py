"""What an owner says about a WooCommerce shop."""

import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from daemon.api import Duration, Options, Outlet, Secret
from jobs.connectors.http import Client, Limits, Sign, Site
from jobs.connectors.shops._address import shop_address
from jobs.connectors.shops._woo_auth import Keys, basic, in_query, oauth
from jobs.connectors.shops._woo_rules import CORE, NO_ORDERS, Rules
from jobs.kinds.shop import Status

_ROUTES = {"pretty": "wp-json/wc/v3/", "plain": "index.php/wp-json/wc/v3/"}
_LONGEST_STATUS = 17
"""WordPress keeps twenty signs of a status, `wc-` among them."""
_LONGEST_KEY = 255
"""The longest name of a custom field that WordPress keeps."""
_KEY = r"^\S*$"
Meaning = Literal["unpaid", "open", "held", "shipped", "cancelled", "unknown"]


class WooOptions(Options):
    """Where a WooCommerce shop is, the keys it made for us, and what may be changed in it."""

    url: str = Field(description="The shop's address as customers type it, such as https://shop.example.")
    key: Secret = Field(description="The consumer key (ck_…), as a reference.")
    secret: Secret = Field(description="The consumer secret (cs_…), as a reference.")
    permalinks: Literal["pretty", "plain"] = Field(
        "pretty", description="Settings > Permalinks of WordPress: anything but “Plain” is pretty."
    )
    keys_in: Literal["header", "address"] = Field(
        "header", description="Where the keys travel over https; in the address where the server loses the header."
    )
    authority: Path | None = Field(
        None, description="A file with the certificate of an authority of your own (PEM).",
        json_schema_extra={"format": "path"},
    )  # fmt: skip
    statuses: dict[str, Meaning] = Field(
        {}, description="What the statuses of your plug-ins mean, such as wc-packed as packed: open."
    )
    weights_in: Literal["", "g", "kg", "oz", "lbs"] = Field(
        "", description="The unit of your products' weights (Settings > Products); weights are not read where not set."
    )
    tariff_in: str = Field(
        "", max_length=_LONGEST_KEY, pattern=_KEY,
        description="The custom field of a product that holds its tariff code (HS), where a plug-in adds one.",
    )  # fmt: skip
    origin_in: str = Field(
        "", max_length=_LONGEST_KEY, pattern=_KEY,
        description="The custom field of a product that holds its country of origin as two letters.",
    )  # fmt: skip
    shipped_in: str = Field(
        "", max_length=_LONGEST_KEY, pattern=_KEY,
        description="The custom field of an order that holds when it was sent, where a plug-in adds one.",
    )  # fmt: skip
    may_set: list[str] = Field(
        [], description="The statuses that may be set where `writes: true`; WooCommerce mails the customer of some."
    )
    personal: Duration = Field(
        timedelta(days=60), description="How long name, address and note of a finished order are kept here."
    )
    reuse: Duration = Field(
        timedelta(minutes=10), description="How long what was read is used again by the next routine without asking."
    )
    requests: int = Field(5000, ge=3, le=1_000_000, description="Requests that one run may make at most.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        return shop_address(value, "`key:` and `secret:`").partition("/wp-json")[0].rstrip("/") + "/"

    @field_validator("statuses")
    @classmethod
    def _slugs(cls, value: dict[str, Meaning]) -> dict[str, Meaning]:
        slugs = {word.removeprefix("wc-"): meaning for word, meaning in value.items()}
        bad = [w for w in slugs if not w or len(w) > _LONGEST_STATUS or w.strip(_SLUG_SIGNS) or w in NO_ORDERS]
        if bad:
            raise ValueError(f"{bad[0]} is no status: it is written in small letters, digits and dashes")
        return slugs

    @field_validator("may_set")
    @classmethod
    def _no_refund(cls, value: list[str]) -> list[str]:
        slugs = [word.removeprefix("wc-") for word in value]
        if "refunded" in slugs:
            raise ValueError("refunded can't be set: WooCommerce would book a refund and mail the customer")
        return slugs

    @property
    def meanings(self) -> Mapping[str, Status]:
        """What every known status means, WooCommerce's and the owner's."""
        return {**CORE, **{word: Status(meaning) for word, meaning in self.statuses.items()}}

    def meaning(self, *wanted: Status) -> tuple[str, ...]:
        """Return the shop's words that mean one of these."""
        return tuple(word for word, status in self.meanings.items() if status in wanted)

    @property
    def rules(self) -> Rules:
        """How rows are read."""
        return Rules(self.meanings, self.url.replace("{", "{{").replace("}", "}}") + _ORDER_PAGE)


_SLUG_SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789-_"
_ORDER_PAGE = "wp-admin/admin.php?page=wc-orders&action=edit&id={id}"


def client(options: WooOptions, outlet: Outlet) -> Client:
    """Return the client of a shop; nothing is asked yet."""
    secrets = (options.key.get_secret_value(), options.secret.get_secret_value())
    authority = str(options.authority.expanduser()) if options.authority else ""
    base = options.url + _ROUTES[options.permalinks]
    site = Site(outlet.name, base, _sign(options, outlet), secrets, authority)
    return Client(site, Limits(requests=options.requests), outlet.requested)


def _sign(options: WooOptions, outlet: Outlet) -> Sign:
    keys = Keys(options.key.get_secret_value().strip(), options.secret.get_secret_value().strip())
    if urlsplit(options.url).scheme == "http":
        opened = time.perf_counter()
        return oauth(keys, outlet.now, lambda: time.perf_counter() - opened)
    return in_query(keys) if options.keys_in == "address" else basic(keys)
