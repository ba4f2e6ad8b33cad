"""`python -m tests.system.crash --seed 1`: kills the daemon at so many random points and says what went wrong."""

import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.system.crash.daemons import NOBODY, Kill
from tests.system.crash.judge import verdict
from tests.system.crash.points import DRAWS, asked_for, drawn, kind_of, tidied, unjudged
from tests.system.crash.scene import Scene

AT_ONCE = 2
TWICE = 5
"""Every how many-eth point the recovery is killed too."""
POKED = "Ledger.log"
"""What only the pokes of the test itself write."""


@dataclass(frozen=True)
class Played:
    """What came of one point."""

    number: int
    kills: tuple[Kill, Kill]
    reached: int
    wrong: list[str]


def rehearse(seed: int, folder: Path) -> list[list[str]]:
    """Return the points that each of two nights reaches when nobody dies."""
    scene = Scene(folder, seed)
    scene.play(NOBODY, NOBODY)
    scene.close()
    wrong = verdict(scene)
    if wrong:
        raise SystemExit("\n".join(["without any kill:", *wrong, scene.log]))
    return [[point for point in night if POKED not in point] for night in scene.nights]


def play(seed: int, number: int, nights: list[list[str]]) -> Played:
    """Play one point, drawn anew where it is not reached."""
    for draw in range(DRAWS):
        chance = random.Random(f"{seed} {number} {draw}")
        second = drawn(chance, nights[1]) if number % TWICE == 0 else NOBODY
        played = once(seed, number, (drawn(chance, nights[0]), second))
        if played.reached or played.wrong:
            break
    return played


def once(seed: int, number: int, kills: tuple[Kill, Kill]) -> Played:
    """Play these kills and judge them; what went wrong stays on the disk to be looked at."""
    folder = Path(tempfile.mkdtemp(prefix=f"crash-{seed}-{number}-"))
    scene = Scene(folder, seed * 1000 + number)
    try:
        scene.play(*kills)
        wrong = verdict(scene)
    except Exception as error:  # noqa: BLE001 - see `unjudged`
        wrong = [*scene.problems, unjudged(error)]
    finally:
        scene.close()
    return Played(number, kills, scene.killed, tidied(folder, wrong))


def told(seed: int, played: Played) -> str:
    """Return what is said of a point."""
    first, second = played.kills
    text = f"{played.number:4} {first.victim:8} {first.point}" + (
        f", then {second.victim} {second.point}" if second.point else ""
    )
    if not played.reached:
        text += "  (not reached)"
    lines = [f"     {line}" for line in played.wrong]
    again = [f"     again: make crash SEED={seed} POINT={played.number}"] if played.wrong else []
    return "\n".join([text, *lines, *again])


def main() -> None:
    """Play the points and end with 1 where anything went wrong."""
    options = asked_for(200)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        nights = rehearse(options.seed, Path(folder))
    wanted = [options.point] if options.point else range(1, options.points + 1)
    print(f"seed {options.seed}: {len(wanted)} of {len(nights[0])} points")
    reached, violations = Counter[str](), 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for played in pool.map(lambda number: play(options.seed, number, nights), wanted):
            violations += bool(played.wrong)
            if played.reached:
                reached[kind_of(played.kills[0].point)] += 1
            print(told(options.seed, played), flush=True)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(reached.items()))
    seconds = time.monotonic() - began
    print(f"seed {options.seed}: {reached.total()} kills ({kinds}) in {seconds:.0f} s")
    print(f"{len(wanted)} points, {violations} violations")
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
