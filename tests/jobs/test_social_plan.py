from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from jobs.social.plan import Rule, digest, instant, plan, slots, wording
from jobs.social.queue import LARGEST_FILE, Prepared, QueuedPost, parse_post, read_queue

BERLIN = ZoneInfo("Europe/Berlin")
DAILY = frozenset(range(7))
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def waiting(count: int) -> list[Prepared]:
    return [Prepared(f"posts[{n}]", QueuedPost(text=f"Text {n}")) for n in range(count)]


def at(day: date, clock: time) -> list[str]:
    return [f"{one:%d %H:%M}" for one in slots([Rule(DAILY, clock)], day, day, BERLIN)]


def test_a_time_inside_the_spring_gap_moves_by_the_gap() -> None:
    assert at(date(2026, 3, 29), time(2, 30)) == ["29 01:30"]


def test_a_time_that_comes_twice_in_autumn_is_one_slot_the_first_time() -> None:
    assert at(date(2026, 10, 25), time(2, 30)) == ["25 00:30"]


def test_nine_in_the_morning_stays_nine_over_the_change() -> None:
    days = slots([Rule(DAILY, time(9))], date(2026, 3, 28), date(2026, 3, 30), BERLIN)
    assert [f"{one.astimezone(BERLIN):%H:%M}" for one in days] == ["09:00"] * 3


def test_two_rules_at_one_instant_are_one_slot() -> None:
    rules = [Rule(DAILY, time(2, 30)), Rule(DAILY, time(3, 30))]
    assert len(slots(rules, date(2026, 3, 29), date(2026, 3, 29), BERLIN)) == 1


def test_only_the_named_weekdays_have_slots() -> None:
    rule = Rule(frozenset({0, 3}), time(9))
    assert {one.weekday() for one in slots([rule], date(2026, 11, 1), date(2026, 11, 30), BERLIN)} == {0, 3}


@given(
    count=st.integers(0, 12),
    free=st.lists(st.integers(-5, 30), max_size=20, unique=True),
    taken=st.sets(st.integers(-5, 30)),
)
def test_no_slot_and_no_post_is_used_twice(count: int, free: list[int], taken: set[int]) -> None:
    moments = [NOON + timedelta(hours=n) for n in sorted(free)]
    occupied = {NOON + timedelta(hours=n) for n in taken}
    made = plan(waiting(count), moments, occupied, NOON, BERLIN)
    used = [one.at for one in made.planned]
    assert len(set(used)) == len(used)
    assert len({one.prepared.source for one in made.planned}) == len(used)
    assert all(moment > NOON and moment not in occupied for moment in used)
    assert set(made.empty) | set(used) == {m for m in moments if m > NOON and m not in occupied}


def test_posts_go_out_in_their_order() -> None:
    made = plan(waiting(2), [NOON + timedelta(hours=n) for n in (1, 2, 3)], frozenset(), NOON, BERLIN)
    assert [one.prepared.source for one in made.planned] == ["posts[0]", "posts[1]"]
    assert made.empty == [NOON + timedelta(hours=3)]


def test_a_post_with_its_own_time_keeps_it_and_takes_the_slot() -> None:
    fixed = Prepared("fixed", QueuedPost(text="At two", slot=datetime(2026, 11, 20, 14)))
    made = plan([*waiting(1), fixed], [NOON + timedelta(hours=1), NOON + timedelta(hours=2)], frozenset(), NOON, BERLIN)
    assert [(one.at.hour, one.prepared.source) for one in made.planned] == [(13, "fixed"), (14, "posts[0]")]


def test_a_time_that_is_past_is_missed_and_not_made_up_for() -> None:
    late = Prepared("late", QueuedPost(text="x", slot=datetime(2026, 11, 20, 12)))
    made = plan([late], [NOON + timedelta(hours=1)], frozenset(), NOON, BERLIN)
    assert [one.source for one in made.missed] == ["late"]
    assert not made.planned


def test_a_fixed_time_inside_the_gap_moves_too() -> None:
    assert instant(datetime(2026, 3, 29, 2, 30), BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_post_is_known_by_its_content_and_a_text_by_its_words() -> None:
    assert digest(QueuedPost(text="a\n")) == digest(QueuedPost(text="a", slot=datetime(2026, 1, 1)))
    assert digest(QueuedPost(text="a")) != digest(QueuedPost(text="a", link="https://x.test"))
    assert wording("Hello   World") == wording("hello\nworld")


def test_a_file_may_begin_with_lines_about_the_post() -> None:
    post = parse_post("slot: 2026-11-24T09:00\nlink: https://shop.test/1\n\nFirst line\n\nSecond\n")
    assert (post.text, post.slot, post.link) == (
        "First line\n\nSecond",
        datetime(2026, 11, 24, 9),
        "https://shop.test/1",
    )


@pytest.mark.parametrize("text", ["Link: in bio", "link: just a word", "Title\nlink: x\n\nmore", "A\n\nslot: b"])
def test_a_text_that_only_looks_like_such_lines_stays_whole(text: str) -> None:
    assert parse_post(text).text == text


@pytest.mark.parametrize(
    "content", ["", "  \n", "slot: tomorrow\n\ntext", "link: ftp://x\n\ntext", "slot: 2026-11-24T09:00Z\n\nx"]
)
def test_a_file_that_is_no_post_is_refused(content: str) -> None:
    with pytest.raises(ValidationError):
        parse_post(content)


def test_a_bad_file_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_bytes(b"\xef\xbb\xbfGood")
    (tmp_path / "2.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "3.md").write_text("x" * (LARGEST_FILE + 1))
    (tmp_path / "4.md").write_text("")
    (tmp_path / "notes.pdf").write_text("no post")
    good, bad = read_queue([QueuedPost(text="first")], tmp_path)
    assert [(one.source, one.post.text) for one in good] == [("posts[0]", "first"), ("1.txt", "Good")]
    assert [one.source for one in bad] == ["2.txt", "3.md", "4.md"]
    assert all(one.reason.id.format(**one.reason.values) for one in bad)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    _, bad = read_queue([], tmp_path / "gone")
    assert len(bad) == 1
