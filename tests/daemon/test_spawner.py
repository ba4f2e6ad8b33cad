"""The spawner forks, tells ends, and leaves nobody behind, whoever dies first."""

import contextlib
import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from daemon.spawner import Spawner, start_spawner
from daemon.spawner.birth import POLITE
from tests.daemon.outlasting import wait_for_end


def tell_and_hang(sock: socket.socket) -> None:
    """Say which process this is, then hear neither SIGTERM nor anything else."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sock.sendall(str(os.getpid()).encode())
    hang()


def hang() -> NoReturn:
    """Wait for whatever comes."""
    while True:
        signal.pause()


def hang_deaf() -> NoReturn:
    """Hear no SIGTERM, and say nothing."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hang()


def do_as_told(sock: socket.socket) -> None:
    """Read one word and do it."""
    word = sock.recv(100).decode()
    if word == "hang":
        tell_and_hang(sock)
    if word == "complain":
        raise SystemExit("no bulbs left")
    if word == "read":
        sock.sendall(repr(os.read(0, 10)).encode())
    if word == "nice":
        sock.sendall(str(os.nice(0)).encode())
    if word == "family":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, lambda *_: os._exit(sock.send(b"heard")))
            sock.sendall(b"ready")
            hang()
        hang_deaf()
    if word.startswith("stray") and os.fork() == 0:
        os.setsid()
        tell_and_hang(sock)
    if word == "stray and hang":
        hang_deaf()
    if word == "stray":
        sock.recv(1)
    if word == "files":
        sock.sendall(json.dumps(sorted(path.name for path in Path("/proc/self/fd").iterdir())).encode())


@pytest.fixture
def spawner() -> Iterator[Spawner]:
    started = start_spawner(do_as_told)
    yield started
    started.close()


class Child:
    """One run, asked for by hand."""

    def __init__(self, spawner: Spawner, run: int, word: str) -> None:
        self.ours, theirs = socket.socketpair()
        self.ours.settimeout(10)
        self.output, output_fd = os.pipe()
        self.lifeline = spawner.ask(run, theirs, output_fd, None)
        theirs.close()
        os.close(output_fd)
        self.ours.sendall(word.encode())

    def hears(self) -> str:
        return self.ours.recv(10_000).decode()

    def close(self) -> None:
        self.ours.close()
        os.close(self.output)
        with contextlib.suppress(OSError):  # a test may have closed it already
            os.close(self.lifeline)


def heard(spawner: Spawner) -> dict[str, int]:
    message = spawner.receive()
    assert message is not None
    return message


def test_a_child_is_announced_with_its_pid_and_its_end_with_its_status(spawner: Spawner) -> None:
    child = Child(spawner, 1, "nothing")
    first, last = heard(spawner), heard(spawner)
    child.close()
    assert first["run"] == last["run"] == 1
    assert first["pid"] > 1
    assert last["status"] == 0
    assert last["max_rss_kb"] > 0


def test_a_word_given_to_exit_is_printed_as_the_interpreter_would(spawner: Spawner) -> None:
    child = Child(spawner, 1, "complain")
    assert [heard(spawner).get("status") for _ in range(2)] == [None, 1]
    assert os.read(child.output, 100) == b"no bulbs left\n"
    child.close()


def test_a_child_reads_nothing_from_the_daemons_terminal(spawner: Spawner) -> None:
    child = Child(spawner, 1, "read")
    assert child.hears() == "b''"
    child.close()


def test_a_child_gives_way_to_the_daemon(spawner: Spawner) -> None:
    child = Child(spawner, 1, "nice")
    assert int(child.hears()) == min(os.nice(0) + POLITE, 19)
    child.close()


def test_a_child_has_its_own_socket_and_output_and_none_of_other_runs(spawner: Spawner) -> None:
    other = Child(spawner, 1, "hang")
    other.hears()
    child = Child(spawner, 2, "files")
    only = json.loads(child.hears())
    more = [Child(spawner, number, "hang") for number in range(3, 6)]
    for one in more:
        one.hears()
    late = Child(spawner, 6, "files")
    assert len(json.loads(late.hears())) == len(only)
    for one in (other, child, *more, late):
        one.close()


def test_a_spawner_holds_no_end_of_an_earlier_ones_socket_open(spawner: Spawner) -> None:
    later = start_spawner(do_as_told)
    spawner.close()  # waits for its end, which the later one must not hold up
    later.close()


def test_closing_the_daemons_end_ends_children_that_hear_no_signal(spawner: Spawner) -> None:
    child = Child(spawner, 1, "hang")
    pid = int(child.hears())
    spawner.close()
    assert wait_for_end(pid)
    child.close()


def test_children_end_also_where_the_daemon_died_before_the_spawner_could_tell_of_them() -> None:
    spawner = start_spawner(do_as_told)
    os.kill(spawner.pid, signal.SIGSTOP)
    child = Child(spawner, 1, "hang")
    spawner.control.close()
    os.kill(spawner.pid, signal.SIGCONT)
    said = ""
    with contextlib.suppress(ConnectionResetError):  # it may be ended before it hears what to do
        said = child.hears()
    assert not said or wait_for_end(int(said))
    os.waitpid(spawner.pid, 0)
    child.close()


def test_the_kernel_ends_a_stopped_and_deaf_child_whose_spawner_and_daemon_are_gone(spawner: Spawner) -> None:
    child = Child(spawner, 1, "hang")
    pid = int(child.hears())
    os.kill(pid, signal.SIGSTOP)
    os.kill(spawner.pid, signal.SIGKILL)
    os.close(child.lifeline)
    assert wait_for_end(pid)
    child.close()


def test_children_end_also_where_the_daemon_died_before_it_read_the_spawners_words() -> None:
    spawner = start_spawner(do_as_told)
    child = Child(spawner, 1, "hang")
    pid = int(child.hears())
    spawner.control.close()  # the pid it was told is still unread: the spawner sees a reset, not an end
    assert wait_for_end(pid)
    os.waitpid(spawner.pid, 0)
    child.close()


def test_a_daemon_that_is_killed_takes_spawner_and_children_with_it() -> None:
    ready, tell = os.pipe()
    parent = os.fork()
    if parent == 0:
        with contextlib.suppress(BaseException):
            spawner = start_spawner(do_as_told)
            child = Child(spawner, 1, "hang")
            os.write(tell, f"{spawner.pid} {child.hears()}".encode())
            signal.pause()
        os._exit(1)
    pids = [int(word) for word in os.read(ready, 100).split()]
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert [wait_for_end(pid) for pid in pids] == [True, True]
    os.close(ready)
    os.close(tell)


def test_the_spawner_does_not_listen_to_the_terminals_signals(spawner: Spawner) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(spawner.pid, number)
    child = Child(spawner, 1, "nothing")
    assert heard(spawner)["pid"] > 1
    child.close()


def test_a_signal_reaches_the_whole_group_at_once_also_where_its_first_process_is_deaf(spawner: Spawner) -> None:
    child = Child(spawner, 1, "family")
    assert child.hears() == "ready"
    heard(spawner)
    spawner.signal(1, signal.SIGTERM)
    assert child.hears() == "heard"
    child.close()


def test_what_moved_to_a_session_of_its_own_ends_with_its_run(spawner: Spawner) -> None:
    child = Child(spawner, 1, "stray")
    stray = int(child.hears())
    heard(spawner)
    child.ours.sendall(b".")
    assert "status" in heard(spawner)
    assert wait_for_end(stray)
    child.close()


def test_what_moved_to_a_session_of_its_own_ends_with_a_run_that_is_killed(spawner: Spawner) -> None:
    child = Child(spawner, 1, "stray and hang")
    stray = int(child.hears())
    heard(spawner)
    spawner.signal(1, signal.SIGKILL)
    assert "status" in heard(spawner)
    assert wait_for_end(stray)
    child.close()


def test_what_moved_to_a_session_of_its_own_ends_with_the_daemon(spawner: Spawner) -> None:
    child = Child(spawner, 1, "stray and hang")
    stray = int(child.hears())
    spawner.close()
    assert wait_for_end(stray)
    child.close()


def test_a_spawner_that_died_is_seen_as_the_end_of_its_words() -> None:
    spawner = start_spawner(do_as_told)
    os.kill(spawner.pid, signal.SIGKILL)
    assert spawner.receive() is None
    spawner.close()


def test_a_child_ends_also_where_the_daemon_died_before_it_could_be_told_of_it() -> None:
    for _ in range(20):  # the child may speak before or after its pid is told
        spawner = start_spawner(do_as_told)
        child = Child(spawner, 1, "hang")
        spawner.control.shutdown(socket.SHUT_RD)
        said = child.ours.recv(100)
        spawner.control.close()
        os.waitpid(spawner.pid, 0)
        assert not said or wait_for_end(int(said))
        child.close()
