"""The one way in which a connector runs a program: named sub-commands only, cut off in time, told only what it needs.

A program runs in a process group of its own, at low priority where the machine allows that, without a terminal, with
an environment built from a short list and what the connector adds. Secrets go into that environment or into files,
never into arguments, which every user of the machine can read. What it prints is kept up to a limit.
"""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import IO

from daemon.api import OutsideError, stopwatch

GRACE = 30.0
"""Seconds between asking a program to end and ending it: restic and borg give their locks back in that time."""
LARGEST_OUTPUT = 64 * 1024 * 1024
"""Bytes kept of each stream; what comes after is read and thrown away, and `cut` says so."""
_PASSED_ON = ("PATH", "HOME", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSH_AUTH_SOCK", "https_proxy", "no_proxy")
_LOCALE = "C.UTF-8"


@dataclass(frozen=True)
class Finished:
    """How a program ended: `code` is negative for a signal; `timed_out` that it was ended for taking too long."""

    code: int
    out: bytes
    err: bytes
    seconds: Decimal
    timed_out: bool = False
    cut: bool = False

    @property
    def text(self) -> str:
        """What it printed, as text."""
        return self.out.decode("utf-8", "replace")

    @property
    def complaint(self) -> str:
        """What it printed as errors, as text."""
        return self.err.decode("utf-8", "replace")


@dataclass(frozen=True)
class Program:
    """A program and what it may be asked to do: the first argument must be one of `allowed`, where any are named.

    `refused` are words that may stand nowhere among its arguments. `environment` is added to the short list that every
    program gets.
    """

    path: str
    allowed: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    grace: float = GRACE

    def run(
        self, arguments: Sequence[str], limit: timedelta, *, folder: Path | None = None, given: bytes = b"",
    ) -> Finished:  # fmt: skip
        """Run it, give it `given` on its standard input, and return how it ended.

        Raises ValueError for arguments that are not allowed, OutsideError where the program can't be started.
        """
        self._require_allowed(arguments)
        passed = stopwatch()
        process = self._start(arguments, folder)
        with process:
            streams = [_Stream(process.stdout), _Stream(process.stderr)]
            feeder = _feed(process, given)
            timed_out = _wait(process, limit.total_seconds(), self.grace)
            _end_group(process.pid)
            feeder.join(1)
            kept = [stream.kept() for stream in streams]
        seconds = Decimal(f"{passed():.3f}")
        return Finished(process.returncode, kept[0], kept[1], seconds, timed_out, any(one.cut for one in streams))

    def _require_allowed(self, arguments: Sequence[str]) -> None:
        if self.allowed and (not arguments or arguments[0] not in self.allowed):
            raise ValueError(
                f"{Path(self.path).name} may not be asked to {arguments[0] if arguments else 'do nothing'}"
            )
        bad = [one for one in arguments if one.partition("=")[0] in self.refused]
        if bad:
            raise ValueError(f"{Path(self.path).name} may not be given {bad[0]}")

    def _start(self, arguments: Sequence[str], folder: Path | None) -> "subprocess.Popen[bytes]":
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        try:
            return subprocess.Popen(  # noqa: S603 - no shell, and the sub-command is one of a list
                [self.path, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                cwd=folder, env={**passed, "LANG": _LOCALE, "LC_ALL": _LOCALE, **self.environment},
                process_group=0,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "an argument can't be used"
            raise OutsideError(
                f"{self.path} can't be started ({reason}): install it, or say with `program:` where it is",
                permanent=True,
            ) from error


class _Stream:
    """Reads one stream of a program in a thread of its own, and keeps the beginning."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        assert stream is not None
        self.cut = False
        self._parts: list[bytes] = []
        self._stream = stream
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        size = 0
        while part := os.read(self._stream.fileno(), 65536):
            room = LARGEST_OUTPUT - size
            self.cut = self.cut or len(part) > room
            self._parts.append(part[: max(room, 0)])
            size += min(len(part), max(room, 0))

    def kept(self) -> bytes:
        """Return what was read; a stream that somebody else keeps open is not waited for."""
        self._thread.join(1)
        return b"".join(self._parts)


def _feed(process: "subprocess.Popen[bytes]", given: bytes) -> threading.Thread:
    def feed() -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(given)
            process.stdin.close()
        except (BrokenPipeError, ValueError):
            pass

    thread = threading.Thread(target=feed, daemon=True)
    thread.start()
    return thread


def _wait(process: "subprocess.Popen[bytes]", limit: float, grace: float) -> bool:
    """Wait for a program to end; ask it to at the limit, end its group after the grace; return whether it was."""
    try:
        process.wait(limit)
    except subprocess.TimeoutExpired:
        _signal_group(process.pid, signal.SIGTERM)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
        return True
    return False


def _end_group(group: int) -> None:
    """End whatever a program left of its group."""
    _signal_group(group, signal.SIGKILL)


def _signal_group(group: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, what)
