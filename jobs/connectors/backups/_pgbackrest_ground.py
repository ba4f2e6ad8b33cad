"""Where a restore by pgBackRest goes, and with which words, so that it can't reach the live cluster.

Left to its configuration a restore goes where the live cluster is, puts tablespaces and links where maps say, works on
what is there (`delta=y`), and removes the spool of that stanza, where WAL of the live cluster may wait to be archived
(src/command/restore/restore.c, 2.45 and 2.59). So every one of these is said anew or put back to pgBackRest's default,
which the command line can (doc/xml/reference.xml, `reset-`); one that is not known ends it before it does anything.
"""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from daemon.api import Text
from jobs.connectors.backups._drill import is_scratch
from jobs.connectors.backups._outcomes import UnknownError
from jobs.connectors.backups._pgbackrest_options import PgBackRestOptions
from jobs.connectors.backups.tree import shown
from jobs.connectors.command import Finished, Program

_REFUSED = frozenset(
    {"--delta", "--force", "--link-all", "--link-map", "--tablespace-map", "--pg1-host", "--recovery-option"}
)
"""Words with which a restore would change what is there, or go elsewhere."""
_RESET = (
    "--no-delta", "--no-link-all", "--reset-link-map", "--reset-tablespace-map", "--reset-db-include",
    "--reset-db-exclude", "--reset-recovery-option", "--reset-pg1-host",
)  # fmt: skip
_QUIET = ("--log-level-console=off", "--log-level-stderr=warn")
NO_ARCHIVE_MODE = 12
"""Since this version of PostgreSQL a restore can be told to switch archiving off, and recovery is a setting."""


@dataclass(frozen=True)
class Ground:
    """The empty scratch folder that a restore goes to, below the connection's own; ValueError for any other place."""

    folder: Path
    own: Path

    def __post_init__(self) -> None:
        if not is_scratch(self.folder, self.own) or any(self.folder.iterdir()):
            raise ValueError(f"{self.folder} is no empty scratch folder: nothing is restored there")
        for made in (self.restored, self.data, self.tablespaces, self.aside):
            made.mkdir(mode=0o700)

    @property
    def restored(self) -> Path:
        """What comes back, and nothing besides."""
        return self.folder / "restored"

    @property
    def data(self) -> Path:
        """The folder of the data."""
        return self.restored / "data"

    @property
    def tablespaces(self) -> Path:
        """The folder of all tablespaces."""
        return self.restored / "tablespaces"

    @property
    def aside(self) -> Path:
        """Locks, spool, settings and socket, which are no part of what comes back."""
        return self.folder / "aside"


@dataclass(frozen=True)
class Restoring:
    """pgBackRest, told to restore into a scratch folder and to nothing else."""

    options: PgBackRestOptions
    ground: Ground

    def run(self, label: str, major: int) -> Finished:
        """Restore a backup of a version of PostgreSQL; raise OutsideError where pgBackRest can't be started."""
        program = Program(self.options.program, frozenset({"restore"}), _REFUSED)
        words = ["restore", *self.options.about, *_QUIET, *_RESET, *self._places, f"--set={label}"]
        words += ["--type=immediate", "--target-action=promote"]
        words += ["--archive-mode=off"] if major >= NO_ARCHIVE_MODE else []
        return program.run(words, self.options.limit, folder=self.ground.aside)

    @property
    def fetching(self) -> str:
        """How PostgreSQL asks for a segment of WAL, as its `restore_command` (where `%` is written twice)."""
        words = [self.options.program, "archive-get", *self.options.about, *_QUIET, f"--pg1-path={self.ground.data}",
                 "--reset-pg1-host", "--no-archive-async", f"--lock-path={self.ground.aside / 'lock'}"]  # fmt: skip
        return shlex.join(words).replace("%", "%%") + ' %f "%p"'

    @property
    def _places(self) -> list[str]:
        aside = self.ground.aside
        return [
            f"--pg1-path={self.ground.data}", f"--tablespace-map-all={self.ground.tablespaces}",
            f"--lock-path={aside / 'lock'}", f"--log-path={aside / 'log'}", f"--spool-path={aside / 'spool'}",
        ]  # fmt: skip


def require_inside(ground: Ground) -> None:
    """Raise UnknownError where a link of what was restored leads out of it: started, it would be written through."""
    restored = ground.restored.resolve()
    for base, folders, files in os.walk(restored):
        for name in (*folders, *files):
            path = Path(base, name)
            if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(restored):
                told = {"path": shown(str(path.relative_to(restored)))}
                raise UnknownError(
                    Text("{path} came back as a link to elsewhere: what was restored is not started", told)
                )
