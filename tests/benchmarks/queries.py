"""What people, jobs and the daemon ask of a ledger with 1,000,000 runs, and what forgetting costs."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from daemon import desk
from daemon.desk.people import Actor
from daemon.engine.shift import Shift
from daemon.ledger.purging import purge
from daemon.model import Text
from daemon.records import State
from tests.benchmarks.histories import NOON, ROUTINES, set_up, shift_on, write_history
from tests.benchmarks.measuring import Line, spread

DAYS, TIMES = 1000, 15
_ME = Actor("bench", frozenset({"owner"}))


async def _quiet(_text: str) -> None:
    """Tell nobody."""


async def _median_ms(work: Callable[[], Awaitable[Any]]) -> float:
    samples = []
    for _ in range(TIMES):
        before = time.perf_counter()
        await work()
        samples.append(time.perf_counter() - before)
    return float(spread(samples)["p50_ms"])


def _questions(shift: Shift) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Return what is asked, by the name of its figure."""
    ledger, call = shift.engine.ledger, shift.bookkeeper.call
    newest = ledger.history.runs(None, 1)[0]
    night = ledger.night(newest, lambda: NOON, lambda _until: [], list[Text])
    since = NOON - timedelta(days=2)

    def order(**args: Any) -> desk.Order:
        return desk.Order(shift, _ME, args, _quiet)

    return {
        "status": lambda: desk.status(order()),
        "runs_20": lambda: desk.runs(order(limit=20)),
        "runs_of_one_20": lambda: desk.runs(order(routine="r0500", limit=20)),
        "left_running": lambda: call(ledger.history.runs, None, 1000, [State.RUNNING]),
        "show": lambda: desk.show(order(run=newest.id // 2)),
        "night_runs_1000": lambda: call(night.runs, since),
        "night_occurrences_1000": lambda: call(night.occurrences, since),
        "night_findings": lambda: call(night.findings, since),
        "night_facts": lambda: call(night.facts, ["orders.revenue"], since.date(), NOON.date()),
        "open_occurrences": lambda: call(lambda: ledger.history.occurrences(open_only=True)),
        "account": shift.engine.account,
        "reconcile": shift.reconcile,
    }


async def _all(folder: Path) -> Line:
    setup = set_up(folder)
    before = time.perf_counter()
    write_history(setup, DAYS)
    written = time.perf_counter() - before
    before = time.perf_counter()
    async with shift_on(setup) as (shift, clock):
        opened = time.perf_counter() - before
        figures = {f"{name}_ms": await _median_ms(work) for name, work in _questions(shift).items()}
        before = time.perf_counter()
        clock.moment = NOON + timedelta(hours=15, seconds=1)
        await shift.engine.account()
        fell = time.perf_counter() - before
        figures |= await _forget(shift)
    size = (setup.state / "ledger.db").stat().st_size
    return {
        **figures, "account_1000_slots_ms": round(fell * 1000, 1), "open_ms": round(opened * 1000, 1),
        "runs_in_ledger": ROUTINES * DAYS, "ledger_mb": round(size / 2**20), "rows_written_in_s": round(written, 1),
    }  # fmt: skip


async def _forget(shift: Shift) -> Line:
    """Purge one day of the history, as a daily purge finds it, and then nothing."""
    store = shift.engine.ledger.history._store
    figures: Line = {}
    for name in ("purge_a_day", "purge_nothing"):
        before = time.perf_counter()
        figures[f"{name}_rows"] = await shift.bookkeeper.call(purge, store, NOON - timedelta(days=DAYS - 0.5))
        figures[f"{name}_ms"] = round((time.perf_counter() - before) * 1000, 1)
    return figures


def ours(folder: Path) -> Line:
    """Ask each question several times; medians, on the ledger's own thread as in the daemon."""
    return asyncio.run(_all(folder))
