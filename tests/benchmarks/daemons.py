"""Real daemons: generated configurations, `nightclerk serve` with a NOTIFY_SOCKET of ours, and what /proc says."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from daemon.control.client import ControlClient, connect

COMMAND = Path(sys.executable).with_name("nightclerk")
PATIENCE = 60.0
"""Seconds until a daemon that says nothing counts as broken."""
_OURS = ("NIGHTCLERK_CONFIG", "RUNTIME_DIRECTORY", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET")
_NO_OP = '''\
"""Does nothing, so that all that is measured is ours."""

from daemon.api import Context, Job, Options, Text


class NoOptions(Options):
    """None."""


def run(ctx: Context, options: NoOptions) -> Text:
    """Do nothing."""
    return Text("nothing to do")


noop = Job("noop", "Does nothing.", NoOptions, run)
'''


def configure(folder: Path, routines: int, when: str) -> Path:
    """Write a configuration of so many no-op routines, the job dropped into a plug-ins folder; return its path."""
    mine = folder / "mine"
    mine.mkdir(mode=0o755, exist_ok=True)
    (mine / "noop.py").write_text(_NO_OP, encoding="utf-8")
    lines = [f"  r{number:04}: {{job: noop, {when}}}" for number in range(routines)]
    head = f"shop: {{name: Bench, timezone: UTC}}\nplugins: mine\nstate: {folder / 'state'}\nroutines:\n"
    config = folder / "config.yaml"
    config.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return config


class Daemon:
    """One daemon at work on a configuration."""

    def __init__(self, config: Path, notices: socket.socket) -> None:
        self._config, self._notices = config, notices
        self.folder = config.parent
        self.log = self.folder / "serve.log"
        env = {name: value for name, value in os.environ.items() if name not in _OURS}
        self._env = env | {"HOME": str(self.folder), "NOTIFY_SOCKET": str(notices.getsockname())}
        before = time.perf_counter()
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [COMMAND, "serve", "-c", str(config)], env=self._env, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        self.ready_after = time.perf_counter() - before
        """Seconds from the start of the command to READY."""

    def _wait_until_ready(self) -> None:
        while select.select([self._notices], [], [], PATIENCE)[0]:
            if b"READY=1" in self._notices.recv(4096):
                return
        raise RuntimeError(f"the daemon did not get ready: {self.log.read_text(encoding='utf-8')}")

    def ask(self, command: str, **args: Any) -> Any:
        """Return the daemon's answer to a command, asked over its control socket."""
        state = self.folder / "state"
        client = connect([state / "control.sock"], state)
        assert isinstance(client, ControlClient)
        return client.ask(command, args, lambda _text: None)

    def runs(self, most: int) -> list[dict[str, Any]]:
        """Return the newest runs as `nightclerk runs --json` prints them."""
        words = [str(COMMAND), "runs", "--json", "--limit", str(most), "-c", str(self._config)]
        done = subprocess.run(words, env=self._env, capture_output=True, check=True)
        return list(json.loads(done.stdout))

    def ended_runs(self) -> int:
        """Return how many runs the log says have been recorded as ended well."""
        return self.log.read_bytes().count(b" ended well")

    def stop(self) -> None:
        """Stop it as systemd does; kill it by its pid where it does not listen."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _hear_out(notices: socket.socket) -> None:
    """Take what the daemon says, as systemd does: a full socket would hold it up."""
    while notices.recv(4096):
        pass


@contextlib.contextmanager
def serving(config: Path) -> Iterator[Daemon]:
    """Give a daemon that is ready, and stop it in the end."""
    address = config.parent / "notify"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
        notices.bind(str(address))
        daemon = Daemon(config, notices)
        listener = threading.Thread(target=_hear_out, args=(notices,), daemon=True)
        listener.start()
        try:
            yield daemon
        finally:
            daemon.stop()
            notices.shutdown(socket.SHUT_RD)
            listener.join()


def family(pid: int) -> list[int]:
    """Return a process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(one for child in children for one in family(int(child)))]


def pss_mb(pid: int) -> float:
    """Return the share of memory (PSS) of one process in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1024


def wake_ups(pids: list[int]) -> int:
    """Return how often all threads of the processes have gone to sleep by themselves, and so were woken."""
    found = 0
    for pid in pids:
        for status in Path(f"/proc/{pid}/task").glob("*/status"):
            lines = status.read_text(encoding="ascii", errors="replace").splitlines()
            found += int(next(line for line in lines if line.startswith("voluntary_ctxt_switches")).split()[1])
    return found


def cpu_seconds(pids: list[int]) -> float:
    """Return the processor time of the processes so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
