"""From a file to a configuration that may be used, or to everything that is wrong with it, each with its place.

Nothing here touches the network or the state: it reads the configuration's files, the plug-ins and the secrets.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from daemon import secrets
from daemon.config import Config, includes
from daemon.config.connecting import Findings, Surroundings, connect
from daemon.config.crosschecks import addressless, cross_check, unspoken
from daemon.config.options import check_scalars
from daemon.config.rights import SHARED, blind_spots
from daemon.config.source import Source
from daemon.config.wiring import Wiring
from daemon.config.wording import explain
from daemon.errors import ConfigError, Place, Problem
from daemon.plugin import Options
from daemon.plugins import Registry


@dataclass(frozen=True)
class Loaded:
    """What a file came to.

    `problems` refuse the file; `broken` are routines that can't run while the others do; `faults` are wrong but hurt
    no routine; `notes` are worth knowing. `config` is None only where there are problems. `tree` is the merged file
    with absolute paths and references instead of secrets, fit for `source.dump`; `files` are all that were read.
    """

    config: Config | None
    tree: dict[str, Any] = field(repr=False)
    problems: tuple[Problem, ...]
    broken: Mapping[str, tuple[Problem, ...]]
    faults: tuple[Problem, ...]
    notes: tuple[str, ...]
    registry: Registry
    wirings: Mapping[str, Wiring]
    files: tuple[Path, ...]

    def all_problems(self) -> list[Problem]:
        """Return everything that is wrong, each once, in the order of the file."""
        breaking = [problem for problems in self.broken.values() for problem in problems]
        return _in_order([*self.problems, *breaking, *self.faults])

    def refuse(self) -> Config:
        """Return the configuration; raise ConfigError with all problems where the file is refused."""
        if self.problems or self.config is None:
            raise ConfigError(list(self.problems))
        return self.config


def load(
    path: Path, registry_for: Callable[[Path | None], Registry], transports: Mapping[str, type[Options]]
) -> Loaded:
    """Read and check the file at `path`; never raises for what a file may hold.

    `registry_for` is given the folder of your own plug-ins (`plugins.load`); `transports` are the models of the
    mail connections by their `use:`.
    """
    source = includes.read(path)
    _drop_empty(source.tree)
    registry = registry_for(_folder(source, "plugins"))
    around = Surroundings(source, registry, transports, secrets.folders(_folder(source, "secrets")))
    found = connect(around)
    config, problems = _frame(source)
    problems += [*cross_check(source), *found.problems]
    found.faults += _failures(source, registry)
    notes = [*found.notes, *addressless(source), *unspoken(source), *_mail_note(around), *_unmanned(config, registry)]
    return _loaded(source, config, _without_echoes(source, problems), notes, found, registry)


def _loaded(
    source: Source,
    config: Config | None,
    problems: list[Problem],
    notes: list[str],
    found: Findings,
    registry: Registry,
) -> Loaded:
    return Loaded(
        config=None if problems else config,
        tree=source.tree,
        problems=tuple(problems),
        broken=MappingProxyType({name: tuple(_in_order(them)) for name, them in found.broken.items()}),
        faults=tuple(_in_order(found.faults)),
        notes=tuple(dict.fromkeys(notes)),
        registry=registry,
        wirings=MappingProxyType(found.wirings),
        files=source.files,
    )


def _drop_empty(tree: dict[str, Any]) -> None:
    """Take out top keys and `options:` that are left empty, as where all below them is commented out."""
    routines = tree.get("routines")
    entries = [entry for entry in routines.values() if isinstance(entry, dict)] if isinstance(routines, dict) else []
    for holder, keys in [(tree, list(tree)), *((entry, ["options"]) for entry in entries)]:
        for key in keys:
            if key in holder and holder[key] is None:
                del holder[key]


def _folder(source: Source, key: str) -> Path | None:
    value = source.tree.get(key)
    return Path(value) if isinstance(value, str) else None


def _frame(source: Source) -> tuple[Config | None, list[Problem]]:
    """Return the frame, or what its models have against it."""
    problems = check_scalars(source.tree, Config, source, ())
    try:
        return Config.model_validate(source.tree), problems
    except ValidationError as error:
        return None, problems + explain(error, Config, source, ())


def _without_echoes(source: Source, problems: list[Problem]) -> list[Problem]:
    """Return all problems in order, without those that only follow from what could not be read."""
    unread = {problem.path for problem in source.problems}
    around = {*unread, ""} if source.problems else set()
    own = [
        problem
        for problem in problems
        if problem.path not in unread
        and not (problem.sentence == "is missing" and problem.path.rpartition(".")[0] in around)
    ]
    return _in_order([*source.problems, *own])


def _in_order(problems: list[Problem]) -> list[Problem]:
    def place(problem: Problem) -> tuple[bool, Place]:
        return problem.place is None, problem.place or Place("", 0, 0)

    return sorted(dict.fromkeys(problems), key=place)


def _failures(source: Source, registry: Registry) -> list[Problem]:
    place = source.value_place(("plugins",)) if "plugins" in source.tree else None
    return [
        Problem(f"the plug-in {one.module} ({one.origin}): {one.sentence}", "plugins", place)
        for one in registry.failures
    ]


def _unmanned(config: Config | None, registry: Registry) -> list[str]:
    """Return what nobody may see to even where everybody is there."""
    return list(unmanned(config, registry, ())) if config is not None else []


def unmanned(config: Config, registry: Registry, away: Collection[str]) -> Iterator[str]:
    """Yield what nobody may see to while some people are away; one person alone is never told."""
    roles = {name: person.roles for name, person in config.people.items() if name not in away}
    if len(config.people) >= SHARED:
        yield from blind_spots(config.rights, roles, registry.lines.values())


def _mail_note(around: Surroundings) -> list[str]:
    if any(around.carries_mail(name) for name in around.section("connections")):
        return []
    return ["there is no connection for mail: mails are written as files below the state folder"]
