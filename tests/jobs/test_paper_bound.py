"""Paper that no printer prints: one file a wave and document, left in a folder or mailed; each sheet in one of them."""

import email
import email.policy
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.render.page import House, compose
from daemon.testing import NOW, SHOP
from jobs.kinds.paper import ADDRESS, LABEL, PICK_LIST, SLIP, Wave
from jobs.paper.bundles import MOST_MAILED
from jobs.paper.options import PaperJobOptions
from jobs.paper.setting import Leaf
from tests.jobs.sheet_scenes import TWO, FakePrinter, Power, PowerCutError, Shop, Type, found, spoken

MAILED = PaperJobOptions(deliver="mail")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path, printers={}, options=PaperJobOptions())


def files(shop: Shop) -> list[str]:
    return sorted(path.read_text() for path in shop.folder.glob("*.pdf"))


def test_each_wave_and_document_is_one_file_in_the_order_of_the_pile(shop: Shop) -> None:
    shop.has(3)
    shop.has(1, (SLIP,), Wave("2026-11-20 05:00 DHL 16:00", NOW, NOW), first=9)
    shop.prints()
    assert files(shop) == [
        "%PDF-\naddress 1\naddress 2\naddress 3", "%PDF-\nslip 1\nslip 2\nslip 3", "%PDF-\nslip 9",
    ]  # fmt: skip
    assert set(shop.states().values()) == {"bound"}
    names = {path.name.rpartition("-")[0] for path in shop.folder.glob("*.pdf")}
    assert "2026-11-20-05-00-dhl-16-00-slip" in names
    shop.prints()
    assert len(files(shop)) == 3


def test_the_folder_may_be_another(shop: Shop) -> None:
    shop.options = PaperJobOptions(folder=shop.folder / "out")
    shop.has(1, (SLIP,))
    shop.prints()
    assert len(list((shop.folder / "out").glob("*.pdf"))) == 1


def test_a_label_that_is_not_there_is_left_out_and_comes_in_a_file_of_its_own(shop: Shop) -> None:
    labels = shop.folder / "labels"
    labels.mkdir()
    (labels / "1.pdf").write_bytes(b"%PDF-1")
    for place, number in enumerate("12", 1):
        shop.stands(number, "batched")
        sheet = shop.sheet(number, LABEL, place, 2)
        values = {**sheet.values, "folder": str(labels), "name": "{order}.pdf"}
        shop.night.move([replace(sheet, values=values).step(NOW)])
    ctx = shop.prints()
    assert f"paper:labels:{labels}" in found(ctx)
    assert [shop.item(number, LABEL).state for number in "12"] == ["bound", "waiting"]
    (labels / "2.pdf").write_bytes(b"%PDF-2")
    shop.prints()
    assert files(shop) == ["%PDF-\n%PDF-1", "%PDF-\n%PDF-2"]


@pytest.mark.parametrize("commit", range(4))
def test_the_power_may_go_and_no_sheet_is_in_two_files(tmp_path: Path, commit: int) -> None:
    shop = Shop(tmp_path, Power(), printers={}, options=PaperJobOptions())
    shop.has(3, (SLIP,))
    left = iter(range(commit, -1, -1))
    shop.night.goes = lambda: next(left, -1) == 0  # type: ignore[attr-defined]
    with pytest.raises(PowerCutError):
        shop.prints()
    if commit % 2:
        shop.stands("3", "cancelled")
    shop.prints()
    said = "\n".join(files(shop))
    for number in "12":
        assert said.count(f"slip {number}") == 1
    assert set(shop.states().values()) <= {"bound", "dropped"}


def test_the_files_are_mailed_once_and_done_when_the_mail_is_stored(shop: Shop) -> None:
    shop.options = MAILED
    shop.has(2, (SLIP,))
    died = shop.prints_but_dies()
    assert len(died.report.mails) == 1
    ctx = shop.prints()
    (mail,) = ctx.report.mails
    content = compose(mail, House(shop=SHOP, sender="s@shop.test", moment=NOW, routine="paper")).content
    message = email.message_from_bytes(content, policy=email.policy.default)
    (paper,) = message.iter_attachments()
    assert paper.get_content_type() == "application/pdf"
    assert paper.get_payload(decode=True) == b"%PDF-\nslip 1\nslip 2"
    assert "2 sheets to print" in message["subject"]
    assert mail.attachments == died.report.mails[0].attachments
    assert set(shop.states().values()) == {"sent"}
    again = shop.prints()
    assert not again.report.mails
    assert set(shop.states().values()) == {"bound"}


def test_a_file_that_was_begun_is_made_also_where_there_is_a_printer_now(shop: Shop) -> None:
    shop.options = MAILED
    shop.has(2, (SLIP,))
    shop.prints_but_dies()
    shop.printers = {"slips": FakePrinter("slips")}
    queues = {"queues": {"slip": {"printer": "slips"}}}
    shop.options = PaperJobOptions.model_validate(queues)
    shop.prints()
    assert set(shop.states().values()) == {"bound"}
    assert not shop.printers["slips"].paper


class Heavy(Type):
    """A typesetter of files that no mail takes."""

    def bind(self, leaves: Iterable[Leaf], media: str) -> bytes:
        return super().bind(leaves, media) + bytes(MOST_MAILED)


def test_what_is_too_large_for_a_mail_is_named_in_it(shop: Shop) -> None:
    shop.options, shop.type = MAILED, Heavy()
    shop.has(4)
    (mail,) = shop.prints().report.mails
    assert not mail.attachments
    house = House(shop=SHOP, sender="s@shop.test", moment=NOW, routine="paper")
    message = email.message_from_bytes(compose(mail, house).content, policy=email.policy.default)
    assert message.get_body(("plain",)).get_content().count("too large to be mailed") == 2  # type: ignore[union-attr]


def test_a_bundle_that_can_not_be_set_is_told_and_tried_again(shop: Shop) -> None:
    shop.has(2, (SLIP,))
    shop.type.broken = frozenset({"2"})
    ctx = shop.prints()
    assert "2 sheets were not printed" in spoken(found(ctx)["paper:unset:1/slip/aa"].title)
    shop.type.broken = frozenset()
    shop.prints()
    assert files(shop) == ["%PDF-\nslip 1\nslip 2"]


def test_a_media_size_is_the_queues_own_else_the_usual() -> None:
    assert [TWO.media_of(document) for document in (SLIP, ADDRESS, PICK_LIST)] == ["a4", "100x150", "a4"]
