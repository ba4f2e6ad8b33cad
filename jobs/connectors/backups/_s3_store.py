"""The backups in a bucket, asked for their list, their sums and their locks; nothing in there can be changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from daemon.api import OutsideError, Text
from jobs.connectors.backups._outcomes import NOT_FOUND, Budget, UnknownError
from jobs.connectors.backups._s3_asking import Bucket
from jobs.connectors.backups._s3_checking import Comparing, locked
from jobs.connectors.backups._s3_copies import Held, copies_of
from jobs.connectors.backups._s3_options import S3Options
from jobs.connectors.backups._s3_told import S3Error
from jobs.connectors.backups.manifest import ManifestError
from jobs.connectors.backups.tree import shown
from jobs.kinds.backup import BackupStore, Check, Copy, Examined, Inventory, Outcome, Part, Verdict


@dataclass(frozen=True)
class S3Store(BackupStore, Examined):
    """The backups behind a prefix; `now` (UTC) is when locks are judged, `said` what was answered in this run."""

    options: S3Options
    bucket: Bucket
    now: datetime
    found: dict[Copy, Held] = field(default_factory=dict)
    said: dict[tuple[Check, Copy], Verdict] = field(default_factory=dict)

    @property
    def offers(self) -> frozenset[Check]:
        """Which checks can be made, as the connection is configured."""
        wanted = {Check.LISTED: True, Check.WHOLE: self.options.read, Check.LOCKED: self.options.lock_days > 0}
        return frozenset(check for check, is_wanted in wanted.items() if is_wanted)

    def inventory(self) -> Inventory:
        """Return every backup behind the prefix; raise OutsideError where the bucket can't be listed to its end."""
        options = self.options
        self.found.clear()
        self.said.clear()
        self.bucket.odd.clear()
        self.found.update(copies_of(self.bucket.objects(), options.prefix, options.pattern, options.copies))
        newest_first = sorted(self.found, key=lambda copy: (copy.moment, copy.name), reverse=True)
        return Inventory(newest_first, tuple(self.bucket.odd))

    def verify(self, copy: Copy) -> Verdict:
        """Compare the backup with its list without reading it back; where nothing is wrong, only that is claimed."""
        verdict = self.examine(Check.LISTED, copy, Part())
        if verdict.outcome in {Outcome.BROKEN, Outcome.UNKNOWN} or verdict.unlisted:
            return verdict
        return Verdict(Outcome.NOT_ASKED, shown=verdict.shown)

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:  # noqa: ARG002 - no check reads in parts
        """Make one check of a backup; whatever stands in the way makes it unknown."""
        held, ask = self.found.get(copy), self._checks().get(check)
        if ask is None:
            return Verdict(Outcome.NOT_ASKED)
        if held is None:
            return Verdict(Outcome.UNKNOWN, reason=NOT_FOUND)
        if (check, copy) not in self.said:
            self.said[check, copy] = self._asked(ask, held)
        return self.said[check, copy]

    def _asked(self, ask: Callable[[Held], Verdict], held: Held) -> Verdict:
        try:
            return ask(held)
        except UnknownError as error:
            return Verdict(Outcome.UNKNOWN, reason=error.reason)
        except ManifestError as error:
            return Verdict(
                Outcome.UNKNOWN, reason=Text("the list can't be used: {error}", {"error": shown(str(error))})
            )
        except OutsideError as error:
            return Verdict(Outcome.UNKNOWN, reason=_closed(error))

    def check(self) -> Text | None:
        """Return what to do where no backup is found, else None; raise OutsideError where the bucket is closed."""
        if self.inventory().copies:
            return None
        where = {"bucket": self.options.bucket, "prefix": self.options.prefix or "/"}
        return Text("no backup is found behind {prefix} in {bucket}: correct `prefix:` or `pattern:`", where)

    def _checks(self) -> dict[Check, Callable[[Held], Verdict]]:
        return {
            Check.LISTED: lambda held: Comparing(self.bucket, held, None).verdict(),
            Check.WHOLE: lambda held: Comparing(self.bucket, held, Budget(self.options.verify_limit)).verdict(),
            Check.LOCKED: lambda held: locked(self.bucket, held, self.now, self.options.lock_days),
        }


def _closed(error: OutsideError) -> Text:
    if isinstance(error, S3Error) and error.closed:
        return Text(
            "the key may not ask for that ({error}): allow it s3:GetObject and s3:GetObjectRetention",
            {"error": str(error)},
        )
    return Text("it can't be asked for: {error}", {"error": str(error)})
