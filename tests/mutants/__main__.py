"""Takes away one safeguard after the other, in a copy of the tree, and looks whether its test notices.

Run by `make mutants`. One line a mutant: red is good, GREEN means that nobody would have noticed. Where a test hangs
for lack of the safeguard, that counts as noticed; a test that can't be run at all does not.
"""

import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from daemon.clock import SystemClock
from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant
from tests.system.crash.daemons import processes

ROOT = Path(__file__).parents[2]
PATIENCE = 40
"""Seconds a test may take before it counts as hung; the slowest takes ten."""
WORKERS = 2
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "demo-out", "*.db")


@dataclass(frozen=True)
class Verdict:
    """Whether a mutant was noticed, and in which words that is told."""

    mutant: Mutant
    noticed: bool
    word: str

    def __str__(self) -> str:
        return f"{self.word:<7} {self.mutant.promise:>2}  {self.mutant.safeguard}  ({self.mutant.file})"


def _tree(folder: Path) -> Path:
    """Return a copy of the tree of its own, with the published documents beside it that some tests look for there."""
    copy = folder / "tree"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    (folder / "shared").symlink_to(ROOT.parent / "shared")
    return copy


def _judge(mutant: Mutant, tree: Path) -> Verdict:
    """Run the mutant's test in a tree that has the mutant in it; what it leaves running for lack of it ends too."""
    name = uuid4().hex
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", mutant.test]
    environ = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "MUTANT": name}
    try:
        ended = subprocess.run(
            words,
            cwd=tree,
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Verdict(mutant, noticed=True, word="hung")
    finally:
        for pid in processes(name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    words_of = {0: "GREEN", 1: "red"}
    return Verdict(mutant, noticed=ended.returncode == 1, word=words_of.get(ended.returncode, "NO RUN"))


def _try(mutant: Mutant, trees: "queue.Queue[Path]") -> Verdict:
    """Put the mutant into a free tree, judge it, and take it out again."""
    tree = trees.get()
    file = tree / mutant.file
    text = file.read_text(encoding="utf-8")
    try:
        if text.count(mutant.old) != 1:
            return Verdict(mutant, noticed=False, word="STALE")
        file.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
        return _judge(mutant, tree)
    finally:
        file.write_text(text, encoding="utf-8")
        trees.put(tree)


def main(wanted: list[str]) -> int:
    """Try every mutant, or those whose safeguard or file holds a word given; return 1 where one was not noticed."""
    clock = SystemClock()
    began = clock.monotonic()
    chosen = [one for one in MUTANTS if not wanted or any(word in one.safeguard + one.file for word in wanted)]
    trees: queue.Queue[Path] = queue.Queue()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(WORKERS) as pool:
        for number in range(WORKERS):
            trees.put(_tree(Path(folder) / str(number)))
        verdicts = []
        for verdict in pool.map(lambda mutant: _try(mutant, trees), chosen):
            print(verdict, flush=True)
            verdicts.append(verdict)
    missed = sum(not verdict.noticed for verdict in verdicts)
    print(f"{len(verdicts)} mutants, {missed} not noticed, {clock.monotonic() - began:.0f} s")
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
