"""Says what is wrong with a morning's paper: by what came out of the printers, then by what the ledger says of it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from tests.system.printing.crash.scene import ORDERS, Scene
from tests.system.printing.cups import QUEUES

DOCUMENTS: Mapping[str, str] = {"LISTS": "pick-list", "SLIPS": "slip", "LABELS": "address"}
LISTED = frozenset({"uncertain"})
"""The states of a sheet of which a person is told that nobody knows how often it came out."""


@dataclass(frozen=True)
class Kept:
    """A sheet as the ledger has it in the end, and the titles under which its printer may know it."""

    id: str
    state: str
    document: str
    place: int
    first: str
    titles: frozenset[str]


def verdict(scene: Scene) -> list[str]:
    """Return a sentence for everything that is not as promised."""
    sheets = list(kept(scene))
    out = {queue: [one.title for one in scene.cups.captured(queue)] for queue in QUEUES}
    return [*scene.problems, *_made(sheets), *_once(sheets, out), *_order(sheets, out), *_log(scene)]


def kept(scene: Scene) -> Iterator[Kept]:
    """Yield every sheet of the ledger."""
    for shop, name, state, text in scene.rows("select shop, id, state, data from work_items where kind = 'sheet'"):
        data = json.loads(text)
        keys = [f"print/{name}", *(f"print/{name}#{number}" for number in range(1, 20))]
        digests = [blake2b(f"{shop}/{key}".encode(), digest_size=8).hexdigest() for key in keys]
        yield Kept(name, state, data["document"], int(data["place"]), digests[0], frozenset(digests))


def _made(sheets: list[Kept]) -> Iterator[str]:
    """Check that every order has its two sheets and the wave its list, each once."""
    counts = Counter(one.document for one in sheets)
    wanted = {"slip": ORDERS, "address": ORDERS, "pick-list": 1}
    if counts != wanted:
        yield f"there are {dict(counts)} sheets instead of {wanted}"


def _once(sheets: list[Kept], out: Mapping[str, list[str]]) -> Iterator[str]:
    """Check that each sheet came out once, or that a person is told that nobody knows."""
    came = Counter(title.rpartition("-")[2] for titles in out.values() for title in titles)
    known = {digest for one in sheets for digest in one.titles}
    yield from (f"{digest} came out and is no sheet" for digest in came if digest not in known)
    for one in sheets:
        times = sum(came[digest] for digest in one.titles)
        if one.state == "printed" and times != 1:
            yield f"{one.id} is called printed and came out {times} times"
        elif one.state not in {"printed", *LISTED}:
            yield f"{one.id} is {one.state} in the end and came out {times} times"


def _order(sheets: list[Kept], out: Mapping[str, list[str]]) -> Iterator[str]:
    """Check that all piles are in one order; a sheet that was given up comes when a person lets it go, marked k of N."""
    places = {one.first: one.place for one in sheets if one.state == "printed"}
    for queue, titles in out.items():
        pile = [places[digest] for title in titles if (digest := title.rpartition("-")[2]) in places]
        if pile != sorted(pile):
            yield f"the pile of {queue} is in the order {pile}"


def _log(scene: Scene) -> Iterator[str]:
    """Check that nothing was met that nobody thought of."""
    if "Traceback" in scene.log:
        yield f"the daemon logged a traceback: {scene.folder / 'log'}"
