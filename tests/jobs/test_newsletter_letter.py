from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.api import Money
from jobs.newsletter.letter import Item, Letter, Section, as_html, as_text, one_line, price_text


def letter(*items: Item, **changes: str) -> Letter:
    words = {"subject": "News", "intro": "Hello", "closing": "Bye", **changes}
    return Letter("k", words["subject"], words["intro"], [Section("New", items)], words["closing"], "en")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.words = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    tags.close()
    return tags


def test_every_item_stands_in_text_and_page_with_price_and_link() -> None:
    issue = letter(Item("1", "Mug", "12.50 EUR", "https://shop.test/1"))
    assert "* Mug - 12.50 EUR\n  https://shop.test/1" in as_text(issue)
    assert '<a href="https://shop.test/1">Mug</a>' in as_html(issue)
    assert "12.50 EUR" in as_html(issue)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_no_title_changes_the_page(title: str) -> None:
    page = parsed(as_html(letter(Item("1", title), subject=title, intro=title)))
    assert page.tags == parsed(as_html(letter(Item("1", "plain")))).tags
    assert title in page.words


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//shop.test", "http://[", "https:"])
def test_an_address_that_is_none_of_the_web_is_no_link(link: str) -> None:
    assert "href" not in as_html(letter(Item("1", "Mug", link=link)))


def test_a_quote_in_an_address_cannot_end_it() -> None:
    assert 'onclick="' not in as_html(letter(Item("1", "Mug", link='https://shop.test/"onclick="x')))


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line.encode("utf-8").decode() == line


@pytest.mark.parametrize(
    ("amount", "shown"), [("12", "12 EUR"), ("12.5", "12.50 EUR"), ("1200.00", "1200 EUR"), ("0.125", "0.125 EUR")]
)
def test_a_price_is_exact(amount: str, shown: str) -> None:
    assert price_text(Money(Decimal(amount), "EUR")) == shown


def test_an_unknown_price_is_not_zero() -> None:
    assert price_text(None) == ""
