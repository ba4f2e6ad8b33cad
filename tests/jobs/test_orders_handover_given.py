"""What those whom lines are handed to are given: only theirs, only what they need, and nothing a spreadsheet would run."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from jobs.kinds.shop import Delivery, Supply
from jobs.orders.handover import FIELDS, USUAL, HandoverOptions, Packing, Slip, slips, table
from tests.jobs.handover_scenes import (
    ADA,
    BERLIN,
    BO,
    GLOD,
    LAMP,
    MIXED,
    MUG,
    OTHER,
    mailed,
    night_of,
    parts,
    rows,
)


def test_a_dropshipper_gets_their_lines_in_both_parts_and_as_a_table(tmp_path: Path) -> None:
    (message,) = mailed(night_of(tmp_path, [MIXED, OTHER], GLOD))
    assert message["To"] == "Glöd <pack@glod.test>"
    assert message["Subject"] == "1 order for you · Friday 20 November 2026 · The Test Shop"
    plain, html, content = parts(message)
    for text in (plain, html, content):
        assert all(wanted in text for wanted in ("1001", "Tasse", "MUG-1", "Ada Bauer", "Weg 1", "53111", "Bonn"))
    assert rows(content) == [
        list(USUAL["dropshipper"]),
        ["1001", "DHL", "MUG-1", "Tasse", "2", "Ada Bauer", "Weg 1", "53111", "Bonn", "DE"],
    ]


def test_a_dropshippers_mail_holds_nothing_of_other_customers_lines_prices_or_addresses(tmp_path: Path) -> None:
    (message,) = mailed(night_of(tmp_path, [MIXED, OTHER], GLOD))
    for text in (message.as_string(), *parts(message)):
        for secret in (
            "Bo Ek",
            "Ängsgatan",
            "1002",
            "Lampe",
            "LAMP",
            "home.test",
            "228",
            "4.50",
            "4,50",
            "blog",
            "7791",
        ):
            assert secret not in text, secret


NAMES = st.text(st.characters(categories=["Lu", "Ll"]), min_size=8, max_size=12)


@given(st.lists(st.tuples(NAMES, NAMES, st.booleans()), min_size=1, max_size=8))
def test_whatever_the_orders_no_stranger_sees_a_customer_of_whom_no_line_is_theirs(
    customers: list[tuple[str, str, bool]],
) -> None:
    orders = [
        replace(MIXED, number=str(place), lines=(MUG if own else LAMP,), address=replace(ADA, name=f"{name}{place}"),
                delivery=Delivery(email=f"{mail}{place}@home.test"))
        for place, (name, mail, own) in enumerate(customers)
    ]  # fmt: skip
    found = slips(orders, GLOD, Packing({}), BERLIN)
    text = table(found, GLOD.given)
    assert [slip.order for slip in found] == [str(place) for place, (_, _, own) in enumerate(customers) if own]
    assert "home.test" not in text
    names = {row[5] for row in rows(text)[1:]}
    assert names == {f"{name}{place}" for place, (name, _, own) in enumerate(customers) if own}


@pytest.mark.parametrize("role", list(USUAL))
def test_no_role_is_given_mail_address_telephone_note_or_price_by_itself(role: str) -> None:
    assert not {"email", "phone", "note", "price", "source"} & set(USUAL[role])  # type: ignore[index]


def test_what_the_owner_lists_is_given_and_only_that(tmp_path: Path) -> None:
    asked = GLOD.model_copy(update={"fields": ("sku", "email", "price", "placed", "bin")})
    (message,) = mailed(night_of(tmp_path, [MIXED], asked))
    assert rows(parts(message)[-1])[1:] == [["MUG-1", "ada@home.test", "4.50 EUR", "2026-11-19", "A-1"]]
    assert "Ada" not in message.as_string()


def test_a_line_with_an_address_of_its_own_goes_there() -> None:
    gift = replace(MIXED, lines=(replace(MUG, supply=Supply(address=BO)),))
    (slip,) = slips([gift], GLOD, Packing({}), BERLIN)
    assert slip.rows[0]["name"] == "Bo Ek"


@pytest.mark.parametrize(
    ("conditions", "numbers"),
    [
        ({"skus": ["*"]}, ["1001", "1002"]),
        ({"vendors": ["Lux"]}, ["1001", "1002"]),
        ({"vendors": ["Lux"], "skus": ["MUG-*"]}, []),
        ({"warehouses": ["north"]}, ["1001"]),
        ({"sources": ["blog"], "skus": ["MUG-1"]}, ["1001"]),
        ({"vendors": ["lux"]}, []),
    ],
)
def test_all_conditions_given_must_hold(conditions: dict[str, list[str]], numbers: list[str]) -> None:
    recipient = HandoverOptions.model_validate({"to": "x", **conditions})
    assert [slip.order for slip in slips([MIXED, OTHER], recipient, Packing({}), BERLIN)] == numbers


@pytest.mark.parametrize("role", ["maker", "dropshipper", "affiliate"])
def test_a_stranger_without_a_condition_is_refused_and_the_warehouse_is_not(role: str) -> None:
    with pytest.raises(ValidationError, match="would be given every line"):
        HandoverOptions.model_validate({"to": "x", "role": role})
    assert HandoverOptions(to="x", role="warehouse").given == USUAL["warehouse"]


def test_an_address_nobody_can_be_mailed_at_is_refused() -> None:
    with pytest.raises(ValidationError, match="no address that mail can be sent to"):
        HandoverOptions(to="x", email="nowhere", role="warehouse")


def test_two_recipients_of_one_order_get_their_own_lines(tmp_path: Path) -> None:
    lux = HandoverOptions(to="Lux", email="pack@lux.test", role="maker", vendors=("Lux",), approve="auto")
    messages = mailed(night_of(tmp_path, [MIXED, OTHER], GLOD, lux))
    assert [rows(parts(one)[-1])[1:] for one in messages] == [
        [["1001", "DHL", "MUG-1", "Tasse", "2", "Ada Bauer", "Weg 1", "53111", "Bonn", "DE"]],
        [["1001", "LAMP-1", "Lampe", "1"], ["1002", "LAMP-1", "Lampe", "1"]],
    ]


@given(st.text())
def test_no_cell_begins_like_a_formula_and_no_field_leaves_its_place(text: str) -> None:
    cells = dict.fromkeys(FIELDS, text)
    (header, *found) = rows(table([Slip("1", (cells,))], FIELDS))
    assert header == list(FIELDS)
    assert len(found) == 1
    assert len(found[0]) == len(FIELDS)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in found[0])


def test_what_customers_wrote_is_shown_and_not_run(tmp_path: Path) -> None:
    hostile = replace(ADA, name="<script>alert(1)</script>", street='=HYPERLINK("http://x.test")\r\nBcc: a@x.test')
    (message,) = mailed(night_of(tmp_path, [replace(MIXED, address=hostile)], GLOD))
    plain, html, content = parts(message)
    assert "<script" not in html
    assert "Bcc" not in message
    assert rows(content)[1][6].startswith("'=HYPERLINK")
    assert "<script>alert(1)</script>" in plain


def test_long_batches_are_cut_in_the_mail_and_whole_in_the_table(tmp_path: Path) -> None:
    many = [replace(MIXED, number=str(n)) for n in range(100)]
    plain, html, content = parts(mailed(night_of(tmp_path, many, GLOD))[0])
    assert len(rows(content)) == 101
    for text in (plain, html):
        assert "and 40 more" in text
        assert text.count("Ada Bauer") == 60


def test_the_mail_is_in_the_recipients_language(tmp_path: Path) -> None:
    german = GLOD.model_copy(update={"language": "de"})
    (mail,) = night_of(tmp_path, [MIXED], german).report.mails
    assert mail.to.language == "de"
