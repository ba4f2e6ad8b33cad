"""What comes first: one answer, whatever order things are looked at in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.config.loading import load
from daemon.engine.assigning import Setup
from daemon.model import Box, Finding, Goal, Horizon, Matrix, Text, Urgency
from daemon.outbox.transports import TRANSPORTS
from daemon.plugins import Registry
from daemon.ranking import is_for_today, listed, rank, task_of
from daemon.records import Task, TaskState

NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)
TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)
FIVE = (
    Task("1", "Sort the receipts", NOW, Goal.OTHER),
    Task("2", "Write the shop's story", NOW, Goal.CONVERSION, Horizon.LONG),
    Task("3", "Find a partner shop", NOW, Goal.ACQUISITION, Horizon.LONG),
    Task("4", "Post the new glaze", NOW, Goal.ACQUISITION, Horizon.SHORT),
    Task("5", "Pack the late orders", NOW, Goal.CONVERSION, Horizon.SHORT),
)
NEXT_WEEK, NEXT_MONTH = "next week", "next month"


def order(tasks: tuple[Task, ...], matrix: Matrix | None = None, today: date = TODAY) -> list[str]:
    return [one.task.id for one in listed(tasks, matrix or Matrix(), today)]


def boxes(matrix: Matrix) -> list[tuple[str, str]]:
    return [(one.task.id, one.box) for one in listed(FIVE, matrix, TODAY)]


def test_one_task_of_each_box_and_one_other_are_listed_in_the_order_of_the_boxes() -> None:
    assert boxes(Matrix()) == [
        ("5", "today"), ("4", "tomorrow"), ("3", NEXT_WEEK), ("2", NEXT_MONTH), ("1", "other"),
    ]  # fmt: skip
    assert [one.rank for one in listed(FIVE, Matrix(), TODAY)] == [1, 2, 3, 4, 5]


def test_without_growth_the_third_and_the_fourth_change_places_and_nothing_else() -> None:
    assert boxes(Matrix(growth=False)) == [
        ("5", "today"), ("4", "tomorrow"), ("2", NEXT_WEEK), ("3", NEXT_MONTH), ("1", "other"),
    ]  # fmt: skip


def test_boxes_are_called_and_reach_as_the_owner_says() -> None:
    week = tuple(Box(name, days * DAY) for name, days in (("now", 2), ("soon", 3), ("later", 10), ("some day", 50)))
    found = listed(FIVE, Matrix(boxes=week), TODAY)
    assert [one.box for one in found] == ["now", "soon", "later", "some day", "other"]
    ends = [one.until for one in found]
    assert ends == [date(2026, 11, 21), date(2026, 11, 24), date(2026, 12, 4), date(2027, 1, 23), None]


def test_what_is_not_sorted_is_kept_at_the_end_and_says_so() -> None:
    loose = (Task("7", "A thought", NOW), Task("8", "Half a thought", NOW, Goal.CONVERSION))
    found = listed((*loose, *FIVE), Matrix(), TODAY)
    assert [(one.task.id, one.box) for one in found[-3:]] == [("1", "other"), ("7", "unsorted"), ("8", "unsorted")]


@pytest.mark.parametrize(
    ("days_left", "statutory", "first"),
    [(14, "tax", True), (15, "tax", False), (-3, "tax", True), (1, "", False), (7, "gone", True), (8, "gone", False)],
)
def test_bookkeeping_goes_first_only_while_a_date_set_by_law_is_inside_its_lead_time(
    *, days_left: int, statutory: str, first: bool
) -> None:
    vat = replace(FIVE[0], due=TODAY + days_left * DAY, statutory=statutory)
    found = listed((vat, *FIVE[1:]), Matrix(), TODAY)
    assert (found[0].task.id == "1") is first
    assert (found[-1].task.id == "1") is not first
    assert is_for_today(vat, Matrix(), TODAY) is first


def test_a_date_set_by_law_lifts_nothing_but_bookkeeping() -> None:
    campaign = replace(FIVE[1], due=TODAY, statutory="tax")
    assert order((campaign, FIVE[4])) == ["5", "2"]


def test_inside_a_box_the_due_date_decides_then_the_impact_then_age_then_the_number() -> None:
    usual = FIVE[4]
    tasks = (
        replace(usual, id="10"),
        replace(usual, id="9"),
        replace(usual, id="20", created=NOW - DAY),
        replace(usual, id="7", impact=Decimal("0.01")),
        replace(usual, id="6", due=TODAY + 300 * DAY),
        replace(usual, id="5", due=TODAY - DAY),
    )
    assert order(tasks) == ["5", "6", "7", "20", "9", "10"]


def test_what_needs_a_person_goes_by_its_class_first_and_by_its_box_then() -> None:
    def one(key: str, urgency: Urgency, goal: Goal) -> Task:
        finding = Finding(key, urgency, Text(key), goal=goal, horizon=Horizon.SHORT, due=NOW + timedelta(hours=20))
        return task_of(finding, NOW, ZoneInfo("Europe/Berlin"))

    things = [
        one("a", Urgency.NEEDS_APPROVAL, Goal.CONVERSION), one("b", Urgency.STAYS_BROKEN, Goal.CONVERSION),
        one("c", Urgency.LOSES_MONEY, Goal.ACQUISITION), one("d", Urgency.LOSES_MONEY, Goal.CONVERSION),
        one("e", Urgency.DUE_TODAY, Goal.OTHER), FIVE[4],
    ]  # fmt: skip
    ordered = sorted(things, key=lambda thing: rank(thing, Matrix(), TODAY))
    assert [thing.id for thing in ordered] == ["d", "c", "e", "b", "a", "5"]
    assert things[0].due == date(2026, 11, 21)


def test_what_is_done_is_not_on_the_list() -> None:
    assert order((replace(FIVE[0], state=TaskState.DONE), FIVE[1])) == ["2"]


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | values


TASKS = st.lists(
    st.builds(
        Task,
        id=st.integers(1, 10**6).map(str),
        title=st.just("x"),
        created=st.sampled_from([NOW, NOW - DAY]),
        goal=maybe(st.sampled_from(Goal)),
        horizon=maybe(st.sampled_from(Horizon)),
        due=maybe(st.sampled_from([TODAY, TODAY + 20 * DAY])),
        impact=st.sampled_from([Decimal(0), Decimal("1.5")]),
        urgency=maybe(st.sampled_from(Urgency)),
        statutory=st.sampled_from(["", "tax", "gone"]),
    ),
    unique_by=lambda task: task.id,
    max_size=20,
)


@given(TASKS, st.randoms(use_true_random=False), st.booleans())
def test_the_order_in_which_tasks_come_never_changes_the_list(tasks: list[Task], chance: object, growth: bool) -> None:
    shuffled = list(tasks)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    matrix = Matrix(growth=growth)
    assert listed(shuffled, matrix, TODAY) == listed(tasks, matrix, TODAY)
    assert [one.rank for one in listed(tasks, matrix, TODAY)] == list(range(1, len(tasks) + 1))


@pytest.fixture
def matrix_of(tmp_path: Path, deeds: Registry) -> Callable[[str], Matrix]:
    """Return the matrix of a configuration with these lines."""

    def read(lines: str) -> Matrix:
        frame = 'shop: {name: Lamps, timezone: Europe/Berlin}\nroutines: {lamps: {job: fine, at: "05:00"}}\n'
        (tmp_path / "config.yaml").write_text(frame + lines, encoding="utf-8")
        loaded = load(tmp_path / "config.yaml", lambda _folder: deeds, TRANSPORTS)
        return Setup(loaded, loaded.refuse(), tmp_path).matrix

    return read


def test_a_file_without_tasks_has_the_usual_boxes(matrix_of: Callable[[str], Matrix]) -> None:
    assert matrix_of("") == matrix_of("tasks:\n") == Matrix()


def test_editing_only_growth_swaps_the_third_and_the_fourth(matrix_of: Callable[[str], Matrix]) -> None:
    assert order(FIVE, matrix_of("tasks: {growth: true}\n")) == ["5", "4", "3", "2", "1"]
    assert order(FIVE, matrix_of("tasks: {growth: false}\n")) == ["5", "4", "2", "3", "1"]


def test_everything_about_the_boxes_can_be_set(matrix_of: Callable[[str], Matrix]) -> None:
    boxes_ = "[{name: A, length: 2d}, {name: B, length: 1d}, {name: C, length: 1w}, {name: D, length: 4w}]"
    found = matrix_of(
        f"tasks: {{capacity: 3, boxes: {boxes_}, lead_times: {{vat: 3d}}}}\npeople: {{a: {{}}, b: {{}}}}\n"
    )
    assert [box.name for box in found.boxes] == ["A", "B", "C", "D"]
    assert found.boxes[3].length == 28 * DAY
    assert (found.capacity, found.lead_times, found.owners) == (3, {"vat": 3 * DAY}, True)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("tasks: {growth: yes}", "tasks.growth: must be true or false"),
        ("tasks: {capacity: 0}", "tasks.capacity: must be at least 1"),
        ("tasks: {boxes: [{name: A, length: 1d}]}", "tasks.boxes: must have at least 4"),
        ("tasks: {boxes: [{name: A, length: 90m}]}", "tasks.boxes[0].length: this is whole days, at least 1d"),
        ("tasks: {lead_tims: {}}", 'unknown key. Did you mean "lead_times"?'),
        (
            "tasks: {boxes: [{name: A, length: 1d}, {name: a, length: 1d}, {name: B, length: 1d}, {name: C, length: 1d}]}",
            "each box needs a name of its own",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_its_place(matrix_of: Callable[[str], Matrix], lines: str, sentence: str) -> None:
    with pytest.raises(Exception, match=r"config\.yaml:3:") as refused:
        matrix_of(lines)
    assert sentence in str(refused.value)
