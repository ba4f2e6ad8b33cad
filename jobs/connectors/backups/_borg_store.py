"""What lies in a repository of borg 1.x, and whether it can be read.

Borg is only ever asked to list, to check and to extract (docs/backups/borg.md says what each shows). It writes its lock
into the repository for as long as that takes, so a backup that begins meanwhile waits or fails.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from daemon.api import OutsideError, Text
from jobs.connectors.backups._borg_asking import Borg, archive
from jobs.connectors.backups._borg_listing import CONTENT, Content, Listing, Remembered, content, listing
from jobs.connectors.backups._outcomes import NOT_FOUND, unreachable
from jobs.kinds.backup import BackupStore, Check, Copy, Examined, Inventory, Outcome, Part, Verdict

if TYPE_CHECKING:
    from jobs.connectors.backups._borg_checks import Examiner

_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass
class BorgStore(BackupStore, Examined):
    """The archives of one repository; `now` (UTC) says which of them can be believed, `zone` is the shop's."""

    borg: Borg
    now: datetime
    zone: tzinfo
    listed: Listing | None = field(default=None)

    def inventory(self) -> Inventory:
        """Return every archive that counts; raise OutsideError where borg can't list them. Old drills are removed."""
        from jobs.connectors.backups._drill import sweep  # noqa: PLC0415 - memory for a run only

        sweep(self.borg.folder)
        listed = listing(self._list(), ZoneInfo(self.borg.options.zone))
        self.listed = replace(listed, copies=self._measured(listed))
        return Inventory(self.listed.copies)

    def verify(self, copy: Copy) -> Verdict:
        """Say that nothing of the copy was read: that is for the checks `whole` and `data` and for the drill."""
        if self.listed is None or copy.id not in self.listed.names:
            return Verdict(Outcome.UNKNOWN, reason=NOT_FOUND)
        return Verdict(Outcome.NOT_ASKED, shown=Text("borg lists it; its content was not read"))

    @property
    def offers(self) -> frozenset[Check]:
        """Which checks can be made, as the connection is configured."""
        options = self.borg.options
        offered = {Check.STRUCTURE, Check.WHOLE, Check.DATA, Check.VERSION}
        offered |= {Check.ROOM} if options.is_local or options.drill else set()
        offered |= {Check.KEY} if options.key_export or options.key_file else set()
        offered |= {Check.RESTORE} if options.drill else set()
        return frozenset(offered)

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:
        """Make one check; whatever stands in the way makes it unknown."""
        if check not in self.offers:
            return Verdict(Outcome.NOT_ASKED)
        try:
            return self._examiner().examine(check, copy, part)
        except OutsideError as error:
            return unreachable(error)

    def check(self) -> Text | None:
        """Return what to do where borg is too old or finds no archive, else None."""
        from jobs.connectors.backups._borg_checks import Examiner  # noqa: PLC0415 - memory for this only

        told = Examiner(self.borg, Listing(), self.now.date()).version()
        if told.reason is not None:
            return told.reason
        if not listing(self._list("--last", "1"), UTC).copies:
            return Text("no archive is found in {repository}: make one, or correct `archives:`", self.borg.told)
        return None

    def _examiner(self) -> "Examiner":
        """Return who makes the checks; borg is asked for its list where it was not yet."""
        from jobs.connectors.backups._borg_checks import Examiner  # noqa: PLC0415 - memory for a run only

        if self.listed is None:
            self.inventory()
        assert self.listed is not None
        return Examiner(self.borg, self.listed, self.now.astimezone(self.zone).date())

    def _list(self, *words: str) -> str:
        chosen = ["--glob-archives", self.borg.options.archives] if self.borg.options.archives else []
        return self.borg.answer("list", "--json", *chosen, *words)

    def _measured(self, listed: Listing) -> list[Copy]:
        """Return the copies with their sizes, where they are known; the newest is measured where it is not."""
        memory = Remembered(self.borg.folder / "sizes.json")
        known = {one: held for one, held in memory.read().items() if one in listed.names}
        newest = next((copy for copy in listed.copies if copy.moment <= self.now + _CLOCKS_DIFFER), None)
        if newest is not None and newest.id not in known:
            held = self._content(listed.names[newest.id])
            known |= {newest.id: held} if held else {}
        memory.write(known)
        return [_with(copy, known.get(copy.id)) for copy in listed.copies]

    def _content(self, name: str) -> Content | None:
        """Return how much an archive holds; None where borg can't tell, since that alone is no reason to give up."""
        ended = self.borg.ask("list", "--format", CONTENT, archive(name))
        if self.borg.trouble(ended) or ended.cut:
            return None
        try:
            return content(ended.text)
        except ValueError:
            return None


def _with(copy: Copy, held: Content | None) -> Copy:
    return replace(copy, size=held.size, files=held.files) if held else copy
