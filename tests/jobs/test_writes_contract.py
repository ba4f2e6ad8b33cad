"""Whoever changes the outside without being allowed to is noticed by the contract that every such connector must pass."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemon.api import Outlet, OutsideError
from daemon.testing import make_context, make_outlet
from jobs.testing import WritesContract


@dataclass(frozen=True)
class Notes:
    """A shop that takes notes on orders, one line each."""

    outlet: Outlet

    def note(self, order: str, text: str) -> str:
        """Write a note and return its number."""
        self.outlet.require_writes(f"the note on order {order}")
        return self._write(f"{order}: {text}")

    def _write(self, line: str) -> str:
        with (self.outlet.folder / "notes").open("a", encoding="utf-8") as notes:
            return str(notes.write(f"{line}\n"))


@dataclass(frozen=True)
class CarelessNotes(Notes):
    """One that asks nobody."""

    def note(self, order: str, text: str) -> str:
        """Write a note and return its number."""
        return self._write(f"{order}: {text}")


class TestNotesKeepTheContract(WritesContract[Notes]):
    def opened(self, outlet: Outlet) -> Notes:
        return Notes(outlet)

    def changes(self, system: Notes) -> Sequence[Callable[[], object]]:
        return [lambda: system.note("17", "packed")]

    def outside(self, folder: Path) -> object:
        notes = folder / "notes"
        return notes.read_text(encoding="utf-8") if notes.exists() else ""


class CarelessContract(TestNotesKeepTheContract):
    def opened(self, outlet: Outlet) -> Notes:
        return CarelessNotes(outlet)


def test_a_connector_that_writes_without_leave_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        CarelessContract().test_without_writes_every_change_is_refused_and_nothing_is_done(tmp_path)


def test_the_refusal_says_what_where_and_how_to_allow_it_and_frees_the_claim(tmp_path: Path) -> None:
    notes, ctx = Notes(make_outlet(tmp_path)), make_context(tmp_path)
    with pytest.raises(OutsideError) as refused:
        ctx.effect("note/17", "the note on order 17", lambda: notes.note("17", "packed"))
    assert str(refused.value) == (
        "the note on order 17 was not made: the connection main may only read; allow it there with `writes: true`"
    )
    allowed = Notes(make_outlet(tmp_path, writes=True))
    assert ctx.effect("note/17", "the note on order 17", lambda: allowed.note("17", "packed"))
