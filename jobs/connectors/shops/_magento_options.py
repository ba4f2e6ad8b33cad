"""What an owner says about a Magento or Adobe Commerce shop."""

import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, field_validator, model_validator

from daemon.api import Duration, Options, Outlet, Secret
from jobs.connectors.http import Client, Limits, Sign, Site
from jobs.connectors.shops._address import shop_address
from jobs.connectors.shops._magento_auth import ImsTokens, Keys, bearer, oauth
from jobs.kinds.shop import Status

if TYPE_CHECKING:
    from jobs.connectors.shops._magento_rows import Rules

Meaning = Literal["unpaid", "open", "held", "shipped", "cancelled", "unknown"]
_NEEDED = {
    "oauth": ("key", "secret", "token", "token_secret"),
    "bearer": ("token",),
    "saas": ("key", "secret", "organisation"),
}
_CODE = r"^[a-z0-9_]*$"
_IMS = "https://ims-na1.adobelogin.com/"


class MagentoOptions(Options):
    """Where a Magento shop is, how it is entered, and what may be changed in it."""

    url: str = Field(description="The shop's address as customers type it; for saas the address of the REST endpoint.")
    access: Literal["oauth", "bearer", "saas"] = Field(
        "oauth", description="oauth: an integration's four values; bearer: one token; saas: Adobe's cloud service."
    )
    key: Secret | None = Field(None, description="The consumer key (saas: the client ID), as a reference.")
    secret: Secret | None = Field(None, description="The consumer secret (saas: the client secret), as a reference.")
    token: Secret | None = Field(None, description="The access token, as a reference.")
    token_secret: Secret | None = Field(None, description="The access token secret, as a reference.")
    organisation: str = Field("", description="Adobe's organisation ID (saas only), such as 1234@AdobeOrg.")
    store: str = Field("", pattern=r"^[a-z0-9_]*$", description="The code of the store view that names come from.")
    website: str = Field(
        "base", pattern=r"^[A-Za-z0-9_]+$", description="The code of the website whose salable pieces count."
    )
    authority: Path | None = Field(
        None, description="A file with the certificate of an authority of your own (PEM).",
        json_schema_extra={"format": "path"},
    )  # fmt: skip
    statuses: dict[str, Meaning] = Field(
        {}, description="What your own order statuses mean where they differ from their state, such as packed: held."
    )
    source: str = Field(
        "", pattern=r"^[a-z0-9_]*(\.[a-z0-9_]+)?$",
        description="The field of an order that says where the customer came from, where an extension adds one.",
    )  # fmt: skip
    weights_in: Literal["", "g", "kg", "oz", "lbs"] = Field(
        "", description="The unit of your products' weights; weights are not read where not set."
    )
    tariff_in: str = Field(
        "", pattern=_CODE, description="The attribute of a product that holds its tariff code (HS), where it has one."
    )
    origin_in: str = Field(
        "", pattern=_CODE, description="The attribute of its country of origin, such as country_of_manufacture."
    )
    may_set: list[Literal["complete"]] = Field(
        [], description="complete: an order may be shipped as a whole where `writes: true`; nobody is mailed."
    )
    personal: Duration = Field(
        timedelta(days=60), description="How long name, address and note of a finished order are kept here."
    )
    reuse: Duration = Field(
        timedelta(minutes=10), description="How long what was read is used again by the next routine without asking."
    )
    requests: int = Field(5000, ge=5, le=1_000_000, description="Requests that one run may make at most.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        address = shop_address(value, "`key:`, `secret:` and `token:`")
        return address.partition("/rest")[0].removesuffix("/V1").rstrip("/") + "/"

    @model_validator(mode="after")
    def _enough(self) -> Self:
        missing = [name for name in _NEEDED[self.access] if not getattr(self, name)]
        if missing:
            raise ValueError(f"access: {self.access} needs `{missing[0]}:` too")
        return self

    @property
    def base(self) -> str:
        """Where the interface begins."""
        store = f"{self.store}/" if self.store else ""
        return f"{self.url}V1/" if self.access == "saas" else f"{self.url}rest/{store}V1/"

    @property
    def rules(self) -> "Rules":
        """How rows are read."""
        from jobs.connectors.shops._magento_rows import Rules  # noqa: PLC0415 - memory that only a run needs

        meanings: Mapping[str, Status] = {word: Status(meaning) for word, meaning in self.statuses.items()}
        return Rules(meanings)


def client(options: MagentoOptions, outlet: Outlet, ims: str = _IMS) -> Client:
    """Return the client of a shop; nothing is asked yet. `ims` is where Adobe gives tokens."""
    secrets = tuple(filter(None, map(_plain, (options.key, options.secret, options.token, options.token_secret))))
    authority = str(options.authority.expanduser()) if options.authority else ""
    site = Site(outlet.name, options.base, _sign(options, outlet, ims), secrets, authority)
    return Client(site, Limits(requests=options.requests), outlet.requested)


def _sign(options: MagentoOptions, outlet: Outlet, ims: str) -> Sign:
    opened = time.perf_counter()
    key, secret, token = _plain(options.key), _plain(options.secret), _plain(options.token)
    if options.access == "oauth":
        keys = Keys(key, secret, token, _plain(options.token_secret))
        return oauth(keys, outlet.now, lambda: time.perf_counter() - opened)
    if options.access == "bearer":
        return bearer(token)
    adobe = Client(Site(outlet.name, ims, secrets=(key, secret)), Limits(), outlet.requested)
    return ImsTokens(adobe, key, secret, options.organisation, lambda: time.perf_counter() - opened).sign


def _plain(secret: Secret | None) -> str:
    return secret.get_secret_value().strip() if secret else ""
