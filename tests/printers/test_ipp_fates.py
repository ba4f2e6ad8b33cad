"""What is told of a sheet is what its own state says, in words that help whoever stands before the printer."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.api import OutsideError, UncertainError
from daemon.secrets import SecretText
from jobs.connectors.printers import _ipp_wire as ipp
from jobs.kinds.printer import Fate
from jobs.testing_printers import PDF, sheet
from tests.printers.ipp_fake import (
    ABORTED,
    CANCELED,
    COMPLETED,
    HALTED,
    HELD,
    PENDING,
    PROCESSING,
    STOPPED,
    FakeIpp,
    serving,
)
from tests.printers.ipp_opening import impatient, opened, words


@pytest.fixture
def fake() -> Iterator[FakeIpp]:
    with serving(FakeIpp()) as started:
        yield started


@pytest.mark.parametrize(
    ("state", "reasons", "fate", "said"),
    [
        (PENDING, ("none",), Fate.WAITING, ""),
        (PROCESSING, ("job-printing",), Fate.WAITING, ""),
        (PENDING, ("printer-stopped",), Fate.HELD, "the printer is stopped: look at it, then let it print again"),
        (HELD, ("job-hold-until-specified",), Fate.HELD, "look at the printer and release it"),
        (HELD, ("resources-are-not-ready",), Fate.HELD, "the printer did not take it"),
        (HELD, ("cups-held-for-authentication",), Fate.HELD, "wants a user and a password"),
        (STOPPED, ("job-stopped",), Fate.HELD, "the printer's program failed"),
        (STOPPED, ("what-<b>is</b>-this",), Fate.HELD, "the printer says “what- is -this”"),
        (0, (), Fate.HELD, "the printer says “none”"),
        (CANCELED, ("job-canceled-by-user",), Fate.FAILED, "somebody cancelled it"),
        (ABORTED, ("aborted-by-system",), Fate.FAILED, "it was given up after too many tries"),
        (ABORTED, ("processing-to-stop-point",), Fate.FAILED, "it was given up after too many tries"),
        (CANCELED, ("processing-to-stop-point",), Fate.FAILED, "somebody cancelled it"),
        (COMPLETED, ("job-completed-successfully",), Fate.PRINTED, ""),
        (COMPLETED, ("processing-to-stop-point",), Fate.PRINTED, ""),
        (COMPLETED, ("job-completed-with-errors",), Fate.FAILED, "it was printed with errors: look at the paper"),
    ],
)
def test_each_state_of_a_job_is_a_fate(
    fake: FakeIpp, tmp_path: Path, state: int, reasons: tuple[str, ...], fate: Fate, said: str
) -> None:
    fake.taken_as, fake.taken_for = PENDING, ("none",)
    printer = opened(fake.uri, tmp_path)
    number = printer.submit(sheet("order-1"))
    fake.end(1, state, *reasons)
    standing = printer.standing(number)
    assert standing.fate is fate
    assert said in words(standing.reason)
    assert bool(said) == (standing.reason is not None)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("media-empty-error", "it is out of paper: fill it"),
        ("media-jam", "paper is jammed: clear it"),
        ("door-open-error", "a door of it is open: close it"),
        ("paused", "it is stopped: look at it"),
        ("media-low-warning", ""),
        ("media-empty-warning", ""),
        ("offline-report", ""),
        ("connecting-to-device", ""),
    ],
)
def test_a_printer_that_cannot_go_on_holds_the_sheet_it_is_at(
    fake: FakeIpp, tmp_path: Path, reason: str, said: str
) -> None:
    fake.taken_as, fake.reasons = PROCESSING, ("marker-supply-low-report", reason)
    printer = opened(fake.uri, tmp_path)
    standing = printer.standing(printer.submit(sheet("order-1")))
    assert standing.fate is (Fate.HELD if said else Fate.WAITING)
    assert words(standing.reason).startswith(said)
    assert words(printer.ready()).startswith(said)


def test_a_printer_that_is_stopped_or_takes_nothing_is_not_ready(fake: FakeIpp, tmp_path: Path) -> None:
    printer = opened(fake.uri, tmp_path)
    fake.state = HALTED
    assert "the printer is stopped" in words(printer.ready())
    fake.state, fake.accepting = PENDING, False
    assert "let it, with CUPS by `cupsaccept`" in words(printer.ready())
    fake.accepting = True
    assert printer.ready() is None


def test_a_sheet_that_is_refused_was_not_taken(fake: FakeIpp, tmp_path: Path) -> None:
    fake.accepting = False
    with pytest.raises(OutsideError, match="takes no sheets: `cupsaccept` lets it") as caught:
        opened(fake.uri, tmp_path).submit(sheet("order-1"))
    assert caught.value.nothing_done
    for status in (0x0400, 0x0404, 0x0406, 0x040A, 0x0502, 0x0507, 0x04FF):
        fake.refuses = {ipp.PRINT_JOB: status}
        with pytest.raises(OutsideError) as caught:
            opened(fake.uri, tmp_path).submit(sheet("order-1"))
        assert caught.value.nothing_done
        assert "<b>" not in str(caught.value)
        assert "\u202e" not in str(caught.value)


@pytest.mark.parametrize("status", [0x0500, 0x0504, 0x0508])
def test_a_server_that_fails_over_a_sheet_may_have_printed_it(fake: FakeIpp, tmp_path: Path, status: int) -> None:
    fake.refuses = {ipp.PRINT_JOB: status}
    with pytest.raises(UncertainError) as caught:
        opened(fake.uri, tmp_path).submit(sheet("order-1"))
    assert not caught.value.nothing_done


@pytest.mark.parametrize(
    "said", [None, b"", b"<html>log in</html>", b"\x01\x01\x00\x00\x00\x00\x00\x01\x02\x21\x00", b"x" * 99]
)
def test_a_sheet_whose_answer_is_lost_or_nonsense_is_uncertain_and_sent_once(
    fake: FakeIpp, tmp_path: Path, said: bytes | None
) -> None:
    fake.doing = lambda operation, answer: said if operation == ipp.PRINT_JOB else answer
    printer = opened(fake.uri, tmp_path)
    with pytest.raises(UncertainError, match="whether the sheet was taken is not known") as caught:
        printer.submit(sheet("order-1"))
    assert not caught.value.nothing_done
    assert fake.asked.count(ipp.PRINT_JOB) == 1
    number = printer.find("order-1", "")
    assert number is not None
    assert printer.standing(number).fate is Fate.PRINTED


def test_a_sheet_that_was_taken_and_cannot_be_named_is_uncertain_and_found_later(fake: FakeIpp, tmp_path: Path) -> None:
    fake.refuses = {ipp.GET_JOB_ATTRIBUTES: 0x0507}
    with pytest.raises(UncertainError, match="the sheet order-1 was taken"):
        opened(fake.uri, tmp_path).submit(sheet("order-1"))
    fake.refuses = {}
    assert opened(fake.uri, tmp_path).find("order-1", "") is not None


def test_a_printer_that_says_nothing_leaves_the_sheet_uncertain(fake: FakeIpp, tmp_path: Path) -> None:
    slow = impatient(fake.uri, tmp_path)
    assert slow.ready() is None
    fake.doing = lambda operation, answer: _never() if operation == ipp.PRINT_JOB else answer
    with pytest.raises(UncertainError, match=r"said nothing for 0\.2 seconds"):
        slow.submit(sheet("order-1"))


def _never() -> bytes:
    threading.Event().wait(1)
    return b""


def test_a_look_that_finds_nothing_but_nonsense_says_so_and_nothing_of_the_sheet(fake: FakeIpp, tmp_path: Path) -> None:
    printer = opened(fake.uri, tmp_path)
    number = printer.submit(sheet("order-1"))
    fake.doing = lambda _operation, _answer: b"HTTP is not IPP"
    with pytest.raises(OutsideError, match="something that is no IPP"):
        printer.standing(number)
    fake.media, fake.doing = "text/html", lambda _operation, _answer: b"<html><title>CUPS</title>"
    with pytest.raises(OutsideError, match="has no printer at /printers/SLIPS: check `uri:`"):
        printer.standing(number)


def test_a_number_that_another_sheet_has_now_is_forgotten_and_not_taken_for_ours(fake: FakeIpp, tmp_path: Path) -> None:
    printer = opened(fake.uri, tmp_path)
    fake.taken_as = PENDING
    ours = printer.submit(sheet("order-1"))
    fake.restart(forget=True)
    fake.taken_as = COMPLETED
    theirs = opened(fake.uri, tmp_path, user="somebody").submit(sheet("thesis"))
    assert ours.split(".")[0] == theirs.split(".")[0]
    assert printer.standing(ours).fate is Fate.FORGOTTEN


def test_without_writes_nothing_is_printed_and_no_subscription_made(fake: FakeIpp, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="allow it there with `writes: true`") as caught:
        opened(fake.uri, tmp_path, writes=False).submit(sheet("order-1"))
    assert caught.value.nothing_done
    assert not fake.paper
    assert not fake.subscriptions


def test_what_is_sent_names_sheet_user_document_and_paper(fake: FakeIpp, tmp_path: Path) -> None:
    printer = opened(fake.uri, tmp_path, user="packer", format="raw")
    for media in ("a4", "a6", "100x150", "thermal"):
        printer.submit(sheet(f"on-{media}", media))
    told = [job.asked for job in fake.jobs]
    assert b"iso_a4_210x297mm" in told[0]
    assert b"iso_a6_105x148mm" in told[1]
    assert b"x-dimension\x21\x00\x00\x00\x04\x00\x00\x27\x10" in told[2]
    assert b"y-dimension\x21\x00\x00\x00\x04\x00\x00\x3a\x98" in told[2]
    assert b"media" not in told[3]
    for one in told:
        assert b"application/vnd.cups-raw" in one
        assert b"print-scaling" in one
    assert {job.user for job in fake.jobs} == {"packer"}
    assert fake.jobs[0].content == PDF + b"on-a4"


def test_the_check_says_which_queues_there_are_and_what_a_printer_takes(fake: FakeIpp, tmp_path: Path) -> None:
    printer = impatient(fake.uri, tmp_path)
    assert printer.check() is None
    fake.formats = ("image/urf", "image/pwg-raster")
    assert words(printer.check()) == "it takes no application/pdf: set up a queue of CUPS before it"
    fake.refuses = {ipp.GET_PRINTER_ATTRIBUTES: 0x0406}
    assert words(printer.check()) == "there is no such queue: check `uri:`; there are SLIPS"
    fake.refuses |= {ipp.CUPS_GET_PRINTERS: 0x0501}
    assert words(printer.check()) == "there is no such queue: check `uri:`"
    assert not fake.subscriptions


def test_a_password_is_sent_and_never_shown(fake: FakeIpp, tmp_path: Path) -> None:
    printer = opened(fake.uri, tmp_path, user="packer", password=SecretText("hunter2-hunter2"))
    fake.refuses = {ipp.PRINT_JOB: 0x0403}
    with pytest.raises(OutsideError) as caught:
        printer.submit(sheet("order-1"))
    assert fake.headers[-1]["Authorization"].startswith("Basic ")
    assert "hunter2" not in str(caught.value) + repr(printer)
