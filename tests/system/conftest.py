"""Starts the installed command as a person or systemd would, and ends every process by its own pid."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.clock import SystemClock

COMMAND = Path(sys.executable).with_name("nightclerk")
PATIENCE = 20.0
"""Seconds anything may take before a test gives up."""
_OURS = ("NIGHTCLERK_CONFIG", "RUNTIME_DIRECTORY", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET")


class Machine:
    """One configuration and state folder, the commands given there, and the daemons started on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.yaml"
        self.state = folder / "state"
        self.env = {name: value for name, value in os.environ.items() if name not in _OURS} | {"HOME": str(folder)}
        self.started: list[subprocess.Popen[bytes]] = []
        self._notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notices.bind(str(folder / "notify"))

    def configure(self, text: str) -> None:
        """Write the configuration, with the state folder of this machine."""
        self.config.write_text(f"{text}\nstate: {self.state}\n", encoding="utf-8")

    def run(self, *words: str, **more: Any) -> "subprocess.CompletedProcess[str]":
        """Give a command and return how it ended."""
        return subprocess.run(
            [COMMAND, words[0], *words[1:], *([] if "-c" in words else ["-c", str(self.config)])],
            env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE, check=False, **more,
        )  # fmt: skip

    def launch_command(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command and return it at once."""
        asking = subprocess.Popen(
            [COMMAND, *words, "-c", str(self.config)],
            env=self.env, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.started.append(asking)
        return asking

    def launch(self, log: str = "serve.log") -> subprocess.Popen[bytes]:
        """Start a daemon and return it at once."""
        with (self.folder / log).open("wb") as out:
            daemon = subprocess.Popen(
                [COMMAND, "serve", "-c", str(self.config)],
                env=self.env | {"NOTIFY_SOCKET": str(self.folder / "notify")},
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        self.started.append(daemon)
        return daemon

    def serve(self) -> tuple[subprocess.Popen[bytes], float]:
        """Start a daemon and return it once it says READY, with the seconds that took."""
        clock = SystemClock()
        before = clock.monotonic()
        daemon = self.launch()
        self.wait_for_notice("READY=1")
        return daemon, clock.monotonic() - before

    def wait_for_notice(self, word: str) -> str:
        """Return the first message to systemd that holds a word."""
        while True:
            ready, _, _ = select.select([self._notices], [], [], PATIENCE)
            if not ready:
                raise AssertionError(f"the daemon never said {word}: {self.log()}")
            message = self._notices.recv(4096).decode()
            if word in message.splitlines() or word in message:
                return message

    def log(self) -> str:
        """Return what the daemon logged."""
        return (self.folder / "serve.log").read_text(encoding="utf-8", errors="replace")

    def stop(self, daemon: subprocess.Popen[bytes]) -> tuple[int, float]:
        """Stop a daemon as systemd does; return its exit code and how long it took."""
        clock = SystemClock()
        before = clock.monotonic()
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(PATIENCE)
        return code, clock.monotonic() - before

    def close(self) -> None:
        """End what still runs."""
        for daemon in self.started:
            if daemon.poll() is None:
                daemon.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(PATIENCE)
        self._notices.close()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine of one's own."""
    made = Machine(tmp_path)
    yield made
    made.close()


@pytest.fixture
def spawner_of() -> Callable[[int], int]:
    """Return the pid of a daemon's spawner."""

    def find(pid: int) -> int:
        children = Path(f"/proc/{pid}/task/{pid}/children")
        return int(children.read_text(encoding="ascii").split()[0])

    return find
