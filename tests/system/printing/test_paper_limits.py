"""Three documents of each order of a morning cost little time and memory, and ten times the orders ten times the time."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.system, pytest.mark.slow]
LINEAR = 12
"""Ten times the orders, and a fifth for what else the machine does meanwhile."""
ROOT = Path(__file__).parents[3]
TAKES = 3
"""What else the machine does may spoil a take; a machine that can do it shows it once."""


def _made(orders: int) -> tuple[float, float]:
    words = [sys.executable, "-m", "tests.system.printing.measured", str(orders)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    print(done.stdout.strip())
    found = re.search(r"orders: ([\d.]+) s, (\d+) MB", done.stdout)
    assert found is not None, done.stdout
    return float(found[1]), float(found[2])


def test_three_hundred_orders_take_ten_seconds_and_three_thousand_ten_times_that() -> None:
    few = [_made(300)]
    while len(few) < TAKES and min(few)[0] > 10:
        few.append(_made(300))
    many = [_made(3000)]
    while len(many) < TAKES and min(many)[0] > LINEAR * min(few)[0]:
        few.append(_made(300))
        many.append(_made(3000))
    assert min(few)[0] <= 10
    assert min(many)[0] <= LINEAR * max(few)[0]
    assert max(memory for _, memory in few + many) <= 300
