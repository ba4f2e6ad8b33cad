"""However a run's process behaves, the run ends with a state and a sentence, and the daemon goes on."""

import asyncio
import os
import signal
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from daemon import wire
from daemon.child import make_child
from daemon.engine.shift import Shift
from daemon.occurrences.asked import Wish
from daemon.plugins import Registry
from daemon.records import Run, State
from daemon.spawner import Spawner, start_spawner
from tests.daemon.outlasting import lives, pids_in, wait_for_end

Opened = Callable[..., AbstractAsyncContextManager[Shift]]
FINE = "  lamps: {job: fine, every: 1d}\n"


def routine(job: str, more: str = "") -> str:
    return f"  lamps: {{job: {job}, every: 1d{more}}}\n"


async def run_it(shift: Shift, name: str = "lamps") -> Run:
    occurrence = await shift.engine.add_manual(name, "a test", Wish())
    await shift.engine.start_one(occurrence)
    ended = (await shift.engine.wait_with_mails(occurrence))[0]
    kept = await shift.bookkeeper.call(shift.engine.ledger.history.run, ended.id)
    assert kept is not None
    return kept


@pytest.fixture
def ended(opened: Opened) -> Callable[..., Run]:
    """Return how one run of a routine ended, as the ledger keeps it."""

    def run(routines: str, forks: Spawner | None = None) -> Run:
        async def work() -> Run:
            async with opened(routines, None, forks) as shift:
                return await run_it(shift)

        return asyncio.run(work())

    return run


def test_a_good_run_ends_ok_with_its_sentence_its_pid_and_its_memory(ended: Callable[..., Run]) -> None:
    run = ended(FINE)
    assert run.state is State.OK
    assert run.summary is not None
    assert run.summary.id == "all lamps burn"
    assert run.pid > 1
    assert run.max_rss_kb > 1000


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        ("raising", "ValueError: the till is jammed"),
        ("leaving", "exit code 7 and left no report"),
        ("stopping", "exit code 3 and left no report"),
        ("crashing", "ended by a signal: Segmentation fault"),
        ("undeclared", "lamps.eaten are not declared"),
        ("huge", "over the limit"),
    ],
)
def test_a_run_that_goes_wrong_is_a_failed_run_that_says_why(ended: Callable[..., Run], job: str, reason: str) -> None:
    run = ended(routine(job))
    assert run.state is State.FAILED
    assert reason in run.reason


def test_a_raising_job_leaves_its_traceback_in_the_runs_output(ended: Callable[..., Run]) -> None:
    assert "_raising" in ended(routine("raising")).output


def test_of_ten_megabytes_of_output_the_end_is_kept_and_the_rest_counted(ended: Callable[..., Run]) -> None:
    run = ended(routine("loud"))
    assert run.state is State.OK
    lines = run.output.splitlines()
    assert lines[0] == "[99800 earlier lines not kept]"
    assert lines[-1].startswith(" 99999 ")


def test_a_run_over_its_time_is_cut_off_with_everything_it_started(ended: Callable[..., Run], tmp_path: Path) -> None:
    run = ended(routine("hanging", ", timeout: 1s, options: {world: WORLD}"))
    assert run.state is State.TIMED_OUT
    assert run.reason == "cut off after its time limit"
    assert [lives(pid) for pid in pids_in(tmp_path / "world")] == [False, False]


def test_what_a_good_run_leaves_behind_is_gone_when_the_run_has_ended(
    ended: Callable[..., Run], tmp_path: Path
) -> None:
    run = ended(routine("littering", ", options: {world: WORLD}"))
    assert run.state is State.OK
    assert not lives(pids_in(tmp_path / "world")[0])


def test_a_secret_shows_neither_in_the_reason_nor_in_the_output(ended: Callable[..., Run]) -> None:
    run = ended(routine("telling", ", options: {key: !secret till}"))
    assert run.reason == "ValueError: the key *** does not fit"
    assert "the key is ***" in run.output
    assert "sesame" not in run.output


def test_a_run_that_wants_more_memory_than_it_may_have_fails_alone(ended: Callable[..., Run]) -> None:
    run = ended(routine("greedy", ", memory: 300M"))
    assert run.state is State.FAILED
    assert "MemoryError" in run.reason


def test_a_good_run_after_all_the_bad_ones_ends_well(opened: Opened) -> None:
    routines = "".join(
        f"  {job}: {{job: {job}, every: 1d}}\n" for job in ("crashing", "leaving", "raising", "loud", "fine")
    )

    async def work() -> list[State]:
        async with opened(routines) as shift:
            return [(await run_it(shift, name)).state for name in shift.setup.config.routines]

    assert asyncio.run(work()) == [State.FAILED] * 3 + [State.OK] * 2


def test_a_spawner_that_is_killed_loses_what_runs_and_says_so(opened: Opened, deeds: Registry, tmp_path: Path) -> None:
    forks = start_spawner(make_child(deeds))

    async def work() -> tuple[Run, Run]:
        async with opened(
            routine("hanging", ", options: {world: WORLD}") + "  other: {job: fine, every: 1d}", None, forks
        ) as shift:
            running = asyncio.ensure_future(run_it(shift))
            while not (tmp_path / "world").exists() or len(pids_in(tmp_path / "world")) < 2:
                await asyncio.wait([running], timeout=0.02)
            os.kill(forks.pid, signal.SIGKILL)
            lost = await running
            assert shift.engine.children.gone.is_set()
            return lost, await run_it(shift, "other")

    lost, refused = asyncio.run(work())
    forks.close()
    assert (lost.state, lost.reason) == (State.LOST, "lost: the spawner is gone")
    assert refused.state is State.LOST
    assert [wait_for_end(pid) for pid in pids_in(tmp_path / "world")] == [True, True]


def test_a_fork_that_the_system_refuses_is_a_failed_run(opened: Opened, deeds: Registry) -> None:
    fork, forked = os.fork, list[int]()

    def fork_once() -> int:
        if forked:
            raise BlockingIOError
        forked.append(1)
        return fork()

    os.fork = fork_once
    try:
        forks = start_spawner(make_child(deeds))
    finally:
        os.fork = fork

    async def work() -> Run:
        async with opened(FINE, None, forks) as shift:
            return await run_it(shift)

    run = asyncio.run(work())
    forks.close()
    assert run.state is State.FAILED
    assert "no process" in run.reason


def _lie(sock: socket.socket) -> None:
    """Say to the daemon what no honest child would say; which lie, the routine's name decides."""
    name = wire.receive(sock)["routine"]
    lies: dict[str, Any] = {
        "verb": {"verb": "set_mark", "args": ["a", "b"]},
        "private": {"verb": "_set_effect", "args": ["a"]},
        "count": {"verb": "claim", "args": []},
        "shape": {"verb": "end", "args": [{"state": "ok", "findings": [3]}]},
        "state": {"verb": "end", "args": [{"state": "lost"}]},
        "words": ["no", "verb"],
        "number": {"verb": "confirm", "args": [1, 2]},
    }
    if name == "size":
        sock.sendall(struct.pack("!I", 0xFFFFFFFF) + b"x")
    elif name == "json":
        sock.sendall(wire.HEADER.pack(3) + b"{x}")
    elif name == "deep":
        sock.sendall(wire.HEADER.pack(200_000) + b"[" * 100_000 + b"]" * 100_000)
    else:
        sock.sendall(wire.frame(lies[name]))
    print(wire.receive(sock))


@pytest.fixture(scope="module")
def liars() -> Iterator[Spawner]:
    started = start_spawner(_lie)
    yield started
    started.close()


@pytest.mark.parametrize("name", ["verb", "private", "count", "shape", "state", "words", "number"])
def test_a_question_of_the_wrong_shape_is_refused_in_words(opened: Opened, liars: Spawner, name: str) -> None:
    async def work() -> Run:
        async with opened(f"  {name}: {{job: fine, every: 1d}}\n", None, liars) as shift:
            return await run_it(shift, name)

    run = asyncio.run(work())
    assert run.state is State.FAILED
    assert "error" in run.output
    assert "left no report" in run.reason


@pytest.mark.parametrize("name", ["size", "json", "deep"])
def test_what_nobody_can_take_ends_the_run(opened: Opened, liars: Spawner, name: str) -> None:
    async def work() -> Run:
        async with opened(f"  {name}: {{job: fine, every: 1d}}\n", None, liars) as shift:
            return await run_it(shift, name)

    run = asyncio.run(work())
    assert run.state is State.FAILED
    assert "what nobody can take" in run.reason


def test_stopping_the_shift_loses_what_runs_and_leaves_no_process(opened: Opened, tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(routine("hanging", ", options: {world: WORLD}")) as shift:
            running = asyncio.ensure_future(run_it(shift))
            while not (tmp_path / "world").exists() or len(pids_in(tmp_path / "world")) < 2:
                await asyncio.wait([running], timeout=0.02)
            await shift.engine.stop()
            run = await running
            assert (run.state, run.reason) == (State.LOST, "lost (stopped)")

    asyncio.run(work())
    assert not any(lives(pid) for pid in pids_in(tmp_path / "world"))
