"""Whether there is room for the next copy, and for a restore (statvfs(3), as far as this user may fill it)."""

import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from daemon.api import Text, Value
from jobs.kinds.backup import Outcome, Verdict

COPIES = 2
"""How many times what is to come must be free."""
SHARE = Decimal("0.10")
"""The part of a disk that must be free whatever is to come."""


@dataclass(frozen=True)
class Needs:
    """A folder and how many bytes are expected to be written to its disk next; None: not known."""

    folder: Path
    size: int | None


def room(needs: list[Needs]) -> Verdict:
    """Return whether each folder's disk has twice what is to come, and a tenth of it all, free."""
    shown: list[Text] = []
    for one in needs:
        try:
            usage = shutil.disk_usage(_there(one.folder))
        except OSError as error:
            told: dict[str, Value] = {"folder": str(one.folder), "error": error.strerror or str(error)}
            return Verdict(Outcome.UNKNOWN, reason=Text("the room in {folder} can't be asked for: {error}", told))
        wanted = max((one.size or 0) * COPIES, int(usage.total * SHARE))
        told = {"folder": str(one.folder), "free": usage.free, "wanted": wanted}
        if usage.free < wanted:
            reason = Text("only {free} bytes are free in {folder}, where {wanted} are wanted: make room", told)
            return Verdict(Outcome.WARN, reason=reason)
        shown.append(Text("{free} bytes are free in {folder}", told))
    return Verdict(Outcome.HELD, shown=_joined(shown))


def _joined(shown: list[Text]) -> Text:
    first, *rest = shown
    return Text("{first}; {rest}", {"first": first, "rest": _joined(rest)}) if rest else first


def _there(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.is_dir())
