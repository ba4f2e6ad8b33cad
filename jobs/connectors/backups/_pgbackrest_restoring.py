"""A restore by pgBackRest into a scratch folder, where no server of anybody's lies, and a look at what came back.

pgBackRest compares every file that it restores with its checksum. Whatever the owner's configuration says of other
places (links, tablespaces, a path or a host of the server) is taken back, so that nothing lands outside of the scratch
folder (pgbackrest.org/command.html, restore and "reset-", 2.45).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from daemon.api import Text
from jobs.connectors.backups._drill import chosen, is_below, judged, lacking, scratch
from jobs.connectors.backups._drill_options import DrillOptions
from jobs.connectors.backups._tools import Tool, last_words
from jobs.connectors.command import Finished
from jobs.kinds.backup import Copy, Outcome, Verdict

ALLOWED = frozenset({"restore"})
REFUSED = frozenset({"--delta", "--force", "--link-all"})
"""What would write over something that is there, or follow a link to it."""
_DAMAGE = frozenset({26, 28, 29, 55, 95})
"""Codes for a stored file that is missing or is not as it was written (its src/build/error/error.yaml, 2.56)."""
_LAST = ("global", "pg_control")
"""What pgBackRest restores last, so that a server never starts on half of a restore."""


@dataclass(frozen=True)
class Restoring:
    """How a copy is restored: by which program, with which words about the stanza, below which folder of ours."""

    tool: Tool
    about: Sequence[str]
    folder: Path
    drill: DrillOptions

    def restored(self, copies: Sequence[Copy], newest: Copy, today: date) -> Verdict:
        """Restore a copy, look at what came back, and remove it; raise OutsideError where that can't be begun."""
        copy = chosen(copies, newest, self.drill.older, today)
        reason = lacking(self.folder, copy, self.drill)
        if reason is not None:
            return Verdict(Outcome.UNKNOWN, reason=reason)
        with scratch(self.folder) as tree:
            data = tree / "data"
            data.mkdir(mode=0o700)
            ended = self.tool.ask("restore", *self.about, f"--set={copy.id}", *_only_below(tree, data))
            return self._failed(ended) or self._judged(data, ended)

    def _failed(self, ended: Finished) -> Verdict | None:
        if ended.code in _DAMAGE and not ended.timed_out:
            reason = Text("a restore failed: {error}", {"error": last_words(ended)})
            return Verdict(Outcome.BROKEN, reason=reason, seconds=ended.seconds)
        return self.tool.failed(ended)

    def _judged(self, data: Path, ended: Finished) -> Verdict:
        if not is_below(data, _LAST):
            reason = Text("a restore did not bring back {path}", {"path": "/".join(_LAST)})
            return Verdict(Outcome.BROKEN, reason=reason, seconds=ended.seconds)
        return judged(data, self.drill, ended.seconds)


def _only_below(tree: Path, data: Path) -> list[str]:
    """Return the words by which everything goes below a folder, locks too, and an archive is never written to."""
    return [
        f"--pg1-path={data}", "--reset-pg1-host", "--reset-link-map", "--reset-tablespace-map",
        f"--tablespace-map-all={tree}/tablespaces", "--no-link-all", "--no-delta", f"--lock-path={tree}/lock",
        "--type=immediate",
    ]  # fmt: skip
