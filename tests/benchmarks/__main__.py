"""`python -m tests.benchmarks [NAME…]`: one JSON line per figure set on stdout, a peer's beside ours where there is one."""

import importlib
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.measuring import machine

NAMES = ("ready", "idle", "run_cost", "lateness", "reconcile", "queries", "render", "line", "paper", "woocommerce")


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; return 1 where an aim is missed, 2 where a name is unknown."""
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    missed = False
    for name in names or NAMES:
        module = importlib.import_module(f"tests.benchmarks.{name}")
        for subject in ("ours", "peer"):
            if hasattr(module, subject):
                missed |= not _one(name, subject, getattr(module, subject))
    return int(missed)


def _one(name: str, subject: str, measure: object) -> bool:
    """Measure once in a folder of its own and print the line; say whether the aim, if there is one, is met."""
    assert callable(measure)
    with tempfile.TemporaryDirectory(prefix="nightclerk-bench-") as folder:
        around = machine(Path(folder))
        before = time.perf_counter()
        figures = measure(Path(folder))
        took = round(time.perf_counter() - before, 1)
    print(json.dumps({"benchmark": name, "subject": subject, **figures, **around, "took_s": took}), flush=True)
    return bool(figures.get("met", True))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
