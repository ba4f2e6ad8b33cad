from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from daemon.api import Context, Draft, DraftState, EffectState, Text, UncertainError, Urgency
from daemon.testing import NOW, FakeNight, make_context, make_outlet
from jobs.connectors.social.file import FILE_SOCIAL, FileSocialOptions
from jobs.kinds.social import SocialNetwork
from jobs.social import SOCIAL_JOB
from jobs.social.options import SocialOptions
from jobs.testing_kinds import AnswerLostError, LosesSocialAnswers

NINE = [{"at": "09:00"}]


@dataclass
class Desk:
    """A network in a file and the nights of one routine."""

    folder: Path
    night: FakeNight = field(default_factory=FakeNight)
    network: SocialNetwork | None = None

    def context(self, now: datetime, *, dry: bool = False) -> Context:
        network = self.network or FILE_SOCIAL.open(FileSocialOptions(characters=60), make_outlet(self.folder))
        opened = {"social": {"file": network}}
        return make_context(self.folder, now=now, night=self.night, opened=opened, routine="posts", dry=dry)

    def run(self, *posts: Any, now: datetime = NOW, **options: Any) -> Context:
        written = [{"text": post} if isinstance(post, str) else post for post in posts]
        ctx = self.context(now)
        SOCIAL_JOB.run(ctx, SocialOptions.model_validate({"posts": written, "slots": NINE, **options}))
        self.night.accept(ctx)
        return ctx

    def decide(self, state: DraftState, index: int = 0) -> Draft:
        self.night.all_drafts[index] = replace(self.night.all_drafts[index], state=state)
        return self.night.all_drafts[index]

    def apply(self, index: int = 0, *, dry: bool = False) -> Text | None:
        assert SOCIAL_JOB.apply is not None
        return SOCIAL_JOB.apply(self.context(NOW, dry=dry), SocialOptions(), self.night.all_drafts[index])

    def lines(self) -> list[str]:
        path = self.folder / "posts.jsonl"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def keys(ctx: Context) -> list[str]:
    return [finding.key.removeprefix("social/posts/") for finding in ctx.report.findings]


def planned(ctx: Context) -> list[tuple[str, str]]:
    return [(f"{d.not_before:%d %H:%M}", str(d.payload["text"])) for d in ctx.report.drafts]


def told(text: Text | None) -> str:
    assert text is not None
    return text.id.format(**text.values)


def test_the_next_posts_take_the_next_slots_of_the_shop_s_own_time(desk: Desk) -> None:
    assert planned(desk.run("One", "Two")) == [("20 08:00", "One"), ("21 08:00", "Two")]


def test_a_draft_says_when_how_long_and_what_and_expires_after_its_slot(desk: Desk) -> None:
    (draft,) = desk.run({"text": "One\x1b[2J", "link": "https://x.test"}, max_late="90m").report.drafts
    assert draft.preview.startswith("Fri 2026-11-20 09:00, ")
    assert "of 60 characters" in draft.preview
    assert "Link: https://x.test" in draft.preview
    assert "\x1b" not in draft.preview
    assert draft.expires == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def test_only_what_is_near_is_shown_for_approval(desk: Desk) -> None:
    assert len(desk.run(*(f"Post {n}" for n in range(9)), ahead="2d").report.drafts) == 2


def test_the_next_night_plans_nothing_twice(desk: Desk) -> None:
    desk.run("One", "Two", "Three", "Four", "Five")
    again = desk.run("One", "Two", "Three", "Four", "Five", now=NOW + timedelta(days=1))
    assert planned(again) == [("23 08:00", "Four")]


@pytest.mark.parametrize(
    ("state", "texts"),
    [
        (DraftState.WAITING, []),
        (DraftState.APPROVED, []),
        (DraftState.APPLIED, []),
        (DraftState.UNCERTAIN, []),
        (DraftState.REJECTED, []),
        (DraftState.EXPIRED, ["One"]),
    ],
)
def test_only_a_post_nobody_decided_about_is_planned_again(desk: Desk, state: DraftState, texts: list[str]) -> None:
    desk.run("One")
    desk.decide(state)
    assert [text for _, text in planned(desk.run("One", now=NOW + timedelta(days=2)))] == texts


def test_what_another_routine_planned_takes_neither_slot_nor_post(desk: Desk) -> None:
    desk.run("One")
    desk.night.all_drafts = [replace(draft, routine="other-network") for draft in desk.night.all_drafts]
    assert planned(desk.run("One")) == [("20 08:00", "One")]


def test_the_slot_of_a_rejected_post_is_free_for_the_next(desk: Desk) -> None:
    desk.run("One")
    desk.decide(DraftState.REJECTED)
    assert planned(desk.run("One", "Two")) == [("20 08:00", "Two")]


def test_a_rejected_post_may_come_back_with_another_link(desk: Desk) -> None:
    desk.run({"text": "One", "link": "https://wrong.test"})
    desk.decide(DraftState.REJECTED)
    assert len(desk.run({"text": "One", "link": "https://right.test"}).report.drafts) == 1


def test_a_post_that_is_too_long_says_what_to_shorten_and_the_others_go_on(desk: Desk) -> None:
    ctx = desk.run("x" * 60 + "the end", "Two")
    (finding,) = [f for f in ctx.report.findings if "/long/" in f.key]
    assert finding.title.values["over"] == 7
    assert "the end" in told(finding.next_step)
    assert planned(ctx) == [("20 08:00", "Two")]


def test_the_same_text_twice_in_the_queue_is_told_and_goes_out_once(desk: Desk) -> None:
    ctx = desk.run("Hello world", "HELLO  world")
    assert "repeated/posts[1]" in keys(ctx)
    assert len(ctx.report.drafts) == 1


def test_a_text_that_was_published_before_is_told(desk: Desk) -> None:
    desk.run("Hello world")
    desk.decide(DraftState.APPLIED)
    assert "repeated/posts[0]" in keys(desk.run("HELLO world"))


def test_a_published_post_that_stays_in_the_queue_is_no_repetition(desk: Desk) -> None:
    desk.run("Hello")
    desk.decide(DraftState.APPLIED)
    assert not [key for key in keys(desk.run("Hello")) if key.startswith("repeated")]


def test_an_empty_slot_tomorrow_is_due_today_and_a_later_one_is_not(desk: Desk) -> None:
    (soon,) = desk.run().report.findings
    assert (soon.urgency, told(soon.title)) == (Urgency.DUE_TODAY, "No post is planned for 2026-11-20 08:00:00+00:00")
    (later,) = desk.run("One", "Two").report.findings
    assert (later.urgency, told(later.title)) == (
        Urgency.STAYS_BROKEN,
        "No post is planned after 2026-11-21 08:00:00+00:00",
    )


def test_a_post_with_a_time_of_its_own_hides_no_empty_slot_before_it(desk: Desk) -> None:
    (finding,) = desk.run("One", {"text": "Later", "slot": "2026-11-24T12:00"}).report.findings
    assert told(finding.title) == "No post is planned after 2026-11-20 08:00:00+00:00"


def test_a_full_queue_is_no_finding(desk: Desk) -> None:
    assert not desk.run(*(f"Post {n}" for n in range(8))).report.findings


def test_a_post_whose_time_is_past_is_told_and_not_sent_late(desk: Desk) -> None:
    ctx = desk.run({"text": "Old", "slot": "2026-11-19T09:00"})
    assert any(key.startswith("missed/") for key in keys(ctx))
    assert not ctx.report.drafts


def test_every_finding_can_be_said(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "queue").mkdir()
    (tmp_path / "queue/bad.txt").write_bytes(b"\xff")
    ctx = desk.run("x" * 61, "a", "A", {"text": "Old", "slot": "2026-11-19T09:00"}, queue=str(tmp_path / "queue"))
    assert {key.split("/")[0] for key in keys(ctx)} == {"long", "repeated", "missed", "queue", "unusable"}
    for finding in ctx.report.findings:
        assert told(finding.title)
        assert told(finding.next_step)


def test_an_approved_post_goes_out_once_however_often_it_is_applied(desk: Desk) -> None:
    desk.run("One")
    assert told(desk.apply()) == told(desk.apply()) == f"Published: {desk.folder}/posts.jsonl:1"
    assert len(desk.lines()) == 1


def test_a_dry_run_publishes_nothing(desk: Desk) -> None:
    desk.run("One")
    desk.apply(dry=True)
    assert not desk.lines()
    assert not desk.night.effects


def test_an_answer_lost_on_the_way_back_is_found_by_the_second_try(desk: Desk) -> None:
    desk.run("One")
    desk.network = LosesSocialAnswers(FILE_SOCIAL.open(FileSocialOptions(), make_outlet(desk.folder)))
    with pytest.raises(AnswerLostError):
        desk.apply()
    assert told(desk.apply()) == f"Published: {desk.folder}/posts.jsonl:1"
    assert len(desk.lines()) == 1


def test_where_nobody_can_be_asked_a_lost_answer_is_uncertain_and_never_repeated(desk: Desk) -> None:
    desk.run("One")
    inner = FILE_SOCIAL.open(FileSocialOptions(), make_outlet(desk.folder))
    desk.network = LosesSocialAnswers(inner, traceable=False)
    with pytest.raises(AnswerLostError):
        desk.apply()
    with pytest.raises(UncertainError):
        desk.apply()
    assert len(desk.lines()) == 1
    assert {effect.state for effect in desk.night.effects.values()} == {EffectState.UNCERTAIN}


def test_a_post_planned_anew_after_it_expired_is_still_the_same_post(desk: Desk) -> None:
    desk.run("One")
    desk.decide(DraftState.EXPIRED)
    desk.run("One", now=NOW + timedelta(days=1))
    assert len(desk.night.all_drafts) == 2
    desk.apply(0)
    desk.apply(1)
    assert len(desk.lines()) == 1


@pytest.mark.parametrize(
    "rule", [{"at": "24:00"}, {"at": "9"}, {"at": "09:00", "days": []}, {"at": "09:00", "days": ["monday"]}]
)
def test_a_slot_that_means_nothing_is_refused(rule: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SocialOptions.model_validate({"slots": [rule]})
