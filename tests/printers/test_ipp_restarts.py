"""A sheet that a server had when it was restarted may be on paper not at all, once or twice: that is told, not guessed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.connectors.printers import _ipp_wire as ipp
from jobs.kinds.printer import Fate
from jobs.testing_printers import sheet
from tests.printers.ipp_fake import ABORTED, COMPLETED, PENDING, FakeIpp, serving
from tests.printers.ipp_opening import opened, words


@pytest.fixture
def cups() -> Iterator[FakeIpp]:
    with serving(FakeIpp(taken_as=PENDING)) as started:
        yield started


def test_a_sheet_that_was_under_way_at_a_restart_is_torn_once_it_is_done(cups: FakeIpp, tmp_path: Path) -> None:
    printer = opened(cups.uri, tmp_path)
    number = printer.submit(sheet("order-1"))
    cups.restart()
    standing = opened(cups.uri, tmp_path).standing(number)
    assert standing.fate is Fate.TORN
    assert "its server was restarted while it had the sheet: look at the paper" in words(standing.reason)


def test_what_is_handed_over_after_a_restart_is_printed(cups: FakeIpp, tmp_path: Path) -> None:
    printer = opened(cups.uri, tmp_path)
    printer.submit(sheet("order-1"))
    cups.restart()
    cups.taken_as = COMPLETED
    assert printer.standing(printer.submit(sheet("order-2"))).fate is Fate.PRINTED


def test_while_it_waits_it_is_not_at_its_end_and_what_was_given_up_was_given_up(cups: FakeIpp, tmp_path: Path) -> None:
    printer = opened(cups.uri, tmp_path)
    numbers = [printer.submit(sheet(name)) for name in ("order-1", "order-2")]
    for _, starts in cups.subscriptions.values():
        starts.append(cups.clock + 1)
    assert printer.standing(numbers[0]).fate is Fate.WAITING
    cups.end(1, ABORTED, "aborted-by-system")
    assert printer.standing(numbers[0]).fate is Fate.FAILED


def test_a_watch_that_was_lost_with_the_servers_memory_means_a_restart(cups: FakeIpp, tmp_path: Path) -> None:
    printer = opened(cups.uri, tmp_path)
    number = printer.submit(sheet("order-1"))
    cups.end(1)
    assert printer.standing(number).fate is Fate.PRINTED
    cups.subscriptions = {}
    assert printer.standing(number).fate is Fate.TORN
    cups.taken_as = COMPLETED
    assert printer.standing(printer.submit(sheet("order-2"))).fate is Fate.PRINTED
    assert printer.standing(number).fate is Fate.TORN


def test_one_watch_is_kept_for_all_runs_and_queues_and_strangers_are_left_alone(cups: FakeIpp, tmp_path: Path) -> None:
    cups.subscriptions[1] = (b"somebody else's", [cups.clock + 1000])
    cups.taken_as = COMPLETED
    for name in ("order-1", "order-2"):
        printer = opened(cups.uri, tmp_path)
        assert printer.standing(printer.submit(sheet(name))).fate is Fate.PRINTED
    assert len(cups.subscriptions) == 2
    assert cups.asked.count(ipp.RENEW_SUBSCRIPTION) == 1


def test_where_the_server_lets_nobody_watch_its_word_is_taken(cups: FakeIpp, tmp_path: Path) -> None:
    for operation in (ipp.GET_SUBSCRIPTIONS, ipp.CREATE_SUBSCRIPTIONS, ipp.GET_NOTIFICATIONS):
        cups.refuses = {operation: 0x0401}
        printer = opened(cups.uri, tmp_path)
        number = printer.submit(sheet(f"order-{operation}"))
        cups.end(len(cups.jobs))
        assert printer.standing(number).fate is Fate.PRINTED
        assert not number.endswith(".w")


def test_a_printer_of_the_network_that_was_switched_off_in_between_tore_the_sheet(tmp_path: Path) -> None:
    with serving(FakeIpp(cups=False, clock=5000, taken_as=PENDING)) as fake:
        printer = opened(fake.uri, tmp_path)
        number = printer.submit(sheet("order-1"))
        fake.restart()
        assert printer.standing(number).fate is Fate.TORN
        assert not fake.subscriptions


def test_a_sheet_that_was_begun_twice_or_longer_ago_than_anybody_knows_is_not_plainly_printed(
    cups: FakeIpp, tmp_path: Path
) -> None:
    printer = opened(cups.uri, tmp_path)
    number = printer.submit(sheet("order-1"))
    cups.begun.append(1)
    cups.end(1)
    standing = printer.standing(number)
    assert standing.fate is Fate.PRINTED
    assert "look whether it came out twice" in words(standing.reason)
    cups.begun = [1]
    assert printer.standing(number).reason is None
    cups.begun = [1, *range(2, 102)]
    assert printer.standing(number).reason is not None


def test_a_server_whose_events_are_numbered_anew_is_not_mistaken_for_the_one_before(
    cups: FakeIpp, tmp_path: Path
) -> None:
    printer = opened(cups.uri, tmp_path)
    cups.taken_as = COMPLETED
    for name in ("order-1", "order-2", "order-3"):
        assert printer.standing(printer.submit(sheet(name))).reason is None
    cups.taken_as = PENDING
    number = printer.submit(sheet("order-4"))
    cups.restart()
    assert printer.standing(number).fate is Fate.TORN


def test_a_sheet_that_a_restarted_server_lost_track_of_is_not_waited_for_for_ever(
    cups: FakeIpp, tmp_path: Path
) -> None:
    printer = opened(cups.uri, tmp_path)
    number = printer.submit(sheet("order-1"))
    cups.stranded = {1}
    assert printer.standing(number).fate is Fate.WAITING
    for _, starts in cups.subscriptions.values():
        starts.append(cups.clock + 1)
    cups.stranded = set()
    assert printer.standing(number).fate is Fate.WAITING
    cups.stranded = {1}
    standing = printer.standing(number)
    assert standing.fate is Fate.TORN
    assert "look at the paper, and cancel the sheet there" in words(standing.reason)
