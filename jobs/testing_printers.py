"""What every connector of the kind printer must do: a suite to inherit, for ours and for yours.

class TestMyPrinter(PrinterContract):
    def printer(self, folder): return MyPrinter(..., make_outlet(folder, writes=True))
    def came_out(self, folder): return [...]
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from daemon.api import EffectState, OutsideError, UncertainError
from daemon.testing import FakeNight, make_context
from jobs.kinds.printer import Fate, Printer, Printout
from jobs.testing_kinds import AnswerLostError

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\x00\n%%EOF\n"
UNSOUND_NAMES = (
    "", "..", "../up", "a/b", "a b", "-rf", ".hidden", "a\nb", "a\tb", "a\x00b", "\u00e4", "\N{PARTY POPPER}", "x" * 101
)  # fmt: skip
_LOOKS = 2000
"""How often a sheet is looked at before it is said that it will never be done."""


def sheet(name: str, media: str = "a4") -> Printout:
    """Return a sheet of this name whose content is its own."""
    return Printout(name, media, PDF + name.encode("utf-8", "surrogatepass"))


class PrinterContract:
    """A printer takes a sheet, says what became of it, and knows it again by its name."""

    def printer(self, folder: Path) -> Printer:
        """Return a printer that is ready, and whose paper any other opening of `folder` shares."""
        raise NotImplementedError

    def unreachable(self, folder: Path) -> Printer:
        """Return a printer to which no sheet can be handed over."""
        raise NotImplementedError

    def came_out(self, folder: Path) -> Sequence[tuple[str, bytes]]:
        """Return the name and content of everything that came out, in order."""
        raise NotImplementedError

    def wait(self) -> None:
        """Let a moment pass between two looks at a sheet."""

    def fate(self, printer: Printer, number: str) -> Fate:
        """Return what has become of a sheet when it is no longer waiting."""
        for _ in range(_LOOKS):
            fate = printer.standing(number).fate
            if fate is not Fate.WAITING:
                return fate
            self.wait()
        return Fate.WAITING

    def test_it_is_ready_and_takes_at_least_one_sheet_at_a_time(self, tmp_path: Path) -> None:
        """Otherwise the other tests would prove nothing."""
        printer = self.printer(tmp_path)
        assert printer.ready() is None
        assert printer.ahead >= 1

    def test_a_sheet_comes_out_once_as_it_was_and_is_printed(self, tmp_path: Path) -> None:
        """Whoever asks, also another run."""
        number = self.printer(tmp_path).submit(sheet("order-1"))
        assert self.fate(self.printer(tmp_path), number) is Fate.PRINTED
        assert list(self.came_out(tmp_path)) == [("order-1", sheet("order-1").content)]

    def test_sheets_come_out_in_the_order_in_which_they_were_handed_over(self, tmp_path: Path) -> None:
        """A pile that is out of order has to be sorted by hand."""
        printer, names = self.printer(tmp_path), [f"order-{n}" for n in (3, 1, 2)]
        numbers = [printer.submit(sheet(name)) for name in names]
        assert [self.fate(printer, number) for number in numbers] == [Fate.PRINTED] * len(names)
        assert len(set(numbers)) == len(names)
        assert [name for name, _ in self.came_out(tmp_path)] == names

    def test_every_paper_is_taken(self, tmp_path: Path) -> None:
        """Also the one without an end."""
        printer = self.printer(tmp_path)
        for media in ("a4", "a6", "100x150", "thermal"):
            assert self.fate(printer, printer.submit(sheet(f"on-{media}", media))) is Fate.PRINTED

    def test_a_sheet_is_found_by_its_name(self, tmp_path: Path) -> None:
        """Under the number that it was given, waiting or printed."""
        number = self.printer(tmp_path).submit(sheet("order-1"))
        assert self.printer(tmp_path).find("order-1", "") == number
        assert self.fate(self.printer(tmp_path), number) is Fate.PRINTED
        assert self.printer(tmp_path).find("order-1", number) == number

    def test_an_answer_lost_on_the_way_back_is_asked_for_and_the_sheet_printed_once(self, tmp_path: Path) -> None:
        """A crash between the sheet and its confirmation."""
        night = FakeNight()
        ctx, printer = make_context(tmp_path, night=night), self.printer(tmp_path)

        def make() -> str:
            printer.submit(sheet("order-1"))
            raise AnswerLostError("the answer was lost")

        with pytest.raises(AnswerLostError):
            ctx.effect("k", "a sheet", make, lambda: printer.find("order-1", ""))
        number = ctx.effect("k", "a sheet", make, lambda: printer.find("order-1", ""))
        assert night.effects["k"].state is EffectState.CONFIRMED
        assert self.fate(printer, number) is Fate.PRINTED
        assert len(self.came_out(tmp_path)) == 1

    def test_what_was_never_handed_over_is_not_found(self, tmp_path: Path) -> None:
        """So that it is printed now; where nothing was printed before it, nobody may be able to say."""
        printer = self.printer(tmp_path)
        with suppress(UncertainError):
            assert printer.find("order-1", "") is None
        before = printer.submit(sheet("order-1"))
        printer.submit(sheet("order-10"))
        for name in ("order-2", "order", "ORDER-1", "rder-1"):
            assert self.printer(tmp_path).find(name, before) is None

    def test_a_number_of_nobody_is_never_printed(self, tmp_path: Path) -> None:
        """It may be of another printer, or of this one before it lost its memory."""
        self.printer(tmp_path).submit(sheet("order-1"))
        for number in ("", "0", "999999", "999999.t5", "order-2", "../order-1", "-1.t5", "x" * 200):
            with suppress(OutsideError):
                assert self.printer(tmp_path).standing(number).fate is Fate.FORGOTTEN

    @pytest.mark.parametrize("name", UNSOUND_NAMES)
    def test_a_name_that_would_not_come_back_is_refused(self, tmp_path: Path, name: str) -> None:
        """It would be no title of a job and no name of a file, or another one."""
        printer = self.printer(tmp_path)
        with pytest.raises(OutsideError) as caught:
            printer.submit(sheet(name))
        assert caught.value.nothing_done
        assert not self.came_out(tmp_path)

    def test_paper_that_nobody_knows_is_refused(self, tmp_path: Path) -> None:
        """The printer would take any."""
        with pytest.raises(OutsideError) as caught:
            self.printer(tmp_path).submit(sheet("order-1", "a5"))
        assert caught.value.nothing_done
        assert not self.came_out(tmp_path)

    def test_a_printer_out_of_reach_took_nothing(self, tmp_path: Path) -> None:
        """So that the sheet is handed over later, and nobody has to look."""
        with pytest.raises(OutsideError) as caught:
            self.unreachable(tmp_path).submit(sheet("order-1"))
        assert caught.value.nothing_done
