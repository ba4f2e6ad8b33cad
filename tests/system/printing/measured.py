"""`python -m tests.system.printing.measured 300`: sets a morning's paper and says how long it took and how much it held.

Of each order a slip with three lines, an address, and a carrier's label that was bought, each kind as one PDF in one
order; every third address is not in Latin letters.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from daemon.api import stopwatch
from jobs.paper.typesetting import Sheet, Typeset, bound, typeset
from tests.jobs.paper_scenes import ADDRESSES, address, label, look, slip

_USUAL = ("plain", "german", "chinese") if "german" in ADDRESSES else tuple(ADDRESSES)[:3]


def piles(orders: int) -> list[tuple[str, Iterator[Sheet]]]:
    """Return the three piles of so many orders, each with the size of its paper."""
    bought = next(typeset([address("plain")], look("100x150"))).pdf

    def named(number: int) -> dict[str, object]:
        return {"order": str(1000 + number), "code": f"{1000 + number}.7F3A", "place": number, "places": orders}

    def who(number: int) -> str:
        return _USUAL[number % len(_USUAL)]

    numbers = range(1, orders + 1)
    return [
        ("a4", (slip(who(number), **named(number)) for number in numbers)),  # type: ignore[arg-type]
        ("100x150", (address(who(number), **named(number)) for number in numbers)),
        ("100x150", (label(bought, order=str(1000 + number), place=number, places=orders) for number in numbers)),
    ]


def peak_mb() -> float:
    """Return the most memory this program ever held; `ru_maxrss` would count what started it too, see execve(2), getrusage(2)."""
    (held,) = (line for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if "VmHWM" in line)
    return int(held.split()[1]) / 1024


def main() -> None:
    """Print seconds, MB at the most, and the bytes of the three PDFs."""
    orders = int(sys.argv[1])
    made = piles(orders)
    passed = stopwatch()
    done: list[Typeset] = [bound(sheets, look(media)) for media, sheets in made]
    seconds = passed()
    assert not any(one.problems or one.lacking for one in done), done[0].problems
    print(f"{orders} orders: {seconds:.2f} s, {peak_mb():.0f} MB, {sum(len(one.pdf) for one in done)} bytes")


if __name__ == "__main__":
    main()
