"""Sheets over IPP on a real cupsd: in order, once, and for every mishap the fate that is promised."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.clock import stopwatch
from jobs.connectors.printers._ipp_printer import IppPrinter
from jobs.kinds.printer import Fate, Printer
from jobs.testing_printers import PrinterContract, sheet
from tests.system.printing.cups import CLASS, QUEUES, Cups, why_not
from tests.system.printing.scene import LOOK, eventually, opened, titles, until, words

pytestmark = [pytest.mark.system, pytest.mark.skipif(bool(why_not()), reason=why_not())]


@pytest.fixture
def cups(tmp_path: Path) -> Iterator[Cups]:
    with Cups.start(tmp_path / "cups", JobRetryInterval=1) as started:
        yield started


class TestCups(PrinterContract):
    cups: Cups

    @pytest.fixture(autouse=True)
    def _served(self, tmp_path: Path) -> Iterator[None]:
        with Cups.start(tmp_path / "cups") as self.cups:
            yield

    def printer(self, folder: Path) -> Printer:
        return opened(self.cups, "SLIPS")

    def unreachable(self, folder: Path) -> Printer:
        self.cups.kill()
        return opened(self.cups, "SLIPS")

    def came_out(self, folder: Path) -> Sequence[tuple[str, bytes]]:
        return [(one.title, one.content) for one in self.cups.captured("SLIPS")]

    def wait(self) -> None:
        time.sleep(LOOK)


del PrinterContract


def test_sixty_sheets_over_three_queues_come_out_once_and_in_order(cups: Cups) -> None:
    printers = {queue: opened(cups, queue) for queue in QUEUES}
    passed = stopwatch()
    for n in range(20):
        numbers = {queue: printer.submit(sheet(f"{queue}-{n:02d}")) for queue, printer in printers.items()}
        for queue, number in numbers.items():
            assert until(printers[queue], number, Fate.PRINTED).reason is None
    print(f"{passed() / 60 * 1000:.1f} ms a sheet over three queues, submitted and looked at until printed")
    for queue in QUEUES:
        assert titles(cups, queue) == [f"{queue}-{n:02d}" for n in range(20)]
        assert [one.content for one in cups.captured(queue)] == [sheet(f"{queue}-{n:02d}").content for n in range(20)]
        assert {(one.user, one.copies) for one in cups.captured(queue)} == {("nightclerk", 1)}


def test_a_class_prints_a_sheet_once_whichever_printer_takes_it(cups: Cups) -> None:
    printer = opened(cups, CLASS, ahead=2)
    assert printer.ahead == 2
    cups.disable(QUEUES[0])
    numbers = [printer.submit(sheet(f"order-{n}")) for n in range(4)]
    assert [until(printer, number, Fate.PRINTED).reason for number in numbers] == [None] * 4
    assert titles(cups, QUEUES[0]) == []
    assert titles(cups, QUEUES[1]) == [f"order-{n}" for n in range(4)]


def test_a_sheet_that_the_backend_holds_is_held_until_it_is_released(cups: Cups) -> None:
    printer = opened(cups, "SLIPS")
    cups.behave("SLIPS", "hold")
    number = printer.submit(sheet("order-1"))
    assert "look at the printer and release it" in words(until(printer, number, Fate.HELD).reason)
    cups.behave("SLIPS", "ok")
    cups.release(int(number.partition(".")[0]))
    standing = until(printer, number, Fate.PRINTED)
    assert "look whether it came out twice" in words(standing.reason)
    assert titles(cups, "SLIPS") == ["order-1"]


def test_a_sheet_that_somebody_holds_in_time_comes_out_once_and_plainly(cups: Cups) -> None:
    printer = opened(cups, "SLIPS")
    cups.disable("SLIPS")
    number = printer.submit(sheet("order-1"))
    cups.hold(int(number.partition(".")[0]))
    cups.enable("SLIPS")
    assert "look at the printer and release it" in words(until(printer, number, Fate.HELD).reason)
    cups.release(int(number.partition(".")[0]))
    assert until(printer, number, Fate.PRINTED).reason is None
    assert titles(cups, "SLIPS") == ["order-1"]


def test_a_queue_that_its_backend_stops_holds_the_sheet_and_says_so_beforehand(cups: Cups) -> None:
    printer = opened(cups, "SLIPS")
    cups.behave("SLIPS", "stop")
    number = printer.submit(sheet("order-1"))
    eventually(lambda: printer.ready() is not None)
    assert "it is stopped: look at it" in words(printer.ready())
    assert "it is stopped: look at it" in words(until(printer, number, Fate.HELD).reason)
    cups.behave("SLIPS", "ok")
    cups.enable("SLIPS")
    until(printer, number, Fate.PRINTED)
    assert printer.ready() is None
    assert titles(cups, "SLIPS") == ["order-1"]


def test_a_queue_that_is_paused_holds_what_it_takes(cups: Cups) -> None:
    printer = opened(cups, "SLIPS")
    cups.disable("SLIPS")
    assert "it is stopped" in words(printer.ready())
    number = printer.submit(sheet("order-1"))
    assert "it is stopped" in words(until(printer, number, Fate.HELD).reason)
    cups.enable("SLIPS")
    assert until(printer, number, Fate.PRINTED).reason is None
    assert titles(cups, "SLIPS") == ["order-1"]


def test_a_queue_that_takes_nothing_took_nothing(cups: Cups) -> None:
    printer = opened(cups, "SLIPS")
    before = printer.submit(sheet("order-0"))
    cups.reject("SLIPS")
    assert "`cupsaccept`" in words(printer.ready())
    with pytest.raises(OutsideError, match="takes no sheets: `cupsaccept` lets it") as caught:
        printer.submit(sheet("order-1"))
    assert caught.value.nothing_done
    assert printer.find("order-1", before) is None
    cups.accept("SLIPS")
    assert until(printer, printer.submit(sheet("order-1")), Fate.PRINTED).reason is None
    assert titles(cups, "SLIPS") == ["order-0", "order-1"]


def test_a_backend_that_fails_is_tried_again_by_cups_and_given_up_in_the_end(tmp_path: Path) -> None:
    with Cups.start(tmp_path / "cups", JobRetryInterval=1, JobRetryLimit=1) as cups:
        printer = opened(cups, "SLIPS")
        cups.behave("SLIPS", "fail")
        number = printer.submit(sheet("order-1"))
        assert "CUPS tries again by itself" in words(until(printer, number, Fate.HELD).reason)
        assert "given up after too many tries" in words(until(printer, number, Fate.FAILED).reason)
        assert titles(cups, "SLIPS") == []


def test_a_backend_that_fails_when_the_sheet_is_out_prints_it_twice_and_that_is_said(cups: Cups) -> None:
    printer = opened(cups, "SLIPS")
    cups.behave("SLIPS", "late")
    number = printer.submit(sheet("order-1"))
    until(printer, number, Fate.HELD)
    cups.behave("SLIPS", "ok")
    assert "look whether it came out twice" in words(until(printer, number, Fate.PRINTED).reason)
    assert titles(cups, "SLIPS") == ["order-1", "order-1"]


def test_what_is_cancelled_there_is_given_up(cups: Cups) -> None:
    printer = opened(cups, "SLIPS")
    cups.behave("SLIPS", "cancel")
    assert "cancelled it" in words(until(printer, printer.submit(sheet("order-1")), Fate.FAILED).reason)
    cups.behave("SLIPS", "hang")
    number = printer.submit(sheet("order-2"))
    cups.cancel(int(number.partition(".")[0]))
    assert "somebody cancelled it" in words(until(printer, number, Fate.FAILED).reason)
    assert titles(cups, "SLIPS") == []


def test_a_printer_that_is_out_of_paper_holds_the_sheet_it_is_at(cups: Cups) -> None:
    printer = opened(cups, "SLIPS")
    cups.behave("SLIPS", "paper")
    number = printer.submit(sheet("order-1"))
    assert words(until(printer, number, Fate.HELD).reason) == "it is out of paper: fill it"
    assert words(printer.ready()) == "it is out of paper: fill it"
    cups.behave("SLIPS", "ok")
    assert until(printer, number, Fate.PRINTED).reason is None
    assert titles(cups, "SLIPS") == ["order-1"]


def test_a_slow_printer_is_waited_for(cups: Cups) -> None:
    printer = opened(cups, "SLIPS")
    cups.behave("SLIPS", "slow")
    number = printer.submit(sheet("order-1"))
    assert printer.standing(number).fate is Fate.WAITING
    assert until(printer, number, Fate.PRINTED).reason is None


def test_the_check_names_the_queues_and_makes_no_subscription(cups: Cups) -> None:
    printer = opened(cups, "SLPIS")
    assert isinstance(printer, IppPrinter)
    assert words(printer.check()) == "there is no such queue: check `uri:`; there are LABELS, LISTS, SLIPS, TWINS"
    other = opened(cups, "SLIPS")
    assert isinstance(other, IppPrinter)
    assert other.check() is None
    assert other.watch.seen() is None
