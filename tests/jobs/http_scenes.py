"""A client of a scripted server, with credentials that must show nowhere."""

from base64 import b64encode

import pytest

from jobs.connectors.http import (
    Call,
    Client,
    HttpError,
    Limits,
    Signed,
    Site,
    reading,
)
from tests.shops.scripted import Said, serving

SECRET = "cs_0123456789abcdef"


def signed(_method: str, url: str) -> Signed:
    basic = b64encode(f"ck_key:{SECRET}".encode()).decode()
    return Signed(f"{url}{'&' if '?' in url else '?'}secret={SECRET}", {"Authorization": f"Basic {basic}"})


def client(url: str, *, authority: str = "", **limits: float) -> tuple[Client, list[float]]:
    pauses: list[float] = []
    site = Site("main", url, signed, (SECRET,), authority)
    return Client(site, Limits(**limits), sleep=pauses.append, chance=lambda: 0.0), pauses  # type: ignore[arg-type]


def failed(*answers: Said, call: Call | None = None, **limits: float) -> HttpError:
    """Return the error of a server that answers like this."""
    with serving(*answers) as server:
        limits.setdefault("tries", 1)
        asking, _ = client(server.url, authority="", **limits)
        with pytest.raises(HttpError) as caught:
            asking.ask(call or reading("orders"))
    assert SECRET not in str(caught.value) + repr(caught.value) + repr(caught.value.refusal) + repr(asking)
    return caught.value
