"""From a configuration to what one run is told."""

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
from daemon.model import Person, Shop
from daemon.outbox.transports import TRANSPORTS, FileOptions, SmtpOptions, plain_address
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
        return Person(person.name or name, person.email, person.login, person.roles, language)

    def people(self, routine: str) -> tuple[Person, ...]:
        """Return who a routine's mail goes to: those under `to:`, else everybody with an address."""
        names = self.config.routines[routine].to or [n for n, p in self.config.people.items() if p.email]
        return tuple(self.person(name, self.config.people[name]) for name in names)

    def mail_options(self) -> SmtpOptions | FileOptions:
        """Return the mail connection's options, secrets resolved; without one, mails are files in the state folder."""
        found = mail_connection(self.config)
        if found is None:
            return FileOptions()
        _, connection = found
        return TRANSPORTS[connection.use].model_validate(with_secrets(connection.options, self.secret_places))

    def sender(self) -> str:
        """Return the address mail comes from; needs no secret."""
        found = mail_connection(self.config)
        given = str(found[1].options.get("from", "")) if found else ""
        return plain_address(given) if given else FileOptions().sender


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
