"""Queues opened on the fake printer."""

from pathlib import Path
from typing import Any

from daemon.api import Outlet, Text
from daemon.render.say import Voice, say
from daemon.testing import make_outlet
from jobs.connectors.http import Limits
from jobs.connectors.printers._ipp_door import Door, Place
from jobs.connectors.printers._ipp_printer import IppPrinter
from jobs.connectors.printers._ipp_watch import Watch
from jobs.connectors.printers.ipp import IPP, IppOptions
from jobs.kinds.printer import Printer

QUICK = Limits(connect=1, read=0.2, whole=1, tries=2, first=0.01, longest=0.01)


def opened(uri: str, folder: Path, *, writes: bool = True, **options: object) -> Printer:
    """Open a queue as a run would."""
    return IPP.open(IppOptions.model_validate({"uri": uri, **options}), make_outlet(folder, writes=writes))


def impatient(uri: str, folder: Path) -> IppPrinter:
    """Open a queue that waits for nothing long."""
    outlet: Outlet = make_outlet(folder, writes=True)
    door = Door(Place(uri, "nightclerk"), outlet, QUICK)
    return IppPrinter(door, Watch(door), outlet, "application/pdf")


def words(said: Any) -> str:
    """Return a sentence as it is read; empty where there is none."""
    return say(said, Voice("en", "", "Europe/Berlin")) if isinstance(said, Text) else ""
