"""A restic repository, looked at by the program itself: listed, checked, read back, restored; never changed.

Copies are listed without a lock, as restic waits for ever where it can't write one, and a lock of ours would stop a
backup. The program may only be asked what `_restic_program` allows.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daemon.api import Connector, Outlet, Text
from jobs.connectors.backups._outcomes import NOT_FOUND
from jobs.connectors.backups._restic_options import ResticOptions
from jobs.kinds.backup import BACKUP, BackupStore, Check, Copy, Examined, Inventory, Outcome, Part, Verdict

if TYPE_CHECKING:
    from jobs.connectors.backups._restic_answers import Snapshot


@dataclass(frozen=True)
class ResticStore(BackupStore, Examined):
    """The copies of a repository that the owner's filters choose; `found` is what was listed in this run."""

    options: ResticOptions
    outlet: Outlet
    found: dict[str, "Snapshot"] = field(default_factory=dict)

    @property
    def offers(self) -> frozenset[Check]:
        """Which checks can be made: a restore where a drill is configured, room where there is a disk to ask."""
        drill = {Check.RESTORE} if self.options.drill is not None else set()
        room = {Check.ROOM} if self.options.folder is not None or drill else set()
        return frozenset({Check.STRUCTURE, Check.DATA, Check.KEY, Check.VERSION} | drill | room)

    def inventory(self) -> Inventory:
        """Return the copies; raise OutsideError where restic can't list them. Left-overs of drills are removed."""
        from jobs.connectors.backups import _restic_listing  # noqa: PLC0415 - memory for a run only

        snapshots, unreadable = _restic_listing.listed(self.options, self.outlet)
        self.found.clear()
        self.found.update({one.copy.id: one for one in snapshots})
        return Inventory([one.copy for one in snapshots], unreadable)

    def verify(self, copy: Copy) -> Verdict:
        """Say that nothing of the copy was read: that is for the checks of its data and for the drill."""
        if copy.id not in self.found:
            return Verdict(Outcome.UNKNOWN, reason=NOT_FOUND)
        return Verdict(Outcome.NOT_ASKED, shown=Text("restic lists it; its content was not read"))

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:
        """Have restic make one check; whatever stands in the way is unknown."""
        from jobs.connectors.backups import _restic_listing  # noqa: PLC0415 - memory for a run only

        if check not in self.offers:
            return Verdict(Outcome.NOT_ASKED)
        if copy.id not in self.found:
            return Verdict(Outcome.UNKNOWN, reason=NOT_FOUND)
        place = _restic_listing.place(self.options, self.outlet, tuple(self.found.values()))
        return _restic_listing.examined(place, check, copy, part)

    def check(self) -> Text | None:
        """Return what to do where the repository can't be opened or holds no such copy, else None."""
        from jobs.connectors.backups import _restic_listing  # noqa: PLC0415 - memory for a run only

        return _restic_listing.advice(self.options, self.outlet)


RESTIC = Connector(
    "restic",
    BACKUP,
    "A restic repository, on a disk or in a cloud: listed, checked, read back and restored by restic itself",
    ResticOptions,
    ResticStore,
    ResticStore.check,
)
