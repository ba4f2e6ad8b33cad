"""What the shop is told of the line: once, only where the owner says so, and nothing of it costs the night anything."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from daemon.api import OutsideError, Transition
from jobs.kinds.shop import Status
from jobs.orders import OrdersOptions
from jobs.orders.telling import TellOptions
from tests.jobs.line_scenes import ORDER, Scene, confirming_to, holding, releasing

EVERYTHING = OrdersOptions(tell_shop=TellOptions(held=True, steps=True, tracking=True, shipped=True), pick_list=False)


@dataclass
class Told(Scene):
    """A shop that takes notes and statuses, and says what it took; it may be deaf, or lose its answers."""

    options: OrdersOptions = field(default_factory=lambda: EVERYTHING)
    notes: dict[str, tuple[str, str]] = field(default_factory=dict)
    moves: list[str] = field(default_factory=list)
    parcels: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    refuses: OutsideError | None = None
    loses: bool = False

    def note(self, number: str, key: str, text: str) -> str:
        if self.refuses:
            raise self.refuses
        assert key not in self.notes, "the same note twice"
        self.notes[key] = (number, text)
        if self.loses:
            raise OutsideError("the answer was lost")
        return f"notes/{len(self.notes)}"

    def noted(self, number: str, key: str) -> str | None:
        return key if key in self.notes else None

    def move(self, number: str, before: Status, after: Status) -> str:
        if self.orders[number].status is not before:
            raise OutsideError(f"order {number} stands elsewhere", permanent=True)
        self.moves.append(number)
        self.edit(number, status=after)
        return after.value

    def moved(self, number: str, after: Status) -> str | None:
        return after.value if self.orders[number].status is after else None

    def track(self, number: str, key: str, carrier: str, code: str) -> str:
        assert key not in self.parcels, "the same parcel twice"
        self.parcels[key] = (number, carrier, code)
        return key

    def tracked(self, number: str, key: str) -> str | None:
        return key if key in self.parcels else None

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.notes.values()]


@pytest.fixture
def shop(tmp_path: Path) -> Told:
    scene = Told(tmp_path)
    scene.stock = {"A": 100}
    scene.has(ORDER)
    scene.passes()
    return scene


def test_a_person_who_ships_an_order_sets_it_to_shipped_in_the_shop_once(shop: Told) -> None:
    for state in ("picked", "packed", "shipped"):
        shop.does(confirming_to(state))
    shop.passes()
    shop.passes()
    assert shop.moves == ["7"]
    assert [text.partition(",")[0] for text in shop.texts] == ["7: picked", "7: packed", "7: shipped"]
    assert "confirmed by anna at " in shop.texts[0]


def test_a_tracking_number_left_with_a_step_is_left_in_the_shop_once(shop: Told) -> None:
    shop.does(confirming_to("picked"))
    shop.does(lambda item, hand: leaving(confirming_to("packed")(item, hand), carrier="DHL", tracking="JJD 0001"))
    shop.passes()
    shop.does(confirming_to("shipped"))
    shop.passes()
    assert list(shop.parcels.values()) == [("7", "DHL", "JJD 0001")]


def leaving(step: Transition, **left: str) -> Transition:
    return replace(step, data={**step.data, "left": left})


def test_an_order_that_is_held_has_its_reason_beside_it_in_the_shop(shop: Told) -> None:
    shop.edit(note="please gift-wrap")
    shop.passes()
    shop.passes()
    assert shop.texts == ["Held: note: read the note, then release it"]


def test_what_the_shop_shows_itself_is_not_told_to_it(shop: Told) -> None:
    shop.edit(status=Status.UNPAID)
    shop.passes()
    assert not shop.notes


def test_held_again_for_the_same_reason_is_told_again(shop: Told) -> None:
    for step in (holding, releasing, holding):
        shop.does(step)
        shop.passes()
    assert len(shop.notes) == 2


def test_an_answer_that_was_lost_is_asked_for_and_the_note_not_made_again(shop: Told) -> None:
    shop.loses = True
    shop.does(holding)
    told = shop.passes()
    assert [one.key for one in told.report.findings if one.key == "orders:untold"]
    shop.loses = False
    again = shop.passes()
    assert len(shop.notes) == 1
    assert not [one for one in again.report.findings if one.key == "orders:untold"]


def test_a_shop_that_is_deaf_costs_the_night_nothing_and_is_told_later(shop: Told) -> None:
    shop.refuses = OutsideError("the shop is away", nothing_done=True)
    shop.does(holding)
    night = shop.passes()
    (finding,) = [one for one in night.report.findings if one.key == "orders:untold"]
    assert finding.detail is not None
    assert finding.detail.values["reason"] == "the shop is away"
    shop.passes()
    shop.refuses = None
    shop.passes()
    assert len(shop.notes) == 1


def test_an_order_somebody_moved_in_the_shop_is_left_alone_and_said(shop: Told) -> None:
    for state in ("picked", "packed", "shipped"):
        shop.does(confirming_to(state))
    shop.edit(status=Status.HELD)
    night = shop.passes()
    assert not shop.moves
    assert [one.key for one in night.report.findings if one.key == "orders:untold"] == ["orders:untold"]


def test_what_the_shop_itself_shipped_is_not_told_to_it(shop: Told) -> None:
    shop.edit(status=Status.SHIPPED)
    shop.passes()
    assert not shop.moves
    assert not shop.notes


def test_without_leave_nothing_is_told(tmp_path: Path) -> None:
    scene = Told(tmp_path, options=OrdersOptions(pick_list=False))
    scene.stock = {"A": 100}
    scene.has(ORDER)
    scene.passes()
    scene.does(holding)
    scene.passes()
    assert not scene.notes


def test_a_dry_run_lists_what_would_be_written_and_writes_nothing(
    shop: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.does(confirming_to("picked"))
    shop.passes()
    shop.does(confirming_to("packed"))
    capsys.readouterr()
    shop.passes(dry=True)
    assert len(shop.notes) == 1
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("would be made:")]
    assert len(said) == 1
    assert 'note on order 7 in the shop: "7: packed, confirmed by anna' in said[0]


def test_a_shop_that_takes_no_writes_is_said_in_one_sentence(tmp_path: Path) -> None:
    scene = Scene(tmp_path, options=EVERYTHING)
    scene.has(ORDER)
    with pytest.raises(OutsideError, match="main can't be written to: take `tell_shop` out"):
        scene.passes()
