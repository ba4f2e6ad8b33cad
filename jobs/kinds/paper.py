"""The paper of a morning: which sheets there are, on what they are printed, and what has become of each.

A sheet is one document of one order (or of one wave of orders) with the fingerprint of what it shows; so the same sheet
is printed once, and one whose order was changed is another sheet. Whoever makes sheets hands them over as work items
of `SHEETS`; whoever prints moves them along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from daemon.api import PERSON, Transition, WorkItem, WorkLine, noted, read_card, written

PICK_LIST, SLIP, ADDRESS, LABEL = "pick-list", "slip", "address", "label"
DOCUMENTS = (PICK_LIST, SLIP, ADDRESS, LABEL)
"""A list to pick a wave by; and of each order the slip that goes into its parcel, its address, its carrier's label."""


@dataclass(frozen=True)
class Media:
    """A size of paper in millimetres; a roll without an end has no height."""

    name: str
    width: Decimal
    height: Decimal | None


MEDIA: Mapping[str, Media] = MappingProxyType(
    {
        one.name: one
        for one in (
            Media("a4", Decimal(210), Decimal(297)),
            Media("a6", Decimal(105), Decimal(148)),
            Media("100x150", Decimal(100), Decimal(150)),
            Media("thermal", Decimal(72), None),
        )
    }
)
"""The sizes by name; `thermal` is a roll of 80 mm, of which printers reach 72."""

WAITING, SENT, PRINTED, BOUND = "waiting", "sent", "printed", "bound"
UNCERTAIN, HELD, DROPPED = "uncertain", "held", "dropped"
REFUSED, GIVEN_UP = "refused", "given-up"

SHEETS = WorkLine(
    name="print",
    kind="sheet",
    what="sheet",
    many="sheets",
    follows={
        WAITING: (SENT, HELD, DROPPED),
        SENT: (PRINTED, BOUND, WAITING, UNCERTAIN, HELD),
        UNCERTAIN: (PRINTED, DROPPED),
        HELD: (WAITING, DROPPED),
        PRINTED: (),
        BOUND: (),
        DROPPED: (WAITING,),
    },
    confirms={UNCERTAIN: PRINTED},
    held=HELD,
    free=WAITING,
    reasons={
        REFUSED: "the printer would not take it: look at the printer, then release the sheet",
        GIVEN_UP: "the printer gave it up: look at the printer, then release the sheet",
        PERSON: "somebody stopped it: release it when that is settled",
    },
    done=frozenset({PRINTED, BOUND, DROPPED}),
    copied=frozenset({PRINTED, BOUND, UNCERTAIN}),
    fared=frozenset({"printer", "run", "before", "job", "tries", "file"}),
    dropped=DROPPED,
    groups=("wave", "document"),
    keeps=timedelta(days=90),
)
"""The line of sheets: *waiting*, *sent* to a printer, then *printed*; *uncertain* may have come out or not.

Where there is no printer a sheet is *bound* into a file that somebody prints. One is dropped by a person, or by a run
when what it shows is no longer so; a run takes up again what a run has dropped.
"""


@dataclass(frozen=True)
class Wave:
    """Orders that are picked together: a name, when it was made, and when its carrier comes (None: nobody knows)."""

    name: str
    made: datetime
    leaves: datetime | None = None

    @property
    def turn(self) -> str:
        """What puts waves in the order in which their paper is needed."""
        return f"{(self.leaves or self.made).isoformat()} {self.made.isoformat()} {self.name}"


@dataclass(frozen=True)
class Basis:
    """What a sheet rests on: the work items it is about and the mark of each.

    It is printed while each of them has its mark and stands in one of the states `good`; it waits while one stands in
    one of `waits`. Otherwise it shows what is no longer so.
    """

    kind: str
    marks: Mapping[str, str]
    good: tuple[str, ...]
    waits: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """One sheet as it is made: what it is, its place in its wave, and all that a template shows (plain JSON)."""

    id: str
    document: str
    wave: Wave
    place: int
    places: int
    basis: Basis
    values: Mapping[str, Any]

    def data(self, now: datetime) -> dict[str, Any]:
        """Return the data of its work item; what is empty takes no room."""
        return {
            "number": self.id.partition("/")[2],
            "document": self.document,
            "wave": self.wave.name,
            "made": self.wave.made.isoformat(),
            "turn": self.wave.turn,
            **({"leaves": self.wave.leaves.isoformat()} if self.wave.leaves else {}),
            "place": self.place,
            "places": self.places,
            "basis": {**vars(self.basis), "marks": dict(self.basis.marks)},
            "card": written({name: value for name, value in self.values.items() if value not in ("", None, [])}),
            "history": noted({}, now, WAITING),
        }

    def step(self, now: datetime, along: str = "") -> Transition:
        """Return the step that makes it; it is refused where it is known already."""
        return Transition(SHEETS.kind, self.id, "", WAITING, self.data(now), along=along)


def sheet_of(item: WorkItem) -> Sheet:
    """Return a work item as the sheet it is."""
    data: Any = item.data
    basis = data["basis"]
    return Sheet(
        item.id, data["document"], wave_of(data), int(data["place"]), int(data["places"]),
        Basis(basis["kind"], basis["marks"], tuple(basis["good"]), tuple(basis["waits"])), read_card(data),
    )  # fmt: skip


def wave_of(data: Mapping[str, Any]) -> Wave:
    """Return the wave in the data of a sheet."""
    leaves = data.get("leaves")
    return Wave(data["wave"], datetime.fromisoformat(data["made"]), datetime.fromisoformat(leaves) if leaves else None)
