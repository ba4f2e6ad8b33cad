"""Who may do what: functions, roles, and what nobody who is there could do. Denied by default, but to an admin."""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from daemon.workline import PERSON, WorkLine

Role = Literal["admin", "owner", "staff", "warehouse", "pre-sales", "in-sales", "after-sales"]
Function = Literal["look", "hold", "release", "confirm", "assign", "merge", "split", "approve"]
ADMIN: Role = "admin"
SHARED = 2
"""From so many people on somebody may be missing; one alone does everything."""


class RightConfig(BaseModel):
    """Which roles may do one thing (look, hold, release, confirm, assign, ...), instead of those that usually may."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    roles: tuple[Role, ...] = Field(description="Who may; nobody else may, except an admin.")
    own: tuple[Role, ...] = Field((), description="Those of the roles who may only where the work is assigned to them.")

    @model_validator(mode="after")
    def _own_are_roles(self) -> Self:
        if set(self.own) - set(self.roles):
            raise ValueError("own: names a role that roles: does not")
        return self

    def allows(self, roles: Collection[str], *, own: bool) -> bool:
        """Say whether somebody with these roles may, where the work is their `own` or not."""
        if ADMIN in roles:
            return True
        limited = () if own else self.own
        return any(role in roles for role in self.roles if role not in limited)


_DESK: tuple[Role, ...] = ("owner", "staff")
_SALES: tuple[Role, ...] = (*_DESK, "in-sales")
_ALL: tuple[Role, ...] = (*_DESK, "warehouse", "pre-sales", "in-sales", "after-sales")
DEFAULTS: Mapping[Function, RightConfig] = {
    "look": RightConfig(roles=_ALL),
    "hold": RightConfig(roles=_ALL),
    "release": RightConfig(roles=_SALES),
    "confirm": RightConfig(roles=(*_SALES, "warehouse")),
    "assign": RightConfig(roles=_DESK),
    "merge": RightConfig(roles=_SALES),
    "split": RightConfig(roles=_SALES),
    "approve": RightConfig(roles=_DESK),
}
"""Who may do what where `rights:` does not say."""
Rights = Mapping[Function, RightConfig]


def right(rights: Rights, function: Function) -> RightConfig:
    """Return who may do a thing: as the configuration says, else as usual."""
    return rights.get(function) or DEFAULTS[function]


def blind_spots(rights: Rights, roles: Mapping[str, Collection[str]], lines: Collection[WorkLine]) -> Iterator[str]:
    """Yield what would be left lying: for each state of a line, and for drafts, that nobody who is there may see to it.

    `roles` are those of the people who are there.
    """
    for line in lines:
        if not all(_anybody(right(rights, function), roles) for function in ("confirm", line.takes)):
            yield f"{line.plural} that are {_confirmed(line)} wait: nobody who is there may confirm them"
        if _released(line) and not _anybody(right(rights, "release"), roles):
            yield f"{line.plural} that are {line.held} wait: nobody who is there may release them"
    if not _anybody(right(rights, "approve"), roles):
        yield "drafts wait: nobody who is there may approve them"


def _confirmed(line: WorkLine) -> str:
    """Return the states that a person confirms an item out of; where there are none, what is held is."""
    return ", ".join(state for state in line.confirms if state not in line.done) or line.held


def _released(line: WorkLine) -> bool:
    """Say whether what is held may wait for somebody to let it go, and not for a confirmation alone."""
    return not line.settles or bool(line.reasons.keys() - line.settles.keys() - {PERSON})


def _anybody(one: RightConfig, roles: Mapping[str, Collection[str]]) -> bool:
    return any(one.allows(own, own=True) for own in roles.values())
