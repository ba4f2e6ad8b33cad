"""The rows of an export file as one run reads them again and again."""

import os
from pathlib import Path

from daemon.testing import NOW
from jobs.connectors.shops._csv_profiles import Headers
from jobs.connectors.shops._csv_rows import LARGEST_KEPT, MOST_KEPT, Layout, RecentFiles

HEADERS: Headers = {"number": ("number",), "placed": ("placed",), "quantity": ("quantity",), "price": ("price",)}
HEADER = "number,placed,quantity,price"


def written(path: Path, *rows: str, age: int = 0) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    moment = NOW.timestamp() - age
    os.utime(path, (moment, moment))
    return path


def numbers(files: RecentFiles, path: Path) -> list[str]:
    return [row.cell("number") for row in files.rows(path, lambda *_: None)]


def test_a_small_file_is_read_once(tmp_path: Path) -> None:
    files, path = RecentFiles(Layout(HEADERS)), written(tmp_path / "a.csv", "1,x,1,1")
    assert numbers(files, path) == ["1"]
    written(path, "2,x,1,1")
    assert numbers(files, path) == ["1"]


def test_a_file_that_was_written_since_is_read_again(tmp_path: Path) -> None:
    files, path = RecentFiles(Layout(HEADERS)), written(tmp_path / "a.csv", "1,x,1,1", age=60)
    assert numbers(files, path) == ["1"]
    assert numbers(files, written(path, "2,x,1,1")) == ["2"]


def test_what_is_wrong_with_a_file_is_told_each_time_it_is_asked_for(tmp_path: Path) -> None:
    files, path = RecentFiles(Layout(HEADERS)), written(tmp_path / "a.csv", "1,x,1")
    told: list[int] = []
    for _ in range(2):
        assert not list(files.rows(path, lambda line, _: told.append(line)))
    assert told == [2, 2]


def test_only_the_last_files_are_kept(tmp_path: Path) -> None:
    files = RecentFiles(Layout(HEADERS))
    paths = [written(tmp_path / f"{n}.csv", "1,x,1,1") for n in range(MOST_KEPT + 1)]
    for path in paths:
        numbers(files, path)
        written(path, "2,x,1,1")
    assert [numbers(files, path) for path in reversed(paths)] == [["1"]] * MOST_KEPT + [["2"]]


def test_a_large_file_is_never_kept(tmp_path: Path) -> None:
    rows = ["1,x,1,1" + " " * 100_000] * (1 + LARGEST_KEPT // 100_000)
    files, path = RecentFiles(Layout(HEADERS)), written(tmp_path / "a.csv", *rows)
    assert set(numbers(files, path)) == {"1"}
    assert set(numbers(files, written(path, *[row.replace("1,x", "2,x") for row in rows]))) == {"2"}
    assert not files.kept


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    told: list[int] = []
    assert not list(RecentFiles(Layout(HEADERS)).rows(tmp_path / "no.csv", lambda line, _: told.append(line)))
    assert told == [0]
