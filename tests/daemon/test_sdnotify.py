"""What systemd hears; a real datagram socket stands in for it."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.sdnotify import Notifier, take


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(5)
        yield ear


@pytest.fixture
def notifier(listening: socket.socket) -> Notifier:
    return Notifier(listening.getsockname())


def test_ready_comes_with_its_status_in_one_message(listening: socket.socket, notifier: Notifier) -> None:
    assert notifier.ready("5 routines, next orders at 02:30")
    assert listening.recv(4096) == b"READY=1\nSTATUS=5 routines, next orders at 02:30"


def test_a_reload_carries_the_monotonic_time_in_microseconds(listening: socket.socket, notifier: Notifier) -> None:
    notifier.reloading(12.5)
    assert listening.recv(4096) == b"RELOADING=1\nMONOTONIC_USEC=12500000"


def test_signs_of_life_and_more_time_are_sent(listening: socket.socket, notifier: Notifier) -> None:
    notifier.alive()
    notifier.extend(30)
    notifier.stopping("waiting for 2 runs")
    assert listening.recv(4096) == b"WATCHDOG=1"
    assert listening.recv(4096) == b"EXTEND_TIMEOUT_USEC=30000000"
    assert listening.recv(4096) == b"STOPPING=1\nSTATUS=waiting for 2 runs"


def test_a_hostile_status_stays_one_line(listening: socket.socket, notifier: Notifier) -> None:
    notifier.status("order é\nMAINPID=1\x1b[31m" + "x" * 1000)
    said = listening.recv(4096).decode()
    assert said.startswith("STATUS=order é MAINPID=1 [31m")
    assert "\n" not in said
    assert len(said) == len("STATUS=") + 200


def test_an_abstract_socket_is_reached() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.settimeout(5)
        ear.bind(f"\0nightclerk-test-{os.getpid()}")
        assert Notifier(f"@nightclerk-test-{os.getpid()}").alive()
        assert ear.recv(64) == b"WATCHDOG=1"


def test_without_systemd_nothing_happens() -> None:
    assert not take({}).ready("fine")


def test_a_systemd_that_is_gone_harms_nobody(tmp_path: Path) -> None:
    assert not Notifier(str(tmp_path / "nobody")).alive()


def test_children_inherit_neither_the_socket_nor_the_watchdog() -> None:
    environ = {"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid()), "HOME": "/"}
    assert take(environ) == Notifier("/run/n", 10.0)
    assert environ == {"HOME": "/"}


@pytest.mark.parametrize(
    "environ",
    [
        {"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"NOTIFY_SOCKET": "vsock:2:1234"},
    ],
)
def test_a_watchdog_that_is_not_ours_and_an_address_we_can_not_reach_are_left_alone(environ: dict[str, str]) -> None:
    assert take(environ) == Notifier()
