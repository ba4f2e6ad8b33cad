"""A command as it arrives, and what the desk knows of each: its function and the roles that may give it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from daemon.config import Config
from daemon.config.rights import Function
from daemon.config.wording import suggest
from daemon.desk.people import Actor
from daemon.engine.shift import Shift
from daemon.errors import UsageError

Say = Callable[[str], Awaitable[None]]
"""Tells the person what is going on while they wait."""


def known_routine(name: str, config: Config) -> str:
    """Return the name of a routine as it was typed; raise UsageError, with what may have been meant, for any other."""
    if name not in config.routines:
        raise UsageError(suggest(f"there is no routine {name}", name, sorted(config.routines)))
    return name


@dataclass(frozen=True)
class Order:
    """A command as it arrives: who, with what, and how to tell them of progress."""

    shift: Shift
    actor: Actor
    args: Mapping[str, Any]
    say: Say

    async def ledger(self, work: Callable[..., Any], *args: Any) -> Any:
        """Do a piece of work on the ledger's thread."""
        return await self.shift.bookkeeper.call(work, *args)

    def routine(self) -> str:
        """Return the routine the command names; raise UsageError where there is none of that name."""
        return known_routine(str(self.args["routine"]), self.shift.setup.config)

    async def log(self, action: str, detail: str) -> None:
        """Write down who changed what."""
        await self.ledger(self.shift.engine.ledger.log, self.actor.name, action, detail, self.shift.clock.now())


@dataclass(frozen=True)
class Command:
    """A command of the desk, and who may give it: certain roles, or whoever has the right to do a function."""

    do: Callable[[Order], Awaitable[Any]]
    roles: frozenset[str] = frozenset()
    function: Function | None = None
