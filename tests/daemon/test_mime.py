"""Bytes of a mail: identifiers whole, headers one line, addresses that can be delivered to."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from daemon.addresses import ascii_address
from daemon.errors import NightclerkError
from daemon.render.columns import columns, cut, lay_out
from daemon.render.mime import Letter, header_text, letter_bytes, short_hash

LETTER = Letter(
    sender_name="Shop", sender="a@shop.example", to_name="Ada", to="b@shop.example", reply_to="a@shop.example",
    subject="All is well", text="hello\n", html="<p>hello</p>\n", date=datetime(2026, 7, 21, 5, tzinfo=UTC),
    language="en", message_id="<m@shop.example>", references="<day.m@shop.example>", list_id="<l.shop.example>",
)  # fmt: skip


def test_05_identifiers_are_never_encoded_or_folded_however_long() -> None:
    long = "<" + "x" * 120 + "@shop.example>"
    content = letter_bytes(
        replace(LETTER, message_id=long, references=long, in_reply_to=long, list_id=long)
    )  # fmt: skip
    for name in ("Message-ID", "References", "In-Reply-To", "List-Id"):
        assert f"{name}: {long}\r\n".encode() in content
    assert b"=?" not in content


def test_08_a_domain_beyond_ascii_is_sent_in_idna() -> None:
    assert ascii_address("lotta@keramikglöd.example") == "lotta@xn--keramikgld-mcb.example"


@pytest.mark.parametrize("bad", ["", "a", "@b.example", "a@b c.example", "a@b>.example", "a b@c.example", "a@"])
def test_an_address_nobody_can_be_reached_at_is_refused_in_one_sentence(bad: str) -> None:
    with pytest.raises(NightclerkError, match="no address that mail can be sent to"):
        ascii_address(bad)


def test_letters_before_the_at_that_servers_do_not_take_are_named_as_the_cause() -> None:
    with pytest.raises(NightclerkError, match="the part before the @ has letters"):
        ascii_address("lötta@b.example")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@Keramikglöd.Example", "a@xn--keramikgld-mcb.example"),
        ("a@例え.example", "a@xn--r8jz45g.example"),
        (" a@b.example ", "a@b.example"),
    ],
)
def test_a_domain_is_never_turned_into_somebody_elses(typed: str, sent: str) -> None:
    assert ascii_address(typed) == sent


def test_each_of_several_identifiers_has_a_line_of_its_own() -> None:
    one, two = "<" + "x" * 60 + "@shop.example>", "<" + "y" * 60 + "@shop.example>"
    content = letter_bytes(replace(LETTER, references=f"{one} {two}"))
    assert f"References: {one}\r\n {two}\r\n".encode() in content
    assert email.message_from_bytes(content, policy=email.policy.default)["References"] == f"{one} {two}"


def test_a_name_of_a_sender_is_cut_at_forty_columns() -> None:
    content = letter_bytes(replace(LETTER, sender_name="Très, longue “Boutique” " * 9))
    name = email.message_from_bytes(content, policy=email.policy.default)["From"].addresses[0].display_name
    assert wcswidth(name) <= 40


@given(st.text(), st.text())
def test_no_text_gets_a_header_of_its_own(subject: str, name: str) -> None:
    content = letter_bytes(replace(LETTER, subject="x" + subject, to_name=name, text=subject, html=name))
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    assert sorted(parsed.keys()) == sorted(
        ["MIME-Version", "Content-Type", "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "References",
         "List-Id", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language",
         *([] if name else ["Content-Transfer-Encoding"])]
    )  # fmt: skip
    assert content.isascii()
    assert letter_bytes(replace(LETTER, subject="x" + subject, to_name=name, text=subject, html=name)) == content


WORDS = st.lists(
    st.sampled_from(["5", "·", "søn.", "ordrer,", "GBP", "a" * 30, "ø" * 20, "周二", "&", "🙂"]), min_size=1
)


@given(WORDS, WORDS)
def test_no_blank_is_lost_or_won_between_the_words_of_a_header(subject: list[str], name: list[str]) -> None:
    letter = replace(LETTER, subject=" ".join(subject), sender_name=" ".join(name))
    content = letter_bytes(letter)
    assert email.message_from_bytes(content, policy=email.policy.default)["Subject"] == letter.subject
    unfolded = email.message_from_bytes(content)["From"].replace("\r\n", "")
    assert str(make_header(decode_header(parseaddr(unfolded)[0]))) == cut(letter.sender_name, 40)


def test_a_body_that_quotes_a_boundary_does_not_end_its_part() -> None:
    first = email.message_from_bytes(letter_bytes(LETTER), policy=email.policy.default)
    quoted = replace(LETTER, text=f"--{first.get_boundary()}--\n")
    again = email.message_from_bytes(letter_bytes(quoted), policy=email.policy.default)
    assert [part.get_content_type() for part in again.iter_parts()] == ["text/plain", "text/html"]


def test_a_hash_keeps_its_parts_apart() -> None:
    assert short_hash("ab", "c") != short_hash("a", "bc")
    assert header_text(" a\u00a0b\r\nc ") == "a b c"


def test_wide_characters_take_two_columns() -> None:
    assert columns("中a") == 3
    assert cut("中中中中", 5) == "中中…"
    assert cut("one two three", 9) == "one two…"
    assert cut("short", 9) == "short"


def test_a_wrapped_line_goes_on_under_its_own_words() -> None:
    lines = lay_out("- " + "word " * 20 + "\n\n\n\nhttps://a.example/" + "x" * 90).splitlines()
    assert lines[0].startswith("- word")
    assert lines[1].startswith("  word")
    assert lines[2] == ""
    assert lines[3] == "https://a.example/" + "x" * 90


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))
def test_no_line_of_a_text_part_is_too_wide(text: str) -> None:
    for line in lay_out(text).splitlines():
        assert columns(line) <= 72 or line.lstrip().startswith("https://")


@pytest.mark.parametrize("indent", [" " * 90, "\u3000" * 60])
def test_an_indent_wider_than_the_page_is_no_indent(indent: str) -> None:
    assert lay_out(f"{indent}word " + "x" * 80) == "word\n" + "x" * 72 + "\n" + "x" * 8 + "\n"
