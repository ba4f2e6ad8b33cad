"""What a mail of the daemon's own says, and to whom; `plainmail` makes the bytes."""

from dataclasses import dataclass
from datetime import date

from daemon.engine.assigning import Setup
from daemon.model import Person, Text

NOBODY = Person("Owner", "owner@localhost")
"""Whom mail is made out to where no person has an address, so that the file transport still keeps it."""


@dataclass(frozen=True)
class Note:
    """What a mail says. `kind`, `key` and day make its identifier; `tail` are lines from outside, kept as lines."""

    kind: str
    key: str
    day: date
    subject: Text
    lines: tuple[Text, ...]
    tail: tuple[str, ...] = ()


def owner_of(setup: Setup, routine: str) -> Person:
    """Return who is told of a routine's trouble: its owner, else the first of `people:`, whoever has an address."""
    people = setup.config.people
    wanted = setup.config.routines[routine].owner if routine in setup.config.routines else ""
    for name in (wanted, *people):
        if name in people and people[name].email:
            return setup.person(name, people[name])
    return NOBODY
