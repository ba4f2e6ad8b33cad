"""What a connection may say of its printer."""

import pytest
from pydantic import ValidationError

from daemon.secrets import SecretText
from jobs.connectors.printers._ipp_door import Place
from jobs.connectors.printers.ipp import IppOptions


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:631/printers/SLIPS", "ipp:///printers/SLIPS", "localhost/printers/SLIPS", "ipp://h/x?a=1",
        "ipp://ada:secret@localhost/printers/SLIPS", "ipp://h/\u00e4", "ipp://h/a b\n", "ipp://h/" + "x" * 2000,
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(uri: str) -> None:
    with pytest.raises(ValidationError):
        IppOptions.model_validate({"uri": uri})


@pytest.mark.parametrize(
    ("uri", "base", "path"),
    [
        ("ipp://localhost/printers/SLIPS", "http://localhost:631/", "/printers/SLIPS"),
        ("ipp://localhost:8631/classes/TWINS", "http://localhost:8631/", "/classes/TWINS"),
        ("ipps://printer.lan/ipp/print", "https://printer.lan:631/", "/ipp/print"),
        ("ipp://[::1]/ipp/print", "http://[::1]:631/", "/ipp/print"),
    ],
)
def test_an_address_of_ipp_is_one_of_http(uri: str, base: str, path: str) -> None:
    place = Place(IppOptions.model_validate({"uri": uri}).uri, "nightclerk")
    assert (place.base, place.path) == (base, path)


def test_a_password_goes_over_no_network_unencrypted() -> None:
    secret = SecretText("hunter2")
    with pytest.raises(ValidationError, match="use ipps://"):
        IppOptions.model_validate({"uri": "ipp://print.lan/printers/SLIPS", "password": secret})
    for uri in ("ipp://localhost/printers/SLIPS", "ipps://print.lan/printers/SLIPS"):
        assert IppOptions.model_validate({"uri": uri, "password": secret}).password
