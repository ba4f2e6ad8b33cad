"""What an owner says about a Shopify shop."""

import re
from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from daemon.api import Duration, Options, Secret

_SHOP = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
_LOOPBACK = re.compile(r"http://127\.0\.0\.1:\d+")


class ShopifyOptions(Options):
    """Which Shopify shop, and the keys of the app that was made for us in it."""

    shop: str = Field(description="The shop's own name at Shopify, such as example.myshopify.com.")
    client_id: str = Field("", description="The client ID of an app of the Dev Dashboard; needs `client_secret:`.")
    client_secret: Secret | None = Field(None, description="The client secret of that app, as a reference.")
    token: Secret | None = Field(
        None,
        description="Instead of both: the Admin API access token (shpat_…) of an older custom app, as a reference.",
    )
    may_set: list[Literal["fulfilled"]] = Field(
        [], description="`fulfilled`: whole shipments may be made where `writes: true`; the customer is not told."
    )
    personal: Duration = Field(
        timedelta(days=60), description="How long name, address and note of a finished order are kept here."
    )
    reuse: Duration = Field(
        timedelta(minutes=10), description="How long what was read is used again by the next routine without asking."
    )
    requests: int = Field(5000, ge=5, le=1_000_000, description="Requests that one run may make at most.")

    @field_validator("shop")
    @classmethod
    def _a_shop(cls, value: str) -> str:
        """Take the address in the forms people copy it; the tests' own shop is on loopback."""
        if _LOOPBACK.fullmatch(value):
            return value
        name = value.lower().removeprefix("https://").rstrip("/")
        name = name if "." in name else f"{name}.myshopify.com"
        if not _SHOP.fullmatch(name):
            raise ValueError("the shop is named as Shopify names it, such as example.myshopify.com, not by its domain")
        return name

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        app = bool(self.client_id), self.client_secret is not None
        if app[0] != app[1] or app[0] == (self.token is not None):
            raise ValueError("write either `client_id:` and `client_secret:`, or `token:`")
        return self

    @property
    def base(self) -> str:
        """The shop's address, with a slash at its end."""
        return f"{self.shop}/" if self.shop.startswith("http://") else f"https://{self.shop}/"
