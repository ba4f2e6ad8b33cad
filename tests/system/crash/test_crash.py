"""A sample of `make crash`: whatever dies and whenever, the shop and the mail server see everything exactly once."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.system
ROOT = Path(__file__).parents[3]


def test_a_daemon_killed_at_random_points_does_everything_once_and_forgets_nothing() -> None:
    words = [sys.executable, "-m", "tests.system.crash", "--seed", "1", "--points", "20"]
    played = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.endswith("20 points, 0 violations\n")
