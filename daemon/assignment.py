"""What the parent tells a child about its run: one frame, sent before anything else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from daemon import wire
from daemon.model import Matrix, Person, Shop
from daemon.records import Draft


@dataclass(frozen=True)
class Assignment:
    """A run's job, options, connections and moment. `wires` are the connections, secrets resolved.

    In a `rehearsal` (a replay) no effect is made. Without a `job` the one connection is tried and nothing else is
    done. `draft` is set where an approved draft is to be applied; `edition` above 1 asks for a correction of mail
    that was stored already for the same day. Answers to mail go to `reply_to`, where it is set. `host` names the
    machine that commands are given on. With a `line` its plug-in is asked a `question` about items of it, and nothing
    else is done.
    """

    run_id: int
    routine: str
    slot: str
    job: str
    now: datetime
    due: datetime
    dry: bool
    shop: Shop
    people: Sequence[Person]
    options: Mapping[str, Any]
    wires: Sequence[Mapping[str, Any]]
    missing: Sequence[str]
    state: str
    templates: str
    sender: str
    version: str
    memory: int | None = None
    draft: Draft | None = None
    edition: int = 1
    reply_to: str = ""
    host: str = ""
    rehearsal: bool = False
    matrix: Matrix = field(default_factory=Matrix)
    staff: Sequence[Person] = ()
    redacted: Sequence[str] = field(default=(), repr=False)
    line: str = ""
    question: Mapping[str, Any] = field(default_factory=dict)

    def frame(self) -> bytes:
        """Return the assignment as a frame; what is redacted stays at home."""
        return wire.frame({name: value for name, value in vars(self).items() if name != "redacted"})

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Assignment":
        """Return the assignment of a frame's content."""
        return cls(**data)
