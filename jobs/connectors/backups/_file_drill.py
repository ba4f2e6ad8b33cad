"""Whether copies that are files can be restored, and whether there is room for the next copy and for a restore."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from daemon.api import Outlet, Text, Value, stopwatch
from jobs.connectors.backups._archives import Unpacking
from jobs.connectors.backups._drill import chosen, judged, lacking, scratch, sweep
from jobs.connectors.backups._drill_options import DrillOptions, parts_of
from jobs.connectors.backups._outcomes import Budget, DamagedError, OverLimitError, UnknownError
from jobs.connectors.backups._room import Needs, room
from jobs.kinds.backup import Copy, Outcome, Verdict

Unpack = Callable[[Copy, Unpacking], None]
"""Unpacks a copy; may raise DamagedError, UnknownError, OverLimitError, OSError."""
_RESERVED = 10
"""One of how many parts of the disk stays free whatever a copy unpacks to."""
_TOO_LARGE = Text("it unpacks to more than there is room for: say with `room:` of the drill how much it needs")


@dataclass(frozen=True)
class FileDrill:
    """Restores copies below the connection's own folder, where there are options for that."""

    options: DrillOptions | None
    outlet: Outlet

    def sweep(self) -> None:
        """Remove what a killed run left."""
        sweep(self.outlet.folder)

    def restored(self, copies: Sequence[Copy], newest: Copy, unpack: Unpack) -> Verdict:
        """Restore a copy into a scratch folder, look at what came back, and remove it; `unpack` does the first."""
        if self.options is None:
            return Verdict(Outcome.NOT_ASKED)
        copy = chosen(copies, newest, self.options.older, self._today)
        reason = lacking(self.outlet.folder, copy, self.options)
        if reason is not None:
            return Verdict(Outcome.UNKNOWN, reason=reason)
        try:
            with scratch(self.outlet.folder) as tree:
                return self._tried(self.options, copy, tree, unpack)
        except DamagedError as error:
            return Verdict(Outcome.BROKEN, 0, 1, (copy.name,), reason=error.reason)
        except (UnknownError, OverLimitError, OSError) as error:
            return Verdict(Outcome.UNKNOWN, reason=_why(error))

    def _tried(self, options: DrillOptions, copy: Copy, tree: Path, unpack: Unpack) -> Verdict:
        unpacking = Unpacking(tree, _budget(tree, options), tuple(map(parts_of, options.include)))
        passed = stopwatch()
        unpack(copy, unpacking)
        verdict = judged(tree, options, Decimal(f"{passed():.3f}"))
        if not unpacking.left_out or verdict.shown is None:
            return verdict
        told: dict[str, Value] = {"shown": verdict.shown, "n": unpacking.left_out}
        note = Text("{shown}; {n} link or device was left out", told, "{shown}; {n} links or devices were left out")
        return replace(verdict, shown=note)

    @property
    def _today(self) -> date:
        return self.outlet.now.astimezone(self.outlet.zone).date()

    def room(self, target: Path, newest: Copy) -> Verdict:
        """Say whether there is room for the next copy where they lie, and for a restore where that is tried."""
        if newest.size is None:
            return Verdict(Outcome.UNKNOWN, reason=Text("how large the newest copy is can't be told"))
        places = [target, self.outlet.folder] if self.options else [target]
        return room([Needs(place, newest.size) for place in places])


def _budget(tree: Path, options: DrillOptions) -> Budget:
    """Return how many bytes may be unpacked: what the owner says, else what leaves a part of the disk free."""
    usage = shutil.disk_usage(tree)
    free = max(usage.free - usage.total // _RESERVED, 0)
    return Budget(free if options.room is None else min(options.room, usage.free))


def _why(error: UnknownError | OverLimitError | OSError) -> Text:
    if isinstance(error, UnknownError):
        return error.reason
    if isinstance(error, OverLimitError):
        return _TOO_LARGE
    return Text("it can't be restored here: {error}", {"error": error.strerror or str(error)})
