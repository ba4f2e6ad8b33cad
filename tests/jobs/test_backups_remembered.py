"""What the job knows from earlier nights: copies that are gone, sizes that are usual, and what a person accepted."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.api import Money, Text, Urgency
from daemon.testing import NOW
from jobs.backups.marks import Mark
from jobs.backups.memory import MOST_KNOWN, Cycle, Drill, Last, Memory, read, still_known, write
from jobs.backups.texts import packed, unpacked
from jobs.kinds.backup import Check, Copy
from tests.jobs.backup_scenes import DAY, Nights, Place, copy_of, keys, said, the

HOUR = timedelta(hours=1)


def nightly(*sizes: int, series: str = "") -> list[Copy]:
    return [copy_of(3 * HOUR, NOW + n * DAY, size, series=series) for n, size in enumerate(sizes)]


def nights_of(place: Place, **options: object) -> Nights:
    return Nights({"nas": place}, options)


def test_a13_a_copy_that_was_seen_and_is_gone_before_its_time_has_vanished() -> None:
    old, young = copy_of(10 * DAY), copy_of(3 * HOUR)
    place = Place([old, young])
    nights = nights_of(place, keeps="30d")
    assert not keys(nights.run())
    place.copies = [young]
    ctx = nights.run(NOW + HOUR)
    assert keys(ctx) == {"vanished"}
    assert the(ctx, "vanished").urgency is Urgency.LOSES_MONEY
    assert old.name in said(the(ctx, "vanished").next_step)
    assert (nights.item().state, nights.item().data["reasons"]) == ("held", ["vanished"])
    assert keys(nights.run(NOW + 2 * HOUR)) == {"vanished"}, "it stays until a person says that it was meant to go"


def test_a13_a_copy_that_its_owner_named_or_tagged_anew_has_not_vanished() -> None:
    place = Place([copy_of(10 * DAY, id="one"), copy_of(3 * HOUR, id="two")])
    nights = nights_of(place, keeps="30d")
    nights.run()
    place.copies = [copy_of(10 * DAY, id="one"), copy_of(3 * HOUR, id="three", origin="two")]
    assert not keys(nights.run(NOW + HOUR))
    place.copies = [copy_of(10 * DAY, id="one"), copy_of(3 * HOUR, id="four", origin="two")]
    assert not keys(nights.run(NOW + 2 * HOUR))
    place.copies = place.copies[:1]
    assert "vanished" in keys(nights.run(NOW + 3 * HOUR))


def test_a13_a_copy_that_its_declared_retention_lets_go_has_not_vanished() -> None:
    place = Place([copy_of(30 * DAY + HOUR), copy_of(3 * HOUR)])
    nights = nights_of(place, keeps="30d")
    nights.run()
    place.copies = place.copies[1:]
    assert not keys(nights.run(NOW + HOUR))


def test_a13_without_a_declared_retention_the_newest_copy_still_may_not_go() -> None:
    place = Place([copy_of(2 * DAY), copy_of(3 * HOUR)])
    nights = nights_of(place, max_age="7d")
    nights.run()
    place.copies = place.copies[:1]
    assert keys(nights.run(NOW + HOUR)) == {"vanished"}
    place.copies = [*place.copies, copy_of(HOUR, NOW + DAY)]
    assert not keys(nights.run(NOW + DAY))


def test_a13_as_many_as_are_declared_to_stay_must_stay() -> None:
    place = Place([copy_of(n * DAY + HOUR) for n in range(5)])
    nights = nights_of(place, keep_count=3)
    nights.run()
    place.copies = [place.copies[0], place.copies[1]]
    ctx = nights.run(NOW + HOUR)
    assert the(ctx, "vanished").title.values["n"] == 1


def test_what_may_lie_where_nobody_could_look_has_not_vanished_and_is_not_called_kept() -> None:
    place = Place([copy_of(10 * DAY), copy_of(3 * HOUR)])
    nights = nights_of(place, keeps="30d")
    nights.run()
    place.copies, place.unreadable = place.copies[1:], ["/srv/b"]
    assert keys(nights.run(NOW + HOUR)) == {"partly-unreadable"}
    assert nights.marks()["kept"] == "unknown"


def test_a_place_that_could_not_be_looked_at_forgets_nothing() -> None:
    place = Place([copy_of(10 * DAY), copy_of(3 * HOUR)])
    nights = nights_of(place, keeps="30d")
    nights.run()
    place.dead = "no route"
    assert keys(nights.run(NOW + HOUR)) == {"unreadable"}
    place.dead, place.copies = "", place.copies[1:]
    assert keys(nights.run(NOW + 2 * HOUR)) == {"vanished"}


def test_a13_what_a_person_accepts_may_be_gone_and_the_next_loss_is_told_again() -> None:
    place = Place([copy_of(10 * DAY), copy_of(5 * DAY), copy_of(3 * HOUR)])
    nights = nights_of(place, keeps="30d")
    nights.run()
    place.copies = place.copies[1:]
    nights.run(NOW + HOUR)
    nights.accept(NOW + 2 * HOUR)
    assert nights.item().state == "accepted"
    assert not keys(nights.run(NOW + 3 * HOUR))
    assert nights.item().state == "sound"
    place.copies = place.copies[1:]
    for later in (4, 5):
        assert keys(nights.run(NOW + later * HOUR)) == {"vanished"}, "an old confirmation covers no new loss"


def test_a22_a_copy_far_smaller_than_usual_fails_and_one_at_the_limit_does_not() -> None:
    for last, found in ((65, {"shrunken"}), (71, set()), (70, {"shrunken"}), (302, {"grown"}), (301, set())):
        place = Place(nightly(100, 101, 99, 102, last)[:4])
        nights = nights_of(place, shrink=30, max_age="7d")
        nights.run(NOW + 3 * DAY)
        place.copies = nightly(100, 101, 99, 102, last)
        assert keys(nights.run(NOW + 4 * DAY)) == found, last


def test_a22_three_sizes_are_learning_and_not_fine() -> None:
    nights = nights_of(Place(nightly(100, 101, 99)))
    nights.run(NOW + 2 * DAY)
    assert nights.marks()["size"] == "skipped"
    size = next(row for row in nights.card()["checks"] if row[0] == "size")
    assert size[4].startswith("learning: 2 of 4")


def test_a22_what_deviates_never_becomes_usual_by_coming_every_night() -> None:
    sizes = [100, 101, 99, 102, *[65] * 20]
    place = Place()
    nights = nights_of(place)
    for night in range(len(sizes)):
        place.copies = nightly(*sizes[: night + 1])[-6:]
        found = keys(nights.run(NOW + night * DAY))
        assert found == ({"shrunken"} if night >= 4 else set()), night


def test_a22_a_level_that_a_person_accepts_is_the_usual_one_from_then_on() -> None:
    sizes = [100, 101, 99, 102, 65, 66, 64, 65, 66, 40]
    place = Place()
    nights = nights_of(place)
    for night in range(5):
        place.copies = nightly(*sizes[: night + 1])
        nights.run(NOW + night * DAY)
    assert nights.item().data["reasons"] == ["shrunken"]
    nights.accept(NOW + 4 * DAY + HOUR)
    found = []
    for night in range(5, 10):
        place.copies = nightly(*sizes[: night + 1])
        found.append(keys(nights.run(NOW + night * DAY)))
    assert found == [set(), set(), set(), set(), {"shrunken"}]


def test_a22_right_after_a_new_level_was_accepted_a_further_loss_is_seen() -> None:
    place = Place(nightly(100, 101, 99, 102, 65))
    nights = nights_of(place)
    assert keys(nights.run(NOW + 4 * DAY)) == {"shrunken"}
    nights.accept(NOW + 4 * DAY + HOUR)
    place.copies = nightly(100, 101, 99, 102, 65, 30)
    assert keys(nights.run(NOW + 5 * DAY)) == {"shrunken"}


def test_a22_each_series_is_held_against_itself() -> None:
    small, large = nightly(10, 11, 10, 9, 10, series="db"), nightly(900, 901, 899, 900, 901, series="files")
    place = Place([*small[:4], *large[:4]])
    nights = nights_of(place, max_age="7d")
    assert not keys(nights.run(NOW + 3 * DAY))
    place.copies = [*small, *large]
    assert not keys(nights.run(NOW + 4 * DAY))
    place.copies = [*small, *large, copy_of(HOUR, NOW + 5 * DAY, 2, series="db")]
    assert keys(nights.run(NOW + 5 * DAY)) == {"shrunken"}


def test_a_file_that_is_written_anew_each_night_is_another_size_each_night() -> None:
    place = Place()
    nights = nights_of(place)
    for night in range(6):
        place.copies = [Copy("shop.sql", NOW + night * DAY - HOUR, 100 if night < 5 else 50, 1)]
        found = keys(nights.run(NOW + night * DAY))
    assert found == {"shrunken"}


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
TEXTS = st.builds(
    Text,
    st.text(max_size=20),
    st.dictionaries(
        st.sampled_from("abc"),
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.text(max_size=5), MOMENTS, st.dates(), st.timedeltas(),
            st.decimals(allow_nan=False, allow_infinity=False), st.just(Money(Decimal("1.50"), "EUR")),
            st.just(Text("inner {n}", {"n": 1})),
        ),
        max_size=3,
    ),
)  # fmt: skip
NUMBERS = st.none() | st.decimals(0, 10**6, places=2)
MAYBE = st.none() | MOMENTS


@settings(max_examples=40)
@given(TEXTS)
def test_a_message_that_is_kept_is_told_as_it_was_found(text: Text) -> None:
    assert unpacked(packed(text)) == text


@settings(max_examples=25)
@given(
    st.builds(
        Memory,
        checks=st.dictionaries(
            st.sampled_from(Check),
            st.builds(
                Last, st.sampled_from(Mark), MOMENTS, MAYBE, st.none() | TEXTS, NUMBERS, st.integers(0, 9), MAYBE, MAYBE
            ),
            max_size=3,
        ),
        since=st.dictionaries(st.sampled_from(Check), MOMENTS, max_size=3),
        cycle=st.builds(Cycle, st.integers(0, 256), st.integers(1, 256), MAYBE),
        known=st.dictionaries(st.text(max_size=9), MOMENTS, max_size=4),
        sizes=st.dictionaries(st.text(max_size=9), st.dictionaries(st.text(max_size=9), st.integers(0), max_size=3), max_size=3),
        accepted=MAYBE,
        drill=st.none() | st.builds(Drill, MOMENTS, MOMENTS, NUMBERS, st.none() | st.integers(0)),
        drills=st.integers(0, 99),
        proven=MAYBE,
    )
)  # fmt: skip
def test_what_is_remembered_is_what_was_written(memory: Memory) -> None:
    assert read(write(memory)) == memory


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"version": 1}', '{"version": 99}', "null", '"x"'])
def test_a_memory_that_cannot_be_read_begins_anew(text: str | None) -> None:
    assert read(text) == Memory()


def test_a_memory_is_bounded() -> None:
    many = {f"{n:064}": NOW - n * HOUR for n in range(5000)}
    assert len(still_known(many, [], timedelta(days=3650), 1, NOW)) == MOST_KNOWN
    assert f"{0:064}" in read(write(Memory(known=many))).known, "the newest stay"
    assert len(write(Memory(known=many, sizes={str(n): {"x" * 100: n} for n in range(500)}))) < 120_000
