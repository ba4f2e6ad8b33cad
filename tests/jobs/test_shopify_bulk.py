"""A long history comes as one file, whatever the shop makes of it; where it can't, page by page."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.testing import NOW, make_outlet
from jobs.connectors.shops._shopify_bulk import history
from jobs.connectors.shops._shopify_shop import ShopifyShop
from jobs.kinds.shop import Document
from tests.shops import seeded
from tests.shops.shopify_exports import forbidden
from tests.shops.shopify_fake import RIGHTS, ShopifyFake, of, serving
from tests.shops.shopify_opening import opened
from tests.shops.shopify_schema import needs_schema

pytestmark = needs_schema
BACK = NOW - timedelta(days=20)
FEW = 100
"""So many orders are many enough here."""


@pytest.fixture
def fake() -> Iterator[ShopifyFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served
        assert not served.exports.shown, "the shop's token went to where the file lies"


def shop(fake: ShopifyFake, folder: Path, **changes: object) -> ShopifyShop:
    made = opened(fake, make_outlet(folder, **changes))
    made.many = FEW
    return made


def documents(one: ShopifyShop) -> list[Document]:
    return sorted(one.documents(BACK, NOW), key=lambda found: (found.placed, found.number))


@pytest.fixture
def paged(fake: ShopifyFake, tmp_path: Path) -> list[Document]:
    """What pages say, which is what a file must say."""
    made = shop(fake, tmp_path / "paged")
    made.many = 10**9
    found = documents(made)
    fake.asked.clear()
    return found


def asked(fake: ShopifyFake) -> list[str]:
    return [name for name, _variables in fake.asked]


def test_what_a_file_says_is_what_pages_say_for_a_fraction_of_the_points(
    fake: ShopifyFake, tmp_path: Path, paged: list[Document]
) -> None:
    pages = fake.cost
    assert documents(shop(fake, tmp_path)) == paged
    assert "BeginExport" in asked(fake)
    assert fake.cost - pages < pages / 2


def test_few_orders_are_read_page_by_page(fake: ShopifyFake, tmp_path: Path, paged: list[Document]) -> None:
    made = opened(fake, make_outlet(tmp_path))
    assert documents(made) == paged
    assert "BeginExport" not in asked(fake)


def test_a_dry_run_begins_no_export(fake: ShopifyFake, tmp_path: Path, paged: list[Document]) -> None:
    assert documents(shop(fake, tmp_path, dry=True)) == paged
    assert "BeginExport" not in asked(fake)


def test_the_night_after_asks_for_what_changed_only(fake: ShopifyFake, tmp_path: Path) -> None:
    documents(shop(fake, tmp_path))
    for night in (1, 2):
        fake.asked.clear()
        fake.now = NOW + timedelta(days=night)
        list(shop(fake, tmp_path, now=fake.now).documents(BACK, fake.now))
    assert asked(fake) == ["Opening", "Orders", "OrdersCount"]


def test_what_changed_while_the_file_was_written_is_read_after_it(fake: ShopifyFake, tmp_path: Path) -> None:
    number = max(fake.orders)

    def meanwhile(body: bytes) -> bytes:
        fake.change(number, note="changed meanwhile")
        return body

    fake.exports.spoil = meanwhile
    found = {one.number: one for one in documents(shop(fake, tmp_path))}
    assert getattr(found[str(number)], "note", "") == "changed meanwhile"


def test_an_export_that_an_earlier_run_began_is_taken_up(
    fake: ShopifyFake, tmp_path: Path, paged: list[Document]
) -> None:
    """A run that was killed leaves it running; two at once would be refused."""
    fake.exports.begin_elsewhere(history(BACK), timedelta(minutes=20))
    fake.exports.busy = True
    assert documents(shop(fake, tmp_path)) == paged
    assert "BeginExport" not in asked(fake)
    assert "Orders" in asked(fake), "what changed since it began"


def test_somebody_elses_export_is_left_alone(fake: ShopifyFake, tmp_path: Path, paged: list[Document]) -> None:
    fake.exports.begin_elsewhere("{ products { edges { node { id } } } }")
    assert documents(shop(fake, tmp_path)) == paged
    assert len(fake.exports.begun) == 2


def test_where_there_is_no_room_for_another_one_pages_are_read(
    fake: ShopifyFake, tmp_path: Path, paged: list[Document]
) -> None:
    fake.exports.busy = True
    assert documents(shop(fake, tmp_path)) == paged
    assert not fake.exports.begun


def test_one_that_fails_is_begun_anew_and_its_part_of_a_file_never_read(
    fake: ShopifyFake, tmp_path: Path, paged: list[Document]
) -> None:
    fake.exports.ends = ["FAILED"]
    assert documents(shop(fake, tmp_path)) == paged
    assert [row["status"] for row in fake.exports.begun] == ["FAILED", "COMPLETED"]
    assert not any("partial" in path for path, _span in fake.exports.had)


@pytest.mark.parametrize("ends", [["FAILED", "FAILED"], ["CANCELED", "EXPIRED"], ["FAILED", "CANCELED"]])
def test_one_that_goes_on_failing_is_given_up_for_pages(
    fake: ShopifyFake, tmp_path: Path, paged: list[Document], ends: list[str]
) -> None:
    fake.exports.ends = ends
    assert documents(shop(fake, tmp_path)) == paged
    assert len(fake.exports.begun) == 2


def test_an_address_that_has_lapsed_leads_to_a_new_export(
    fake: ShopifyFake, tmp_path: Path, paged: list[Document]
) -> None:
    fake.exports.complete(fake.exports.begin_elsewhere(history(BACK), timedelta(hours=3)))
    fake.exports.gone = 1
    assert documents(shop(fake, tmp_path)) == paged
    assert len(fake.exports.begun) == 2


def cut(body: bytes) -> bytes:
    """Without its last orders, which a length that fits does not show."""
    return b"\n".join(body.split(b"\n")[:-40]) + b"\n"


@pytest.mark.parametrize("spoil", [cut, lambda body: body[:-7], lambda _body: b"<html>", lambda body: body + b"[1]\n"])
def test_a_file_that_is_not_whole_is_never_taken_for_the_history(
    fake: ShopifyFake, tmp_path: Path, paged: list[Document], spoil: object
) -> None:
    fake.exports.spoil = spoil  # type: ignore[assignment]
    assert documents(shop(fake, tmp_path)) == paged
    assert "Orders" in asked(fake)


def test_lines_that_do_not_follow_their_order_are_not_guessed_at(
    fake: ShopifyFake, tmp_path: Path, paged: list[Document]
) -> None:
    def ungrouped(body: bytes) -> bytes:
        lines = body.decode().splitlines(keepends=True)
        return "".join(sorted(lines, key=lambda line: "__parentId" in line)).encode()

    fake.exports.spoil = ungrouped
    assert documents(shop(fake, tmp_path)) == paged


def test_a_file_is_had_in_pieces_that_may_be_cut_anywhere(
    fake: ShopifyFake, tmp_path: Path, paged: list[Document]
) -> None:
    made = shop(fake, tmp_path)
    made.piece = 1009
    assert documents(made) == paged
    assert len(fake.exports.had) > 100
    assert all(span for _path, span in fake.exports.had)


def test_one_that_takes_too_long_is_left_to_the_next_run(
    fake: ShopifyFake, tmp_path: Path, paged: list[Document]
) -> None:
    fake.exports.looks = 10**6
    with pytest.raises(OutsideError, match="the next run takes it up") as caught:
        documents(shop(fake, tmp_path))
    assert not caught.value.permanent
    assert 3600 <= fake.bucket.slept < 3700
    fake.exports.begun[0]["looks"] = 1
    assert documents(shop(fake, tmp_path)) == paged
    assert len(fake.exports.begun) == 1


def test_without_the_right_to_all_orders_the_source_is_known_for_sixty_days(fake: ShopifyFake, tmp_path: Path) -> None:
    fake.rights = tuple(one for one in RIGHTS if one != "read_all_orders")
    made = shop(fake, tmp_path)
    list(made.documents(NOW - timedelta(days=300), NOW))
    assert made.coverage().since == NOW - timedelta(days=60)


def test_the_address_of_a_file_shows_nowhere(
    fake: ShopifyFake, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        made = shop(fake, tmp_path)
        documents(made)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"secret-1" not in kept
    assert "secret-1" not in caplog.text + repr(made)


def test_what_is_exported_is_what_shopify_takes() -> None:
    assert forbidden(history(NOW)) == []
    assert "sortKey: ID" in history(NOW)
    assert "UPDATED_AT" not in history(NOW).replace("# ", "").partition("query History")[2]


@pytest.mark.parametrize(("query", "why"), [
    ("query A($n: Int) { orders(first: $n) { edges { node { id } } } }", "variables"),
    ("{ orders { nodes { id } } }", "edges only"),
    ("{ orders { edges { node { refunds { refundLineItems { edges { node { quantity } } } } } } } }", "within a list"),
])  # fmt: skip
def test_what_shopify_would_not_export_is_caught(query: str, why: str) -> None:
    assert any(why in one for one in forbidden(query))
