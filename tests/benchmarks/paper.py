"""What does a morning's paper cost, and what comes out right of the addresses of the world: ours, and others' of the same?

A peer is measured where NIGHTCLERK_PEERS names a folder with an environment for each (`python -m venv FOLDER/fpdf2`, then
`pip install fpdf2 uharfbuzz` in it; likewise `reportlab`, `weasyprint`). Only whole pages of text are compared: the others
set plain paragraphs, while ours also have their tables, bars and numbers of pages.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from jobs.kinds.paper import PICK_LIST
from jobs.paper import fonts
from jobs.paper.typesetting import Sheet, bound
from tests.benchmarks import paper_peers
from tests.benchmarks.measuring import Line
from tests.jobs import paper_scenes as scenes
from tests.jobs.paper import reading
from tests.jobs.paper.test_texts import words_lost

ORDERS = 300
AIM_S, AIM_MB = 30.0, 400


def orders(count: int = ORDERS) -> paper_peers.Orders:
    """Return orders to each of the addresses in turn."""
    names = list(scenes.ADDRESSES)
    return [
        {
            "order": f"{1000 + n}",
            "address": dict(scenes.ADDRESSES[names[n % len(names)]]),
            "lines": [scenes.line(k) for k in (1, 2, 3)],
        }
        for n in range(count)
    ]


def sheets(some: paper_peers.Orders) -> Iterator[Sheet]:
    """Yield slip, address and pick list of each."""
    for one in some:
        yield scenes.slip(one["address"], one["lines"], order=one["order"])
        yield scenes.address(one["address"], order=one["order"])
        rows = [{**line, "places": [1]} for line in one["lines"]]
        yield Sheet(PICK_LIST, {**scenes.pick_list().values, "rows": rows, "wave": one["order"]})


def right(pdf: bytes) -> Line:
    """Return which of the addresses can be read back letter by letter, in a PDF of one order to each."""
    text = reading.text(pdf)
    lost = [
        name for name, there in scenes.ADDRESSES.items() if any(words_lost(value, text) for value in there.values())
    ]
    return {"scripts_right": len(scenes.ADDRESSES) - len(lost), "lost": lost}


def ours(folder: Path) -> Line:
    """Set all of them in a process of its own, as one PDF."""
    out = folder / "ours.pdf"
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.paper", str(out)], check=True, capture_output=True, timeout=600
    )
    figures = json.loads(done.stdout)
    some = bound(sheets(orders(len(scenes.ADDRESSES))), scenes.look("a6")).pdf
    met = figures["seconds"] <= AIM_S and figures["peak_mb"] <= AIM_MB
    return {**figures, "pdf_mb": _mb(out), **right(some), "aim_s": AIM_S, "aim_peak_mb": AIM_MB, "met": met}


def peer(folder: Path) -> Line:
    """Set the same by each peer that is there."""
    home = os.environ.get("NIGHTCLERK_PEERS")
    if not home:
        return {"skipped": "NIGHTCLERK_PEERS names no folder"}
    found = {name: Path(home) / name / "bin" / "python" for name in paper_peers.PEERS}
    return {name: _peer(name, python, folder) for name, python in found.items() if python.exists()}


def _peer(name: str, python: Path, folder: Path) -> Line:
    figures: Line = {}
    for count in (len(scenes.ADDRESSES), ORDERS):
        out = folder / f"{name}-{count}.pdf"
        places = ":".join(map(str, fonts.packaged()))
        done = subprocess.run(
            [python, paper_peers.__file__, name, places, out], input=json.dumps(orders(count)).encode(), capture_output=True, check=False, timeout=600
        )  # fmt: skip
        if done.returncode:
            return {"failed": done.stderr.decode(errors="replace").strip().split("\n")[-1][:200]}
        figures |= json.loads(done.stdout.splitlines()[-1]) | {"pdf_mb": _mb(out)}
        if count < ORDERS:
            figures |= right(out.read_bytes())
    return figures


def _mb(file: Path) -> float:
    return round(file.stat().st_size / 1e6, 2)


def main(out: Path) -> None:
    """Set the pile and print what it took, for `ours`."""
    every = orders()
    before = time.perf_counter()
    out.write_bytes(bound(sheets(every), scenes.look("a6")).pdf)
    took = round(time.perf_counter() - before, 2)
    print(json.dumps({"seconds": took, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
