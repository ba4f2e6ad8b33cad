"""What a run may ask is answered alike by the ledger and by the fake that jobs are tested with."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest

from daemon.context import Context
from daemon.errors import LedgerError
from daemon.ledger import Ending, Ledger, open_ledger
from daemon.model import Fact, FactName, Finding, NewDraft, StoredMail, Text, Transition, Urgency
from daemon.night import COMMITS, READS, Night
from daemon.records import DraftState, EffectState, State, Upcoming, WorkItem
from daemon.testing import FakeNight, make_context
from tests.daemon.asking import ask, started

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)
COUNT = FactName("orders.count", "count", "orders of the day")
LATE = Finding("late:17", Urgency.DUE_TODAY, Text("late"))


Step = Callable[[Context], None]


class Work(Protocol):
    """Does one good run of the routine at a moment, with these steps."""

    def __call__(self, now: datetime, *steps: Step) -> None: ...


class NightContract:
    """Give `night` and `work` as fixtures."""

    def test_an_effect_is_claimed_once(self, night: Night) -> None:
        assert night.claim("note:1", "the note") is None
        earlier = night.claim("note:1", "the note")
        assert earlier is not None
        assert (earlier.key, earlier.state, earlier.what, earlier.claimed) == (
            "note:1", EffectState.CLAIMED, "the note", NOW
        )  # fmt: skip

    def test_a_confirmed_effect_remembers_its_answer(self, night: Night) -> None:
        night.claim("note:1", "the note")
        night.confirm("note:1", "id 7")
        earlier = night.claim("note:1", "another")
        assert earlier is not None
        assert (earlier.state, earlier.answer, earlier.what) == (EffectState.CONFIRMED, "id 7", "the note")

    def test_a_released_effect_may_be_claimed_again(self, night: Night) -> None:
        night.claim("note:1", "the note")
        night.release("note:1")
        assert night.claim("note:1", "the note") is None

    def test_a_doubted_effect_stays_claimed_and_can_be_confirmed_later(self, night: Night) -> None:
        night.claim("note:1", "the note")
        night.doubt("note:1")
        doubted = night.claim("note:1", "the note")
        assert doubted is not None
        assert doubted.state is EffectState.UNCERTAIN
        night.confirm("note:1", "it was there")
        settled = night.claim("note:1", "the note")
        assert settled is not None
        assert settled.state is EffectState.CONFIRMED

    @pytest.mark.parametrize("verb", ["confirm", "release", "doubt"])
    def test_what_is_confirmed_or_unclaimed_cannot_be_changed(self, night: Night, verb: str) -> None:
        args = ("note:1", "x") if verb == "confirm" else ("note:1",)
        with pytest.raises(LedgerError, match="note:1 has no open claim"):
            getattr(night, verb)(*args)
        night.claim("note:1", "the note")
        night.confirm("note:1", "id 7")
        with pytest.raises(LedgerError, match="no open claim"):
            getattr(night, verb)(*args)
        assert night.claim("note:1", "the note") is not None

    def test_a_work_item_moves_only_from_where_it_stands(self, night: Night) -> None:
        new = Transition("order", "17", "", "new", {"total": Decimal("9.90")})
        assert night.move([new, new]) == [True, False]
        assert night.move([Transition("order", "17", "packed", "sent")]) == [False]
        assert night.move([Transition("order", "17", "new", "packed"), Transition("order", "18", "new", "x")]) == [
            True,
            False,
        ]
        assert night.work_items("order", [], []) == [WorkItem("order", "17", "packed", NOW, {})]

    def test_a_work_item_keeps_its_data_exactly(self, night: Night) -> None:
        night.move([Transition("order", "17", "", "new", {"total": Decimal("9.90"), "at": NOW, "$": [1, None]})])
        assert night.work_items("order", [], [])[0].data == {"total": Decimal("9.90"), "at": NOW, "$": [1, None]}

    def test_work_items_are_found_by_kind_state_and_id_in_order(self, night: Night) -> None:
        night.move([Transition("order", str(n), "", "new") for n in (3, 1, 2)] + [Transition("parcel", "1", "", "new")])
        night.move([Transition("order", "2", "new", "packed")])
        assert [item.id for item in night.work_items("order", [], [])] == ["1", "2", "3"]
        assert [item.id for item in night.work_items("order", ["new"], [])] == ["1", "3"]
        assert [item.id for item in night.work_items("order", ["new", "packed"], ["2", "3", "3", "9"])] == ["2", "3"]
        assert night.work_items("order", ["packed"], ["1"]) == []

    def test_work_items_that_were_changed_since_a_moment_are_found(self, night: Night) -> None:
        night.move([Transition("order", "1", "", "new")])
        assert [item.id for item in night.work_items("order", [], [], "", 0, NOW)] == ["1"]
        assert night.work_items("order", [], [], "", 0, NOW + timedelta(microseconds=1)) == []

    def test_many_work_items_are_found_by_their_ids(self, night: Night) -> None:
        ids = [f"{n:05}" for n in range(1200)]
        assert night.move([Transition("order", one, "", "new") for one in ids]) == [True] * 1200
        assert [item.id for item in night.work_items("order", [], [*reversed(ids), *ids])] == ids

    @pytest.mark.parametrize(
        "step",
        [Transition("", "1", "", "new"), Transition("order", "", "", "new"), Transition("order", "1", "new", "")],
    )
    def test_an_incomplete_step_moves_nothing_at_all(self, night: Night, step: Transition) -> None:
        with pytest.raises(LedgerError, match="a transition needs a kind, an id and a state"):
            night.move([Transition("order", "9", "", "new"), step])
        assert night.work_items("order", [], []) == []

    def test_what_a_good_run_found_stands_until_it_is_gone(self, night: Night, work: Work) -> None:
        other = replace(LATE, key="late:18", since=NOW - 3 * DAY)
        work(NOW - DAY, lambda ctx: ctx.find(LATE), lambda ctx: ctx.find(other))
        work(NOW, lambda ctx: ctx.find(replace(LATE, title=Text("x"))), lambda ctx: ctx.find(LATE))
        (seen,) = night.findings(NOW - 2 * DAY)
        assert (seen.finding, seen.since, seen.found, seen.mornings) == (LATE, NOW - DAY, NOW, 2)
        assert night.findings(NOW + DAY) == []

    def test_findings_come_oldest_cause_first(self, night: Night, work: Work) -> None:
        found = [replace(LATE, key=key, since=NOW - n * DAY) for key, n in (("a", 1), ("b", 3), ("c", 3))]
        work(NOW, *(partial(Context.find, finding=one) for one in found))
        assert [(s.finding.key, s.mornings) for s in night.findings(NOW - DAY)] == [("b", 1), ("c", 1), ("a", 1)]

    def test_the_last_watermark_counts(self, night: Night, work: Work) -> None:
        assert night.watermark("orders") is None
        work(NOW - DAY, lambda ctx: ctx.mark("orders", "17"))
        work(NOW, lambda ctx: ctx.mark("orders", "18"))
        assert (night.watermark("orders"), night.watermark("stock")) == ("18", None)

    def test_facts_are_replaced_by_key_and_come_in_order(self, night: Night, work: Work) -> None:
        def count(value: int, day: date, **dimensions: str) -> Callable[[Context], None]:
            return lambda ctx: ctx.fact(COUNT, day, value, as_of=NOW, source="csv", dimensions=dimensions)

        for job in (count(3, TODAY), count(1, TODAY - DAY), count(5, TODAY, shop="b"), count(4, TODAY)):
            work(NOW, job)
        first, second, third = night.facts(["orders.count"], TODAY - DAY, TODAY)
        assert (first.day, first.value) == (TODAY - DAY, Decimal(1))
        assert {(f.value, f.dimensions.get("shop")) for f in (second, third)} == {(Decimal(4), None), (Decimal(5), "b")}
        assert night.facts(["orders.other"], TODAY - DAY, TODAY) == []
        assert night.facts(["orders.count"], TODAY + DAY, TODAY + 2 * DAY) == []
        assert isinstance(first, Fact)

    def test_a_draft_is_new_once(self, night: Night, work: Work) -> None:
        letter = NewDraft("letter", Text("A letter"), "Dear customer", {"n": 1}, expires=NOW + DAY)
        work(NOW - DAY, lambda ctx: ctx.draft(letter))
        work(
            NOW,
            lambda ctx: ctx.draft(replace(letter, preview="changed")),
            lambda ctx: ctx.draft(replace(letter, key="b")),
        )
        drafts = night.drafts([DraftState.WAITING])
        assert [(d.id, d.draft.key, d.draft.preview, d.created) for d in drafts] == [
            (1, "letter", "Dear customer", NOW - DAY), (2, "b", "Dear customer", NOW)
        ]  # fmt: skip
        assert night.drafts([DraftState.APPROVED]) == []
        assert night.drafts([]) == drafts


class TestFakeNight(NightContract):
    @pytest.fixture
    def night(self) -> FakeNight:
        return FakeNight(now=NOW)

    @pytest.fixture
    def work(self, night: FakeNight, tmp_path: Path) -> Work:
        def run(now: datetime, *steps: Step) -> None:
            ctx = make_context(tmp_path, frozenset({COUNT.name}), now=now, night=night)
            for step in steps:
                step(ctx)
            night.accept(ctx)

        return run

    def test_a_rehearsal_leaves_nothing(self, night: FakeNight, tmp_path: Path) -> None:
        ctx = make_context(tmp_path, night=night, dry=True)
        ctx.find(LATE)
        night.accept(ctx)
        assert night.findings(NOW - DAY) == []


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = open_ledger(tmp_path, "mine", ZoneInfo("Europe/Berlin"), NOW, "1.0")
    yield made
    made.close()


class TestLedgerNight(NightContract):
    @pytest.fixture
    def night(self, ledger: Ledger) -> Night:
        return ask(ledger, started(ledger, NOW))

    @pytest.fixture
    def work(self, ledger: Ledger, tmp_path: Path) -> Work:
        def work(now: datetime, *steps: Step) -> None:
            run = started(ledger, now)
            ctx = make_context(tmp_path, frozenset({COUNT.name}), now=now, run_id=run.id)
            for step in steps:
                step(ctx)
            report = ctx.report
            kept = (tuple(report.findings), tuple(report.facts), report.watermarks, tuple(report.drafts))
            ledger.reports.keep(Ending(replace(run, state=State.OK, ended=now), *kept))

        return work

    def test_a_run_sees_the_others_and_not_itself(self, ledger: Ledger) -> None:
        early, late, own = (started(ledger, NOW + n * DAY) for n in range(3))
        night = ask(ledger, own)
        assert night.runs(NOW) == [early, late]
        assert night.runs(NOW + DAY) == [late]
        assert [one.due for one in night.occurrences(NOW + DAY)] == [NOW + DAY, NOW + 2 * DAY]

    def test_a_watermark_is_the_routines_own(self, ledger: Ledger, work: Work) -> None:
        work(NOW, lambda ctx: ctx.mark("orders", "17"))
        assert ask(ledger, started(ledger, NOW)).watermark("orders") == "17"
        assert ask(ledger, started(ledger, NOW, "other")).watermark("orders") is None

    def test_all_mails_since_are_told_however_many(self, ledger: Ledger) -> None:
        mails = [StoredMail(f"<{n}@shop>", "a@s.test", "b@s.test", "s", b"b", TODAY) for n in range(250)]
        ledger.post.add("briefing", mails[:1], NOW - DAY)
        ledger.post.add("briefing", mails[1:], NOW)
        assert [mail.id for mail in ask(ledger, started(ledger, NOW)).mails(NOW)] == list(range(2, 251))

    def test_what_the_daemon_keeps_in_mind_is_passed_on(self, ledger: Ledger) -> None:
        coming = tuple(Upcoming("orders", f"s{n}", NOW + n * DAY) for n in (1, 2))
        night = ask(ledger, started(ledger, NOW), coming, (Text("down"),))
        assert night.upcoming(NOW + DAY) == [coming[0]]
        assert night.notices() == [Text("down")]

    def test_effects_and_items_are_on_disk_before_the_answer(self, ledger: Ledger, tmp_path: Path) -> None:
        night = ask(ledger, started(ledger, NOW))
        night.claim("note:1", "the note")
        night.move([Transition("order", "17", "", "new")])
        ledger.backup(tmp_path / "copy.db")
        (tmp_path / "after").mkdir()
        (tmp_path / "copy.db").rename(tmp_path / "after" / "ledger.db")
        later = open_ledger(tmp_path / "after", "mine", ZoneInfo("Europe/Berlin"), NOW, "1.0")
        again = ask(later, started(later, NOW))
        assert again.claim("note:1", "the note") is not None
        assert [item.state for item in again.work_items("order", [], [])] == ["new"]
        later.close()

    def test_another_shop_has_other_effects(self, ledger: Ledger, tmp_path: Path) -> None:
        other = open_ledger(tmp_path, "other", ZoneInfo("Europe/Berlin"), NOW, "1.0")
        nights = [ask(one, started(one, NOW)) for one in (ledger, other)]
        assert [night.claim("note:1", "the note") for night in nights] == [None, None]
        nights[1].confirm("note:1", "theirs")
        mine = nights[0].claim("note:1", "the note")
        assert mine is not None
        assert mine.state is EffectState.CLAIMED
        other.close()


def test_every_verb_of_the_wire_is_one_of_the_night() -> None:
    many_moves = "move_all"
    assert {name for name in vars(Night) if not name.startswith("_")} == {*READS, *COMMITS, many_moves}
