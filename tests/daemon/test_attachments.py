"""A table beside a mail: whole, named, and never a way to make the bytes differ between two tries."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from daemon.model import Attachment
from daemon.render.mime import Letter, letter_bytes

LETTER = Letter(
    sender_name="Shop", sender="a@shop.example", to_name="Ada", to="b@shop.example", reply_to="a@shop.example",
    subject="Orders", text="hello\n", html="<p>hello</p>\n", date=datetime(2026, 7, 21, 5, tzinfo=UTC),
    language="en", message_id="<m@shop.example>", references="<day.m@shop.example>",
    attachments=(Attachment("orders.csv", "sku,title\r\nA,Ängsgatan\r\n".encode()),),
)  # fmt: skip


def parsed(letter: Letter) -> EmailMessage:
    return email.message_from_bytes(letter_bytes(letter), policy=email.policy.default)


def test_a_mail_with_a_table_has_both_parts_and_the_table_by_its_name() -> None:
    message = parsed(LETTER)
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/csv"]
    (table,) = message.iter_attachments()
    assert table.get_filename() == "orders.csv"
    assert table.get_content_disposition() == "attachment"
    assert message.get_body(("plain",)).get_content().strip() == "hello"  # type: ignore[union-attr]


@given(st.binary(max_size=200))
def test_a_table_arrives_byte_for_byte_and_twice_the_same(content: bytes) -> None:
    letter = replace(LETTER, attachments=(Attachment("orders.csv", content),))
    (table,) = parsed(letter).iter_attachments()
    assert table.get_payload(decode=True) == content
    assert letter_bytes(letter) == letter_bytes(letter)
    assert letter_bytes(letter).isascii()


def test_a_mail_with_a_table_has_each_header_once() -> None:
    names = [name.lower() for name in parsed(LETTER).keys()]  # noqa: SIM118 - repeated names are what is looked for
    assert len(names) == len(set(names))
    assert max(map(len, letter_bytes(LETTER).splitlines())) <= 78


def test_a_pdf_beside_a_mail_is_one_and_arrives_byte_for_byte() -> None:
    content = b"%PDF-1.7\n\x00\xff" * 900
    letter = replace(LETTER, attachments=(Attachment("slips.pdf", content), *LETTER.attachments))
    paper, table = parsed(letter).iter_attachments()
    assert (paper.get_content_type(), paper.get_filename()) == ("application/pdf", "slips.pdf")
    assert paper.get_payload(decode=True) == content
    assert paper.get_content_charset() is None
    assert table.get_content_type() == "text/csv"
    assert letter_bytes(letter).isascii()
    assert max(map(len, letter_bytes(letter).splitlines())) <= 78
