"""The one way in which a connector runs a program: named sub-commands only, cut off in time, told only what it needs.

A program runs in a session of its own, so that no terminal can be asked for a password, at low priority where the
machine allows that, and with an environment built from a short list and what the connector adds. Secrets go into
that environment or into files, never into arguments, which every user of the machine can read. What it prints is
kept up to a limit. However it ends, its group is ended before its number is given back: no signal of ours can reach
a process that only got the same number. There are no threads: one look at a time, so nothing is read after the end.
"""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from daemon.api import OutsideError, stopwatch
from jobs.connectors._command_watch import LAST_WORDS, LONGEST_LOOK, Watch

GRACE = 30.0
"""Seconds between asking a program to end and ending it: restic and borg give their locks back in that time."""
LARGEST_OUTPUT = 64 * 1024 * 1024
"""Bytes kept of each stream; what comes after is read and thrown away, and `cut` says so."""
DYING = 5.0
"""Seconds in which the kernel must let go of what was killed; a dead network disk may hold a process for ever."""
_LOWEST = 19
"""The nice value of a program; for Linux a program without an I/O class of its own has the one of its nice value."""
_MOMENT = 0.001
_ALL = 2**63
_PASSED_ON = (
    "PATH", "HOME", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSH_AUTH_SOCK", "http_proxy", "https_proxy",
    "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
)  # fmt: skip
_LOCALE = "C.UTF-8"
_LOGIN = re.compile(r"(?<=://)[^/\s]*@")
_SHORTEST_MASKED = 4
"""Characters; masking shorter secrets would blank out ordinary words."""


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` to be shown: without the login of any address in it (`rest:https://***@host/`), nor `secrets`."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_MASKED:
            text = text.replace(secret, "***")
    return _LOGIN.sub("***@", text)


@dataclass(frozen=True)
class Finished:
    """How a program ended: `code` is negative for a signal; `timed_out` that it was ended for taking too long.

    `cut` says that it printed more than was kept.
    """

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


class BadEndError(Exception):
    """A program whose output was read as it came did not end well; `finished` says how."""

    def __init__(self, finished: Finished) -> None:
        super().__init__(f"it ended with {finished.code}")
        self.finished = finished


@dataclass(frozen=True)
class Program:
    """A program and what it may be asked to do: it must begin with a word or two of `allowed`, where any are named.

    `refused` are words that may stand nowhere among its arguments, alone or before a `=`. `environment` is added to
    the short list that every program gets. `grace` is in seconds, `most` in bytes of each stream.
    """

    path: str
    allowed: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    grace: float = GRACE
    most: int = LARGEST_OUTPUT

    def run(
        self, arguments: Sequence[str], limit: timedelta, *, folder: Path | None = None,
        given: bytes | Iterable[bytes] = b"",
    ) -> Finished:  # fmt: skip
        """Run it in `folder`, give it `given` on its standard input, and return how it ended.

        `given` may come in pieces, as they are asked for; what it raises ends the program, and is raised.

        Raises ValueError for arguments that are not allowed, OutsideError where the program can't be started.
        """
        self._require_allowed(arguments)
        passed = stopwatch()
        process = self._start(arguments, folder, given)
        watch = Watch(process, given, self.most)
        try:
            watch.open()
            timed_out = not watch.ended_within(limit.total_seconds())
            if timed_out:
                _signal_group(process.pid, signal.SIGTERM)
                watch.ended_within(self.grace)
        finally:
            code = _end(process)
            watch.close()
        out, err = watch.kept
        return Finished(code, out.content, err.content, Decimal(f"{passed():.3f}"), timed_out, out.cut or err.cut)

    def pour(self, arguments: Sequence[str], limit: timedelta, given: Iterable[bytes] = ()) -> Iterator[bytes]:
        """Run it and yield what it prints as it comes, however much; ends with it, and it with whoever stops asking.

        Raises BadEndError, after all that it printed, unless it ends with 0; else as `run` does. What `given` raises
        ends it too.
        """
        self._require_allowed(arguments)
        passed, seconds = stopwatch(), limit.total_seconds()
        process = self._start(arguments, None, given)
        watch = Watch(process, given, self.most)
        watch.kept[0].most = _ALL
        try:
            watch.open()
            while watch.is_printing and passed() < seconds:
                watch.look(min(seconds - passed(), LONGEST_LOOK))
                yield watch.kept[0].take()
            timed_out = not watch.ended_within(max(seconds - passed(), LAST_WORDS))
        finally:
            code = _end(process)
            watch.close()
        if code or timed_out:
            raise BadEndError(Finished(code, b"", watch.kept[1].content, Decimal(f"{passed():.3f}"), timed_out))

    @contextmanager
    def beside(self, arguments: Sequence[str], folder: Path | None = None) -> Iterator[Watch]:
        """Run it while the work of a `with` is done, which can see by the watch whether it ended; end it with that.

        What has left its group by a session of its own (as the processes of PostgreSQL do) is not ended here. Raises
        as `run` does.
        """
        self._require_allowed(arguments)
        process = self._start(arguments, folder, b"")
        watch = Watch(process, b"", self.most)
        try:
            watch.open()
            yield watch
        finally:
            _end(process)
            watch.close()

    @property
    def whole_environment(self) -> dict[str, str]:
        """All that the program is told of its surroundings."""
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {**passed, "LANG": _LOCALE, "LC_ALL": _LOCALE, **self.environment}

    def _require_allowed(self, arguments: Sequence[str]) -> None:
        name = Path(self.path).name
        if self.allowed and not self.allowed.intersection([*arguments[:1], " ".join(arguments[:2])]):
            raise ValueError(f"{name} may not be asked to {' '.join(arguments[:2]) or 'do nothing'}")
        bad = [one for one in arguments if one.partition("=")[0] in self.refused]
        if bad:
            raise ValueError(f"{name} may not be given {bad[0]}")

    def _start(
        self, arguments: Sequence[str], folder: Path | None, given: bytes | Iterable[bytes]
    ) -> "subprocess.Popen[bytes]":
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell, and the sub-command is one of a list
                [self.path, *arguments], stdin=subprocess.PIPE if given else subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, cwd=folder, env=self.whole_environment,
                start_new_session=True, umask=0o077,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            raise OutsideError(
                f"the program {self.path} can't be started ({_why(error)}): "
                "install it, or say with `program:` where it is",
                permanent=True,
            ) from error
        with contextlib.suppress(OSError):  # a sandbox may refuse it, and then the work matters more than its manners
            os.setpriority(os.PRIO_PGRP, process.pid, _LOWEST)
        return process


def _why(error: OSError | ValueError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else "an argument can't be used"


def _end(process: "subprocess.Popen[bytes]") -> int:
    """End what is left of a program's group, then let its number go; return how the program itself ended."""
    _signal_group(process.pid, signal.SIGKILL)
    try:
        code = process.wait(DYING)
    except subprocess.TimeoutExpired:
        return -signal.SIGKILL
    passed = stopwatch()
    while _has_members(process.pid) and passed() < LAST_WORDS:  # killed is not gone yet
        time.sleep(_MOMENT)
    return code


def _has_members(group: int) -> bool:
    """Reap what became ours of a group when the program above it was ended; return whether anything is left of it."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal_group(group: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, what)
