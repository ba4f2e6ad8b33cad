"""What of a server's words may be shown, and how (pure): one short line without credentials, markup, control signs."""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

_SHORTEST = 4
"""Characters; shorter secrets would blank out ordinary words."""
_LONGEST_SHOWN = 200
_TAG = re.compile(r"<[^>]{0,500}>")
_TITLE = re.compile(rb"<title[^>]{0,200}>(.{0,500}?)</title", re.IGNORECASE | re.DOTALL)
_BEGINNING = 4096


def disguises(secrets: Iterable[str]) -> frozenset[str]:
    """Return the forms in which secrets may turn up: plain, as part of an address, in base64."""
    known = [secret for secret in secrets if len(secret) >= _SHORTEST]
    forms = (str, quote, quote_plus, lambda text: b64encode(text.encode()).decode())
    return frozenset(form(secret) for secret in known for form in forms)


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Return `text` with every form of every secret blanked out, the longest first."""
    for form in sorted(disguises(secrets), key=len, reverse=True):
        text = text.replace(form, "***")
    return text


def shown(text: object, secrets: Iterable[str]) -> str:
    """Return a text from outside as one short plain line."""
    import html  # noqa: PLC0415 - its table of names is needed where something went wrong

    plain = html.unescape(_TAG.sub(" ", redacted(str(text), secrets)))
    visible = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in plain)
    line = redacted(" ".join(visible.split()), secrets)
    return line if len(line) <= _LONGEST_SHOWN else f"{line[: _LONGEST_SHOWN - 1]}…"


def is_page(media: str, body: bytes) -> bool:
    """Say whether an answer is a page for people: by its media type or, where that lies, by how it begins."""
    return "html" in media.lower() or body[:_BEGINNING].lstrip().lower().startswith((b"<!doctype", b"<html"))


def title(body: bytes, secrets: Iterable[str]) -> str:
    """Return the title of a page, made safe to show; empty where it has none."""
    found = _TITLE.search(body[: _BEGINNING * 4])
    return shown(found[1].decode("utf-8", "replace"), secrets) if found else ""
