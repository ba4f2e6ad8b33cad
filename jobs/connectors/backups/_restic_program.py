"""restic, asked to list, check, restore and tell of itself: it can't be asked for anything that changes a backup.

The repository, the password and the keys of a cloud go into its environment (restic's manual, Scripting), so that
no argument holds a secret. Its caches lie in the connection's own folder and are nobody else's; beside a repository
on this machine there are none, so that what is there is read and not what was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from jobs.connectors.backups._restic_options import ResticOptions
from jobs.connectors.command import GRACE, Finished, Program, masked

ALLOWED = frozenset(
    {"snapshots", "stats", "check", "restore", "version", "list keys", "list packs", "list locks", "cat lock"}
)
REFUSED = frozenset(
    {
        "backup", "copy", "forget", "init", "migrate", "mount", "prune", "rebuild-index", "recover", "repair",
        "rewrite", "self-update", "tag", "unlock", "add", "passwd", "remove", "--delete", "--overwrite", "--repair",
        "--remove-all", "--force", "--insecure-tls", "--insecure-no-password", "-o", "--option", "-r", "--repo",
        "--repository-file", "-p", "--password-file", "--password-command",
    }
)  # fmt: skip
"""Words that stand nowhere: they change a repository or the disk, weaken it, start programs, or go before a secret."""
QUICK = timedelta(minutes=5)
"""How long a question may take that reads lists only."""
_SELDOM = "0.016"
"""Progress reports a second: one a minute; in JSON restic would write sixty a second."""


@dataclass(frozen=True)
class Restic:
    """The program on one repository; `limit` is how long one check may take, `always` is added to what is asked."""

    program: Program
    limit: timedelta
    always: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def ask(self, *arguments: str, left: timedelta | None = None) -> Finished:
        """Ask what takes as long as there is data, for the time that is left of the limit.

        Raises OutsideError where the program can't be started.
        """
        return self.program.run([*arguments, *self.always], self.limit if left is None else left)

    def ask_quickly(self, *arguments: str) -> Finished:
        """Ask what reads lists only."""
        return self.program.run([*arguments, *self.always], min(self.limit, QUICK))

    def shown(self, text: str) -> str:
        """Return what restic said, without secrets."""
        return masked(text, self.secrets)


def restic(options: ResticOptions, folder: Path, grace: float = GRACE) -> Restic:
    """Return the program as the connection is configured; its caches go below `folder`. Nothing is started."""
    environment = _environment(options, folder)
    program = Program(options.program, ALLOWED, REFUSED, MappingProxyType(environment), grace)
    always = ("--no-cache",) if options.folder is not None else ()
    return Restic(program, options.limit, always, _secrets(options))


def _environment(options: ResticOptions, folder: Path) -> Mapping[str, str]:
    given = {name: secret.get_secret_value() for name, secret in options.environment.items()}
    if options.password is not None:
        given["RESTIC_PASSWORD"] = options.password.get_secret_value()
    else:
        given["RESTIC_PASSWORD_FILE"] = str(options.password_file)
    return {
        **given, "RESTIC_REPOSITORY": options.place, "RESTIC_CACHE_DIR": str(folder / "cache"),
        "RESTIC_PROGRESS_FPS": _SELDOM,
    }  # fmt: skip


def _secrets(options: ResticOptions) -> tuple[str, ...]:
    given = [*options.environment.values(), options.password, options.repository]
    return tuple(one.get_secret_value() for one in given if one is not None and not isinstance(one, str))
