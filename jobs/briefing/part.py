"""The part of a morning that one person is shown: what needs them, and what they must know of what they read."""

from dataclasses import dataclass

from daemon.api import SeenFinding, Text, Urgency
from jobs.briefing.backups import unproven
from jobs.briefing.gather import Morning
from jobs.briefing.honesty import doubts, incomplete, notices
from jobs.briefing.numbers import Figures, figures
from jobs.briefing.rank import Item, approval, ranked
from jobs.briefing.remarks import losses, silence
from jobs.briefing.roles import Share
from jobs.briefing.routines import broken


@dataclass(frozen=True)
class Part:
    """Yesterday's figures (whoever may see them), what is shown of the findings, the banner, and what is missing."""

    morning: Morning
    share: Share
    day: Figures
    seen: tuple[SeenFinding, ...]
    items: tuple[Item, ...]
    notes: tuple[Text, ...]
    lacking: Text | None

    @property
    def quiet(self) -> bool:
        """Whether nothing is missing and nothing waits."""
        return self.lacking is None and not self.items and not self.notes


def part_of(morning: Morning, share: Share) -> Part:
    """Return what those who are shown `share` have before them."""
    day = figures(morning, morning.yesterday)
    seen = tuple(share.of(_needing(morning))) if share.has("attention") else ()
    notes = (*doubts(morning, day), *(notices(morning) if share.has("notices") else ()))
    return Part(morning, share, day, seen, tuple(ranked(seen, morning)), notes, incomplete(morning, day))


def _needing(morning: Morning) -> list[SeenFinding]:
    """Return what needs a person: findings, routines that failed, backups without proof, drafts nobody mentioned."""
    seen = [*morning.findings, *broken(morning), *unproven(morning), *silence(morning), *losses(morning)]
    if any(one.finding.urgency is Urgency.NEEDS_APPROVAL for one in seen):
        return seen
    return [*seen, *approval(morning.waiting, morning.routine, morning.now)]
