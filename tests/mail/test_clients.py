"""What mail programs do not know (caniemail's tables, GMX and web.de among them) must be harmless where it is missing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.mail.conftest import Page

pytestmark = pytest.mark.mail
TABLES = Path(__file__).resolve().parents[3] / "shared" / "specs" / "caniemail" / "features.json"

HARMLESS = {
    "css-display-none": "the preview line only; where it is unknown a reader sees one more sentence",
    "css-max-height": "the preview line only",
    "css-overflow": "the preview line only",
    "css-word-break": "overflow-wrap stands beside it; without both a very long word widens its cell",
    "css-text-decoration": "links are underlined by the program itself, or keep their colour and their place alone",
    "css-table-layout": "the bars are as wide as their letters instead of all alike",
    "html-role": "only a screen reader hears that a table is for layout",
    "html-lang": "only a screen reader's pronunciation",
    "html-dir": "all five languages run from left to right",
    "html-body": "its colour stands again on the table inside it",
    "html-height": "the bars' height stands in the style as well",
    "html-width": "the width stands in the style as well, or the cell is as wide as its words",
    "html-code": "a command is written in the letters of the rest",
}
"""Every feature that some client lacks, and what its reader then sees."""
PARTS = {"padding": "padding", "margin": "margin", "border": "border"}
NO_TABLE = {"css-color", "css-font-family", "css-mso-hide"}
"""Known everywhere, or meant for one program alone; caniemail has no page about them."""


def _of_style(style: str) -> set[str]:
    found = set()
    for declaration in filter(None, (part.strip() for part in style.split(";"))):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        found.add(f"css-{PARTS.get(name.split('-')[0], name)}")
        found |= {f"css-{word}" for word in re.findall(r"(rgba|calc|var)\(", value)}
        found |= {f"css-unit-{unit}" for unit in re.findall(r"\d(rem|em|vh|vw|ch|pt)\b", value)}
        if (name, value) == ("display", "none"):
            found.add("css-display-none")
    return found


def _of_tag(name: str, attributes: dict[str, str | None], known: dict[str, Any]) -> set[str]:
    own = "html-h1-h6" if re.fullmatch(r"h[1-6]", name) else f"html-{name}"
    words = {own, *(f"html-{attribute}" for attribute in attributes)} & known.keys()
    return words | _of_style(attributes.get("style") or "")


def _used(mail: Page, known: dict[str, Any]) -> set[str]:
    tags = [tag for tag in mail.mail.tags if tag[0] not in {"html", "head", "meta", "title", "style"}]
    return set().union(*(_of_tag(name, attributes, known) for name, attributes in tags)) - {"html-style"}


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    if not TABLES.exists():
        pytest.skip("caniemail's tables are not beside this checkout")
    tables: dict[str, Any] = json.loads(TABLES.read_text(encoding="utf-8"))
    return tables


def _lacking(known: dict[str, Any], feature: str) -> list[str]:
    return sorted(client for client, (_, verdict) in known[feature]["support"].items() if verdict.startswith("n"))


def test_briefing_36_what_a_mail_program_lacks_is_harmless(pages: list[Page], known: dict[str, Any]) -> None:
    used = set().union(*(_used(page, known) for page in pages))
    missing = {feature: _lacking(known, feature) for feature in used & known.keys()}
    refused = {feature: clients for feature, clients in missing.items() if clients and feature not in HARMLESS}
    print(f"\n{len(used)} inline features, {sum(map(bool, missing.values()))} of them unknown to some program")
    assert refused == {}


def test_briefing_36_every_property_is_one_that_somebody_has_tried(pages: list[Page], known: dict[str, Any]) -> None:
    used = set().union(*(_used(page, known) for page in pages))
    assert {one for one in used if one.startswith("css-")} - known.keys() - NO_TABLE == set()


def test_briefing_36_the_list_of_what_is_harmless_holds_nothing_else(pages: list[Page], known: dict[str, Any]) -> None:
    used = set().union(*(_used(page, known) for page in pages))
    assert {one for one in HARMLESS if one not in used or not _lacking(known, one)} == set()


def test_briefing_36_gmx_and_web_de_are_among_the_programs_asked(known: dict[str, Any]) -> None:
    clients = {client.split("/")[0] for feature in known.values() for client in feature["support"]}
    assert {"gmx", "web-de", "gmail", "outlook", "apple-mail"} <= clients


def test_briefing_33_inline_styles_hold_nothing_that_gmx_or_outlook_drop(pages: list[Page]) -> None:
    inline = {attributes.get("style") or "" for page in pages for _, attributes in page.mail.tags}
    bad = re.compile(r"!important|rgba|\drem\b|var\(|calc\(|opacity|flex|grid|url\(")
    assert {style for style in inline if bad.search(style)} == set()
    for page in pages:
        assert sum(map(len, re.findall(r"<style.*?</style>", page.mail.html, re.DOTALL))) <= 16 * 1024
