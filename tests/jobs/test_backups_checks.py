"""Each check in its own rhythm, and what it says of a place: well, doubtful, damaged, not known, or not made."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from daemon.api import OutsideError, Text, Urgency
from daemon.testing import NOW
from jobs.backups import BackupOptions
from jobs.backups.marks import Mark, Row, worst
from jobs.kinds.backup import Check, Copy, Outcome, Part, Verdict
from tests.jobs.backup_scenes import (
    DAY,
    HELD,
    NIGHTLY,
    NOT_ASKED,
    PARTLY,
    Nights,
    Place,
    Program,
    broken,
    copy_of,
    figure,
    held,
    keys,
    said,
    the,
    unknown,
)

HOUR = timedelta(hours=1)


def nights_of(place: Place, **options: object) -> Nights:
    return Nights({"nas": place}, options)


def test_every_check_has_its_row() -> None:
    nights = nights_of(Place([copy_of(3 * HOUR)]))
    nights.run()
    assert list(nights.marks()) == [check.value for check in Check if check is not Check.WHOLE]
    program = nights_of(Program([copy_of(3 * HOUR)], answers={check: [held()] for check in Check}))
    program.run()
    assert list(program.marks()) == [check.value for check in Check]


@pytest.mark.parametrize(
    ("check", "days"),
    [(Check.STRUCTURE, 7), (Check.RESTORE, 30), (Check.KEY, 7), (Check.ROOM, 1), (Check.VERSION, 1), (Check.LOCKED, 1)],
)
def test_a_check_is_made_in_its_usual_rhythm(check: Check, days: int) -> None:
    place = Program(NIGHTLY, answers={check: [held()]})
    nights = nights_of(place)
    made = []
    for day in range(days * 2 + 1):
        nights.run(NOW + day * DAY)
        made.append(place.made(check))
    assert [made[0], made[days - 1], made[days], made[2 * days]] == [1, 1, 2, 3]


def test_a_rhythm_of_its_own_and_a_check_that_is_switched_off() -> None:
    place = Program(NIGHTLY, answers={Check.STRUCTURE: [held()], Check.KEY: [held()]})
    nights = nights_of(place, checks={"structure": {"every": "2d"}, "key": {"enabled": False}})
    for day in range(5):
        nights.run(NOW + day * DAY)
    assert (place.made(Check.STRUCTURE), place.made(Check.KEY)) == (3, 0)
    assert nights.marks()["key"] == "skipped"


def test_a_check_keeps_out_of_its_quiet_hours_and_is_made_after_them() -> None:
    place = Program([copy_of(3 * HOUR)], answers={Check.STRUCTURE: [held()]})
    nights = nights_of(place, checks={"structure": {"not_during": "22:00-06:00"}})
    nights.run(datetime(2026, 11, 20, 4, 59, tzinfo=UTC))  # 05:59 in Berlin
    assert (place.made(Check.STRUCTURE), nights.marks()["structure"]) == (0, "skipped")
    nights.run(datetime(2026, 11, 20, 5, 0, tzinfo=UTC))
    assert (place.made(Check.STRUCTURE), nights.marks()["structure"]) == (1, "ok")


def test_hours_that_can_not_be_read_are_refused() -> None:
    for text in ("22-06", "22:00", "22:00-22:00", "25:00-06:00", 7):
        with pytest.raises(ValueError, match=r'hours are written as "22:00-06:00"'):
            BackupOptions.model_validate({"checks": {"data": {"not_during": text}}})


def test_what_failed_is_told_until_a_later_check_is_well_and_tried_again_at_the_next_run() -> None:
    place = Program(NIGHTLY, answers={Check.STRUCTURE: [held(), broken("index is missing"), held()]})
    nights = nights_of(place)
    for day in range(7):
        assert not keys(nights.run(NOW + day * DAY)) & {"structure"}
    ctx = nights.run(NOW + 7 * DAY)
    assert said(the(ctx, "structure").title) == "The repository of nas is damaged: index is missing"
    assert (the(ctx, "structure").urgency, nights.item().state) == (Urgency.LOSES_MONEY, "failing")
    assert not ctx.report.checked
    assert "structure" not in keys(nights.run(NOW + 7 * DAY + HOUR))
    assert place.made(Check.STRUCTURE) == 3


def test_what_failed_stands_through_hours_in_which_it_may_not_be_tried() -> None:
    place = Program([copy_of(3 * HOUR)], answers={Check.STRUCTURE: [broken(), held()]})
    nights = nights_of(place, checks={"structure": {"not_during": "06:00-22:00"}})
    assert "structure" in keys(nights.run(NOW))
    assert "structure" in keys(nights.run(NOW + 4 * HOUR))
    assert place.made(Check.STRUCTURE) == 1


def test_a_place_that_cannot_be_looked_at_fails_and_its_last_answers_stand() -> None:
    place = Program([copy_of(3 * HOUR)], answers={Check.STRUCTURE: [broken()]})
    nights = nights_of(place)
    nights.run()
    place.dead = "no route to host"
    ctx = nights.run(NOW + HOUR)
    assert keys(ctx) == {"unreadable", "structure"}
    marks = nights.marks()
    assert (marks["reachable"], marks["fresh"], marks["kept"], marks["structure"]) == (
        "fail",
        "unknown",
        "unknown",
        "fail",
    )
    assert figure(ctx, "backup.age", connection="nas") is None


def test_a04_a_lock_is_no_damage_is_tried_again_and_fails_after_a_day() -> None:
    busy = unknown("it is locked", again=timedelta(minutes=30))
    place = Program([copy_of(3 * HOUR)], answers={Check.STRUCTURE: [busy]})
    nights = nights_of(place, max_age="9d", warn_age="9d")
    ctx = nights.run(NOW)
    assert (keys(ctx) & {"structure"}, nights.marks()["structure"], nights.item().state) == (
        set(),
        "unknown",
        "unknown",
    )
    assert not ctx.report.checked, "not known is never in the list of what is fine"
    assert figure(ctx, "backup.verdict", connection="nas") == "unknown structure"
    nights.run(NOW + timedelta(minutes=10))
    assert place.made(Check.STRUCTURE) == 1, "it asked for half an hour"
    second = nights.run(NOW + HOUR)
    assert the(second, "structure").urgency is Urgency.STAYS_BROKEN
    assert "structure" in keys(nights.run(NOW + 23 * HOUR))
    assert nights.marks()["structure"] == "unknown"
    last = nights.run(NOW + 25 * HOUR)
    assert said(the(last, "structure").title) == "nas has been busy for a day: it is locked"
    assert (nights.marks()["structure"], the(last, "structure").urgency) == ("fail", Urgency.LOSES_MONEY)


def test_not_to_know_for_two_runs_weighs_more_than_a_warning() -> None:
    warns = Verdict(Outcome.WARN, reason=Text("version 0.14 is old"))
    place = Program(NIGHTLY, answers={Check.STRUCTURE: [unknown()], Check.VERSION: [warns], Check.DATA: [held()]})
    nights = nights_of(place)
    first = nights.run(NOW)
    assert (nights.item().state, the(first, "structure").urgency) == ("doubtful", Urgency.STAYS_BROKEN)
    second = nights.run(NOW + DAY)
    assert (nights.item().state, the(second, "structure").urgency) == ("unknown", Urgency.LOSES_MONEY)
    nights.stores["nas"].answers = {**place.answers, Check.STRUCTURE: [held()]}  # type: ignore[attr-defined]
    nights.run(NOW + 2 * DAY)
    assert nights.item().state == "doubtful"


def test_what_raises_instead_of_answering_is_not_known() -> None:
    class Raising(Program):
        def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:
            raise OutsideError(f"{check} {copy.name} {part.number}")

        def verify(self, copy: Copy) -> Verdict:
            raise OutsideError(copy.name)

    nights = nights_of(Raising([copy_of(HOUR)], answers={Check.KEY: []}))
    assert keys(nights.run()) == {"key", "unverified"}


def test_nothing_read_and_nothing_found_is_not_sound() -> None:
    nights = nights_of(Place([copy_of(HOUR)], NOT_ASKED))
    ctx = nights.run()
    assert (keys(ctx), nights.item().state) == (set(), "unknown")
    assert figure(ctx, "backup.verdict", connection="nas") == "unknown"
    assert worst([Row(Check.FRESH, Mark.OK), Row(Check.DATA, Mark.SKIPPED)]) is Mark.UNKNOWN
    assert worst([Row(Check.FRESH, Mark.OK), Row(Check.DATA, Mark.OK)]) is Mark.OK
    assert worst([]) is worst([Row(Check.DATA, Mark.SKIPPED)]) is Mark.UNKNOWN


def test_a02_a_size_that_nobody_tells_is_unknown_and_never_zero() -> None:
    nights = nights_of(Program([copy_of(HOUR, size=None, files=None)], answers={Check.DATA: [held()]}))
    ctx = nights.run()
    assert (nights.marks()["size"], nights.marks()["filled"], nights.card()["size"]) == ("unknown", "unknown", None)
    assert not keys(ctx) & {"empty", "shrunken", "small"}
    assert figure(ctx, "backup.size", connection="nas") is None
    assert not ctx.report.checked


@pytest.mark.parametrize("copies", [[], [copy_of(-HOUR)]])
def test_a03_a11_a_list_without_a_usable_copy_fails(copies: list[Copy]) -> None:
    nights = nights_of(Program(copies, answers={Check.STRUCTURE: [held()]}))
    ctx = nights.run()
    assert "none" in keys(ctx)
    assert (nights.marks()["fresh"], nights.marks()["structure"], nights.item().state) == ("fail", "skipped", "failing")


def test_a_copy_below_the_least_size_is_told() -> None:
    ctx = nights_of(Place([copy_of(HOUR, size=999)]), min_size=1000).run()
    assert keys(ctx) == {"small"}
    assert not keys(nights_of(Place([copy_of(HOUR, size=1000)]), min_size=1000).run())


def test_copies_that_do_not_reach_back_far_enough_are_told() -> None:
    place = Place([copy_of(HOUR), copy_of(6 * DAY)])
    assert keys(nights_of(place, keep_span="7d").run()) == {"span"}
    assert not keys(nights_of(place, keep_span="6d").run())


def test_a32_a_copy_ten_minutes_in_the_future_is_a_matter_of_clocks() -> None:
    nights = nights_of(Place([copy_of(-timedelta(minutes=10)), copy_of(HOUR)]))
    assert keys(nights.run()) == {"future"}
    assert (nights.marks()["fresh"], nights.item().state) == ("fail", "failing")
    assert not keys(nights_of(Place([copy_of(-timedelta(minutes=4))])).run())


def test_a33_an_age_is_counted_in_utc_through_the_night_the_clocks_change() -> None:
    """02:30 in Berlin before and after the change of 25 October 2026 are 25 hours apart, not 24."""
    made = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 summer time
    now = datetime(2026, 10, 26, 1, 30, tzinfo=UTC)  # 02:30 the day after
    ctx = nights_of(Place([Copy("a", made, 1, 1, "a")]), max_age="24h30m", warn_age="24h").run(now)
    assert keys(ctx) == {"old"}
    assert figure(ctx, "backup.age", connection="nas") == 25 * 3600


@pytest.mark.parametrize(
    ("age", "found", "mark"),
    [
        (timedelta(hours=19, minutes=11), set(), "ok"),
        (timedelta(hours=19, minutes=12), {"aging"}, "warn"),
        (timedelta(hours=23, minutes=59), {"aging"}, "warn"),
        (timedelta(hours=24), {"aging"}, "warn"),
        (timedelta(hours=24, minutes=1), {"old"}, "fail"),
    ],
)
def test_a34_a_copy_warns_at_four_fifths_of_its_age_and_fails_beyond(
    age: timedelta, found: set[str], mark: str
) -> None:
    nights = nights_of(Place([copy_of(age)]), max_age="24h")
    assert (keys(nights.run()), nights.marks()["fresh"]) == (found, mark)


def test_a34_the_warning_comes_when_the_owner_says_and_never_after_the_failure() -> None:
    assert keys(nights_of(Place([copy_of(10 * HOUR)]), max_age="24h", warn_age="9h").run()) == {"aging"}
    assert not keys(nights_of(Place([copy_of(23 * HOUR)]), max_age="24h", warn_age="24h").run())
    with pytest.raises(ValueError, match="warn_age is no longer than max_age"):
        BackupOptions.model_validate({"max_age": "1d", "warn_age": "2d"})


def test_a36_a_check_that_is_due_and_says_nothing_for_two_periods_is_told() -> None:
    place = Program(NIGHTLY, answers={Check.ROOM: [held(), unknown("df hangs")], Check.DATA: [held()]})
    nights = nights_of(place)
    found = {day: "silence" in keys(nights.run(NOW + day * DAY)) for day in range(4)}
    assert found == {0: False, 1: False, 2: False, 3: True}
    place.answers = {**place.answers, Check.ROOM: [held()]}
    assert "silence" not in keys(nights.run(NOW + 4 * DAY))


def test_a36_a_check_that_its_quiet_hours_never_let_through_is_told() -> None:
    place = Program(NIGHTLY, answers={Check.STRUCTURE: [held()]})
    nights = nights_of(place, checks={"structure": {"every": "1d", "not_during": "04:00-06:00"}})
    found = [keys(nights.run(NOW + day * DAY)) for day in range(4)]
    assert found == [set(), set(), set(), {"silence"}]
    assert nights.item().state == "doubtful"


def test_a36_data_of_which_not_all_is_read_in_time_is_told() -> None:
    place = Program(NIGHTLY, answers={Check.DATA: [PARTLY]})
    nights = nights_of(place)
    found = [keys(nights.run(NOW + week * 7 * DAY)) & {"silence"} for week in range(4)]
    assert found == [set(), set(), set(), {"silence"}], "one part a week is not all of it in 7 days"


def test_a36_silence_goes_on_being_told_while_the_place_cannot_be_looked_at() -> None:
    place = Program(NIGHTLY, answers={Check.ROOM: [held()]})
    nights = nights_of(place)
    nights.run()
    place.dead = "gone"
    assert [keys(nights.run(NOW + day * DAY)) for day in (1, 2, 3)] == [
        {"unreadable"}, {"unreadable"}, {"unreadable", "silence"},
    ]  # fmt: skip


def test_a_restore_gives_the_time_a_recovery_takes_and_every_fourth_is_of_an_older_copy() -> None:
    copies = [copy_of(HOUR, size=4000), copy_of(DAY), copy_of(2 * DAY)]
    place = Program(copies, answers={Check.RESTORE: [held("10", 1000)]})
    nights = nights_of(place, by_hand="30m", checks={"restore": {"every": "0s"}})
    ctx = nights.run()
    assert figure(ctx, "backup.rto", connection="nas") == 40 + 1800
    assert figure(ctx, "backup.rpo", connection="nas") == 3600
    assert figure(ctx, "backup.restore.seconds", connection="nas") == Decimal(10)
    for _ in range(7):
        nights.run()
    restored = [copy.name for _, _, copy in place.asked]
    assert restored == [copies[n].name for n in (0, 0, 0, 1, 0, 0, 0, 2)]


def test_a_restore_that_failed_proves_nothing() -> None:
    place = Program([copy_of(HOUR)], answers={Check.RESTORE: [broken("0 files came back")]})
    ctx = nights_of(place).run()
    assert said(the(ctx, "restore").title) == "nas could not be restored: 0 files came back"
    assert [figure(ctx, name, connection="nas") for name in ("backup.rpo", "backup.rto")] == [None, None]


def test_reading_the_newest_copy_may_have_a_rhythm_too() -> None:
    place = Place(NIGHTLY, HELD)
    nights = nights_of(place, checks={"whole": {"every": "7d"}})
    for day in range(8):
        ctx = nights.run(NOW + day * DAY)
        assert figure(ctx, "backup.verified", connection="nas") == (214 if day in {0, 7} else None)
    assert place.verified == 2


def test_damage_that_reading_found_stands_while_it_is_not_read_again() -> None:
    place = Place(NIGHTLY, broken("cut off"))
    nights = nights_of(place, checks={"whole": {"not_during": "06:00-22:00"}})
    assert keys(nights.run(NOW)) == {"broken"}
    assert keys(nights.run(NOW + 4 * HOUR)) == {"broken"}
    assert place.verified == 1


def test_a_clock_that_was_put_back_does_not_stop_a_check() -> None:
    place = Program(NIGHTLY, answers={Check.STRUCTURE: [held()]})
    nights = nights_of(place)
    nights.run(NOW + 60 * DAY)
    nights.run(NOW)
    assert place.made(Check.STRUCTURE) == 2


def test_the_sentence_of_a_place_names_what_its_program_was_asked_and_when() -> None:
    place = Program(NIGHTLY, answers={Check.STRUCTURE: [held()], Check.DATA: [PARTLY]})
    nights = nights_of(place)
    nights.run(NOW)
    (line,) = nights.run(NOW + DAY).report.checked
    assert (
        said(line)
        == "nas: newest copy 3:00:00 old; in order: structure (1 day, 0:00:00 ago), data (part 2 of 7 was read)"
    )


def test_a_place_that_is_no_longer_looked_at_leaves_the_list() -> None:
    nights = Nights({"nas": Place([copy_of(HOUR)]), "old": Place([copy_of(HOUR)])})
    nights.run()
    nights.stores = {"nas": nights.stores["nas"]}
    nights.run(NOW + HOUR)
    assert (nights.item("old").state, nights.item("nas").state) == ("gone", "sound")


def test_a_dry_run_moves_nothing() -> None:
    nights = nights_of(Place([copy_of(HOUR)]))
    nights.run(dry=True)
    assert (nights.night.items, nights.night.marks) == ({}, {})


def test_whatever_a_place_can_be_asked_has_words_for_each_answer() -> None:
    for verdict in (broken(), unknown(), Verdict(Outcome.WARN), Verdict(Outcome.BROKEN)):
        ctx = nights_of(Program([copy_of(HOUR)], answers={check: [verdict] for check in Check})).run()
        assert len(ctx.report.findings) == len(Check) - 3, "none of groups or silence, and one for reading a copy"
        assert all(said(finding.title) and said(finding.next_step) for finding in ctx.report.findings)
