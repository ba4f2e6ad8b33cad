"""A daemon that has nothing to do: its memory, and how often it wakes the machine."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from daemon import paths
from tests.benchmarks.daemons import cpu_seconds, family, pss_mb, serving, wake_ups
from tests.benchmarks.measuring import Line

SETTLE_S, WATCH_S = 2.0, 60.0
AIM_MB = 75.0
_LOOK = threading.Event()
"""Never set: waiting for it is how this module lets time pass."""


def _watch(pid: int, watch: float) -> Line:
    """Return what a process and all below it use while they wait; the memory is taken last."""
    _LOOK.wait(SETTLE_S)
    pids = family(pid)
    woken, busy = wake_ups(pids), cpu_seconds(pids)
    _LOOK.wait(watch)
    return {
        "wake_ups_per_minute": round((wake_ups(pids) - woken) * 60 / watch, 1),
        "cpu_ms_per_minute": round((cpu_seconds(pids) - busy) * 60_000 / watch, 1),
        "pss_mb": round(sum(pss_mb(one) for one in pids), 1), "processes": len(pids), "watched_s": watch,
    }  # fmt: skip


def ours(folder: Path) -> Line:
    """Watch a daemon on the shipped example for a minute."""
    config = folder / "config.yaml"
    example = paths.example().read_text(encoding="utf-8")
    config.write_text(f"{example}\nstate: {folder / 'state'}\n", encoding="utf-8")
    with serving(config) as daemon:
        figures = _watch(daemon.process.pid, WATCH_S)
    return {**figures, "aim_pss_mb": AIM_MB, "met": figures["pss_mb"] <= AIM_MB}


_PEER = """
import jinja2, requests, yaml
from apscheduler.schedulers.blocking import BlockingScheduler
scheduler = BlockingScheduler()
for hour in range(5):
    scheduler.add_job(print, "cron", hour=hour, id=f"r{hour}")
print("ready", flush=True)
scheduler.start()
"""


def peer(_folder: Path) -> Line:
    """Watch a plain APScheduler with as many jobs; without the reconcile every 30 s it may sleep till the next."""
    with subprocess.Popen([sys.executable, "-c", _PEER], stdout=subprocess.PIPE, env=dict(os.environ)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            return _watch(process.pid, WATCH_S / 6)
        finally:
            process.kill()
