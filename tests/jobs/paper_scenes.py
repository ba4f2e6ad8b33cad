# ruff: noqa: RUF001 - the letters are those of the world
"""Sheets of paper to be set: an everyday one of each kind, and what customers write that is not everyday."""

from collections.abc import Mapping
from pathlib import Path

from daemon import paths
from daemon.context import in_english
from jobs.kinds.paper import ADDRESS, LABEL, MEDIA, PICK_LIST, SLIP
from jobs.paper.typesetting import Look, Sheet
from jobs.paper.words import words

WORDS = words(in_english)
SHOP = {"name": "Nordlicht & Co", "lines": ["Storgatan 5, 411 38 Göteborg", "nordlicht.example · SE556677889901"]}
ADDRESSES: Mapping[str, Mapping[str, str]] = {
    "plain": {"name": "Anna Åkesson", "street": "Ängsvägen 12 B", "postcode": "411 38", "city": "Göteborg", "country": "SE"},
    "greek": {"name": "Ελένη Παπαδοπούλου", "street": "Οδός Ερμού 45", "postcode": "105 63", "city": "Αθήνα", "country": "GR"},
    "cyrillic": {"name": "Юлія Шевченко", "street": "вул. Хрещатик 22", "postcode": "01001", "city": "Київ", "country": "UA"},
    "chinese": {"name": "王小明", "street": "朝阳区建国门外大街1号国贸大厦3座", "postcode": "100004", "city": "北京市", "country": "CN"},
    "japanese": {"name": "山田 花子", "street": "丸の内1丁目9−1 グラントウキョウ", "postcode": "100-0005", "city": "東京都千代田区", "country": "JP"},
    "korean": {"name": "김민수", "street": "세종대로 209", "postcode": "03171", "city": "서울특별시 종로구", "country": "KR"},
    "arabic": {"name": "محمد بن سلمان القحطاني", "street": "شارع الملك فهد 12، حي العليا", "postcode": "12271", "city": "الرياض", "country": "SA"},
    "hebrew": {"name": "נועה לוי", "street": "רחוב הרצל 12, דירה 4", "postcode": "6688102", "city": "תל אביב", "country": "IL"},
    "thai": {"name": "สมชาย ใจดี", "street": "ถนนสุขุมวิท 55 แขวงคลองตันเหนือ", "postcode": "10110", "city": "กรุงเทพมหานคร", "country": "TH"},
    "devanagari": {"name": "प्रिया शर्मा", "street": "महात्मा गांधी मार्ग 14", "postcode": "110001", "city": "नई दिल्ली", "country": "IN"},
    "emoji": {"name": "Zoë 👩‍👩‍👧‍👦 O’Neill", "street": "Rainbow Road 7 🏳️‍🌈 👍🏽", "postcode": "D02", "city": "Dublin 🇮🇪", "country": "IE"},
    "markup": {"name": '#import "x.typ" $x^2$ \\', "street": "<b>Bold</b> {{ 7*7 }} {% raw %} `code`", "postcode": "*_@#", "city": "[link](x) // ~ -- '\"", "country": "SE"},
    "long": {"name": "Wolfeschlegelsteinhausenbergerdorff" * 3, "street": "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch" * 2, "postcode": "LL61 5UJ", "city": "X" * 80, "country": "GB"},
}  # fmt: skip
"""What stands on parcels of the world, and what somebody might try."""


def look(media: str = "a6", own: Path | None = None, language: str = "en") -> Look:
    """Return how sheets look; the shipped templates, or the owner's folder before them."""
    return Look(MEDIA[media], (*([own] if own else []), paths.templates()), language, "SE")


def line(number: int = 1, **other: object) -> dict[str, object]:
    """Return a line of an order."""
    told = {
        "sku": f"NL-{number:04}",
        "title": f"Merino hat, size {number}",
        "quantity": number % 4 + 1,
        "bin": f"A{number % 30:02}-3",
    }
    return {**told, "price": f"{100 + number},00 kr", **other}


def _there(address: str | Mapping[str, str]) -> Mapping[str, str]:
    return ADDRESSES[address] if isinstance(address, str) else address


def slip(
    address: str | Mapping[str, str] = "plain", lines: int | list[dict[str, object]] = 3, **other: object
) -> Sheet:
    """Return a slip to an address, or to one of the named; with lines, or so many everyday ones."""
    values: dict[str, object] = {
        "words": WORDS, "shop": SHOP, "order": "1042", "code": "1042.7F3A", "wave": "W2", "place": 3, "places": 12,
        "placed": "Mon 3 Mar 22:14", "ship_by": "Tue 4 Mar 15:00", "carrier": "PostNord MyPack",
        "address": _there(address), "lines": [line(n) for n in range(1, lines + 1)] if isinstance(lines, int) else lines, "total": "306,00 kr",
        "note": "", "gift": False, "with": [], "copy": "",
    }  # fmt: skip
    return Sheet(SLIP, {**values, **other})


def pick_list(rows: int = 6, **other: object) -> Sheet:
    """Return a pick list."""
    many = [
        {"bin": f"A{n:02}-{n % 5}", "sku": f"NL-{n:04}", "title": f"Merino hat, size {n}", "quantity": 1 + n % 7, "places": [1 + (n + k) % 12 for k in range(1 + n % 5)]}
        for n in range(1, rows + 1)
    ]  # fmt: skip
    values: dict[str, object] = {
        "words": WORDS, "wave": "W2", "leaves": "15:00", "carriers": ["PostNord", "DHL"], "rows": many, "orders": 12,
        "code": "W2.91AC", "copy": "",
    }  # fmt: skip
    return Sheet(PICK_LIST, {**values, **other})


def address(to: str | Mapping[str, str] = "plain", **other: object) -> Sheet:
    """Return an address, or one of the named."""
    values: dict[str, object] = {
        "words": WORDS, "to": _there(to), "order": "1042", "code": "1042.7F3A", "carrier": "PostNord MyPack",
        "from": {"name": "Nordlicht & Co", "street": "Storgatan 5", "postcode": "411 38", "city": "Göteborg", "country": "SE"},
        "wave": "W2", "place": 3, "places": 12, "copy": "",
    }  # fmt: skip
    return Sheet(ADDRESS, {**values, **other})


def label(pdf: bytes, **other: object) -> Sheet:
    """Return a carrier's label."""
    return Sheet(LABEL, {"words": WORDS, "order": "1042", "place": 3, "places": 12, "copy": "", **other}, pdf)
