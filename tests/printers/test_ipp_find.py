"""A sheet whose answer was lost is found; it is said not to be there only where nothing can have been forgotten."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.api import UncertainError
from jobs.connectors.printers import _ipp_wire as ipp
from jobs.connectors.printers._ipp_jobs import PAGE
from jobs.kinds.printer import Fate
from jobs.testing_printers import sheet
from tests.printers.ipp_fake import PENDING, FakeIpp, serving
from tests.printers.ipp_opening import opened


@pytest.fixture(params=[True, False], ids=["cups", "network"])
def fake(request: pytest.FixtureRequest) -> Iterator[FakeIpp]:
    with serving(FakeIpp(cups=request.param)) as started:
        yield started


@pytest.fixture
def cups() -> Iterator[FakeIpp]:
    with serving(FakeIpp()) as started:
        yield started


def test_it_is_found_among_many_and_on_any_page(fake: FakeIpp, tmp_path: Path) -> None:
    printer = opened(fake.uri, tmp_path)
    first = printer.submit(sheet("order-0"))
    shown = fake.jobs[0]
    fake.jobs += [
        replace(shown, id=n, name=f"order-{n - 1}", uuid=f"urn:uuid:{n:036x}") for n in range(2, 2 * PAGE + 2)
    ]
    for name in ("order-0", f"order-{PAGE - 1}", f"order-{PAGE}", f"order-{2 * PAGE}"):
        assert printer.find(name, "") is not None
    assert printer.find("order-x", first) is None


def test_with_no_earlier_sheet_nothing_says_that_it_was_never_there(fake: FakeIpp, tmp_path: Path) -> None:
    printer = opened(fake.uri, tmp_path)
    for before in ("", "nonsense", "7", "1.ab.x"):
        with pytest.raises(UncertainError, match="no earlier sheet is known: look at the paper"):
            printer.find("order-1", before)


def test_with_a_sheet_forgotten_in_between_it_may_have_been_that(fake: FakeIpp, tmp_path: Path) -> None:
    printer = opened(fake.uri, tmp_path)
    before = printer.submit(sheet("order-1"))
    for name in ("order-2", "order-3"):
        printer.submit(sheet(name))
    assert printer.find("order-9", before) is None
    del fake.jobs[1]
    with pytest.raises(UncertainError, match="it has forgotten sheets"):
        printer.find("order-9", before)
    del fake.jobs[0]
    with pytest.raises(UncertainError, match="it has forgotten the sheet before"):
        printer.find("order-9", before)


def test_where_the_sheet_before_is_another_one_by_now_it_says_nothing(fake: FakeIpp, tmp_path: Path) -> None:
    printer = opened(fake.uri, tmp_path)
    before = printer.submit(sheet("order-1"))
    fake.restart(forget=True)
    printer.submit(sheet("order-2"))
    with pytest.raises(UncertainError, match="it has forgotten the sheet before"):
        printer.find("order-9", before)


def test_after_a_restart_the_last_sheet_may_have_been_lost_without_a_trace(cups: FakeIpp, tmp_path: Path) -> None:
    printer = opened(cups.uri, tmp_path)
    before = printer.submit(sheet("order-1"))
    cups.restart()
    with pytest.raises(UncertainError, match="it was restarted since"):
        printer.find("order-2", before)
    before = printer.submit(sheet("order-3"))
    assert printer.find("order-2", before) is None
    cups.subscriptions = {}
    with pytest.raises(UncertainError, match="it was restarted since"):
        printer.find("order-2", before)


def test_a_server_that_tells_nobody_of_its_restarts_never_says_no(cups: FakeIpp, tmp_path: Path) -> None:
    cups.refuses = {ipp.GET_SUBSCRIPTIONS: 0x0501}
    printer = opened(cups.uri, tmp_path)
    before = printer.submit(sheet("order-1"))
    assert printer.standing(before).fate is Fate.PRINTED
    with pytest.raises(UncertainError, match="it was restarted since"):
        printer.find("order-2", before)


def test_two_of_one_name_are_told_to_a_person(fake: FakeIpp, tmp_path: Path) -> None:
    printer = opened(fake.uri, tmp_path)
    for _ in range(2):
        printer.submit(sheet("order-1"))
    with pytest.raises(UncertainError, match="has 2 sheets named order-1"):
        printer.find("order-1", "")


def test_a_hidden_name_in_our_queue_may_be_the_sheet_and_one_in_another_queue_is_not(
    cups: FakeIpp, tmp_path: Path
) -> None:
    before = opened(cups.uri, tmp_path).submit(sheet("order-1"))
    opened(cups.uri, tmp_path, user="office").submit(sheet("thesis"))
    with pytest.raises(UncertainError, match="`user:` must be who printed"):
        opened(cups.uri, tmp_path).find("order-2", before)
    cups.jobs[1] = replace(cups.jobs[1], path="/printers/OFFICE")
    assert opened(cups.uri, tmp_path).find("order-2", before) is None


def test_a_sheet_that_still_waits_is_found_too(fake: FakeIpp, tmp_path: Path) -> None:
    fake.taken_as = PENDING
    printer = opened(fake.uri, tmp_path)
    number = printer.submit(sheet("order-1"))
    assert opened(fake.uri, tmp_path).find("order-1", "") == number
