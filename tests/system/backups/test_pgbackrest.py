"""pgBackRest on a real PostgreSQL: what is seen of each way to break its repository; what is whole passes and restores."""

import os
import shutil
import signal
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import pytest

from daemon.clock import SystemClock
from jobs.connectors.backups._strays import working_in
from jobs.kinds.backup import Check, Copy, Outcome, Part
from tests.jobs.dump_scenes import told
from tests.system.backups.pgbackrest_ways import (
    DRILL,
    WAYS,
    Server,
    as_user,
    become_user,
    is_here,
    rows,
    server,
)

pytestmark = [pytest.mark.system, pytest.mark.skipif(not is_here(), reason="no PostgreSQL with pgBackRest is here")]
SEEN = {
    "healthy": set(),
    "one bit turned": {"data", "restore"},
    "cut off": {"data", "restore"},
    "a file gone": {"data", "restore"},
    "the full backup gone": {"data", "restore"},
    "the newest backup gone": {"data", "restore"},
    "the WAL gone": {"structure", "data", "restore"},
    "emptied": {"inventory", "structure", "data", "restore"},
}
"""Which checks see what: pgBackRest's list alone misses what lies on the disk, its `verify` alone what WAL is needed."""


def test_what_each_check_sees_of_each_way_to_break_a_repository(capsys: pytest.CaptureFixture[str]) -> None:
    found = list(rows())
    with capsys.disabled():
        for row in found:
            print(
                f"\n{row.target} | {row.way} | {row.check} | {'seen' if row.seen else 'not seen'} | {row.seconds} s",
                end="",
            )
    seen = {way: {row.check for row in found if row.way == way and row.seen} for way in SEEN}
    assert seen == SEEN


def test_a_healthy_stanza_is_listed_and_verified_while_the_server_runs() -> None:
    with server() as one:
        store = one.opened()
        incremental, full = store.inventory().copies
        assert incremental.name.startswith(full.name)
        assert incremental.moment >= full.moment
        for check in (Check.STRUCTURE, Check.DATA):
            assert store.examine(check, incremental, Part()).outcome is Outcome.HELD
        told_data = store.examine(Check.DATA, incremental, Part()).shown
        assert "files of all backups and the archived WAL; all match" in told(told_data)
        assert not list(one.folder.glob("*verify*.log"))


class Drilled(NamedTuple):
    """What a drill showed, in a form that can be handed from one process to another."""

    outcome: Outcome
    said: str
    read: int | None
    seconds: float


def drill(one: Server, config: str, copy: Copy | None, changes: dict[str, object]) -> Drilled:
    store = one.opened(drill={**DRILL, **changes}, config=str(one.folder / config))
    verdict = store.examine(Check.RESTORE, copy or store.inventory().copies[0], Part())
    return Drilled(verdict.outcome, told(verdict.shown or verdict.reason), verdict.read, float(verdict.seconds or 0))


def drilled(one: Server, config: str = "br.conf", copy: Copy | None = None, **changes: object) -> Drilled:
    found = as_user(drill, one, config, copy, changes)
    assert leftovers(one) == []
    return found


def leftovers(one: Server) -> list[object]:
    """Return what is left of drills: folders and processes."""
    drills = one.folder / "drills"
    return [*(drills.iterdir() if drills.exists() else ()), *working_in(drills)]


def until(path: Path, pattern: str) -> None:
    clock = SystemClock()
    began = clock.monotonic()
    while not list(path.glob(pattern)):
        assert clock.monotonic() - began < 60, f"{pattern} never came"
        os.sched_yield()


@pytest.fixture(scope="module")
def live() -> Iterator[Server]:
    with server() as one:
        yield one


def archived(one: Server) -> set[str]:
    return {path.name for path in (one.folder / "repo" / "archive").rglob("*") if path.is_file()}


HOSTILE = """[global:restore]
delta=y
link-all=y
link-map=pg_wal={folder}/evil
tablespace-map=fast={folder}/evil
db-exclude=shop
recovery-option=restore_command=/bin/false
[shop]
pg1-host=far.example
pg1-path={folder}/data
"""


def test_a_healthy_backup_restores_recovers_and_answers_and_the_live_server_notices_nothing(live: Server) -> None:
    before = archived(live)
    waiting = live.folder / "spool" / "archive" / "shop" / "out" / "000000010000000000000009.ok"
    live.run("mkdir", "-p", str(waiting.parent))
    live.run("touch", str(waiting))
    found = drilled(live, checksums=True)
    assert found.outcome is Outcome.HELD
    assert found.read is not None
    assert found.read > 20_000_000
    assert found.seconds > 0
    assert "PostgreSQL recovered it in" in found.said
    assert "2 questions about it are answered as they should be" in found.said
    assert waiting.exists()
    assert archived(live) == before
    live.run("pg_isready", "-h", str(live.folder))


def test_a_configuration_that_leads_elsewhere_leads_nowhere(live: Server) -> None:
    plain = (live.folder / "br.conf").read_text()
    hostile = plain.partition("[shop]")[0] + HOSTILE.format(folder=live.folder)
    (live.folder / "hostile.conf").write_text(hostile, encoding="utf-8")
    found = drilled(live, "hostile.conf")
    assert (found.outcome, found.said.count("answered")) == (Outcome.HELD, 1), found.said
    assert not (live.folder / "evil").exists()


def test_what_came_back_and_is_not_what_it_should_be_is_broken(live: Server) -> None:
    few = {"sql": "SELECT count(*) FROM orders", "at_least": 1001}
    assert drilled(live, checks=[few]).outcome is Outcome.BROKEN
    assert drilled(live, tables=["customers"]).outcome is Outcome.BROKEN


def test_a_superuser_is_not_asked_as_and_a_backup_that_is_not_there_is_not_known(live: Server) -> None:
    found = drilled(live, user="postgres")
    assert (found.outcome, "who may do more than read (SUPERUSER" in found.said) == (Outcome.UNKNOWN, True)
    copy = live.opened().inventory().copies[0]
    strange = Copy("x", copy.moment, copy.size, None, "20200101-000000F")
    assert drilled(live, copy=strange).outcome is Outcome.UNKNOWN


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_is_told_what_to_do(live: Server) -> None:
    found = drill(live, "br.conf", None, {})
    assert (found.outcome, "run nightclerk as a user of its own" in found.said) == (Outcome.UNKNOWN, True)


@pytest.mark.parametrize("moment", ["restored/data/base", "restored/data/postmaster.pid"])
def test_a_drill_that_is_told_to_end_leaves_neither_folder_nor_process(live: Server, moment: str) -> None:
    def run() -> None:
        become_user()
        drill(live, "br.conf", None, {})

    process = get_context("fork").Process(target=run)
    process.start()
    until(live.folder / "drills", f"*/{moment}")
    process.terminate()
    process.join(30)
    assert process.exitcode == 128 + signal.SIGTERM
    assert leftovers(live) == []


def test_a_server_that_a_killed_run_left_is_ended_by_the_next(live: Server) -> None:
    def run() -> None:
        become_user()
        drill(live, "br.conf", None, {})

    process = get_context("fork").Process(target=run)
    process.start()
    until(live.folder / "drills", "*/restored/data/postmaster.pid")
    process.kill()
    process.join(30)
    assert len(leftovers(live)) > 1
    as_user(listed, live)
    assert leftovers(live) == []


def listed(one: Server) -> int:
    return len(one.opened(drill=DRILL).inventory().copies)


def test_each_damage_is_called_damage_by_the_restore_alone(live: Server) -> None:
    repo, whole = live.folder / "repo", live.folder / "whole"
    copy = live.opened().inventory().copies[0]
    shutil.copytree(repo, whole)
    said = {}
    for way in (
        "one bit turned",
        "cut off",
        "a file gone",
        "the full backup gone",
        "the newest backup gone",
        "the WAL gone",
    ):
        WAYS[way](repo)
        live.give(repo)
        said[way] = drilled(live, copy=copy)
        shutil.rmtree(repo)
        shutil.copytree(whole, repo)
        live.give(repo)
    assert {way: found.outcome for way, found in said.items()} == dict.fromkeys(said, Outcome.BROKEN), said
