"""What borg 1.x can be asked about a repository beyond its list, and what each answer shows.

`check --repository-only` reads every segment and compares checksums (CRC-32) and the index, without a key.
`check --archives-only --verify-data` decrypts every object and compares its cryptographic hash; without the last word
it sees as little of a damaged segment as `list` does. `extract --dry-run` reads and decrypts one archive and writes
nothing. None of them sees an archive that was deleted properly: for that its id must have been remembered.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from daemon.api import Text, Value
from jobs.connectors.backups._borg_asking import Borg, archive
from jobs.connectors.backups._borg_key import examined
from jobs.connectors.backups._borg_listing import Listing
from jobs.connectors.backups._borg_restoring import WARNED, judged, restored
from jobs.connectors.backups._borg_told import says
from jobs.connectors.backups._drill import lacking
from jobs.connectors.backups._outcomes import NOT_FOUND
from jobs.connectors.backups._room import Needs, room
from jobs.connectors.backups._versions import at_least, version_in
from jobs.connectors.command import Finished
from jobs.kinds.backup import Check, Copy, Outcome, Part, Verdict

_PARTIAL = "Finished partial"


@dataclass(frozen=True)
class Examiner:
    """Makes the checks of one repository, whose archives `listed` holds; `today` is the shop's day."""

    borg: Borg
    listed: Listing
    today: date

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:
        """Make one check; raise OutsideError where borg can't be started."""
        makers: dict[Check, Callable[[], Verdict]] = {
            Check.STRUCTURE: self.structure,
            Check.WHOLE: lambda: self.read(copy),
            Check.DATA: lambda: self.data(part),
            Check.KEY: self.key,
            Check.VERSION: self.version,
            Check.ROOM: lambda: self.room(copy),
            Check.RESTORE: lambda: restored(self.borg, self.listed, copy, self.today),
        }
        return makers[check]() if check in makers else Verdict(Outcome.NOT_ASKED)

    def structure(self) -> Verdict:
        """Let borg compare the checksums of all segments, or of the next ones where `check_for` limits it."""
        words = ["--repository-only", "--info"]
        if self.borg.options.check_for:
            words += ["--max-duration", str(max(1, int(self.borg.options.check_for.total_seconds())))]
        ended = self.borg.ask("check", *words)
        if says(ended, _PARTIAL):
            shown = Text("borg compared the checksums of the next part of its segments and will go on from there")
            return self._checked(ended, Outcome.PARTLY, shown)
        shown = Text("borg compared the checksums of every segment with its index")
        return self._checked(ended, Outcome.HELD, shown)

    def data(self, part: Part) -> Verdict:
        """Let borg decrypt and compare all it holds; of a part, those archives whose turn it is."""
        if part.of > 1:
            return self._read_part(part)
        shown = Text("borg decrypted everything it holds and compared its hashes")
        return self._checked(self.borg.ask("check", "--archives-only", "--verify-data"), Outcome.HELD, shown)

    def _read_part(self, part: Part) -> Verdict:
        """Let borg read the archives of a part to their end: it can't be given a slice of all it holds.

        An archive falls into a part by its id, so that no part misses one because others came or went meanwhile.
        """
        mine = [copy for copy in self.listed.copies if copy.id and int(copy.id[:8], 16) % part.of == part.number - 1]
        read, left = 0, self.borg.options.limit
        seconds = Decimal(0)
        for copy in mine:
            verdict = self.read(copy, left)
            if verdict.outcome is not Outcome.HELD:
                return verdict
            read, seconds = read + (copy.size or 0), seconds + (verdict.seconds or 0)
            left = self.borg.options.limit - timedelta(seconds=float(seconds))
        told: dict[str, Value] = {
            "n": len(mine), "copies": len(self.listed.copies), "number": part.number, "of": part.of,
        }  # fmt: skip
        shown = Text(
            "{n} archive of {copies} was read to its end and decrypted (part {number} of {of})", told,
            "{n} archives of {copies} were read to their end and decrypted (part {number} of {of})",
        )  # fmt: skip
        return Verdict(Outcome.PARTLY, shown=shown, read=read or None, seconds=seconds)

    def read(self, copy: Copy, limit: timedelta | None = None) -> Verdict:
        """Let borg read one archive to its end and decrypt it, without writing anything."""
        name = self.listed.names.get(copy.id)
        if name is None:
            return Verdict(Outcome.UNKNOWN, reason=NOT_FOUND)
        shown = Text("read to its end and decrypted by borg")
        ended = self.borg.ask("extract", "--dry-run", archive(name), limit=limit)
        verdict = judged(self.borg, ended, Outcome.HELD, shown)
        return replace(verdict, read=copy.size if verdict.outcome is Outcome.HELD else None)

    def key(self) -> Verdict:
        """Say whether an exported key of this repository lies somewhere else."""
        if not self.listed.encrypted:
            return Verdict(Outcome.HELD, shown=Text("it is not encrypted: no key is needed to read it"))
        options = self.borg.options
        folder = Path(options.repository) if options.is_local else None
        return examined(Path(options.key_export or options.key_file), self.listed.repository, folder)

    def version(self) -> Verdict:
        """Say whether borg here is new enough, and still borg 1."""
        printed = self.borg.version()
        told = {"version": version_in(printed), "least": self.borg.options.minimum_version}
        if not told["version"]:
            return Verdict(Outcome.UNKNOWN, reason=Text("{program} does not tell its version", {"program": printed}))
        if at_least(told["version"], "2"):
            return Verdict(Outcome.UNKNOWN, reason=Text("it is borg {version}: only borg 1 can be asked here", told))
        if not at_least(told["version"], told["least"]):
            return Verdict(Outcome.WARN, reason=Text("borg {version} is older than {least}: bring it up to date", told))
        return Verdict(Outcome.HELD, shown=Text("borg {version}", told))

    def room(self, copy: Copy) -> Verdict:
        """Say whether there is room for a restore and, where the repository lies here, for what comes next."""
        options = self.borg.options
        if options.drill:
            short = lacking(self.borg.folder, copy, options.drill)
            if short:
                return Verdict(Outcome.WARN, reason=short)
        repository = [Needs(Path(options.repository), None)] if options.is_local else []
        return room([*repository, *([Needs(self.borg.folder, None)] if options.drill else [])])

    def _checked(self, ended: Finished, well: Outcome, shown: Text) -> Verdict:
        """Say what a check shows: one that ends with 1 found damage, which borg itself calls a warning."""
        verdict = judged(self.borg, ended, well, shown)
        return replace(verdict, outcome=Outcome.BROKEN) if ended.code == WARNED and not ended.timed_out else verdict
