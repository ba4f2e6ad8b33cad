"""1,000 no-op routines due in the same minute: how late does each start, and when are all recorded?"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.benchmarks.daemons import configure, cpu_seconds, family, serving
from tests.benchmarks.measuring import Line, spread

ROUTINES = 1000
PLACES = 8
AIM_RECORDED_S, AIM_P99_MS = 40.0, 50.0
_START_TIME = 12
"""Seconds that the daemon has, at most, to be ready before the minute begins."""
_LOOK = threading.Event()
"""Never set: waiting for it is how this module lets time pass."""


def free_places(due: datetime, ends: Sequence[datetime], starts: int) -> list[datetime]:
    """Return, for each of the starts in order, the moment from which it could have been made.

    The first `PLACES` could begin when they were due. Every other needed an end that no earlier start had used:
    the one that is due for the n-th start is the (n - PLACES)-th end, both in order of time.
    """
    ordered = sorted(ends)
    return [due if number < PLACES else max(due, ordered[number - PLACES]) for number in range(starts)]


def lateness(rows: Sequence[dict[str, Any]]) -> list[float]:
    """Return for each run the seconds between the moment it could have started and the moment it did."""
    starts = sorted(datetime.fromisoformat(row["started"]) for row in rows)
    ends = [datetime.fromisoformat(row["ended"]) for row in rows]
    due = datetime.fromisoformat(rows[0]["due"])
    possible = free_places(due, ends, len(starts))
    return [(start - place).total_seconds() for start, place in zip(starts, possible, strict=True)]


def _next_minute() -> datetime:
    """Return the next full minute that leaves the daemon time to get ready."""
    soonest = datetime.fromtimestamp(time.time_ns() / 1e9, UTC) + timedelta(seconds=_START_TIME)  # noqa: TID251
    return soonest.replace(second=0, microsecond=0) + timedelta(minutes=1)


def ours(folder: Path) -> Line:
    """Measure the real daemon; lateness from the rows of `runs --json`, the end from its log."""
    due = _next_minute()
    config = configure(folder, ROUTINES, f'at: "{due:%H:%M}"')
    with serving(config) as daemon:
        pids = family(daemon.process.pid)
        limit = due + timedelta(minutes=2)
        while daemon.ended_runs() < ROUTINES and datetime.fromtimestamp(time.time_ns() / 1e9, UTC) < limit:  # noqa: TID251
            _LOOK.wait(0.25)
        busy = cpu_seconds(pids)
        rows = [row for row in daemon.runs(ROUTINES) if row["state"] == "ok"]
    late = lateness(rows)
    recorded = (max(datetime.fromisoformat(row["ended"]) for row in rows) - due).total_seconds()
    figures = spread(late)
    return {
        **figures, "runs": len(rows), "first_start_ms": round(late[0] * 1000, 2), "recorded_after_s": round(recorded, 2),
        "daemon_cpu_s": round(busy, 2), "aim_p99_ms": AIM_P99_MS, "aim_recorded_after_s": AIM_RECORDED_S,
        "met": len(rows) == ROUTINES and recorded <= AIM_RECORDED_S and figures["p99_ms"] <= AIM_P99_MS,
    }  # fmt: skip


_PEER = """
import json, sys, threading
from datetime import UTC, datetime, timedelta
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

routines, places = int(sys.argv[1]), int(sys.argv[2])
rows, all_done = [], threading.Event()
due = datetime.now(UTC) + timedelta(seconds=3)

def noop():
    started = datetime.now(UTC)
    rows.append({"due": due.isoformat(), "started": started.isoformat(), "ended": datetime.now(UTC).isoformat()})
    if len(rows) == routines:
        all_done.set()

scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(places)}, timezone=UTC)
for number in range(routines):
    scheduler.add_job(noop, "date", run_date=due, id=f"r{number:04}", misfire_grace_time=None)
scheduler.start()
all_done.wait(60)
scheduler.shutdown()
print(json.dumps(rows))
"""


def peer(_folder: Path) -> Line:
    """Measure the same set as plain APScheduler does it: threads, no process of its own, nothing recorded."""
    words = [sys.executable, "-c", _PEER, str(ROUTINES), str(PLACES)]
    done = subprocess.run(words, capture_output=True, check=True, env=dict(os.environ))
    rows = json.loads(done.stdout)
    recorded = max(datetime.fromisoformat(row["ended"]) - datetime.fromisoformat(row["due"]) for row in rows)
    from_due = [(datetime.fromisoformat(r["started"]) - datetime.fromisoformat(r["due"])).total_seconds() for r in rows]
    return {
        **spread(lateness(rows)), "runs": len(rows), "recorded_after_s": None, "ended_after_s": round(
            recorded.total_seconds(), 2), "p99_from_due_ms": spread(from_due)["p99_ms"],
    }  # fmt: skip
