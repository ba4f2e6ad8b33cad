"""Bare mail addresses (`name@domain`) in the letters that mail servers take.

A domain beyond ASCII has a second spelling (`xn--…`, IDNA 2008) that stands in headers and in the envelope; the part
before the @ has none, and few servers take it otherwise, so that such an address is refused with a sentence.
"""

import re

from daemon.errors import NightclerkError

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
                     r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")  # fmt: skip
_LONGEST_LOCAL = 64
"""Bytes; RFC 5321, 4.5.3.1.1."""


def ascii_address(address: str) -> str:
    """Return a bare address with its domain in IDNA; raise NightclerkError for one that can't be mailed."""
    local, _, domain = address.strip().rpartition("@")
    if local and local.isprintable() and not local.isascii():
        raise NightclerkError(
            f"no mail can be sent to {address!r}: the part before the @ has letters that few mail servers take; "
            "use an address of the same mailbox in plain letters"
        )
    found = _ascii_domain(domain)
    if len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(found):
        raise NightclerkError(f"{address!r} is no address that mail can be sent to: correct it")
    return f"{local}@{found}"


def domain_of(address: str) -> str:
    """Return the domain of a bare address."""
    return address.rpartition("@")[2]


def _ascii_domain(domain: str) -> str:
    """Return a domain in plain letters, nothing where it has no such spelling."""
    if domain.isascii():
        return domain
    import idna  # noqa: PLC0415 - tables that only a domain beyond ASCII needs

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""
