"""What every benchmark needs: figures from samples, and the state of the machine they were taken on."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Line = dict[str, Any]
"""One line of the output: figures by name, the unit at the end of each name."""
_SYNCS = 20


def quantile(samples: Sequence[float], share: float) -> float:
    """Return the smallest sample that at least this share of all samples doesn't pass."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 10_000) * len(ordered) // 10_000) - 1))]


def spread(samples: Sequence[float], unit: str = "ms") -> Line:
    """Return the usual figures of samples given in seconds."""
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {f"{name}_{unit}": round(quantile(samples, share) * 1000, 2) for name, share in shares.items()}


def seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def machine(folder: Path) -> Line:
    """Return what the figures depend on: load of the last minute, processors, and what one fsync costs here."""
    with (folder / "fsync").open("wb", buffering=0) as file:

        def sync() -> None:
            file.write(b"x" * 4096)
            os.fsync(file.fileno())

        cost = quantile([seconds(sync) for _ in range(_SYNCS)], 0.5)
    return {"load": round(os.getloadavg()[0], 2), "cpus": os.cpu_count(), "fsync_ms": round(cost * 1000, 3)}
