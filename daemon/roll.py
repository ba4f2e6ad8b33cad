"""The roll of children at work, by which a daemon finds those that outlived the one before it (`runner.orphans`).

A child normally dies with its daemon (`daemon.spawner`); one that closed its lifeline and lost its spawner does not.
Each child is an empty file whose name says all of it: run, pid, start in ticks, boot. So nothing is ever half
written, and nothing needs to be synced: after a power cut the boot is another. Light: the spawner imports it.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from daemon.processes import look

FOLDER = "children"
"""In the state folder."""
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_INVOCATION = "INVOCATION_ID"


def boot_id(environ: Mapping[str, str], kernels: Path = BOOT_ID) -> str:
    """Return what changes with every boot: the kernel's id or, where it is hidden, systemd's id of this start."""
    try:
        return kernels.read_text(encoding="ascii").strip()
    except OSError:
        return environ.get(_INVOCATION, "")


@dataclass(frozen=True)
class Entry:
    """One child as it was entered; `ticks` is its start in clock ticks since `boot`."""

    run: int
    pid: int
    ticks: int
    boot: str

    @property
    def name(self) -> str:
        """What its file is called."""
        return f"{self.run}.{self.pid}.{self.ticks}.{self.boot}"


def _entry(name: str) -> Entry | None:
    run, pid, ticks, boot = (*name.split(".", 3), "", "", "")[:4]
    return Entry(int(run), int(pid), int(ticks), boot) if (run + pid + ticks).isdigit() and pid and ticks else None


@dataclass(frozen=True)
class Roll:
    """The folder of entries, and what this boot is called."""

    folder: Path
    boot: str

    def enter(self, run: int, pid: int) -> Path | None:
        """Enter a child that was just forked; return its file, None where none can be made (a full disk, say)."""
        born = look(pid)
        if born is None:
            return None
        path = self.folder / Entry(run, pid, born.ticks, self.boot).name
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            path.touch()
        except OSError:
            return None
        return path

    def entries(self) -> list[Entry]:
        """Return all entries; none where there is no folder or it may not be read."""
        try:
            return [entry for path in sorted(self.folder.iterdir()) if (entry := _entry(path.name)) is not None]
        except OSError:
            return []

    def strike(self, entry: Entry) -> None:
        """Take an entry off the roll."""
        with contextlib.suppress(OSError):
            (self.folder / entry.name).unlink()

    def at_work(self, entry: Entry) -> bool:
        """Say whether the very process of an entry is still there: same boot, same pid, same start.

        Where the kernel hides its boot id, the process itself tells in which start of the service it began.
        """
        there = look(entry.pid)
        if there is None or there.ticks != entry.ticks or not entry.boot:
            return False
        return entry.boot == self.boot or _environ_holds(entry.pid, f"{_INVOCATION}={entry.boot}")


def _environ_holds(pid: int, assignment: str) -> bool:
    try:
        return assignment.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
