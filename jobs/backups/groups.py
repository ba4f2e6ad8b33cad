"""Three copies on two media, one of them off-site: judged over all places that hold copies of the same data.

The live data is one copy. A place counts only where it was looked at tonight, its newest copy is young enough and
nothing is known against it; one that nobody knows anything of is named and not counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.api import Finding, Goal, Text, Urgency, Value
from jobs.backups.marks import CONTENT, Mark, Row
from jobs.backups.options import BackupOptions, CopyOptions, GroupOptions
from jobs.backups.seen import Seen
from jobs.kinds.backup import Check

COPIES, MEDIA, OFFSITE = 3, 2, 1
VERIFIED, DECLARED, NONE = "verified", "declared", "none"
_AGAINST = CONTENT | {Check.UNCHANGED, Check.REACHABLE, Check.FILLED, Check.STRUCTURE}
_WORDS = {VERIFIED: Text("immutable (verified)"), DECLARED: Text("immutable (declared)"), NONE: Text("not immutable")}


@dataclass(frozen=True)
class Standing:
    """How a group stands: what counts, what is not known or too bad to count, and how soon one would be back."""

    name: str
    copies: int
    media: int
    offsite: int
    immutable: str
    rpo: timedelta | None
    rto: timedelta | None
    counted: frozenset[str]
    uncounted: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether there are three copies on two media and one off-site."""
        return self.copies >= COPIES and self.media >= MEDIA and self.offsite >= OFFSITE

    @property
    def values(self) -> dict[str, Value]:
        """What its sentences may name."""
        return {
            "group": self.name, "copies": self.copies, "media": self.media, "offsite": self.offsite,
            "immutable": _WORDS[self.immutable], "names": ", ".join(self.uncounted),
        }  # fmt: skip

    @property
    def line(self) -> Text:
        """The line that says what counts, and claims no more."""
        return Text("{group}: {copies} copies on {media} kinds of media, {offsite} off-site, {immutable}", self.values)


def judge(name: str, group: GroupOptions, seen: Mapping[str, Seen], options: BackupOptions, now: datetime) -> Standing:
    """Return how a group stands tonight."""
    good = _counted(group, seen, group.max_age or options.max_age, now)
    places = [seen[place] for place in good]
    return Standing(
        name,
        copies=1 + len(good),
        media=len({group.live.casefold(), *(copy.medium.casefold() for copy in good.values())}),
        offsite=sum(copy.offsite for copy in good.values()),
        immutable=_immutable(good, seen),
        rpo=_shortest(place.rpo for place in places),
        rto=_shortest(place.rto for place in places),
        counted=frozenset(good),
        uncounted=tuple(sorted(group.copies.keys() - good.keys())),
    )


def _counted(group: GroupOptions, seen: Mapping[str, Seen], limit: timedelta, now: datetime) -> dict[str, CopyOptions]:
    """Return the places of a group that count; `limit` is for those that have no age of their own."""
    return {
        place: copy
        for place, copy in group.copies.items()
        if place in seen and counts(seen[place], copy.max_age or limit, now)
    }


def _shortest(times: Iterable[timedelta | None]) -> timedelta | None:
    """Return the shortest of those that are known: one place that is back soon is enough."""
    return min((one for one in times if one is not None), default=None)


def counts(place: Seen, limit: timedelta, now: datetime) -> bool:
    """Say whether a place's newest copy is one to count on."""
    if place.newest is None or now - place.newest.moment > limit:
        return False
    return not any(row.mark in {Mark.FAIL, Mark.UNKNOWN} for row in place.table if row.check in _AGAINST)


def _immutable(good: Mapping[str, CopyOptions], seen: Mapping[str, Seen]) -> str:
    if any(Check.LOCKED in seen[name].rows and seen[name].rows[Check.LOCKED].mark is Mark.OK for name in good):
        return VERIFIED
    return DECLARED if any(copy.immutable == DECLARED for copy in good.values()) else NONE


def lacking(standing: Standing) -> Finding | None:
    """Return what a group lacks, as a finding; None where it lacks nothing."""
    if standing.whole:
        return None
    return Finding(
        f"backups/group.{standing.name}/three-two-one",
        Urgency.STAYS_BROKEN if standing.counted else Urgency.LOSES_MONEY,
        Text("{group} is not safe yet: {copies} of 3 copies, {media} of 2 kinds of media, {offsite} off-site",
             standing.values),
        Text("Not counted: {names}", standing.values) if standing.uncounted else None,
        Text("Put one more copy where a fire, a thief or a lost password here can't reach it"),
        goal=Goal.OTHER,
    )  # fmt: skip


def offsite_row(name: str, groups: Mapping[str, GroupOptions], standings: Mapping[str, Standing], now: datetime) -> Row:
    """Return the row that says whether a place is an off-site copy that counts."""
    off = [key for key, group in groups.items() if name in group.copies and group.copies[name].offsite]
    if not off:
        return Row(Check.OFFSITE, Mark.SKIPPED, reason=Text("it is not called off-site"))
    if all(name in standings[key].counted for key in off):
        return Row(Check.OFFSITE, Mark.OK, now)
    return Row(Check.OFFSITE, Mark.FAIL, now, Text("off-site, but no copy to count on"))
