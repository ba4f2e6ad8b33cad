"""One issue as values, and the same issue as text and as HTML.

Titles come from the shop and may hold anything, so everything is escaped on its way into HTML and only http(s)
addresses become links.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from urllib.parse import urlsplit

from daemon.api import Money

_UNWANTED = frozenset({"Cc", "Cs"})
_CELL = "padding:8px 0;border-bottom:1px solid #dddddd;font-size:16px"
_PRICE = f"{_CELL};text-align:right;white-space:nowrap;padding-left:16px"


@dataclass(frozen=True)
class Item:
    """One product as readers see it; `price` is already text, and empty where the shop tells none."""

    sku: str
    title: str
    price: str = ""
    link: str = ""


@dataclass(frozen=True)
class Section:
    """Some products under one heading."""

    heading: str
    items: Sequence[Item]


@dataclass(frozen=True)
class Letter:
    """One issue. `language` is the one it is written in (ISO 639), for screen readers."""

    key: str
    subject: str
    intro: str
    sections: Sequence[Section]
    closing: str
    language: str


def one_line(text: str) -> str:
    """Return outside text as one line without control characters, so that it can't break a header or a terminal."""
    import unicodedata  # noqa: PLC0415 - memory that only a run of this job needs

    return " ".join("".join(" " if unicodedata.category(c) in _UNWANTED else c for c in text).split())


def price_text(price: Money | None) -> str:
    """Return the exact price as readers write it: `12 EUR`, `12.50 EUR`; empty where there is none."""
    if price is None:
        return ""
    amount = price.amount.normalize()
    exponent = amount.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    shown = amount.quantize(Decimal("0.01")) if places == 1 else amount
    return f"{shown:f} {price.currency}"


def web_address(address: str) -> str:
    """Return the address if it is one of the web, else nothing."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in {"http", "https"} and parts.netloc else ""


def as_text(letter: Letter) -> str:
    """Return the issue as plain text with every link written out."""
    blocks = [letter.intro, *(_section_text(section) for section in letter.sections), letter.closing]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _section_text(section: Section) -> str:
    lines = [section.heading.upper()]
    for item in section.items:
        lines.append(" - ".join(part for part in (f"* {item.title}", item.price) if part))
        lines += [f"  {item.link}"] if item.link else []
    return "\n".join(lines)


def as_html(letter: Letter) -> str:
    """Return the issue as one HTML page that needs nothing from elsewhere: no script, no remote image."""
    body = _paragraph(letter.intro) + "".join(map(_section_html, letter.sections)) + _paragraph(letter.closing)
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(letter.language)}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(letter.subject)}</title></head>\n'
        '<body style="margin:0;padding:16px;font-family:Helvetica,Arial,sans-serif;color:#222222">\n'
        '<table role="presentation" width="600" align="center" style="max-width:600px;width:100%"><tr><td>\n'
        f"<h1>{escape(letter.subject)}</h1>\n{body}</td></tr></table>\n</body>\n</html>\n"
    )


def _paragraph(text: str) -> str:
    return f"<p>{escape(text).replace(chr(10), '<br>')}</p>\n" if text else ""


def _section_html(section: Section) -> str:
    rows = "".join(map(_row, section.items))
    return f'<h2>{escape(section.heading)}</h2>\n<table role="presentation" width="100%">\n{rows}</table>\n'


def _row(item: Item) -> str:
    link = web_address(item.link)
    title = f'<a href="{escape(link)}">{escape(item.title)}</a>' if link else escape(item.title)
    return f'<tr><td style="{_CELL}">{title}</td><td style="{_PRICE}">{escape(item.price)}</td></tr>\n'
