"""A child is on the roll while anything of it is there, and is known again by boot, pid and start, never by pid alone."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.processes import look, send
from daemon.roll import Entry, Roll, boot_id
from daemon.runner.orphans import end_orphans
from daemon.spawner import start_spawner
from tests.daemon.outlasting import lives

NO_GRACE = timedelta(0)


@pytest.fixture
def sleeper() -> Iterator[int]:
    """A process in a session of its own that knows in which start of a service it began."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.execve("/bin/sleep", ["sleep", "60"], {"INVOCATION_ID": "start-1"})
    handle = os.pidfd_open(pid)
    while Path(f"/proc/{pid}/comm").read_text(encoding="ascii") != "sleep\n":
        os.sched_yield()
    yield pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(handle)


def wait_for_a_word(sock: socket.socket) -> None:
    sock.recv(1)


def entered(roll: Roll, pid: int) -> Entry:
    assert roll.enter(7, pid) is not None
    (entry,) = roll.entries()
    return entry


def test_a_child_is_on_the_roll_while_it_works_and_off_it_after(tmp_path: Path) -> None:
    spawner = start_spawner(wait_for_a_word)
    roll = Roll(tmp_path / "children", "boot-1")
    ours, theirs = socket.socketpair()
    with Path(os.devnull).open("w") as nowhere:
        lifeline = spawner.ask(7, theirs, nowhere.fileno(), roll=roll)
    told = spawner.receive()
    assert told is not None
    (entry,) = roll.entries()
    assert (entry.run, entry.pid, entry.boot) == (7, told["pid"], "boot-1")
    assert roll.at_work(entry)
    ours.send(b".")
    spawner.receive()
    assert roll.entries() == []
    for one in (ours, theirs):
        one.close()
    os.close(lifeline)
    spawner.close()


def test_where_no_file_can_be_made_the_run_starts_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert Roll(tmp_path / "file", "boot-1").enter(7, os.getpid()) is None


def test_an_orphan_is_ended_and_struck_off(tmp_path: Path, sleeper: int) -> None:
    roll = Roll(tmp_path, "boot-1")
    entered(roll, sleeper)
    asyncio.run(end_orphans(roll, NO_GRACE))
    assert not lives(sleeper)
    assert roll.entries() == []


@pytest.mark.parametrize("change", [{"ticks": 1}, {"boot": "boot-0"}, {"boot": ""}])
def test_a_process_of_another_start_or_boot_is_left_alone_and_struck_off(
    tmp_path: Path, sleeper: int, change: dict[str, object]
) -> None:
    roll = Roll(tmp_path, "boot-1")
    entry = entered(roll, sleeper)
    roll.strike(entry)
    (tmp_path / replace(entry, **change).name).touch()  # type: ignore[arg-type]
    asyncio.run(end_orphans(roll, NO_GRACE))
    assert lives(sleeper)
    assert roll.entries() == []


def test_where_the_boot_id_is_hidden_the_start_of_the_service_takes_its_place(tmp_path: Path, sleeper: int) -> None:
    hidden = tmp_path / "nothing"
    assert boot_id({"INVOCATION_ID": "start-1"}, hidden) == "start-1"
    assert boot_id({}, hidden) == ""
    entry = entered(Roll(tmp_path, "start-1"), sleeper)
    later = Roll(tmp_path, "start-2")
    assert later.at_work(entry)
    assert not later.at_work(replace(entry, boot="start-0"))


def test_what_is_no_entry_is_passed_over(tmp_path: Path) -> None:
    for name in ("README", "1.2", "a.b.c.d", ".."):
        (tmp_path / f"{name}").mkdir(exist_ok=True)
    assert Roll(tmp_path, "boot-1").entries() == []


def test_a_signal_never_reaches_another_process_of_the_same_number(sleeper: int) -> None:
    process = look(sleeper)
    assert process is not None
    send(replace(process, ticks=process.ticks - 1), signal.SIGKILL)
    assert lives(sleeper)
    send(process, signal.SIGKILL)
    os.waitid(os.P_PID, sleeper, os.WEXITED | os.WNOWAIT)
    assert not lives(sleeper)
