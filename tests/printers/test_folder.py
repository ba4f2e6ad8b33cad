"""Sheets in a folder: whole, for their owner only, handed over once, whoever takes them away."""

import stat
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.testing import make_outlet
from jobs.connectors.printers.folder import FOLDER, FolderOptions
from jobs.kinds.printer import Fate, Printer
from jobs.testing_printers import sheet
from tests.printers.ipp_opening import words


def opened(folder: Path) -> Printer:
    return FOLDER.open(FolderOptions(path=folder / "out"), make_outlet(folder / "own"))


def test_only_the_owner_may_read_a_sheet_and_nothing_unfinished_is_left(tmp_path: Path) -> None:
    opened(tmp_path).submit(sheet("order-1"))
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "order-1.pdf"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == sheet("order-1").content


def test_a_sheet_that_somebody_took_away_was_printed_and_is_not_printed_again(tmp_path: Path) -> None:
    number = opened(tmp_path).submit(sheet("order-1"))
    (tmp_path / "out" / "order-1.pdf").unlink()
    assert opened(tmp_path).find("order-1", "") == number
    assert opened(tmp_path).standing(number).fate is Fate.PRINTED
    assert opened(tmp_path).submit(sheet("order-1")) == number
    assert not list((tmp_path / "out").iterdir())


def test_a_crash_before_the_sheet_was_in_its_place_leaves_it_to_be_printed(tmp_path: Path) -> None:
    for folder in ("out", "own/handed-over"):
        (tmp_path / folder).mkdir(parents=True)
    unfinished = tmp_path / "out" / ".order-1.unfinished"
    unfinished.write_bytes(b"%PDF half")
    assert opened(tmp_path).find("order-1", "") is None
    (tmp_path / "own" / "handed-over" / "order-1").touch()
    assert opened(tmp_path).find("order-1", "") is None
    number = opened(tmp_path).submit(sheet("order-1"))
    assert opened(tmp_path).standing(number).fate is Fate.PRINTED
    assert (tmp_path / "out" / "order-1.pdf").read_bytes() == sheet("order-1").content


def test_a_link_that_lies_in_wait_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "own.txt").write_text("mine")
    (tmp_path / "out" / ".order-1.unfinished").symlink_to(tmp_path / "own.txt")
    with pytest.raises(OutsideError) as caught:
        opened(tmp_path).submit(sheet("order-1"))
    assert caught.value.nothing_done
    assert (tmp_path / "own.txt").read_text() == "mine"


def test_a_folder_in_which_nothing_can_be_made_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    assert "is in the way of the folder" in words(opened(tmp_path).ready())
    with pytest.raises(OutsideError, match="let the service write there"):
        opened(tmp_path).submit(sheet("order-1"))
