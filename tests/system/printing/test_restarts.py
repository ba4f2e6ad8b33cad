"""A real cupsd that is killed, restarted or made to forget: what is known of a sheet afterwards, and what is not.

cupsd writes down what it knows DirtyCleanInterval seconds after a change (30 by default). Killed before, it forgets;
killed after, it prints again what had not ended by then. Both are made here at will by that setting.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.api import UncertainError
from jobs.connectors.printers._ipp_printer import IppPrinter
from jobs.kinds.printer import Fate, Printer
from jobs.testing_printers import sheet
from tests.system.printing.cups import Cups, why_not
from tests.system.printing.scene import eventually, next_second, opened, titles, until, words

pytestmark = [pytest.mark.system, pytest.mark.skipif(bool(why_not()), reason=why_not())]
FORGETFUL, DILIGENT = 3600, 0


@pytest.fixture(params=[FORGETFUL, DILIGENT], ids=["forgetful", "diligent"])
def cups(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cups]:
    with Cups.start(tmp_path / "cups", DirtyCleanInterval=request.param) as started:
        yield started


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[Cups]:
    with Cups.start(tmp_path / "cups", DirtyCleanInterval=FORGETFUL) as started:
        yield started


@pytest.fixture
def diligent(tmp_path: Path) -> Iterator[Cups]:
    with Cups.start(tmp_path / "cups", DirtyCleanInterval=DILIGENT) as started:
        yield started


def written(cups: Cups, number: str) -> bool:
    """Say whether the server has a sheet on disk."""
    return (cups.folder / "spool" / f"c{int(number.partition('.')[0]):05d}").exists()


def test_a_server_killed_before_the_sheet_took_nothing(cups: Cups) -> None:
    printer = opened(cups, "SLIPS")
    until(printer, printer.submit(sheet("order-0")), Fate.PRINTED)
    cups.kill()
    with pytest.raises(Exception, match="can't be reached") as caught:
        opened(cups, "SLIPS").submit(sheet("order-1"))
    assert getattr(caught.value, "nothing_done", False)
    cups.restart()
    next_second()
    again = opened(cups, "SLIPS")
    assert until(again, again.submit(sheet("order-1")), Fate.PRINTED).reason is None
    assert titles(cups, "SLIPS").count("order-1") == 1


def test_a_sheet_under_way_at_a_kill_that_was_not_written_down_is_forgotten_with_its_number(forgetful: Cups) -> None:
    printer = opened(forgetful, "SLIPS")
    forgetful.behave("SLIPS", "hang")
    number = printer.submit(sheet("order-1"))
    eventually(lambda: forgetful.begun("SLIPS"))
    assert not written(forgetful, number)
    forgetful.kill()
    forgetful.restart()
    assert printer.standing(number).fate is Fate.FORGOTTEN
    forgetful.behave("SLIPS", "ok")
    eventually(lambda: titles(forgetful, "SLIPS") == ["order-1"])
    other = opened(forgetful, "SLIPS").submit(sheet("order-2"))
    assert other.split(".")[0] == number.split(".")[0]
    assert printer.standing(number).fate is Fate.FORGOTTEN
    with pytest.raises(UncertainError, match="it has forgotten the sheet before"):
        opened(forgetful, "SLIPS").find("order-1", number)


def test_a_sheet_under_way_at_a_kill_that_was_written_down_comes_out_twice_and_is_torn(diligent: Cups) -> None:
    printer = opened(diligent, "SLIPS")
    diligent.behave("SLIPS", "hang")
    number = printer.submit(sheet("order-1"))
    eventually(lambda: diligent.begun("SLIPS") and written(diligent, number))
    diligent.kill()
    diligent.restart()
    eventually(lambda: diligent.begun("SLIPS") == 2)
    assert printer.standing(number).fate is Fate.WAITING
    diligent.behave("SLIPS", "ok")
    standing = until(printer, number, Fate.TORN)
    assert "its server was restarted while it had the sheet: look at the paper" in words(standing.reason)
    eventually(lambda: titles(diligent, "SLIPS") == ["order-1", "order-1"])
    assert opened(diligent, "SLIPS").standing(number).fate is Fate.TORN


def test_a_sheet_that_waited_at_a_kill_comes_out_once_and_is_torn_all_the_same(diligent: Cups) -> None:
    printer = opened(diligent, "SLIPS")
    diligent.disable("SLIPS")
    number = printer.submit(sheet("order-1"))
    eventually(lambda: written(diligent, number))
    diligent.kill()
    diligent.restart()
    diligent.enable("SLIPS")
    assert until(printer, number, Fate.TORN).reason is not None
    assert titles(diligent, "SLIPS") == ["order-1"]


def test_a_sheet_that_was_out_before_a_kill_and_not_written_down_as_such_comes_out_again(diligent: Cups) -> None:
    """What was said before the kill was true then; nothing can take it back."""
    printer = opened(diligent, "SLIPS")
    diligent.behave("SLIPS", "hang")
    number = printer.submit(sheet("order-1"))
    eventually(lambda: diligent.begun("SLIPS") and written(diligent, number))
    control = diligent.folder / "spool" / f"c{int(number.partition('.')[0]):05d}"
    before = control.read_bytes()
    diligent.behave("SLIPS", "ok")
    assert until(printer, number, Fate.PRINTED).reason is None
    diligent.kill()
    control.write_bytes(before)
    (diligent.folder / "cache" / "job.cache").unlink(missing_ok=True)
    diligent.restart()
    eventually(lambda: titles(diligent, "SLIPS") == ["order-1", "order-1"])
    assert until(printer, number, Fate.TORN).reason is not None


def test_a_restart_by_systemd_ends_the_backend_and_begins_the_sheet_anew(cups: Cups) -> None:
    printer = opened(cups, "SLIPS")
    cups.behave("SLIPS", "hang")
    number = printer.submit(sheet("order-1"))
    eventually(lambda: cups.begun("SLIPS"))
    cups.terminate()
    cups.behave("SLIPS", "ok")
    cups.restart()
    assert until(printer, number, Fate.TORN).reason is not None
    assert titles(cups, "SLIPS") == ["order-1"]


def test_a_configuration_read_anew_counts_as_a_restart(cups: Cups) -> None:
    printer = opened(cups, "SLIPS")
    cups.disable("SLIPS")
    number = printer.submit(sheet("order-1"))
    watch = printer.watch if isinstance(printer, IppPrinter) else None
    assert watch is not None
    seen = watch.seen()
    assert seen is not None
    cups.reload()
    eventually(lambda: (now := watch.seen()) is not None and now.since > seen.since)
    cups.enable("SLIPS")
    assert until(printer, number, Fate.TORN).reason is not None


def test_a_sheet_of_after_a_restart_is_plainly_printed(cups: Cups) -> None:
    opened(cups, "SLIPS").submit(sheet("order-1"))
    for end in (cups.kill, cups.terminate):
        end()
        cups.restart()
        next_second()
        printer = opened(cups, "SLIPS")
        number = printer.submit(sheet(f"after-{end.__name__}"))
        assert until(printer, number, Fate.PRINTED).reason is None


def test_a_sheet_whose_answer_was_lost_with_the_server_is_found_or_uncertain_and_never_denied(cups: Cups) -> None:
    printer = opened(cups, "SLIPS")
    before = printer.submit(sheet("order-0"))
    until(printer, before, Fate.PRINTED)
    cups.behave("SLIPS", "hang")
    lost = printer.submit(sheet("order-1"))
    eventually(lambda: cups.begun("SLIPS") == 2)
    remembered = written(cups, lost)
    cups.kill()
    cups.restart()
    cups.behave("SLIPS", "ok")
    if remembered:
        assert printer.find("order-1", before) == lost
        assert until(printer, lost, Fate.TORN).reason is not None
    else:
        with pytest.raises(UncertainError):
            printer.find("order-1", before)


def test_a_history_that_was_purged_in_between_says_nothing(tmp_path: Path) -> None:
    with Cups.start(tmp_path / "cups", MaxJobs=4) as cups:
        printer = opened(cups, "SLIPS")
        numbers = _printed(printer, "order-0", "order-1", "order-2")
        assert printer.find("order-9", numbers[0]) is None
        numbers += _printed(printer, *(f"order-{n}" for n in range(3, 8)))
        assert printer.standing(numbers[0]).fate is Fate.FORGOTTEN
        for name in ("order-0", "order-9"):
            with pytest.raises(UncertainError, match="it has forgotten the sheet before"):
                printer.find(name, numbers[0])
        assert printer.find("order-9", numbers[-2]) is None
        assert printer.find("order-7", numbers[0]) == numbers[-1]


def test_a_history_that_is_not_kept_forgets_each_sheet(tmp_path: Path) -> None:
    with Cups.start(tmp_path / "cups", PreserveJobHistory="No") as cups:
        printer = opened(cups, "SLIPS")
        cups.disable("SLIPS")
        number = printer.submit(sheet("order-1"))
        cups.enable("SLIPS")
        until(printer, number, Fate.FORGOTTEN)
        eventually(lambda: titles(cups, "SLIPS") == ["order-1"])
        with pytest.raises(UncertainError):
            printer.find("order-1", number)


def test_sheets_of_other_people_are_no_gap_and_hide_nothing_of_ours(diligent: Cups) -> None:
    office = opened(diligent, "LISTS", user="office")
    printer = opened(diligent, "SLIPS")
    before = printer.submit(sheet("order-1"))
    office.submit(sheet("thesis"))
    ours = printer.submit(sheet("order-2"))
    assert printer.find("order-2", before) == ours
    assert printer.find("order-3", before) is None
    assert printer.find("thesis", before) is None


def _printed(printer: Printer, *names: str) -> list[str]:
    numbers = []
    for name in names:
        numbers.append(printer.submit(sheet(name)))
        assert until(printer, numbers[-1], Fate.PRINTED).reason is None
    return numbers
