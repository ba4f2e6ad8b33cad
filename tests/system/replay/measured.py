"""Runs a command and prints, as the last line, its seconds and the most memory of all its processes together in MB."""

import subprocess
import sys
import time
from pathlib import Path


def descendants(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    return found


def proportional_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def main() -> None:
    begun = time.monotonic()
    process = subprocess.Popen(sys.argv[1:])
    most = 0
    while process.poll() is None:
        most = max(most, sum(proportional_kb(pid) for pid in descendants(process.pid)))
        time.sleep(0.5)
    print(f"{time.monotonic() - begun:.2f} {most / 1024:.1f}")
    sys.exit(process.returncode)


main()
