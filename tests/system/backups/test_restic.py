"""Real restic, every version that is here: what each check catches, and that nothing of it is left or hangs."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from daemon.api import stopwatch
from jobs.kinds.backup import Check, Outcome, Part
from tests.jobs.restic_scenes import english
from tests.system.backups.restic_breaking import (
    WAYS,
    Laboratory,
    Way,
    backup_at_work,
    flip_a_bit,
    healthy,
    leave_a_lock,
    programs,
    tried,
)

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not programs(), reason="no restic is here: install it, or name some in $NIGHTCLERK_RESTIC"),
]
SLACK = 0.5
"""Seconds that a real restic takes to end after SIGTERM, beside ours."""


@pytest.fixture(scope="module", params=programs(), ids=lambda path: path.name)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    """A healthy repository of each restic."""
    return healthy(request.param, tmp_path_factory.mktemp("restic") / "whole")


@pytest.fixture
def lab(whole: Laboratory, tmp_path: Path) -> Laboratory:
    """A copy of one's own."""
    return whole.copied(tmp_path / "lab")


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_each_way_of_breaking_is_caught_by_its_check(whole: Laboratory, way: Way, tmp_path: Path) -> None:
    row, verdict = tried(whole, way, tmp_path / "broken")
    print(*row, english(verdict.reason) if verdict else "", sep=" | ")
    assert row[2] == str(way.caught)


def test_one_bit_is_found_by_data_and_restore_and_not_by_structure(lab: Laboratory) -> None:
    flip_a_bit(lab)
    store = lab.store()
    newest = store.inventory().copies[-1]
    for check, outcome in (
        (Check.STRUCTURE, Outcome.HELD),
        (Check.DATA, Outcome.BROKEN),
        (Check.RESTORE, Outcome.BROKEN),
    ):
        verdict = store.examine(check, newest, Part())
        print(check, verdict.outcome, verdict.seconds, english(verdict.reason or verdict.shown), sep=" | ")
        assert verdict.outcome is outcome or (check is Check.RESTORE and verdict.outcome is not Outcome.HELD)
    assert store.examine(Check.DATA, newest, Part()).broken


def test_parts_in_turn_find_one_bit_in_exactly_one_of_them(lab: Laboratory) -> None:
    store = lab.store()
    (newest, *_) = store.inventory().copies
    said = [store.examine(Check.DATA, newest, Part(number, 2)) for number in (1, 2)]
    assert [verdict.outcome for verdict in said] == [Outcome.PARTLY] * 2
    print(*(english(verdict.shown) for verdict in said), sep=" | ")
    flip_a_bit(lab)
    outcomes = [store.examine(Check.DATA, newest, Part(number, 2)).outcome for number in (1, 2)]
    assert sorted(outcomes) == [Outcome.BROKEN, Outcome.PARTLY]


def test_a_restore_tells_what_came_back_and_leaves_nothing(lab: Laboratory) -> None:
    store = lab.store(drill={"include": [str(lab.source)], "holds": [str(lab.source / "file-0")]})
    (newest, *_) = store.inventory().copies
    verdict = store.examine(Check.RESTORE, newest, Part())
    print(english(verdict.shown))
    assert verdict.outcome is Outcome.HELD
    assert verdict.read == 6 * 200_000 + len("sings\n")
    assert not list((lab.folder / "own" / "drills").iterdir())
    for drill, said in (
        ({"include": ["/no/such"]}, "brought back nothing"),
        ({"holds": ["/no/such"]}, "did not bring back /no/such"),
        ({"canary": {"path": str(lab.source / "canary"), "sha256": "0" * 64}}, "with other content"),
        ({"at_least": {"files": 8}}, "7 of at least 8 files"),
    ):
        store = lab.store(drill=drill)
        store.inventory()
        broken = store.examine(Check.RESTORE, newest, Part())
        assert broken.outcome is Outcome.BROKEN
        assert said in english(broken.reason)


def test_a_copy_has_a_size_whatever_the_version(lab: Laboratory) -> None:
    newest, *older = lab.store().inventory().copies
    assert newest.size == 6 * 200_000 + len("sings\n")
    assert all(copy.size is None or 0 < copy.size < newest.size for copy in older)


def test_while_a_backup_works_checks_without_a_lock_pass_and_one_with_a_lock_is_asked_later(lab: Laboratory) -> None:
    with backup_at_work(lab):
        for lock, outcome, again in ((False, Outcome.HELD, None), (True, Outcome.UNKNOWN, timedelta(minutes=30))):
            store = lab.store(lock=lock)
            (newest, *_) = store.inventory().copies
            passed = stopwatch()
            verdict = store.examine(Check.STRUCTURE, newest, Part())
            print("lock held", lock, english(verdict.reason or verdict.shown), f"{passed():.1f}", sep=" | ")
            assert (verdict.outcome, verdict.again) == (outcome, again)


def test_damage_is_not_hidden_by_a_lock_that_was_left_behind(lab: Laboratory) -> None:
    flip_a_bit(lab)
    leave_a_lock(lab)
    store = lab.store()
    (newest, *_) = store.inventory().copies
    assert store.examine(Check.DATA, newest, Part()).outcome is Outcome.BROKEN


def read_only(lab: Laboratory) -> Laboratory:
    """Return the laboratory with a repository that can't be written to: a mount for root, else by its rights."""
    if os.geteuid():
        for path in [lab.repository, *lab.repository.rglob("*")]:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
        return lab
    mounted = f"mount --bind {lab.repository} {lab.repository} && mount -o remount,ro,bind {lab.repository}"
    if subprocess.run(["unshare", "-m", "sh", "-c", mounted], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    program = lab.folder / "restic-read-only"
    program.write_text(f'#!/bin/sh\nexec unshare -m sh -c \'{mounted} && exec {lab.program} "$@"\' sh "$@"\n')
    program.chmod(0o755)
    return Laboratory(program, lab.folder, lab.source)


@contextmanager
def given_back(lab: Laboratory) -> Iterator[None]:
    """Let pytest remove what could not be written to."""
    try:
        yield
    finally:
        for path in [lab.repository, *lab.repository.rglob("*")]:
            path.chmod(0o700)


def test_a28_a_repository_that_cannot_be_written_to_is_looked_at_all_the_same(lab: Laboratory) -> None:
    there = read_only(lab)
    with given_back(lab):
        passed = stopwatch()
        store = there.store()
        (newest, *_) = store.inventory().copies
        said = {check: store.examine(check, newest, Part()).outcome for check in sorted(store.offers)}
        print("read-only", *said.items(), f"{passed():.1f}", sep=" | ")
        assert set(said.values()) == {Outcome.HELD}


def test_a24_a_restic_that_waits_for_ever_is_ended_at_its_limit_with_nothing_left(lab: Laboratory) -> None:
    """A lock that can't be written is tried again and again."""
    there = read_only(lab)
    with given_back(lab):
        store = there.store(lock=True, limit=timedelta(seconds=3))
        (newest, *_) = store.inventory().copies
        passed = stopwatch()
        verdict = store.examine(Check.STRUCTURE, newest, Part())
        took = passed()
        print("hung", english(verdict.reason), f"{took:.2f}", sep=" | ")
        assert verdict.outcome is Outcome.UNKNOWN
        assert "restic was ended after" in english(verdict.reason)
        assert 3 <= took < 3 + SLACK
        assert not started_for(lab)
        assert not list((lab.repository / "locks").iterdir())


def started_for(lab: Laboratory) -> list[str]:
    """Return the processes that were told of this laboratory's repository."""
    told = f"RESTIC_REPOSITORY={lab.repository}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and told in (folder / "environ").read_bytes():
                found.append(folder.name)
        except OSError:
            continue
    return found


def test_nothing_of_a_repository_is_changed_by_looking_at_it(lab: Laboratory) -> None:
    def all_of_it() -> dict[str, tuple[int, int, int]]:
        found = [(path, path.lstat()) for path in sorted(lab.repository.rglob("*"))]
        return {str(path): (status.st_size, status.st_mtime_ns, status.st_mode) for path, status in found}

    before = all_of_it()
    store = lab.store()
    (newest, *_) = store.inventory().copies
    for check in store.offers:
        store.examine(check, newest, Part())
    assert store.check() is None
    assert all_of_it() == before
    assert {path.name for path in (lab.folder / "own").iterdir()} <= {"drills", "sizes.json"}


def as_nobody(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run our Python as a user without any rights."""
    python = str(Path(__file__).parents[3] / ".venv/bin/python")
    dropped = ["setpriv", "--reuid=65534", "--clear-groups", python, *words]
    return subprocess.run(dropped, capture_output=True, text=True, check=False, cwd="/")


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can become another user")
def test_a_user_without_rights_is_told_what_to_do(lab: Laboratory) -> None:
    """As the service meets a repository that belongs to root."""
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "from tests.system.backups.restic_breaking import Laboratory\n"
        "from tests.jobs.restic_scenes import english\n"
        "print(english(Laboratory(Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[3])).store().check()))\n"
    )
    checkout = Path(__file__).parents[3]
    if as_nobody(
        "-c", f"import sys; sys.path.insert(0, {str(checkout)!r}); import tests.jobs.restic_scenes"
    ).returncode:
        pytest.skip("this checkout is nobody else's to read")
    # pytest closes its own folders to others whenever somebody starts another one
    with TemporaryDirectory() as place, TemporaryDirectory() as open_to_all:
        there = lab.copied(Path(place) / "lab")
        there.repository.chmod(0o700)
        Path(open_to_all).chmod(0o755)
        program = shutil.copy(there.program, open_to_all)  # where the real one lies, nobody may have no way to it
        given = (script, str(checkout), str(program), str(there.folder))
        closed = as_nobody("-c", *given)
        for path in (there.folder, Path(place)):
            path.chmod(0o711)
        unread = as_nobody("-c", *given)
    print(closed.stdout, closed.stderr, unread.stdout, unread.stderr)
    assert "open the folders that lead to it" in closed.stdout
    assert f"{there.repository} can't be read by nobody" in unread.stdout
