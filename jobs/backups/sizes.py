"""Is a copy about as large as its forerunners? Judged within its series, against sizes that were found in order.

What deviates does not become usual by coming every night: its size is not remembered until a person has accepted it.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from statistics import median

from daemon.api import Finding, Text, Urgency
from jobs.backups.look import Look, sized_as
from jobs.backups.marks import Mark, Row, weight
from jobs.backups.memory import WINDOW, Memory
from jobs.kinds.backup import Check, Copy, Inventory

ENOUGH = 4
"""Sizes that must be known before a size is called unusual."""
GROWTH = 3
"""A copy more than so many times as large as usual is worth a warning."""
UNTOLD = Text("nobody tells how large the newest copy is")


def size(look: Look, inventory: Inventory) -> Row:
    """Return the row of the sizes: the newest copy of each series that is still being written, the worst of them."""
    rows = [_row(look, inventory, copy) for copy in _judged(look, inventory)]
    found = tuple({one.key: one for row in rows for one in row.findings}.values())
    return replace(max(rows, key=weight), findings=found)


def learned(look: Look, inventory: Inventory) -> Memory:
    """Return the memory with the sizes that were found in order."""
    sizes = dict(look.memory.sizes)
    for copy in _judged(look, inventory):
        known = _base(look, inventory, copy)
        if _row(look, inventory, copy).mark in {Mark.OK, Mark.SKIPPED} and copy.size:
            known = {**known, sized_as(copy): copy.size}
        sizes[copy.series] = dict(list(known.items())[-WINDOW:])
    newest = {copy.series: copy.size for copy in _judged(look, inventory) if copy.size}
    return replace(look.memory, sizes=sizes, newest=newest)


def levelled(memory: Memory) -> Memory:
    """Return the memory in which the size that each series had at the last look is the usual one from now on.

    It is that size which a person saw and accepted, whatever came since.
    """
    sizes = {series: {} if series in memory.newest else known for series, known in memory.sizes.items()}
    return replace(memory, sizes=sizes, levels={**memory.levels, **memory.newest})


def _judged(look: Look, inventory: Inventory) -> list[Copy]:
    """Return the newest copy of all, and that of each other series of which one is fresh."""
    newest: dict[str, Copy] = {}
    for copy in look.past_copies(inventory):
        newest.setdefault(copy.series, copy)
    first = next(iter(newest.values()))
    return [one for one in newest.values() if one is first or look.now - one.moment <= look.options.max_age]


def _row(look: Look, inventory: Inventory, copy: Copy) -> Row:
    if copy.size is None:
        return Row(Check.SIZE, Mark.UNKNOWN, look.now, UNTOLD)
    known = _base(look, inventory, copy)
    usual = _usual(look, copy, known)
    if copy.size == 0 or usual is None:
        learning = Text("learning: {n} of {wanted} sizes are known", {"n": len(known), "wanted": ENOUGH})
        return Row(Check.SIZE, Mark.SKIPPED, look.now, learning)
    if Decimal(copy.size) < usual * (100 - look.options.shrink) / 100:
        finding = _shrunken(look, copy, copy.size, usual)
        return Row(Check.SIZE, Mark.FAIL, look.now, finding.title, findings=(finding,))
    if copy.size > usual * GROWTH:
        finding = _grown(look, copy, copy.size, usual)
        return Row(Check.SIZE, Mark.WARN, look.now, finding.title, findings=(finding,))
    return Row(Check.SIZE, Mark.OK, look.now)


def _shrunken(look: Look, copy: Copy, size_: int, usual: Decimal) -> Finding:
    return look.finding(
        "shrunken", Urgency.STAYS_BROKEN, "The newest copy in {connection} is {percent} % smaller than usual",
        {"percent": int(100 - size_ * 100 / usual), "size": size_, "usual": int(usual), "copy": copy.name},
        "Look what is missing in {copy}: {size} bytes, where {usual} are usual; "
        "if that is right: nightclerk backups accept {connection}",
    )  # fmt: skip


def _grown(look: Look, copy: Copy, size_: int, usual: Decimal) -> Finding:
    return look.finding(
        "grown", Urgency.STAYS_BROKEN, "The newest copy in {connection} is {times} times as large as usual",
        {"times": round(size_ / usual, 1), "size": size_, "usual": int(usual), "copy": copy.name},
        "Look what is new in {copy}: {size} bytes, where {usual} are usual; "
        "if that is right: nightclerk backups accept {connection}",
    )  # fmt: skip


def _usual(look: Look, copy: Copy, known: Mapping[str, int]) -> Decimal | None:
    """Return the median size (bytes) of those known; what a person accepted until there are enough; else None."""
    if len(known) >= ENOUGH:
        return median(map(Decimal, known.values()))
    level = look.memory.levels.get(copy.series)
    return None if level is None else Decimal(level)


def _base(look: Look, inventory: Inventory, copy: Copy) -> dict[str, int]:
    """Return the sizes the copy is held against: remembered ones, those of earlier days, else of the other copies."""
    own = _remembered(look, copy)
    if len(own) >= ENOUGH or copy.series in look.memory.levels:
        return own
    newest = look.past_copies(inventory)[0]
    if len(look.past) >= ENOUGH and copy.series == newest.series:
        return {f"day {n}": int(size_) for n, size_ in enumerate(look.past)}
    return _of_others(inventory, copy) | own


def _remembered(look: Look, copy: Copy) -> dict[str, int]:
    """Return the sizes remembered of the copy's series; its own, from an earlier look at it, says nothing of it."""
    return {name: size_ for name, size_ in look.memory.sizes.get(copy.series, {}).items() if name != sized_as(copy)}


def _of_others(inventory: Inventory, copy: Copy) -> dict[str, int]:
    """Return the sizes of the other copies of its series that are there, oldest first."""
    others = [one for one in inventory.copies if one.series == copy.series and one != copy and one.size is not None]
    return {sized_as(one): one.size or 0 for one in reversed(others)}
