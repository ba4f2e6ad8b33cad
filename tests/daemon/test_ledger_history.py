"""Occurrences and runs: one row each, claimed by one of those who want it, ended once."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from daemon.ledger import Ledger, Standing, open_ledger
from daemon.model import Text
from daemon.records import Occurrence, Run, State

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def opened(state: Path, shop: str = "mine") -> Ledger:
    return open_ledger(state, shop, ZoneInfo("Europe/Berlin"), NOW, "1.0")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = opened(tmp_path)
    yield made
    made.close()


def pending(minute: int = 0, routine: str = "sweep") -> Occurrence:
    due = NOW + minute * MINUTE
    return Occurrence(routine, f"{due:%Y-%m-%dT%H:%M}", due, State.PENDING)


def started(ledger: Ledger, occurrence: Occurrence) -> Run:
    ledger.history.account([], [occurrence])
    run = ledger.history.start(occurrence, NOW, "boot")
    assert run is not None
    return run


def test_an_occurrence_is_added_once_and_only_the_new_are_returned(ledger: Ledger) -> None:
    assert ledger.history.account([], [pending(0), pending(1)]) == [pending(0), pending(1)]
    assert ledger.history.account([], [pending(1), pending(2), pending(2)]) == [pending(2)]
    assert ledger.history.occurrences() == [pending(0), pending(1), pending(2)]


def test_a_slot_that_is_named_again_keeps_the_row_it_has(ledger: Ledger) -> None:
    run = started(ledger, pending())
    ledger.history.ended(replace(run, state=State.FAILED, ended=NOW, reason="no shop"))
    moved = replace(pending(), due=NOW + timedelta(hours=1))
    assert ledger.history.account([], [moved]) == []
    (kept,) = ledger.history.occurrences()
    assert (kept.state, kept.due, kept.reason) == (State.FAILED, NOW, "no shop")


def test_standings_and_rows_are_kept_together_or_not_at_all(ledger: Ledger) -> None:
    standing = Standing("sweep", "sig", NOW)
    with pytest.raises(Exception, match="without a zone"):
        ledger.history.account([standing], [pending(), replace(pending(1), due=datetime(2026, 11, 20))])
    assert ledger.history.occurrences() == []
    assert ledger.history.standings() == {}
    ledger.history.account([standing], [pending()])
    paused = replace(standing, accounted=NOW + MINUTE, paused=True, paused_until=NOW + 5 * MINUTE)
    ledger.history.account([paused], [])
    assert ledger.history.standings() == {"sweep": paused}


def test_of_two_who_start_it_one_gets_it(tmp_path: Path) -> None:
    first, second = opened(tmp_path), opened(tmp_path)
    first.history.account([], [pending(n) for n in range(20)])
    got: list[Run] = []

    def race(ledger: Ledger) -> None:
        for n in range(20):
            run = ledger.history.start(pending(n), NOW, "boot")
            if run is not None:
                got.append(run)

    threads = [threading.Thread(target=race, args=[ledger]) for ledger in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run.slot for run in got) == [pending(n).slot for n in range(20)]
    assert sorted(run.id for run in got) == list(range(1, 21))
    assert len(first.history.runs(limit=100)) == 20
    first.close()
    second.close()


def test_a_start_is_a_run_and_a_running_occurrence(ledger: Ledger) -> None:
    run = started(ledger, pending())
    assert run == Run(1, "sweep", pending().slot, 1, State.RUNNING, NOW, NOW)
    assert ledger.history.run(1) == run
    assert [(o.state, o.tries) for o in ledger.history.occurrences()] == [(State.RUNNING, 1)]
    assert ledger.history.start(pending(), NOW, "boot") is None


def test_another_try_is_another_run_of_the_same_occurrence(ledger: Ledger) -> None:
    run = started(ledger, pending())
    failed = replace(run, state=State.FAILED, ended=NOW, reason="no shop")
    ledger.history.ended(failed, NOW + MINUTE)
    (waiting,) = ledger.history.occurrences(open_only=True)
    assert (waiting.state, waiting.tries, waiting.not_before, waiting.ended) == (State.PENDING, 1, NOW + MINUTE, None)
    assert ledger.history.start(pending(), NOW, "boot") is None, "who knows less tries than there were is too late"
    again = ledger.history.start(waiting, NOW + MINUTE, "boot")
    assert again is not None
    assert (again.id, again.attempt) == (2, 2)
    assert ledger.history.run(1) == failed


def test_a_final_end_closes_the_occurrence(ledger: Ledger) -> None:
    run = started(ledger, pending())
    end = replace(run, state=State.TIMED_OUT, ended=NOW + MINUTE, reason="cut off", output="last words",
                  summary=Text("n"), max_rss_kb=9, requests=2, checked=(Text("c"),))  # fmt: skip
    ledger.history.ended(end)
    assert ledger.history.run(1) == end
    (done,) = ledger.history.occurrences()
    assert (done.state, done.reason, done.ended) == (State.TIMED_OUT, "cut off", NOW + MINUTE)
    assert ledger.history.occurrences(open_only=True) == []


def test_skipping_ends_what_waits_and_never_what_runs(ledger: Ledger) -> None:
    ledger.history.account([], [pending(0), pending(1)])
    ledger.history.start(pending(1), NOW, "boot")
    for minute in (0, 1):
        ledger.history.skip(pending(minute), "paused", NOW)
    found = [(o.state, o.reason) for o in ledger.history.occurrences()]
    assert found == [(State.SKIPPED, "paused"), (State.RUNNING, "")]


def test_runs_are_listed_newest_first_by_routine_and_state(ledger: Ledger) -> None:
    runs = [started(ledger, pending(n, name)) for n, name in enumerate(["a", "b", "a"])]
    ledger.history.ended(replace(runs[0], state=State.LOST, ended=NOW, reason="gone"))
    assert [run.id for run in ledger.history.runs()] == [3, 2, 1]
    assert [run.id for run in ledger.history.runs("a")] == [3, 1]
    assert [run.id for run in ledger.history.runs(limit=1)] == [3]
    assert [run.id for run in ledger.history.runs(states=[State.LOST])] == [1]
    assert [run.id for run in ledger.history.last_failures(NOW)] == [1]
    assert ledger.history.last_failures(NOW + timedelta(days=2)) == []


def test_since_counts_by_when_it_fell_due(ledger: Ledger) -> None:
    ledger.history.account([], [pending(2), pending(0), pending(1)])
    assert [o.due for o in ledger.history.occurrences(since=NOW + MINUTE)] == [NOW + MINUTE, NOW + 2 * MINUTE]


def test_two_shops_in_one_ledger_never_meet(tmp_path: Path) -> None:
    mine, other = opened(tmp_path), opened(tmp_path, "other")
    run = started(mine, pending())
    assert other.history.occurrences() == []
    assert other.history.run(run.id) is None
    theirs = started(other, pending())
    assert theirs.id == 1
    other.history.ended(replace(theirs, state=State.OK, ended=NOW))
    assert [one.state for one in mine.history.runs()] == [State.RUNNING]
    mine.close()
    other.close()


def test_the_process_of_a_run_is_kept_with_its_end(ledger: Ledger) -> None:
    run = replace(started(ledger, pending()), pid=4711, state=State.FAILED, ended=NOW)
    ledger.history.ended(run)
    assert ledger.history.run(1) == run
