"""Asks a plug-in in a child, mostly about one connection: its code never runs in the daemon, and is cut off in time."""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from daemon import __version__, wire
from daemon.assignment import Assignment
from daemon.config.wiring import Wire, with_secrets
from daemon.engine.assigning import Setup
from daemon.model import Text
from daemon.records import State
from daemon.runner import LAST_WORDS, Children

HUNG = "it was cut off because it took too long"
_NUMBERS = itertools.count(-1, -1)
"""A try is no run and has no row: numbers below zero keep the two apart for the spawner."""


@dataclass(frozen=True)
class Answer:
    """How a try ended: FAILED with a reason, or OK with what to do about the connection, None where it is well.

    `tried` is false where the connection could be opened and its plug-in has no way to try more. `told` is what a
    line's plug-in said to a question about items.
    """

    state: Literal[State.OK, State.FAILED]
    reason: str = ""
    summary: Text | None = None
    tried: bool = True
    told: tuple[Mapping[str, Any], ...] = ()


_ANSWER = TypeAdapter(Answer)


def assignment_for(setup: Setup, connection: Wire, now: datetime) -> Assignment:
    """Return what a child is told that tries a connection (secrets resolved): no job, and no right to write."""
    return Assignment(
        run_id=next(_NUMBERS), routine="", slot="", job="", now=now, due=now, dry=True, shop=setup.shop, people=(),
        options={}, wires=[vars(connection)], missing=(), state=str(setup.state), templates="", sender="",
        version=__version__,
    )  # fmt: skip


def question_for(setup: Setup, line: str, asked: Mapping[str, Any], now: datetime) -> Assignment:
    """Return what a child is told that asks a line's plug-in; its options are those of a routine with the job of it."""
    job = setup.loaded.registry.lines[line].job
    options = next((one.options for one in setup.loaded.wirings.values() if job and one.job == job), {})
    nothing = assignment_for(setup, Wire("", "", "", {}), now)
    return replace(nothing, wires=[], line=line, question=asked, options=with_secrets(options, setup.secret_places))


async def probe(children: Children, assignment: Assignment, patience: float) -> Answer:
    """Return how the try ended, at the latest after `patience` seconds and the grace of a child that is ended.

    Raises SpawnerGoneError where no child can be had.
    """
    ours, theirs = socket.socketpair()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    number = assignment.run_id
    try:
        child = children.start(number, theirs, nowhere, None)
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
        os.close(nowhere)
    timer = asyncio.get_running_loop().call_later(patience, children.kill, number, HUNG)
    try:
        answer = await _conversation(ours, assignment.frame(), child.end)
        return answer or _silent(child.killed, (await child.end)["status"])
    finally:
        timer.cancel()
        children.forget(number)


async def _conversation(sock: socket.socket, first: bytes, end: "asyncio.Future[dict[str, int]]") -> Answer | None:
    """Tell the child what to do and return its last word, or None where it ended without one."""
    reader, writer = await asyncio.open_connection(sock=sock, limit=wire.LARGEST_FRAME)
    listening = asyncio.ensure_future(_last_word(reader, writer))
    try:
        writer.write(first)
        await end
        await asyncio.wait([listening], timeout=LAST_WORDS)
        return listening.result() if listening.done() else None
    finally:
        listening.cancel()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _last_word(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer | None:
    """Refuse every question until the last word comes; a try reads and keeps nothing of the night."""
    try:
        while True:
            size = wire.frame_size(await reader.readexactly(wire.HEADER.size))
            said = wire.loads(await reader.readexactly(size))
            if said["verb"] == "end":
                writer.write(wire.frame({"ok": None}))
                return _ANSWER.validate_python(said["args"][0])
            writer.write(wire.frame({"error": "the night can't be asked while a connection is tried"}))
    except (asyncio.IncompleteReadError, OSError):
        return None
    except (wire.WireError, ValidationError, KeyError, TypeError, IndexError, RecursionError):
        return Answer(State.FAILED, "its plug-in answered what nobody can take")


def _silent(killed: str, status: int) -> Answer:
    if killed:
        return Answer(State.FAILED, killed)
    how = f"by a signal: {signal.strsignal(-status) or -status}" if status < 0 else f"with exit code {status}"
    return Answer(State.FAILED, f"the process that tried it ended {how}")
