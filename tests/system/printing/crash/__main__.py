"""`python -m tests.system.printing.crash --seed 1`: a morning's paper, broken at so many random points."""

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.system.crash.daemons import NOBODY, Kill
from tests.system.crash.points import DRAWS, asked_for, drawn, kind_of, tidied, unjudged
from tests.system.printing.crash.judge import kept, verdict
from tests.system.printing.crash.scene import Scene
from tests.system.printing.cups import Cups

AT_ONCE = 4
"""Points side by side: most of a point is waiting for printers."""


@dataclass(frozen=True)
class Played:
    """What came of one point."""

    number: int
    kill: Kill
    reached: int
    states: Counter[str]
    faults: tuple[str, ...]
    wrong: list[str]


def rehearse(seed: int, folder: Path) -> list[str]:
    """Return the points that a morning reaches when nothing breaks and nobody dies."""
    with Cups.start(folder / "cups") as cups:
        scene = Scene(folder, seed, cups)
        scene.play(NOBODY, faults=False)
        scene.close()
        wrong = verdict(scene)
        if wrong:
            raise SystemExit("\n".join(["with nothing broken:", *wrong, scene.log]))
        return scene.reached


def play(seed: int, number: int, points: list[str]) -> Played:
    """Play one point, drawn anew where it is not reached."""
    for draw in range(DRAWS):
        played = _once(seed, number, drawn(random.Random(f"{seed} {number} {draw}"), points))
        if played.reached or played.wrong:
            break
    return played


def _once(seed: int, number: int, kill: Kill) -> Played:
    folder = Path(tempfile.mkdtemp(prefix=f"paper-{seed}-{number}-"))
    folder.chmod(0o755)
    with Cups.start(folder / "cups") as cups:
        scene = Scene(folder, seed * 1000 + number, cups)
        try:
            scene.play(kill, faults=True)
            wrong = verdict(scene)
            states = Counter(one.state for one in kept(scene))
        except Exception as error:  # noqa: BLE001 - see `unjudged`
            wrong = [*scene.problems, unjudged(error)]
            states = Counter()
        finally:
            scene.close()
    return Played(number, kill, scene.killed, states, tuple(scene.faults), tidied(folder, wrong))


def _told(seed: int, played: Played) -> str:
    text = f"{played.number:4} {played.kill.victim:8} {played.kill.point}"
    text += "" if played.reached else "  (not reached)"
    text += f"  [{', '.join(played.faults)}]"
    again = f"     again: make paper-crash SEED={seed} POINT={played.number}"
    return "\n".join([text, *(f"     {line}" for line in played.wrong), *([again] if played.wrong else [])])


def main() -> None:
    """Play the points and end with 1 where anything went wrong."""
    options = asked_for(100)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="paper-"))
    folder.chmod(0o755)
    points = rehearse(options.seed, folder)
    shutil.rmtree(folder)
    wanted = [options.point] if options.point else range(1, options.points + 1)
    print(f"seed {options.seed}: {len(wanted)} of {len(points)} points", flush=True)
    reached, states, broken, violations = Counter[str](), Counter[str](), Counter[str](), 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for played in pool.map(lambda number: play(options.seed, number, points), wanted):
            violations += bool(played.wrong)
            states += played.states
            broken.update(fault.partition(" ")[0] for fault in played.faults)
            if played.reached:
                reached[kind_of(played.kill.point)] += 1
            print(_told(options.seed, played), flush=True)
    print(f"sheets: {', '.join(f'{count} {state}' for state, count in sorted(states.items()))}")
    print(f"faults: {', '.join(f'{count} {how}' for how, count in sorted(broken.items()))}")
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(reached.items()))
    print(f"seed {options.seed}: {reached.total()} kills ({kinds}) in {time.monotonic() - began:.0f} s")
    print(f"{len(wanted)} points, {violations} violations")
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
