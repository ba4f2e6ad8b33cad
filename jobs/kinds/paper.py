"""The paper of a morning: which sheets there are, on what they are printed, and what has become of each.

A sheet is one document of one order (or of one wave of orders) with the fingerprint of what it shows; so the same sheet
is printed once, and one whose order was changed is another sheet. Whoever makes sheets hands them over as work items
of `SHEETS`; whoever prints moves them along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from daemon.api import PERSON, WorkLine

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

WAITING, SENT, PRINTED = "waiting", "sent", "printed"
UNCERTAIN, HELD, DROPPED = "uncertain", "held", "dropped"
REFUSED, GIVEN_UP = "refused", "given-up"

SHEETS = WorkLine(
    name="print",
    kind="sheet",
    what="sheet",
    follows={
        WAITING: (SENT, HELD, DROPPED),
        SENT: (PRINTED, WAITING, UNCERTAIN, HELD),
        UNCERTAIN: (PRINTED, DROPPED),
        HELD: (WAITING, DROPPED),
        PRINTED: (),
        DROPPED: (),
    },
    confirms={UNCERTAIN: PRINTED},
    held=HELD,
    free=WAITING,
    reasons={
        REFUSED: "the printer would not take it: look at the printer, then release the sheet",
        GIVEN_UP: "the printer gave it up: look at the printer, then release the sheet",
        PERSON: "somebody stopped it: release it when that is settled",
    },
    done=frozenset({PRINTED, DROPPED}),
)
"""The line of sheets: *waiting*, *sent* to a printer, then *printed*; *uncertain* may have come out or not."""
