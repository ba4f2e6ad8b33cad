"""A printer that is spoken to over IPP (RFC 8010, 8011): a queue or a class of CUPS, or a driverless printer itself.

No program is started and no library of CUPS is needed. Printing changes the outside, so the connection says
`writes: true`. What can be known of a sheet, and what can't, is told in `_ipp_printer`, `_ipp_jobs` and `_ipp_watch`.
"""

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from daemon.api import Connector, Options, Outlet, Secret, Text
from jobs.kinds.printer import PRINTER, Printer

_DOCUMENTS = {"pdf": "application/pdf", "raw": "application/vnd.cups-raw"}
_LONGEST = 1023
"""Octets of an address (RFC 8011, 5.1.6)."""


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"ipp", "ipps"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("the address is ipp://HOST:631/printers/QUEUE, or ipps:// where it is encrypted")
    if parts.username or parts.password:
        raise ValueError("the address holds no password: it goes into `user:` and `password:`")
    if (
        not value.isascii()
        or not value.isprintable()
        or len(value) > _LONGEST
        or (parts.port is not None and not parts.port)
    ):
        raise ValueError("the address is plain ASCII")
    return value


class IppOptions(Options):
    """Which printer, and who prints."""

    uri: Annotated[str, AfterValidator(_address)] = Field(
        description="The queue: ipp://localhost:631/printers/NAME or /classes/NAME of CUPS, or a printer's own address."
    )
    format: Literal["pdf", "raw"] = Field("pdf", description="What the sheets are sent as; raw: past all filters.")
    user: str = Field(
        "nightclerk", pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$",
        description="Who prints. CUPS shows a sheet's name to this user only: keep it.",
    )  # fmt: skip
    password: Secret | None = Field(None, description="The user's password, where the server asks for one.")
    authority: Path | None = Field(
        None, description="A file of certificates to trust, where the printer signed its own."
    )
    ahead: int = Field(
        1, ge=1, le=10, description="Sheets under way at once; more than 1 for classes of equal printers."
    )

    @model_validator(mode="after")
    def _password_is_encrypted(self) -> "IppOptions":
        host = urlsplit(self.uri).hostname
        if self.password and self.uri.startswith("ipp:") and host not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("a password goes over the network encrypted only: use ipps://")
        return self


def _open(options: IppOptions, outlet: Outlet) -> Printer:
    from jobs.connectors.printers._ipp_door import Door, Place  # noqa: PLC0415 - memory that only a run that prints needs
    from jobs.connectors.printers._ipp_printer import IppPrinter  # noqa: PLC0415
    from jobs.connectors.printers._ipp_watch import Watch  # noqa: PLC0415

    password = options.password.get_secret_value() if options.password else ""
    authority = str(options.authority) if options.authority else ""
    door = Door(Place(options.uri, options.user, password, authority), outlet)
    return IppPrinter(door, Watch(door), outlet, _DOCUMENTS[options.format], options.ahead)


def _check(printer: Any) -> Text | None:
    found: Text | None = printer.check()
    return found


IPP = Connector("ipp", PRINTER, "Any printer of CUPS or of the network, over IPP", IppOptions, _open, _check)
