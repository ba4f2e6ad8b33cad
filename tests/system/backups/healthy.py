"""`python -m tests.system.backups.healthy [--rounds 200] [--seed 1] [--round K] [--only restic]`: what is healthy passes.

Each round draws a repository as an honest owner has it, asks every check that its connector offers, and now and then
has the job look on two nights. A line for each target; 1 where anything was not fine, 2 where a program is missing.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random

from daemon.api import stopwatch
from daemon.clock import SystemClock
from daemon.testing import FakeNight
from jobs.backups import BackupOptions
from jobs.kinds.backup import Check, Examined, Outcome, Part
from tests.system.backups import borg_ways, drawn, pgbackrest_ways, restic_breaking
from tests.system.backups.drawn import Drawn
from tests.system.backups.offsite_ways import EACH_RUN, looked_at

FINE = {Outcome.HELD, Outcome.PARTLY}
NIGHTS_EACH = 20
"""In every so many-th round the job itself looks, on two nights with another backup between them."""
EVERY_CHECK = BackupOptions.model_validate(
    {
        "min_copies": 1, "shrink": 90,
        "checks": {**EACH_RUN, "structure": {"every": "0s"}, "data": {"every": "0s", "full_every": "0s"}},
    }
)  # fmt: skip
Make = Callable[[Random, Path], Drawn]
"""Draws one repository into a folder that is not there yet."""


Opened = Callable[[Path], Iterator[Make]]
"""Opens a target in a folder for templates, and closes it again."""


def targets() -> dict[str, Opened]:
    """Return what can be tried here, by name."""
    restics = {f"restic {one.name.rpartition('-')[2]}": partial(_restic, one) for one in restic_breaking.programs()}
    borgs = {_version(one): partial(_borg, one) for one in borg_ways.borgs()}
    return {**restics, **borgs, **({"pgBackRest": _pgbackrest} if pgbackrest_ways.is_here() else {})}


def _version(borg: str) -> str:
    return subprocess.run([borg, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def _restic(program: Path, folder: Path) -> Iterator[Make]:
    templates = drawn.restic_templates(program, folder)
    yield lambda dice, there: drawn.of_restic(dice, templates, there)


def _borg(borg: str, _folder: Path) -> Iterator[Make]:
    yield lambda dice, there: drawn.of_borg(dice, borg, there)


def _pgbackrest(_folder: Path) -> Iterator[Make]:
    with pgbackrest_ways.server() as server:
        yield lambda dice, there: drawn.of_pgbackrest(dice, server, there.name)


def round_of(make: Make, dice: Random, folder: Path, *, by_job: bool) -> list[str]:
    """Draw one repository, look at it in every way, and return what was not fine."""
    one = make(dice, folder)
    with one.meanwhile:
        wrong = list(_asked(one, dice))
        return wrong + (_two_nights(one) if by_job else [])


def _asked(one: Drawn, dice: Random) -> Iterator[str]:
    found = one.store.inventory()
    if found.unreadable or not found.copies:
        yield f"the list: {found}"
        return
    assert isinstance(one.store, Examined)
    for check in sorted(one.store.offers):
        of = dice.randrange(1, 9)
        copy = dice.choice(found.copies) if check is Check.RESTORE else found.copies[0]
        verdict = one.store.examine(check, copy, Part(dice.randrange(1, of + 1), of))
        if verdict.outcome not in FINE:
            yield f"{check}: {verdict}"


def _two_nights(one: Drawn) -> list[str]:
    night = FakeNight()
    first = looked_at(night, one.store, SystemClock().now(), EVERY_CHECK)
    one.again()
    return first + looked_at(night, one.store, SystemClock().now(), EVERY_CHECK)


def tried(opened: Opened, seed: int, rounds: list[int]) -> Iterator[tuple[int, list[str]]]:
    """Yield each round with what was not fine in it."""
    folder = Path(tempfile.mkdtemp(prefix="nightclerk-healthy-"))
    folder.chmod(0o755)
    try:
        with contextmanager(opened)(folder / "templates") as make:
            for number in rounds:
                there = folder / f"round-{number}"
                by_job = number % NIGHTS_EACH == 0
                yield number, round_of(make, Random(f"{seed}/{number}"), there, by_job=by_job)
                shutil.rmtree(there, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(words: list[str]) -> int:
    """Try what was asked for, and tell how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--round", type=int, help="this round alone")
    parser.add_argument("--only", default="", help="targets whose name begins so")
    asked = parser.parse_args(words)
    chosen = {name: opened for name, opened in targets().items() if name.startswith(asked.only)}
    rounds = list(range(1, asked.rounds + 1)) if asked.round is None else [asked.round]
    failed = 0
    for name, opened in chosen.items():
        passed, wrong = stopwatch(), 0
        for number, found in tried(opened, asked.seed, rounds):
            wrong += bool(found)
            for line in found:
                print(f"{name}: seed {asked.seed}, round {number}: {line}", flush=True)
        print(f"{name}: {len(rounds)} rounds, {wrong} not fine, {passed():.0f} s", flush=True)
        failed += wrong
    return 2 if not chosen else min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
