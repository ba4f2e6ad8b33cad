"""Who is shown what: the sections and the findings of each role, declared in one table.

A person of several roles is shown what any of them is. Whoever is not shown the numbers gets no figure of sales
anywhere: not in the subject, the lead, the preview line or the text part. `docs/operating.md` has the table in words.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from daemon.api import Person, SeenFinding

SECTIONS = (
    "notices", "attention", "tasks", "drafts", "numbers", "overnight", "stock", "orders", "crew", "enquiries",
    "routines", "backups", "today", "fine",
)  # fmt: skip
"""Every section in the order of the mail; `notices` is what the daemon says of itself, in the banner."""


@dataclass(frozen=True)
class Share:
    """What one person is shown: names of sections, and how the keys of their findings begin.

    `who` is their key under `people:`, as a task with an owner is for that one alone; empty: tasks of all owners.
    """

    sections: frozenset[str] = frozenset()
    findings: tuple[str, ...] = ()
    who: str = ""

    def __or__(self, other: "Share") -> "Share":
        return Share(self.sections | other.sections, (*self.findings, *other.findings), self.who or other.who)

    def has(self, section: str) -> bool:
        """Say whether a section is shown."""
        return section in self.sections

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self.sections == frozenset(SECTIONS) and "" in self.findings

    def of(self, seen: Iterable[SeenFinding]) -> list[SeenFinding]:
        """Return the findings that are shown."""
        return [one for one in seen if one.finding.key.startswith(self.findings)]


EVERYTHING = Share(frozenset(SECTIONS), ("",))
ROLES = {
    "owner": EVERYTHING,
    "admin": Share(frozenset({"notices", "attention", "tasks", "routines", "backups", "today"}),
                   ("briefing.routine", "backup")),
    "staff": Share(frozenset({"attention", "tasks", "orders", "enquiries", "today"}),
                   ("orders:late", "orders:risk", "orders:behind:", "orders:held:", "orders:together", "orders:return",
                    "orders:handover:", "enquiries")),
    "warehouse": Share(frozenset({"attention", "tasks", "stock", "orders", "today"}),
                       ("orders:late", "orders:risk", "orders:behind:", "orders:held:", "orders:together",
                        "inventory:")),
    **dict.fromkeys(("pre-sales", "in-sales", "after-sales"),
                    Share(frozenset({"attention", "tasks", "orders", "enquiries", "today"}),
                          ("orders:late", "orders:held:", "orders:return", "enquiries"))),
}  # fmt: skip
"""A role that is not here is shown nothing but the day's plan."""
LEAST = Share(frozenset({"today"}))


def share_of(person: Person) -> Share:
    """Return what a person is shown: the union over the roles."""
    share = replace(LEAST, who=person.key)
    for role in person.roles:
        share |= ROLES.get(role, LEAST)
    return share
