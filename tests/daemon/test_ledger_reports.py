"""What a run hands over is kept whole or not at all, and a finding lives as long as its cause."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from daemon.ledger import Ending, Ledger, open_ledger
from daemon.ledger.store import make_engine
from daemon.model import Fact, Finding, NewDraft, StoredMail, Text, Urgency
from daemon.records import DraftState, Occurrence, Run, SeenFinding, State

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
DAY = timedelta(days=1)
TODAY = date(2026, 11, 20)
LATE = Finding("late:17", Urgency.DUE_TODAY, Text("Order {n} is late", {"n": 17}))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = open_ledger(tmp_path, "mine", ZoneInfo("Europe/Berlin"), NOW, "1.0")
    yield made
    made.close()


def started(ledger: Ledger, now: datetime = NOW, slot: str = "", routine: str = "orders") -> Run:
    occurrence = Occurrence(routine, slot or f"{now:%Y-%m-%dT%H:%M:%S}", now, State.PENDING)
    ledger.history.account([], [occurrence])
    run = ledger.history.start(occurrence, now, "boot")
    assert run is not None
    return run


def keep(ledger: Ledger, *found: Finding, now: datetime = NOW, slot: str = "", routine: str = "orders") -> Run:
    run = replace(started(ledger, now, slot, routine), state=State.OK, ended=now)
    ledger.reports.keep(Ending(run, findings=found))
    return run


def standing(ledger: Ledger) -> list[SeenFinding]:
    any_run = Run(0, "briefing", "s", 1, State.RUNNING, NOW, NOW)
    return ledger.night(any_run, lambda: NOW, lambda _until: [], list).findings(NOW - 30 * DAY)


def fact(value: Decimal | str, **dimensions: str) -> Fact:
    return Fact("orders.count", TODAY, value, "count", NOW, "csv", dimensions)


def mail(number: int) -> StoredMail:
    return StoredMail(f"<{number}@shop>", "a@shop.test", "b@shop.test", "Night", b"bytes", TODAY)


def whole(run: Run) -> Ending:
    return Ending(
        run, (LATE,), (fact(Decimal(3)),), {"orders": "17"}, (NewDraft("letter", Text("A letter"), "Dear", {}),),
        DraftState.WAITING, (mail(1), mail(2)),
    )  # fmt: skip


def kept(ledger: Ledger, run: Run) -> dict[str, int]:
    night = ledger.night(run, lambda: NOW, lambda _until: [], list)
    return {
        "findings": len(standing(ledger)),
        "facts": len(ledger.facts(["orders.count"], TODAY, TODAY)),
        "marks": night.watermark("orders") is not None,
        "drafts": len(ledger.drafts.standing()),
        "mails": len(ledger.post.status()),
    }


def test_everything_handed_over_is_kept_with_the_end(ledger: Ledger) -> None:
    run = replace(started(ledger), state=State.OK, ended=NOW, summary=Text("done"))
    ledger.reports.keep(whole(run))
    assert kept(ledger, run) == {"findings": 1, "facts": 1, "marks": 1, "drafts": 1, "mails": 2}
    assert ledger.history.run(run.id) == run
    assert [one.state for one in ledger.history.occurrences()] == [State.OK]


@pytest.mark.parametrize("table", ["findings", "facts", "watermarks", "drafts", "mails"])
def test_where_the_disk_refuses_one_part_nothing_is_kept(ledger: Ledger, table: str) -> None:
    run = started(ledger)
    engine = make_engine(ledger.path)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE TRIGGER full BEFORE INSERT ON {table} BEGIN SELECT raise(ABORT, 'disk full'); END"
        )
    with pytest.raises(Exception, match="disk full"):
        ledger.reports.keep(whole(replace(run, state=State.OK, ended=NOW)))
    assert kept(ledger, run) == {"findings": 0, "facts": 0, "marks": 0, "drafts": 0, "mails": 0}
    assert ledger.history.run(run.id) == run
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")
    engine.dispose()
    ledger.reports.keep(whole(replace(run, state=State.OK, ended=NOW)))
    assert kept(ledger, run) == {"findings": 1, "facts": 1, "marks": 1, "drafts": 1, "mails": 2}


def test_a_value_that_cannot_be_written_leaves_nothing_behind(ledger: Ledger) -> None:
    run = started(ledger)
    broken = replace(
        whole(replace(run, state=State.OK, ended=NOW)), drafts=(NewDraft("x", Text("x"), "", {"a": object()}),)
    )
    with pytest.raises(Exception, match="can't travel"):
        ledger.reports.keep(broken)
    assert kept(ledger, run) == {"findings": 0, "facts": 0, "marks": 0, "drafts": 0, "mails": 0}
    assert [one.state for one in ledger.history.occurrences()] == [State.RUNNING]


def test_a_finding_carries_its_since_and_counts_its_mornings(ledger: Ledger) -> None:
    for day, hour in ((0, 0), (1, 0), (1, 3), (2, 0)):
        run = keep(ledger, LATE, now=NOW + day * DAY + timedelta(hours=hour))
    (seen,) = standing(ledger)
    assert (seen.since, seen.found, seen.mornings, seen.run) == (NOW, NOW + 2 * DAY, 3, run.id)


def test_a_morning_is_the_shops_and_not_the_clocks(ledger: Ledger) -> None:
    evening = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    keep(ledger, LATE, now=evening)
    keep(ledger, LATE, now=evening + timedelta(hours=1))
    assert [one.mornings for one in standing(ledger)] == [2]


def test_a_finding_closes_when_its_routine_no_longer_sees_it(ledger: Ledger) -> None:
    keep(ledger, LATE, replace(LATE, key="late:18"))
    keep(ledger, replace(LATE, key="stock:3"), routine="stock", now=NOW + timedelta(hours=1))
    keep(ledger, replace(LATE, key="late:18"), now=NOW + DAY)
    assert {one.finding.key for one in standing(ledger)} == {"late:18", "stock:3"}


def test_a_finding_that_comes_back_starts_anew(ledger: Ledger) -> None:
    keep(ledger, LATE)
    keep(ledger, now=NOW + DAY)
    keep(ledger, LATE, now=NOW + 2 * DAY)
    assert [(one.since, one.mornings) for one in standing(ledger)] == [(NOW + 2 * DAY, 1)]


def test_a_finding_that_comes_back_with_the_since_it_had_is_kept(ledger: Ledger) -> None:
    dated = replace(LATE, since=NOW - 5 * DAY)
    keep(ledger, dated)
    keep(ledger, now=NOW + DAY)
    keep(ledger, dated, now=NOW + 2 * DAY)
    assert [(one.since, one.found) for one in standing(ledger)] == [(NOW - 5 * DAY, NOW + 2 * DAY)]


def test_the_newest_words_of_a_finding_count_and_each_key_once(ledger: Ledger) -> None:
    first = keep(ledger, LATE)
    second = keep(ledger, LATE, replace(LATE, title=Text("Order {n} is very late", {"n": 17})), now=NOW + DAY)
    (seen,) = standing(ledger)
    assert seen.finding.title.id == "Order {n} is very late"
    assert ledger.reports.findings_of(first.id) == []
    assert ledger.reports.findings_of(second.id) == [seen.finding]


def test_applying_a_draft_closes_no_findings(ledger: Ledger) -> None:
    keep(ledger, LATE)
    keep(ledger, slot="draft-1-20261120T050000", now=NOW + timedelta(hours=1))
    assert [one.finding.key for one in standing(ledger)] == ["late:17"]


def test_a_later_value_of_a_fact_replaces_the_earlier(ledger: Ledger) -> None:
    for value in (Decimal(3), Decimal(4)):
        run = replace(started(ledger, slot=str(value)), state=State.OK, ended=NOW)
        ledger.reports.keep(Ending(run, facts=(fact(value), fact(value, shop="b", country="DE"))))
    assert ledger.facts(["orders.count"], TODAY, TODAY) == [fact(Decimal(4), country="DE", shop="b"), fact(Decimal(4))]


def test_facts_come_exact_by_name_and_day(ledger: Ledger) -> None:
    run = replace(started(ledger), state=State.OK, ended=NOW)
    days = [replace(fact(Decimal("0.10")), day=TODAY - n * DAY) for n in range(3)]
    text = replace(fact("12.50"), name="orders.note")
    ledger.reports.keep(Ending(run, facts=(*days, text)))
    assert ledger.facts(["orders.count"], TODAY - DAY, TODAY) == [days[1], days[0]]
    assert [type(one.value) for one in ledger.facts(["orders.note", "orders.count"], TODAY, TODAY)] == [Decimal, str]
    assert ledger.facts([], TODAY, TODAY) == []


def test_keeping_the_same_report_twice_doubles_nothing(ledger: Ledger) -> None:
    run = replace(started(ledger), state=State.OK, ended=NOW)
    ledger.reports.keep(whole(run))
    ledger.reports.keep(whole(run))
    assert kept(ledger, run) == {"findings": 1, "facts": 1, "marks": 1, "drafts": 1, "mails": 2}
    assert [one.mornings for one in standing(ledger)] == [1]
