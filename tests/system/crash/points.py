"""What every rehearsal of crashes does with its points: which are asked for, which is drawn, and what is left of one."""

import argparse
import random
import shutil
from pathlib import Path

from tests.system.crash.daemons import Kill

VICTIMS = ("daemon", "daemon", "daemon", "spawner")
CHILDS = frozenset({"effect", "work"})
"""Kinds of points that a child reaches; there it may also be the child that dies."""
WEIGHTS = {"effect": 5, "ledger": 5, "mail": 4, "spawn": 3, "work": 2, "reap": 1, "lock": 1}
"""How often each kind is drawn: by kind first, so that the rare ones are not drowned."""
DRAWS = 4
"""How often a point that was not reached (runs go on side by side) is drawn anew."""


def asked_for(usual: int) -> argparse.Namespace:
    """Return the `seed`, how many `points` (`usual` ones where nobody says), and the one `point` that alone is played."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", type=int, default=usual)
    parser.add_argument("--point", type=int, help="only this one")
    return parser.parse_args()


def kind_of(point: str) -> str:
    """Return the first word of a point's name."""
    return point.partition(" ")[0]


def drawn(chance: random.Random, points: list[str]) -> Kill:
    """Return a point to kill at, and whom."""
    kinds = sorted({kind_of(point) for point in points})
    (kind,) = chance.choices(kinds, [WEIGHTS[kind] for kind in kinds])
    point = chance.choice([point for point in points if kind_of(point) == kind])
    return Kill(point, chance.choice((*VICTIMS, "self") if kind in CHILDS else VICTIMS))


def unjudged(error: Exception) -> str:
    """Return what is said of a point that can't be judged: that too is a violation, and the others go on."""
    return f"it could not be judged: {type(error).__name__}: {error}"


def tidied(folder: Path, wrong: list[str]) -> list[str]:
    """Return what went wrong at a point, with where that can be looked at; where nothing did, the folder goes."""
    if wrong:
        return [*wrong, f"what is left stands in {folder}"]
    shutil.rmtree(folder)
    return []
