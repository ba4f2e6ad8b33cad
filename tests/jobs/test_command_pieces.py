"""Programs that are given their input, or read, piece by piece: nothing larger than a piece is held."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.connectors.command import BadEndError, Program
from tests.jobs.pg_archive_scenes import program

SOON = timedelta(seconds=20)


def test_what_comes_in_pieces_is_given_as_a_whole_and_empty_pieces_end_nothing() -> None:
    pieces = [b"a" * 200_000, b"", b"b", b""]
    assert Program("cat").run([], SOON, given=iter(pieces)).out == b"".join(pieces)
    assert Program("cat").run([], SOON, given=iter([b"", b""])).out == b""


def test_pieces_that_can_not_be_had_end_the_program_and_are_told(tmp_path: Path) -> None:
    ends = program(tmp_path / "ends", f"cat > /dev/null; touch {tmp_path}/ended")

    def broken() -> Iterator[bytes]:
        yield b"a"
        raise ValueError("the disk is gone")

    with pytest.raises(ValueError, match="the disk is gone"):
        Program(ends).run([], SOON, given=broken())
    assert not (tmp_path / "ended").exists()


def test_a_program_that_reads_no_more_leaves_the_rest_of_the_pieces() -> None:
    pieces = iter([b"line\n"] * 100_000)
    assert Program("head").run(["-n", "1"], SOON, given=pieces).out == b"line\n"
    assert next(pieces) == b"line\n"


def test_what_is_printed_comes_as_it_is_printed_however_much_it_is() -> None:
    size = sum(len(piece) for piece in Program("head", most=1000).pour(["-c", "3000000", "/dev/zero"], SOON))
    assert size == 3_000_000
    assert b"".join(Program("cat").pour([], SOON, [b"a", b"b"])) == b"ab"


def test_a_bad_end_comes_after_all_that_was_printed(tmp_path: Path) -> None:
    fails = program(tmp_path / "fails", "echo half; echo why >&2; exit 3")
    read: list[bytes] = []
    with pytest.raises(BadEndError) as caught:
        read.extend(Program(fails).pour([], SOON))
    assert (b"".join(read), caught.value.finished.code) == (b"half\n", 3)
    assert caught.value.finished.complaint == "why\n"


def test_a_program_that_prints_too_slowly_is_ended() -> None:
    with pytest.raises(BadEndError) as caught:
        list(Program("sleep").pour(["30"], timedelta(seconds=0.2)))
    assert caught.value.finished.timed_out


def test_a_program_runs_beside_the_work_and_ends_with_it(tmp_path: Path) -> None:
    endless = program(tmp_path / "endless", f"echo $$ > {tmp_path}/pid; echo begun >&2; exec sleep 60")
    with Program(endless).beside([]) as watch:
        assert not watch.ended_within(0.2)
        assert watch.kept[1].content == b"begun\n"
        assert Path("/proc", (tmp_path / "pid").read_text().strip()).exists()
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()
    with Program("true").beside([]) as watch:
        assert watch.ended_within(20)
    with pytest.raises(ValueError, match="may not be asked to"), Program("true", frozenset({"-D"})).beside(["-c"]):
        pass


def test_a_program_ends_with_whoever_stops_asking(tmp_path: Path) -> None:
    endless = program(tmp_path / "endless", f"echo $$ > {tmp_path}/pid; exec yes")
    pouring = Program(endless).pour([], SOON)
    while not next(pouring):
        pass
    assert isinstance(pouring, Iterator)
    pouring.close()  # type: ignore[attr-defined]
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()
