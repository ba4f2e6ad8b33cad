"""One run after the other: what does it cost from being asked for to being recorded?"""

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.daemons import configure, cpu_seconds, family, serving
from tests.benchmarks.measuring import Line, seconds, spread

RUNS, STARTS = 200, 50
AIM_MS = 40.0


def ours(folder: Path) -> Line:
    """Ask a real daemon over its control socket for one run after the other.

    `p50_ms` and the others are measured from outside: two small transactions more than a scheduled run has (the
    manual occurrence and the journal), then claim, fork, job, report and the transaction that keeps the end.
    `started_to_ended_p50_ms` is what the rows say: claim to the child's end.
    """
    with serving(configure(folder, 1, "cron: 0 0 1 1 *")) as daemon:
        daemon.ask("run", routine="r0000")
        pids = family(daemon.process.pid)
        busy = cpu_seconds(pids)
        samples = [seconds(lambda: daemon.ask("run", routine="r0000")) for _ in range(RUNS)]
        busy = cpu_seconds(pids) - busy
        rows = daemon.ask("runs", limit=RUNS)
    inner = spread([(row.ended - row.started).total_seconds() for row in rows if row.ended])
    figures = spread(samples)
    return {
        **figures, "runs": RUNS, "started_to_ended_p50_ms": inner["p50_ms"], "started_to_ended_p95_ms": inner["p95_ms"],
        "daemon_cpu_per_run_ms": round(busy / RUNS * 1000, 2), "aim_p50_ms": AIM_MS, "met": figures["p50_ms"] <= AIM_MS,
    }  # fmt: skip


_PEER = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as ledger:
    ledger.execute("PRAGMA journal_mode=WAL")
    ledger.execute("PRAGMA synchronous=FULL")
    ledger.execute("CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY, state TEXT)")
    ledger.execute("INSERT INTO runs (state) VALUES ('ok')")
"""


def peer(folder: Path) -> Line:
    """Do what a cron job would: start an interpreter that imports only sqlite3, and record one row."""
    words = [sys.executable, "-c", _PEER, str(folder / "cron.db")]
    return {**spread([seconds(lambda: subprocess.run(words, check=True)) for _ in range(STARTS)]), "runs": STARTS}
