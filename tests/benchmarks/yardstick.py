"""How much slower this machine is, right now, than the one on which the bounds of long suites were set.

Processors that are shared with others are slower than themselves by half at times, for hours, and for work with many
small values in memory more than for counting. So a bound in seconds is held in units of a piece of such work, done
beside it: orders to JSON and back, sorted. `USUAL` is what it takes where 100,000 orders take some 15 s.
"""

import json
import time
from statistics import median

USUAL = 0.45
"""Seconds; set from the pace of 100,000 orders on both machines, as the piece of work was not measured on the first."""
ORDERS = 40_000
TAKES = 3


def _work() -> float:
    began = time.process_time()
    texts = [
        json.dumps({"number": str(n), "lines": [[f"SKU-{n % 97}", f"Mug {n}", n % 3 + 1, f"{n % 50}.50 EUR"]] * 3})
        for n in range(ORDERS)
    ]
    back = sorted(map(json.loads, texts), key=lambda one: (one["lines"][0][0], one["number"]))
    assert len({one["number"]: one for one in back}) == ORDERS
    return time.process_time() - began


def slowness() -> float:
    """Return by how much a bound in seconds is to be stretched: 1 on a machine that is as quick as usual, or quicker."""
    return max(1.0, median(_work() for _ in range(TAKES)) / USUAL)
