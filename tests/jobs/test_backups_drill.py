"""A drill of files: what came back is looked at without following anything out of it, and it is always removed."""

import fcntl
import hashlib
import os
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from daemon.testing import NOW
from jobs.connectors.backups._drill import chosen, is_below, judged, lacking, remove, scratch, sweep
from jobs.connectors.backups._drill_options import DrillOptions
from jobs.kinds.backup import Copy, Outcome
from tests.jobs.restic_scenes import english

SINGS = hashlib.sha256(b"sings\n").hexdigest()


def tree(folder: Path, **files: str) -> Path:
    for name, content in {"srv/canary": "sings\n", "srv/data": "12345", **files}.items():
        path = folder / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder / "tree"


def looked_at(folder: Path, **options: object) -> tuple[Outcome, str]:
    verdict = judged(folder, DrillOptions.model_validate(options), Decimal("2.5"))
    return verdict.outcome, english(verdict.reason or verdict.shown)


def test_what_came_back_is_claimed_and_nothing_else(tmp_path: Path) -> None:
    there = tree(tmp_path)
    assert looked_at(there) == (Outcome.HELD, "2 files with 11 bytes were restored in 2 secs")
    canary = {"path": "/srv/canary", "sha256": SINGS.upper()}
    outcome, said = looked_at(there, canary=canary, holds=["/srv", "srv/data"], at_least={"files": 2, "bytes": 11})
    assert (outcome, said) == (Outcome.HELD, "2 files with 11 bytes were restored in 2 secs, /srv/canary unchanged")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"at_least": {"files": 3}}, "brought back 2 of at least 3 files"),
        ({"at_least": {"bytes": "1K"}}, "brought back 11 of at least 1,024 bytes"),
        ({"holds": ["/srv/other"]}, "did not bring back /srv/other"),
        ({"holds": ["/srv/data/inside"]}, "did not bring back /srv/data/inside"),
        ({"canary": {"path": "/srv/none", "sha256": SINGS}}, "did not bring back /srv/none"),
        ({"canary": {"path": "/srv/data", "sha256": SINGS}}, "brought back /srv/data with other content"),
        ({"canary": {"path": "/srv", "sha256": SINGS}}, "/srv came back and can't be read"),
    ],
)
def test_what_did_not_come_back_is_broken(tmp_path: Path, options: dict[str, object], said: str) -> None:
    outcome, told = looked_at(tree(tmp_path), **options)
    assert outcome is Outcome.BROKEN
    assert said in told


@pytest.mark.parametrize("files", [{}, {"empty": ""}])
def test_folders_and_empty_files_are_nothing(tmp_path: Path, files: dict[str, str]) -> None:
    (tmp_path / "tree" / "srv").mkdir(parents=True)
    for name, content in files.items():
        (tmp_path / "tree" / name).write_text(content)
    outcome, said = looked_at(tmp_path / "tree")
    assert outcome is Outcome.BROKEN
    assert "brought back nothing" in said


def test_a_link_that_came_back_proves_nothing_about_what_it_points_at(tmp_path: Path) -> None:
    """The live file beside the backup would be looked at instead."""
    live = tree(tmp_path / "live") / "srv"
    there = tree(tmp_path)
    (there / "www").symlink_to(live)
    (there / "canary").symlink_to(live / "canary")
    assert not is_below(there, ("www", "canary"))
    assert is_below(there, ("www",))
    assert looked_at(there, holds=["/www/canary"])[0] is Outcome.BROKEN
    for path in ("/canary", "/www/canary"):
        assert looked_at(there, canary={"path": path, "sha256": SINGS})[0] is Outcome.BROKEN


@pytest.mark.parametrize("path", ["", "/", "/srv/../etc/passwd", "a\0b"])
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="as it was backed up"):
        DrillOptions.model_validate({"holds": [path]})


def fails(_there: Path) -> None:
    raise OSError("no")


def is_told_to_end(_there: Path) -> None:
    os.kill(os.getpid(), 15)


@pytest.mark.parametrize(("does", "raises"), [(lambda _: None, None), (fails, OSError), (is_told_to_end, SystemExit)])
def test_a27_a_scratch_folder_is_ones_own_and_goes_whatever_happens(
    tmp_path: Path, does: Callable[[Path], None], raises: type[BaseException] | None
) -> None:
    seen = []

    def drill() -> None:
        with scratch(tmp_path) as there:
            seen.append((there.stat().st_mode & 0o777, list(there.iterdir())))
            (there / "deep" / "closed").mkdir(parents=True)
            (there / "deep" / "file").write_text("x")
            (there / "deep" / "closed").chmod(0)
            (there / "deep").chmod(0o500)
            does(there)

    if raises is None:
        drill()
    else:
        with pytest.raises(raises):
            drill()
    assert seen == [(0o700, [])]
    assert not list((tmp_path / "drills").iterdir())


def test_a27_what_was_left_is_swept_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    for name in ("left", "used"):
        (tmp_path / "drills" / name / "deep").mkdir(parents=True)
    (tmp_path / "drills" / "file").write_text("not a folder")
    (tmp_path / "drills" / "link").symlink_to(tmp_path)
    held = os.open(tmp_path / "drills" / "used", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    sweep(tmp_path)
    sweep(tmp_path / "nothing")
    assert {path.name for path in (tmp_path / "drills").iterdir()} == {"used", "file", "link"}
    os.close(held)
    with scratch(tmp_path) as mine:
        sweep(tmp_path)
        assert mine.is_dir()
    assert {path.name for path in (tmp_path / "drills").iterdir()} == {"file", "link"}


def test_removing_what_came_back_touches_nothing_outside_of_it(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o500)
    there = tree(tmp_path)
    (there / "link").symlink_to(outside)
    (there / "srv" / "link").symlink_to(outside)
    remove(there)
    assert not there.exists()
    assert outside.stat().st_mode & 0o777 == 0o500


def test_without_room_or_a_size_there_is_no_drill(tmp_path: Path) -> None:
    def copy(size: int | None) -> Copy:
        return Copy("a", NOW, size, 1)

    assert lacking(tmp_path / "not" / "there", copy(1000), DrillOptions()) is None
    assert "of 1,300,000,000,000,000,000 bytes are free" in english(lacking(tmp_path, copy(10**18), DrillOptions()))
    assert "say it with `room:`" in english(lacking(tmp_path, copy(None), DrillOptions()))
    assert lacking(tmp_path, copy(None), DrillOptions(room=1000)) is None
    assert lacking(tmp_path, copy(10**18), DrillOptions(room=1000)) is None
    assert lacking(tmp_path, copy(0), DrillOptions()) is None


def test_now_and_then_an_older_copy_of_the_same_series_is_taken() -> None:
    newest, other = Copy("n", NOW, 1, 1, series="a"), Copy("o", NOW - timedelta(days=1), 1, 1, series="b")
    older = [Copy(str(n), NOW - timedelta(days=n), 1, 1, series="a") for n in range(1, 6)]
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(400)]
    taken = [chosen([newest, other, *older], newest, 4, day) for day in days]
    assert set(taken) == {newest, *older}
    assert 60 < sum(one != newest for one in taken) < 140
    assert {chosen([newest, *older], newest, 0, day) for day in days} == {newest}
    assert {chosen([newest, other], newest, 1, day) for day in days} == {newest}
