"""How borg 1.x is asked: by which words, with what it must know, and never to change anything.

It writes a lock into the repository whatever it is asked, and its own notes (which repository it knows, which state it
last saw) into a folder of ours, so that they never mix with those of the borg that makes the backups.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from daemon.api import OutsideError
from jobs.connectors.backups._borg_options import BorgOptions
from jobs.connectors.backups._borg_told import Trouble, trouble
from jobs.connectors.backups._outcomes import worded
from jobs.connectors.command import Finished, Program, masked

ALLOWED = frozenset({"list", "check", "extract", "--version"})
REFUSED = frozenset({"--repair", "--save-space", "--force", "--undelete-archives", "--cleanup-commits"})
"""With these words a check would change what it looks at; commands that change something are not in `ALLOWED`."""
QUICK = timedelta(minutes=2)
"""How long a question may take that reads nothing of the repository."""


@dataclass(frozen=True)
class Borg:
    """Borg, and the one repository it is asked about; `folder` is its own here."""

    options: BorgOptions
    folder: Path

    def ask(
        self, command: str, *arguments: str, scratch: Path | None = None, limit: timedelta | None = None
    ) -> Finished:
        """Run borg in `scratch` and return how it ended; raise OutsideError where it can't be started."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        common = ["--log-json", "--lock-wait", str(max(1, int(self.options.lock_wait.total_seconds())))]
        common += ["--bypass-lock"] if self.options.bypass_lock else []
        program = Program(self.options.program, ALLOWED, REFUSED, self._environment())
        return program.run([command, *common, *arguments], limit or self.options.limit, folder=scratch)

    def version(self) -> str:
        """Return what borg says of its version; raise OutsideError where it says nothing."""
        ended = Program(self.options.program, ALLOWED, REFUSED, self._environment()).run(["--version"], QUICK)
        if ended.code or ended.timed_out:
            raise OutsideError(f"{self.options.program} does not tell its version: is it borg?", permanent=True)
        return ended.text.strip()

    def answer(self, command: str, *arguments: str) -> str:
        """Return what borg prints; raise OutsideError with its sentence where it does not end well."""
        ended = self.ask(command, *arguments)
        went_wrong = self.trouble(ended)
        if went_wrong:
            raise OutsideError(f"{self.told['repository']}: {worded(went_wrong.reason)}")
        return ended.text

    def trouble(self, ended: Finished) -> Trouble | None:
        """Return what went wrong in a run, None where nothing did."""
        return trouble(ended, self.options.limit, self.told)

    @property
    def told(self) -> Mapping[str, str]:
        """What sentences about this repository may name."""
        return {"repository": masked(self.options.repository), "folder": str(self.folder)}

    def _environment(self) -> Mapping[str, str]:
        """Return what borg is told: no question is ever asked back, and an unknown unencrypted repository is refused.

        BORG_EXIT_CODES is ignored before 1.4. A repository that moved is the owner's word in the configuration.
        """
        secret = self.options.passphrase.get_secret_value() if self.options.passphrase else ""
        told = {
            "BORG_REPO": self.options.repository, "BORG_BASE_DIR": str(self.folder), "BORG_EXIT_CODES": "modern",
            "BORG_RSH": self.options.ssh, "TZ": self.options.zone, "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": self._may_be_open,
            "BORG_CHECK_I_KNOW_WHAT_I_AM_DOING": "NO",
        }  # fmt: skip
        if self.options.passphrase_file:
            told["BORG_PASSCOMMAND"] = shlex.join(["cat", self.options.passphrase_file])
        else:
            told["BORG_PASSPHRASE"] = secret
        if self.options.key_file:
            told["BORG_KEY_FILE"] = self.options.key_file
        return MappingProxyType(told)

    @property
    def _may_be_open(self) -> str:
        """Return the answer to whether a repository may be read that is not encrypted."""
        has_passphrase = self.options.passphrase is not None or bool(self.options.passphrase_file)
        return "no" if has_passphrase and self.options.encrypted else "yes"


def archive(name: str) -> str:
    """Return how an archive of this repository is named to borg, which would fill in what stands in braces."""
    return "::" + name.replace("{", "{{").replace("}", "}}")
