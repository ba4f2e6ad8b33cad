"""From a configuration to what one run is told."""

import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from daemon import __version__, secrets
from daemon.assignment import Assignment
from daemon.config import Config, PersonConfig
from daemon.config.loading import Loaded
from daemon.config.wiring import Wiring, mail_connection, resolve, with_secrets
from daemon.model import Box, Matrix, Person, Shop
from daemon.outbox.transports import TRANSPORTS, DkimOptions, FileOptions, SmtpOptions, plain_address
from daemon.records import Draft, Run


@dataclass(frozen=True)
class Setup:
    """A configuration in force: what was loaded, its frame, and the state folder it works in."""

    loaded: Loaded
    config: Config
    state: Path
    rehearsal: bool = False

    @property
    def shop(self) -> Shop:
        """The shop as the plug-ins know it."""
        return Shop(**self.config.shop.model_dump())

    @property
    def shop_zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.config.shop.timezone)

    @property
    def secret_places(self) -> list[Path]:
        """Where secrets are looked for."""
        return secrets.folders(self.config.secrets)

    def person(self, name: str, person: PersonConfig) -> Person:
        """Return a person with the defaults filled in."""
        language = person.language or self.config.shop.language
        return Person(person.name or name, person.email, person.login, person.roles, language, name)

    def people(self, routine: str) -> tuple[Person, ...]:
        """Return who a routine's mail goes to: those under `to:`, else everybody with an address."""
        names = self.config.routines[routine].to or [n for n, p in self.config.people.items() if p.email]
        return tuple(self.person(name, self.config.people[name]) for name in names)

    def staff(self) -> tuple[Person, ...]:
        """Return everybody the configuration names."""
        return tuple(self.person(name, person) for name, person in self.config.people.items())

    @property
    def matrix(self) -> Matrix:
        """The priority matrix; owners are spoken of only where several people share the work."""
        tasks = self.config.tasks
        boxes = tuple(Box(box.name, box.length) for box in tasks.boxes)
        return Matrix(tasks.growth, tasks.capacity, boxes, tasks.lead_times, len(self.config.people) > 1)

    def mail_options(self) -> SmtpOptions | FileOptions:
        """Return the mail connection's options, secrets resolved; without one, mails are files in the state folder.

        How mail is signed is left out (see `signature`): what is stored must leave whether or not that key is there.
        """
        found = mail_connection(self.config)
        if found is None:
            return FileOptions()
        _, connection = found
        options = {key: value for key, value in connection.options.items() if key != "dkim"}
        return TRANSPORTS[connection.use].model_validate(with_secrets(options, self.secret_places))

    def signature(self) -> DkimOptions | None:
        """Return how mail is signed, the key read, or None; raise SecretError where the key can't be had."""
        found = mail_connection(self.config)
        given = found[1].options.get("dkim") if found else None
        return DkimOptions.model_validate(with_secrets(given, self.secret_places)) if given else None

    def sender(self) -> str:
        """Return the address mail comes from; needs no secret."""
        found = mail_connection(self.config)
        given = str(found[1].options.get("from", "")) if found else ""
        return plain_address(given) if given else FileOptions().sender

    def reply_to(self, routine: str = "") -> str:
        """Return where answers to a routine's mail, or to the daemon's own, go: to `reply_to:`, else to a person.

        That person is the routine's owner, else the first owner with an address, else the first with an address; with
        none of them it is empty and answers go to the sender.
        """
        found = mail_connection(self.config)
        given = str(found[1].options.get("reply_to", "")) if found else ""
        if given:
            return plain_address(given)
        people = self.config.people
        own = self.config.routines.get(routine)
        owner = people.get(own.owner or "") if own else None
        reachable = sorted((one for one in people.values() if one.email), key=lambda one: "owner" not in one.roles)
        return next((one.email for one in (owner, *reachable) if one is not None and one.email), "")


@dataclass(frozen=True)
class Moment:
    """When a run happens and what it is for, besides what the configuration says."""

    now: datetime
    missing: tuple[str, ...] = ()
    draft: Draft | None = None
    edition: int = 1


def assign(setup: Setup, run: Run, moment: Moment) -> Assignment:
    """Return what the child of `run` is told; raise SecretError where a secret can't be had."""
    wiring = resolve(setup.loaded.wirings[run.routine], setup.secret_places)
    routine = setup.config.routines[run.routine]
    return Assignment(
        run_id=run.id,
        routine=run.routine,
        slot=run.slot,
        job=wiring.job,
        now=moment.now,
        due=run.due,
        dry=run.dry,
        shop=setup.shop,
        people=setup.people(run.routine),
        options=wiring.options,
        wires=[vars(one) for one in wiring.connections],
        missing=moment.missing,
        state=str(setup.state),
        templates=str(setup.config.templates or ""),
        sender=setup.sender() or FileOptions().sender,
        version=__version__,
        memory=routine.memory,
        draft=moment.draft,
        edition=moment.edition,
        reply_to=setup.reply_to(run.routine),
        matrix=setup.matrix,
        staff=setup.staff(),
        host="" if setup.rehearsal else socket.gethostname(),
        rehearsal=setup.rehearsal,
        redacted=_secret_texts(wiring),
    )


def _secret_texts(wiring: Wiring) -> tuple[str, ...]:
    found: list[str] = []

    def _walk(tree: Any) -> None:
        if isinstance(tree, secrets.SecretText):
            found.append(str(tree))
        elif isinstance(tree, dict):
            for value in tree.values():
                _walk(value)
        elif isinstance(tree, list | tuple):
            for value in tree:
                _walk(value)

    _walk(wiring.options)
    for one in wiring.connections:
        _walk(one.options)
    return tuple(found)
