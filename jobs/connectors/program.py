"""A program of the owner's that a routine may run, such as a script that makes a backup now.

What it does is the owner's; so the connection must say `writes: true`, and in a dry run it is never started.
"""

import shlex
from dataclasses import dataclass
from datetime import timedelta

from pydantic import Field

from daemon.api import Connector, Duration, Outlet, Text
from jobs.connectors._own_program import OwnProgram, lines_of, started, unready
from jobs.connectors.backups.tree import shown
from jobs.connectors.command import GRACE
from jobs.kinds.program import PROGRAM, Ended, Runnable

LAST_LINES = 100
"""Lines of each stream that a run keeps."""


class ProgramOptions(OwnProgram):
    """Which program is run, where, with what, and for how long at most."""

    limit: Duration = Field(
        timedelta(hours=2), description="How long it may take before it is ended; give the routine's `timeout:` more."
    )


@dataclass(frozen=True)
class OwnersProgram(Runnable):
    """A program that may be run where the connection says so; at its limit it has `grace` seconds to end by itself."""

    options: ProgramOptions
    outlet: Outlet
    grace: float = GRACE

    @property
    def shown(self) -> str:
        """What would be run, as a shell would have to be told."""
        return shown(shlex.join(self.options.run))

    def run(self) -> Ended:
        """Run it; raise OutsideError where it may not be run or can't be started."""
        self.outlet.require_writes(f"the run of {self.options.name}")
        finished = started(self.options, grace=self.grace)
        text = finished.text.rstrip()
        return Ended(
            finished.code,
            tuple(lines_of(finished.out, self.options)[-LAST_LINES:]),
            tuple(lines_of(finished.err, self.options)[-LAST_LINES:]),
            "" if finished.cut else text[text.rfind("\n") + 1 :],
            finished.seconds,
            finished.timed_out,
        )

    def check(self) -> Text | None:
        """Return why it could not be run, else None; it is not run."""
        return unready(self.options)


OWN_PROGRAM = Connector(
    "program",
    PROGRAM,
    "A program of your own that a routine may run",
    ProgramOptions,
    OwnersProgram,
    OwnersProgram.check,
)
