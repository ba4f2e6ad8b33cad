"""What every connector of the kind program must do: a suite to subclass, as those of `jobs/testing_kinds.py`."""

from pathlib import Path

import pytest

from daemon.api import OutsideError
from jobs.kinds.program import Runnable


class ProgramContract:
    """A program of the owner's runs once where it may, and says how it ended."""

    def program(self, folder: Path, code: int, printed: str) -> Runnable:
        """Return a program that makes the file `ran` in `folder`, prints one line, and ends with a number."""
        raise NotImplementedError

    def missing(self, folder: Path) -> Runnable:
        """Return a program that is not there."""
        raise NotImplementedError

    def unwritable(self, folder: Path) -> Runnable:
        """Return a program that would make the file `ran` in `folder`, of a connection that may only read."""
        raise NotImplementedError

    def test_how_it_ended_and_what_it_printed_is_told(self, tmp_path: Path) -> None:
        """Whether that was well is for the job to say."""
        for code in (0, 1, 77):
            ended = self.program(tmp_path, code, "line").run()
            assert (ended.code, ended.answer, ended.printed, ended.timed_out) == (code, "line", ("line",), False)

    def test_showing_it_does_not_run_it(self, tmp_path: Path) -> None:
        """As a dry run does."""
        assert self.program(tmp_path, 0, "line").shown
        assert not (tmp_path / "ran").exists()

    def test_one_that_is_not_there_is_an_error_that_says_so(self, tmp_path: Path) -> None:
        """And no program that ended badly."""
        with pytest.raises(OutsideError, match="gone"):
            self.missing(tmp_path).run()

    def test_without_the_right_to_write_it_is_not_started(self, tmp_path: Path) -> None:
        """So in a dry run, too."""
        with pytest.raises(OutsideError, match="writes: true") as caught:
            self.unwritable(tmp_path).run()
        assert caught.value.nothing_done
        assert not (tmp_path / "ran").exists()
