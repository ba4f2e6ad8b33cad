"""The mails in a real browser: nothing sticks out of a telephone, everything can be read, nothing is fetched."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.mail.conftest import Page, browser
from tests.mail.sheet import sheet

pytestmark = pytest.mark.mail
READABLE = 4.5
"""WCAG 2.2, 1.4.3 Contrast (Minimum), level AA, for text of any size."""


def test_briefing_32_the_browser_asks_the_network_for_nothing(seen: list[dict[str, Any]]) -> None:
    assert {one["name"]: one["asked"] for one in seen if one["asked"]} == {}
    assert len(seen) >= 45


def test_briefing_34_without_any_style_nothing_is_wider_than_the_window(seen: list[dict[str, Any]]) -> None:
    assert _wide(seen, "bare") == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_briefing_35_nothing_is_wider_than_the_window(seen: list[dict[str, Any]], scheme: str) -> None:
    assert _wide(seen, scheme) == {}


@pytest.mark.parametrize("scheme", ["light", "dark", "bare"])
def test_briefing_35_every_text_stands_out_from_what_is_behind_it(seen: list[dict[str, Any]], scheme: str) -> None:
    worst = min(seen, key=lambda one: one[scheme]["contrast"]["ratio"])
    print(f"\nlowest contrast, {scheme}: {worst[scheme]['contrast']['ratio']:.2f} in {worst['name']}")
    assert worst[scheme]["contrast"]["ratio"] >= READABLE, worst[scheme]["contrast"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_briefing_37_axe_finds_nothing_that_keeps_a_reader_out(seen: list[dict[str, Any]], scheme: str) -> None:
    assert {one["name"]: one[scheme]["axe"] for one in seen if one[scheme]["axe"]} == {}


def test_a_contact_sheet_of_every_picture_is_kept(
    seen: list[dict[str, Any]], pages: list[Page], pictures: Path
) -> None:
    assert seen
    page = sheet(pictures, [one.name for one in pages if one.pictured])
    target = pictures / "contact-sheet.png"
    subprocess.run(
        [browser(), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=3200,9000",
         f"--screenshot={target}", page.as_uri()],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    assert target.stat().st_size > 100_000


def _wide(seen: list[dict[str, Any]], scheme: str) -> dict[str, dict[str, int]]:
    return {one["name"]: one[scheme]["overflow"] for one in seen if any(one[scheme]["overflow"].values())}
