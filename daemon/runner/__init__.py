"""The parent's side of a run: start the child, answer what it asks, cut it off in time, keep how it ended."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError, validate_call

from daemon import wire
from daemon.assignment import Assignment
from daemon.bookkeeper import Bookkeeper
from daemon.clock import Clock
from daemon.errors import LedgerError
from daemon.model import Fact, Finding, NewDraft, StoredMail, Text
from daemon.night import COMMITS, READS, Night
from daemon.records import Run, State
from daemon.roll import Roll
from daemon.runner.output import Tail, drain
from daemon.secrets import redact
from daemon.spawner import CANNOT_START, Spawner

GRACE = timedelta(seconds=4)
"""Between SIGTERM and SIGKILL."""
LAST_WORDS = 1
"""Seconds to read what a child said before it ended."""
_log = logging.getLogger(__name__)


class SpawnerGoneError(Exception):
    """The spawner has ended; nothing can be started any more and what ran is lost."""


@dataclass(frozen=True)
class Report:
    """A child's last word, its shape checked: what `daemon.child.work` returns."""

    state: Literal[State.OK, State.FAILED]
    reason: str = ""
    summary: Text | None = None
    findings: tuple[Finding, ...] = ()
    facts: tuple[Fact, ...] = ()
    watermarks: Mapping[str, str] = field(default_factory=dict)
    drafts: tuple[NewDraft, ...] = ()
    checked: tuple[Text, ...] = ()
    mails: tuple[StoredMail, ...] = ()
    uncertain: bool = False
    requests: int = 0


_REPORT = TypeAdapter(Report)


@cache
def _checked(kind: type, verb: str) -> Callable[..., Any]:
    """Return a method that looks at the types of what it is given; made once, it costs milliseconds."""
    checked: Callable[..., Any] = validate_call(getattr(kind, verb))
    return checked


@dataclass
class _Child:
    """A child that works, from the parent's side."""

    pid: asyncio.Future[int]
    end: asyncio.Future[dict[str, int]]
    report: Report | None = None
    killed: str = ""
    lifeline: int = -1
    tail: Tail = field(default_factory=Tail)


class Children:
    """Reads the spawner's words on the loop and gives each to the run it is about; `roll` lists those at work."""

    def __init__(self, spawner: Spawner, roll: Roll | None = None) -> None:
        self._spawner, self._roll = spawner, roll
        self._children: dict[int, _Child] = {}
        self.gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(spawner.control, self._read)

    def _read(self) -> None:
        try:
            message = self._spawner.receive()
        except OSError:
            message = None
        if message is None:
            self._lose_all()
        elif child := self._children.get(message["run"]):
            future = child.end if "status" in message else child.pid
            if not future.done():
                future.set_result(message if "status" in message else message["pid"])  # type: ignore[arg-type]

    def _lose_all(self) -> None:
        asyncio.get_running_loop().remove_reader(self._spawner.control)
        self.gone.set()
        for child in self._children.values():
            for future in (child.pid, child.end):
                if not future.done():
                    future.set_exception(SpawnerGoneError())
                    future.exception()

    def start(self, run: int, sock: socket.socket, output_fd: int, memory: int | None) -> _Child:
        """Ask for a child; its pid and its end come as futures. Raise SpawnerGoneError where nobody can fork."""
        if self.gone.is_set():
            raise SpawnerGoneError
        loop = asyncio.get_running_loop()
        child = self._children[run] = _Child(loop.create_future(), loop.create_future())
        try:
            child.lifeline = self._spawner.ask(run, sock, output_fd, memory, self._roll)
        except OSError as error:
            del self._children[run]
            raise SpawnerGoneError from error
        return child

    def forget(self, run: int) -> None:
        """Forget a run that has ended; whatever is left of it ends now."""
        child = self._children.pop(run, None)
        if child is not None:
            os.close(child.lifeline)

    def kill(self, run: int, why: str) -> None:
        """End a run's whole group: SIGTERM now, SIGKILL after the grace. Does nothing where it has ended."""
        child = self._children.get(run)
        if child is None or child.end.done():
            return
        child.killed = child.killed or why
        self._signal(run, signal.SIGTERM)
        asyncio.get_running_loop().call_later(GRACE.total_seconds(), self._signal, run, signal.SIGKILL)

    def _signal(self, run: int, number: int) -> None:
        if run in self._children:
            with contextlib.suppress(OSError):
                self._spawner.signal(run, number)

    def close(self) -> None:
        """Stop listening; the spawner itself is closed by whoever started it."""
        if not self.gone.is_set():
            asyncio.get_running_loop().remove_reader(self._spawner.control)


@dataclass(frozen=True)
class _Line:
    """The parent's ends of a child's socket and output, and the assignment to send first."""

    sock: socket.socket
    output: int
    first_words: bytes


TIMED_OUT = "cut off after its time limit"
STOPPED = "lost (stopped)"


class Runner:
    """Runs assignments, one child each."""

    def __init__(self, bookkeeper: Bookkeeper, children: Children, clock: Clock) -> None:
        self._bookkeeper, self.children, self._clock = bookkeeper, children, clock

    async def run(self, run: Run, assignment: Assignment, night: Night, limit: timedelta) -> tuple[Run, Report | None]:
        """Do one run and return how it ended, with its report where it went well; nothing is kept yet.

        Raises SpawnerGoneError where no child can be had.
        """
        first_words = assignment.frame()
        ours, theirs = socket.socketpair()
        output, output_fd = os.pipe()
        ours.setblocking(False)
        try:
            child = self.children.start(run.id, theirs, output_fd, assignment.memory)
        except SpawnerGoneError:
            ours.close()
            os.close(output)
            raise
        finally:
            theirs.close()
            os.close(output_fd)
        timer = asyncio.get_running_loop().call_later(
            limit.total_seconds(), self.children.kill, run.id, TIMED_OUT
        )  # fmt: skip
        try:
            await self._talk(_Line(ours, output, first_words), child, night, run)
            end = await child.end
        finally:
            timer.cancel()
            self.children.forget(run.id)
        return self._ended(run, child, end, assignment), child.report

    async def _talk(self, line: "_Line", child: _Child, night: Night, run: Run) -> None:
        """Serve the child until both its socket and its output have closed."""
        reader, writer = await asyncio.open_connection(sock=line.sock, limit=wire.LARGEST_FRAME)
        stream = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(line.output, "rb", 0)
        )
        draining = asyncio.ensure_future(drain(stream, child.tail))
        try:
            writer.write(line.first_words)
            serving = asyncio.ensure_future(self._serve(reader, writer, child, night, run.id))
            await child.end
            await asyncio.wait([draining, serving], timeout=LAST_WORDS)
            serving.cancel()
        finally:
            draining.cancel()
            transport.close()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, child: _Child, night: Night, run: int
    ) -> None:
        """Answer until the child closes its end or says what nobody can take."""
        while True:
            try:
                size = wire.frame_size(await reader.readexactly(wire.HEADER.size))
                question = wire.loads(await reader.readexactly(size))
                answer = await self._answer(question, child, night)
                writer.write(wire.frame(answer))
                await writer.drain()
            except (asyncio.IncompleteReadError, OSError):
                return
            except (wire.WireError, RecursionError) as error:
                self.children.kill(run, f"the run said what nobody can take: {error}")
                return

    async def _answer(self, question: Any, child: _Child, night: Night) -> dict[str, Any]:
        try:
            verb, args = question["verb"], question["args"]
            if verb == "end":
                child.report = _REPORT.validate_python(args[0])
                return {"ok": None}
            if verb not in READS and verb not in COMMITS:
                return {"error": f"no such verb: {verb}"}
            return {"ok": await self._bookkeeper.call(_checked(type(night), verb), night, *args)}
        except (KeyError, TypeError, IndexError, ValidationError) as error:
            return {"error": f"the daemon can't take what the run said: {error}"}
        except LedgerError as error:
            return {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - a child must not wait for an answer that never comes
            _log.exception("the daemon could not answer a run")
            return {"error": f"the daemon can't take what the run said: {type(error).__name__}"}

    def _ended(self, run: Run, child: _Child, end: Mapping[str, int], assignment: Assignment) -> Run:
        known = [str(secret) for secret in assignment.redacted]
        state, reason = _verdict(child, end["status"])
        report = child.report
        kept = report if report is not None and state is State.OK else None
        return replace(
            run, state=state, reason=redact(reason, known)[:2000], ended=self._clock.now(),
            output=redact(child.tail.text(), known), pid=child.pid.result(), max_rss_kb=end["max_rss_kb"],
            summary=kept.summary if kept else None, checked=kept.checked if kept else (),
            requests=report.requests if report else 0,
        )  # fmt: skip


def _verdict(child: _Child, status: int) -> tuple[State, str]:
    """Return how a run ended: its own last word counts, else why it was ended, else its exit status."""
    if child.report is not None:
        return child.report.state, child.report.reason
    if child.killed == TIMED_OUT:
        return State.TIMED_OUT, TIMED_OUT
    if child.killed == STOPPED:
        return State.LOST, STOPPED
    if child.killed:
        return State.FAILED, child.killed
    return State.FAILED, _cause(child, status)


def _cause(child: _Child, status: int) -> str:
    """Return in words what an exit status says of a run that left no report."""
    if status == CANNOT_START and child.pid.result() == 0:
        return "the system gives no process to run it in: too many run, or memory is short"
    if status < 0:
        return f"ended by a signal: {signal.strsignal(-status) or -status}"
    return f"the process ended with exit code {status} and left no report"
