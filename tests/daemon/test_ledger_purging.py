"""What leaves the ledger with age, and what never does."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from daemon.clock import VirtualClock
from daemon.ledger import Ending, Ledger, open_ledger
from daemon.model import Fact, NewDraft, StoredMail, Text, Transition
from daemon.records import LASTING, DraftState, EffectState, Occurrence, State

OLD = datetime(2024, 1, 2, 3, 4, tzinfo=UTC)
NOW = OLD + timedelta(days=800)
LIMIT = NOW - timedelta(days=730)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(tmp_path, "shop", ZoneInfo("UTC"), OLD, "test")


def a_night(ledger: Ledger, moment: datetime) -> None:
    """Leave everything a good run can leave."""
    occurrence = Occurrence("orders", f"{moment:%Y-%m-%dT%H:%M}", moment, State.PENDING)
    ledger.history.account([], [occurrence])
    run = ledger.history.start(occurrence, moment, "boot")
    assert run is not None
    night = ledger.night(run, lambda: moment, lambda _until: [], list)
    night.claim(f"note:{moment:%Y}", "a note")
    night.confirm(f"note:{moment:%Y}", "done")
    night.move([Transition("order", f"{moment:%Y}", "", "seen")])
    fact = Fact("orders.count", moment.date(), Decimal(3), "count", moment, "shop")
    mail = StoredMail(f"<{moment:%Y}@shop.test>", "a@shop.test", "b@shop.test", "x", b"personal", moment.date())
    draft = NewDraft(f"draft {moment:%Y}", Text("a post"), "preview", {})
    ended = type(run)(**{**vars(run), "state": State.OK, "ended": moment})
    ledger.reports.keep(Ending(ended, facts=(fact,), mails=(mail,), drafts=(draft,), watermarks={"day": "2024"}))
    ledger.log("ada", "run", "orders", moment)


def test_what_is_older_than_retention_goes_and_what_is_younger_stays(ledger: Ledger) -> None:
    a_night(ledger, OLD)
    a_night(ledger, NOW)
    ledger.post.settle(1, ledger.post.status()[0].state.SENT, "", OLD, None)
    assert ledger.purge(LIMIT) == 6
    assert [run.started for run in ledger.history.runs()] == [NOW]
    assert [one.due for one in ledger.history.occurrences()] == [NOW]
    assert [fact.day for fact in ledger.facts(["orders.count"], date(2000, 1, 1), date(2100, 1, 1))] == [NOW.date()]
    assert [mail.queued for mail in ledger.post.status()] == [NOW]
    assert ledger.purge(LIMIT) == 0
    ledger.close()


def test_a_lasting_work_item_outlives_retention(ledger: Ledger) -> None:
    a_night(ledger, OLD)
    occurrence = Occurrence("orders", "manual-2", OLD, State.PENDING)
    ledger.history.account([], [occurrence])
    run = ledger.history.start(occurrence, OLD, "boot")
    assert run is not None
    night = ledger.night(run, lambda: OLD, lambda _until: [], list)
    night.move([Transition("customer", "hash", "", LASTING, {"first": "2024-01-02"})])
    ledger.purge(LIMIT)
    assert [item.id for item in night.work_items("customer", [], [])] == ["hash"]
    assert night.work_items("order", [], []) == []
    ledger.close()


def test_what_guards_against_doing_things_twice_stays(ledger: Ledger) -> None:
    a_night(ledger, OLD)
    ledger.purge(LIMIT)
    occurrence = Occurrence("orders", "manual-1", NOW, State.PENDING)
    ledger.history.account([], [occurrence])
    run = ledger.history.start(occurrence, NOW, "boot")
    assert run is not None
    night = ledger.night(run, lambda: NOW, lambda _until: [], list)
    earlier = night.claim("note:2024", "a note")
    assert earlier is not None
    assert earlier.state is EffectState.CONFIRMED
    assert night.watermark("day") == "2024"
    ledger.close()


def test_work_that_is_still_to_do_stays_however_old_it_is(ledger: Ledger) -> None:
    occurrence = Occurrence("orders", "manual-3", OLD, State.PENDING)
    ledger.history.account([], [occurrence])
    run = ledger.history.start(occurrence, OLD, "boot")
    assert run is not None
    night = ledger.night(run, lambda: OLD, lambda _until: [], list)
    steps = [("cake", "1", "baking"), ("cake", "2", "eaten"), ("return", "3", "open"), ("return", "4", "settled")]
    night.move([Transition(kind, number, "", state) for kind, number, state in steps])
    night.move([Transition("leave", "5", "", "granted", lease_until=NOW, owner="ada")])
    ledger.purge(LIMIT, {"cake": ("mixing", "baking")})
    left = [item.id for kind in ("cake", "return", "leave") for item in night.work_items(kind, [], [])]
    assert left == ["1", "3", "5"]
    ledger.close()


def test_what_is_still_open_stays_however_old_it_is(ledger: Ledger) -> None:
    a_night(ledger, OLD)
    ledger.history.account([], [Occurrence("orders", "waits", OLD, State.PENDING)])
    ledger.purge(LIMIT)
    assert [one.slot for one in ledger.history.occurrences()] == ["waits"]
    assert [draft.state for draft in ledger.drafts.standing()] == [DraftState.WAITING]
    assert [mail.subject for mail in ledger.post.status()] == ["x"]  # it never left
    ledger.close()


def test_done_items_of_a_line_go_as_early_as_it_says_and_open_or_younger_ones_stay(ledger: Ledger) -> None:
    occurrence = Occurrence("paper", "manual-1", OLD, State.PENDING)
    ledger.history.account([], [occurrence])
    run = ledger.history.start(occurrence, OLD, "boot")
    assert run is not None
    for moment, names in ((OLD, ("printed", "waiting")), (NOW, ("young",))):
        night = ledger.night(run, VirtualClock(moment).now, lambda _until: [], list)
        night.move([Transition("sheet", name, "", "waiting" if name == "waiting" else "printed") for name in names])
    night.move([Transition("cake", "printed", "", "printed")])
    assert ledger.forget("sheet", frozenset({"printed"}), NOW - timedelta(days=90)) == 1
    assert {item.id for item in night.work_items("sheet", [], [])} == {"waiting", "young"}
    assert [item.id for item in night.work_items("cake", [], [])] == ["printed"]
    ledger.close()
