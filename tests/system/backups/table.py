"""`python -m tests.system.backups.table [--write]`: breaks every target in every way, and tells which check caught what.

Prints the tables of `docs/backups.md`; with `--write` it puts them between the two marks there. Exit code 1 where something
was not seen that is not in UNSEEN, or where a healthy target was called anything else; 2 where a program is missing.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from daemon.api import stopwatch
from tests.system.backups.gathering import HEALTHY, LIST, Found, families, gathered, lacking

PAGE = Path(__file__).parents[3] / "docs" / "backups.md"
BEGIN, END = "<!-- destruction: begin -->", "<!-- destruction: end -->"
NOT_SEEN, PASSES, FAILS = "**not seen**", "passes", "**fails**"
ORDER = (LIST, "version", "locked", "room", "listed", "structure", "whole", "data", "unchanged", "restore")
"""The checks from the cheapest to the dearest."""
UNSEEN: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("S3, `read: false`", "bit flipped in the store"): (
            "the server's sum is that of the upload; `read: true`, below, reads it"
        )
    }
)
"""What is not seen of a target that is not looked at as deeply as it could be, and why."""
Page = Mapping[str, Mapping[str, Sequence[str]]]


def row(found: Sequence[Found]) -> tuple[str, str, str]:
    """Return the cells of one way on one target: which check was the first to see it each time, its seconds, the others."""
    attempts = {one.attempt for one in found}
    by_check = {one.check: [other for other in found if other.check == one.check] for one in found}
    missed, first, others = set(attempts), "", list[str]()
    for check, told in sorted(by_check.items(), key=lambda item: _place(item[0])):
        seen = {one.attempt for one in told if one.seen}
        missed -= seen
        if seen and not missed and not first:
            first = check
        elif seen:
            share = f" ({len(seen)} of {len(attempts)})" if seen != attempts else ""
            others.append(f"{check} {_shown(_slowest(told))}{share}")
    if first:
        return first, _shown(_slowest(by_check[first])), ", ".join(others)
    times = f" in {len(missed)} of {len(attempts)}" if len(attempts) > 1 else ""
    return f"{NOT_SEEN}{times}", _shown(_of_all(found)), ", ".join(others)


def _slowest(told: Iterable[Found]) -> Decimal:
    return max(one.seconds for one in told)


def _shown(seconds: Decimal) -> str:
    return str(seconds) if seconds else "< 0.01"


def _of_all(found: Iterable[Found]) -> Decimal:
    """Return what all checks took together, the slowest time."""
    by_attempt = groupby(sorted(found, key=lambda one: one.attempt), key=lambda one: one.attempt)
    return max(sum((one.seconds for one in told), Decimal()) for _, told in by_attempt)


def _place(check: str) -> int:
    return ORDER.index(check) if check in ORDER else len(ORDER)


def cells(target: str, way: str, found: Sequence[Found]) -> tuple[str, str, str]:
    """Return the cells as they are shown, with the reason of what can't be seen."""
    caught, seconds, others = row(found)
    if way == HEALTHY:
        failed = [one.check for one in found if one.seen]
        return (f"{FAILS}: {', '.join(failed)}" if failed else PASSES), _shown(_of_all(found)), ""
    why = UNSEEN.get((target, way))
    return f"{caught}: {why}" if why else caught, seconds, others


def table(found: Sequence[Found]) -> Iterator[str]:
    """Yield the lines of the page: a table for each target."""
    for target in dict.fromkeys(one.target for one in found):
        of_target = [one for one in found if one.target == target]
        yield from ("", f"#### {target}", "", "| way | caught first by | seconds | also by |", "|---|---|---|---|")
        for way in dict.fromkeys(one.way for one in of_target):
            shown = cells(target, way, [one for one in of_target if one.way == way])
            yield f"| {way} | {' | '.join(shown)} |".replace("|  |", "| |")


def read(text: str) -> Page:
    """Return what a page says: the cells of each way on each target."""
    said: dict[str, dict[str, Sequence[str]]] = {}
    target = ""
    for line in text.partition(BEGIN)[2].partition(END)[0].splitlines():
        if line.startswith("#### "):
            target = line.removeprefix("#### ")
            said[target] = {}
        elif line.startswith("| ") and not line.startswith("| way |"):
            way, *told = (cell.strip() for cell in line.strip("|").split("|"))
            said[target][way] = told
    return said


def wrong(said: Page) -> list[str]:
    """Return what a page lacks, what it says is not seen without a reason, and which healthy target it calls broken."""
    return [*_lacks(said), *_unexplained(said)]


def family_of(target: str) -> str:
    """Return the family whose ways are tried on a target, "" where there is none."""
    return max((name for name in families() if target.startswith(name)), key=len, default="")


def _lacks(said: Page) -> Iterator[str]:
    there = {family: [target for target in said if family_of(target) == family] for family in families()}
    for family, ways in families().items():
        if not there[family]:
            yield f"{family} is not there"
        for target in there[family]:
            yield from (f"{target}: {way} is not there" for way in ways if way not in said[target])


def _unexplained(said: Page) -> Iterator[str]:
    for target, ways in said.items():
        for way, (caught, *_) in ways.items():
            if caught.startswith(NOT_SEEN) and (target, way) not in UNSEEN:
                yield f"{target}: {way} is not seen, and nothing says why"
            if way == HEALTHY and caught != PASSES:
                yield f"{target}: what is healthy {caught}"


def written(text: str, lines: Iterable[str]) -> str:
    """Return a page with the lines between its two marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n" + "\n".join(lines).lstrip("\n") + f"\n\n{END}{rest.partition(END)[2]}"


def main(words: Sequence[str]) -> int:
    """Try all of it, tell it, and write it where that is wanted."""
    if missing := list(lacking()):
        print("this machine lacks " + "; ".join(missing), file=sys.stderr)
        return 2
    passed = stopwatch()
    found = gathered()
    tried = len({(one.target, one.way) for one in found})
    lines = [
        *table(found),
        "",
        f"{len({one.target for one in found})} targets, {tried} times broken or healthy, in {passed():.0f} seconds.",
    ]
    if words == ["--write"]:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), lines), encoding="utf-8")
    else:
        print("\n".join(lines))
    problems = wrong(read(written(f"{BEGIN}{END}", lines)))
    print("\n".join(problems) or "nothing is unseen but what is known to be", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
