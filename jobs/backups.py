"""The job `backups` asks whether there is a fresh, whole copy of everything that holds what it should.

It says of each copy only what was looked at tonight. A place that can't be read is a finding, never silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from pydantic import Field

from daemon.api import (
    Context,
    Duration,
    Finding,
    Goal,
    Job,
    Need,
    Options,
    OutsideError,
    Text,
    Urgency,
    Value,
)
from jobs.kinds.backup import BACKUP, BackupStore, Copy, Inventory, Outcome, Verdict
from jobs.kinds.facts import BACKUP_AGE, BACKUP_SIZE, BACKUP_UNREAD, BACKUP_VERIFIED

LOOK_BACK = timedelta(days=60)
ENOUGH = 4
"""Sizes that must be known before a size is called unusual."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""A copy may be this far in the future: two machines' clocks are never quite the same."""


class BackupOptions(Options):
    """When a backup is worth a finding."""

    max_age: Duration = Field(timedelta(hours=26), description="How old the newest copy may be.")
    shrink: Decimal = Field(
        Decimal(30), gt=0, le=100, description="Percent by which it may be smaller than usual (the median)."
    )
    min_copies: int = Field(1, ge=1, description="How many copies there must be at least.")


@dataclass(frozen=True)
class _Look:
    """One connection tonight: where it reports, and under which name."""

    ctx: Context
    name: str

    def find(self, what: str, urgency: Urgency, title: str, values: dict[str, Value], next_step: str) -> None:
        """Report a finding about this connection; `values` are of the title and of the next step."""
        every = {"connection": self.name, **values}
        steps = Text(next_step, every)
        key = f"backups/{self.name}/{what}"
        self.ctx.find(Finding(key, urgency, Text(title, every), next_step=steps, goal=Goal.OTHER))

    def past_sizes(self) -> list[Decimal]:
        """Return the sizes (bytes) that earlier days found here, oldest first."""
        facts = self.ctx.night.facts([BACKUP_SIZE.name], self.ctx.today - LOOK_BACK, self.ctx.today - timedelta(days=1))
        mine = [fact for fact in facts if fact.dimensions.get("connection") == self.name]
        return [fact.value for fact in mine if isinstance(fact.value, Decimal)]

    def keep(self, copy: Copy, verdict: Verdict) -> None:
        """Report the figures of the newest copy; how many files held is left out where none was read."""
        figures = [(BACKUP_AGE, int((self.ctx.now - copy.moment).total_seconds()))]
        if copy.size is not None:
            figures.append((BACKUP_SIZE, copy.size))
        if verdict.listed and (verdict.held or verdict.broken):
            left = verdict.listed - verdict.held - len(verdict.broken)
            figures += [(BACKUP_VERIFIED, verdict.held), (BACKUP_UNREAD, left)]
        for fact, value in figures:
            self.ctx.fact(
                fact,
                self.ctx.today,
                max(value, 0),
                as_of=self.ctx.now,
                source=self.name,
                dimensions={"connection": self.name},
            )


def _run(ctx: Context, options: BackupOptions) -> Text:
    stores = ctx.connections(BACKUP)
    for name, store in stores.items():
        _look(_Look(ctx, name), store, options)
    troubled = {finding.key.split("/")[1] for finding in ctx.report.findings}
    return Text(
        "{n} place of backups looked at, {troubled} with findings",
        {"n": len(stores), "troubled": len(troubled)},
        "{n} places of backups looked at, {troubled} with findings",
    )


def _look(look: _Look, store: BackupStore, options: BackupOptions) -> None:
    try:
        inventory = store.inventory()
    except OutsideError as error:
        look.find(
            "unreadable", Urgency.LOSES_MONEY, "Nobody knows whether {connection} holds a backup: it could not be read",
            {"error": str(error)}, "See to it that it can be read: {error}",
        )  # fmt: skip
        return
    newest = _newest(look, inventory)
    if newest is None:
        return
    verdict = store.verify(newest)
    look.keep(newest, verdict)
    fine = [
        not inventory.unreadable,
        all(_believable(look, copy) for copy in inventory.copies),
        _fresh(look, newest, options.max_age),
        _enough(look, inventory, options.min_copies),
        _whole(look, inventory, newest, options.shrink),
        _holds(look, newest, verdict),
    ]
    if all(fine):
        look.ctx.checked(_claim(look, inventory, newest, verdict))


def _newest(look: _Look, inventory: Inventory) -> Copy | None:
    """Return the newest copy whose time can be believed; report what stands in the way of one."""
    if inventory.unreadable:
        look.find(
            "partly-unreadable", Urgency.LOSES_MONEY, "A part of {connection} could not be read",
            {"name": inventory.unreadable[0], "n": len(inventory.unreadable)},
            "Let the service read {name}; what is newer in there is not known",
        )  # fmt: skip
    past = [copy for copy in inventory.copies if _believable(look, copy)]
    future = [copy for copy in inventory.copies if not _believable(look, copy)]
    if future:
        look.find(
            "future", Urgency.STAYS_BROKEN, "A copy in {connection} is from the future",
            {"copy": future[0].name, "at": future[0].moment},
            "Look at the clock of the machine that wrote {copy}; it says {at}, so its age is not known",
        )  # fmt: skip
    if not past:
        look.find(
            "none", Urgency.LOSES_MONEY, "No usable copy was found in {connection}", {},
            "Run the backup now, and look whether the path of the connection names the right files",
        )  # fmt: skip
    return past[0] if past else None


def _believable(look: _Look, copy: Copy) -> bool:
    return copy.moment <= look.ctx.now + CLOCKS_DIFFER


def _fresh(look: _Look, newest: Copy, max_age: timedelta) -> bool:
    age = look.ctx.now - newest.moment
    if age <= max_age:
        return True
    every: dict[str, Value] = {"connection": look.name, "copy": newest.name, "age": age, "limit": max_age}
    look.ctx.find(
        Finding(
            f"backups/{look.name}/old",
            Urgency.LOSES_MONEY,
            Text("The newest copy in {connection} is {age} old", every),
            Text("It is {copy}; {limit} is the limit", every),
            Text("Run the backup now and look why it did not run"),
            since=newest.moment + max_age,
            goal=Goal.OTHER,
        )
    )
    return False


def _enough(look: _Look, inventory: Inventory, at_least: int) -> bool:
    if len(inventory.copies) >= at_least:
        return True
    look.find(
        "few", Urgency.STAYS_BROKEN, "{connection} holds {n} of at least {wanted} copies",
        {"n": len(inventory.copies), "wanted": at_least}, "Look what removes old copies, or lower min_copies",
    )  # fmt: skip
    return False


def _whole(look: _Look, inventory: Inventory, newest: Copy, shrink: Decimal) -> bool:
    if newest.size == 0 or newest.files == 0:
        look.find(
            "empty", Urgency.LOSES_MONEY, "The newest copy in {connection} is empty", {"copy": newest.name},
            "Run the backup again and look at its output: {copy} has no content",
        )  # fmt: skip
        return False
    usual = _usual_size(look, inventory, newest)
    if usual is None or newest.size is None or Decimal(newest.size) >= usual * (100 - shrink) / 100:
        return True
    look.find(
        "shrunken", Urgency.STAYS_BROKEN, "The newest copy in {connection} is {percent} % smaller than usual",
        {"percent": int(100 - newest.size * 100 / usual), "size": newest.size, "usual": int(usual),
         "copy": newest.name},
        "Look what is missing in {copy}: {size} bytes, where {usual} are usual",
    )  # fmt: skip
    return False


def _usual_size(look: _Look, inventory: Inventory, newest: Copy) -> Decimal | None:
    """Return the median size (bytes) of earlier nights, else of the other copies; None where too few are known."""
    from statistics import median  # noqa: PLC0415 - memory that only a run of this job needs

    past = look.past_sizes()
    others = [Decimal(copy.size) for copy in inventory.copies if copy != newest and copy.size is not None]
    known = past if len(past) >= ENOUGH else others
    return median(known) if len(known) >= ENOUGH else None


def _holds(look: _Look, newest: Copy, verdict: Verdict) -> bool:
    told = {"copy": newest.name, "reason": verdict.reason, **_counts(verdict.broken, "broken")}
    if verdict.outcome is Outcome.BROKEN and verdict.reason is not None:
        look.find(
            "broken", Urgency.LOSES_MONEY, "The newest copy in {connection} is damaged: {reason}",
            told, "Make a new copy now and read what its program says; then test the disk that {copy} lies on",
        )  # fmt: skip
    elif verdict.outcome is Outcome.BROKEN:
        look.find(
            "broken", Urgency.LOSES_MONEY, "The newest copy in {connection} is damaged: {broken} is missing or differs",
            told, "Make a new copy now and test the disk; {broken_n} files of {copy} do not match the manifest",
        )  # fmt: skip
    elif verdict.outcome is Outcome.UNKNOWN:
        look.find(
            "unverified", Urgency.LOSES_MONEY, "The newest copy in {connection} can't be verified: {reason}",
            told, "Put right what stands in the way, then run this routine again",
        )  # fmt: skip
    if verdict.unlisted:
        look.find(
            "unlisted", Urgency.STAYS_BROKEN, "{unlisted_n} files of the newest copy in {connection} are not listed",
            _counts(verdict.unlisted, "unlisted"), "Write the manifest after the last file; {unlisted} is one of them",
        )  # fmt: skip
    return verdict.outcome not in {Outcome.BROKEN, Outcome.UNKNOWN} and not verdict.unlisted


def _counts(names: Sequence[str], what: str) -> dict[str, Value]:
    return {what: names[0], f"{what}_n": len(names)} if names else {}


def _claim(look: _Look, inventory: Inventory, newest: Copy, verdict: Verdict) -> Text:
    """Return the sentence for the list of what is fine; it claims what was looked at and nothing else."""
    told: dict[str, Value] = {
        "connection": look.name, "age": look.ctx.now - newest.moment, "copies": len(inventory.copies),
        "held": verdict.held, "listed": verdict.listed, "left": verdict.listed - verdict.held, "shown": verdict.shown,
    }  # fmt: skip
    if verdict.shown is not None:
        return Text("{connection}: newest copy {age} old; {shown}", told)
    if verdict.outcome is Outcome.HELD:
        return Text("{connection}: newest copy {age} old, hashes of {held} of {listed} files match the manifest", told)
    if verdict.held:
        return Text(
            "{connection}: newest copy {age} old, hashes of {held} of {listed} files match the manifest, "
            "{left} not read because of verify_limit",
            told,
        )
    if verdict.outcome is Outcome.PARTLY:
        return Text("{connection}: newest copy {age} old; content not verified: larger than verify_limit", told)
    return Text("{connection}: newest copy present, {age} old; content not verified: no manifest", told)


BACKUPS = Job(
    "backups", "Looks for a fresh, whole and verified copy in every place of backups", BackupOptions, _run,
    needs=(Need(BACKUP, many=True),),
)  # fmt: skip
