"""Finds the connector of every connection and the connections of every routine, and says what does not fit.

A connection whose connector is not there, or whose secret is missing, breaks the routines that use it and nothing
else; whatever the owner can only have mistyped refuses the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from daemon.config.options import check_options, check_secrets, make_absolute
from daemon.config.source import KeyPath, Source, dotted
from daemon.config.wiring import Wire, Wiring
from daemon.config.wording import suggest
from daemon.errors import Problem
from daemon.plugin import Job, Need, Options
from daemon.plugins import Registry


@dataclass(frozen=True)
class Surroundings:
    """What every check looks at: the file, the plug-ins, the mail transports, the folders of secrets."""

    source: Source
    registry: Registry
    transports: Mapping[str, type[Options]]
    secret_places: list[Path]

    def section(self, name: str) -> dict[str, dict[str, Any]]:
        """Return the entries of a top key that have the shape of one."""
        entries = self.source.tree.get(name)
        entries = entries if isinstance(entries, dict) else {}
        return {key: entry for key, entry in entries.items() if isinstance(entry, dict)}

    def naming(self, section: str, key: str) -> dict[str, dict[str, Any]]:
        """Return the entries of a top key whose own `key`, such as `use`, is text."""
        return {name: entry for name, entry in self.section(section).items() if isinstance(entry.get(key), str)}

    def carries_mail(self, connection: str) -> bool:
        """Say whether a connection is the outbox's, not a plug-in's."""
        use = self.section("connections").get(connection, {}).get("use")
        return isinstance(use, str) and use in self.transports


@dataclass
class Findings:
    """What was found: wires by connection, wirings by routine, what refuses the file, and what breaks whom."""

    wires: dict[str, Wire] = field(default_factory=dict)
    lost: dict[str, list[Problem]] = field(default_factory=dict)
    """By connection: why a routine that uses it can't run."""
    wirings: dict[str, Wiring] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    broken: dict[str, list[Problem]] = field(default_factory=dict)
    faults: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def connect(around: Surroundings) -> Findings:
    """Return the wiring of every routine that can be wired, and all problems of connections and options."""
    found = Findings()
    for name, entry in around.naming("connections", "use").items():
        _Connection(around, found, name, entry).check()
    _one_mail_connection(around, found)
    for name, entry in around.naming("routines", "job").items():
        _Routine(around, found, name, entry).check()
    told = [problem for problems in found.broken.values() for problem in problems]
    found.faults += [p for problems in found.lost.values() for p in problems if p not in told]
    return found


def _one_mail_connection(around: Surroundings, found: Findings) -> None:
    carriers = [name for name in around.section("connections") if around.carries_mail(name)]
    for name in carriers[1:]:
        path: KeyPath = ("connections", name, "use")
        sentence = f"mail leaves by one connection, and {carriers[0]} is one already: take one of them out"
        found.problems.append(Problem(sentence, dotted(path), around.source.value_place(path)))


@dataclass(frozen=True)
class _Connection:
    """The check of one entry under `connections:`."""

    around: Surroundings
    found: Findings
    name: str
    entry: dict[str, Any]

    def check(self) -> None:
        """Find the connector, check its options and its secrets."""
        use = self.entry["use"]
        key = "" if use in self.around.transports else self.connector()
        if key is None:
            return
        connector = self.around.registry.connectors.get(key)
        options = {key: value for key, value in self.entry.items() if key not in {"use", "writes"}}
        self.check_own(options, connector.options if connector else self.around.transports[use])
        if connector:
            writes = self.entry.get("writes") is True
            self.found.wires[self.name] = Wire(self.name, connector.kind.name, key, options, writes)

    def check_own(self, options: dict[str, Any], model: type[Options]) -> None:
        """Check the connector's own options; a secret that is missing loses the connection, no more."""
        at, source = ("connections", self.name), self.around.source
        make_absolute(options, model, source, at)
        self.entry.update(options)
        problems = check_options(options, model, source, at)
        self.found.problems += problems
        missing, notes = check_secrets(options, source, at, self.around.secret_places)
        self.found.notes += notes
        refused = {problem.path for problem in problems}
        lost = [problem for problem in missing if problem.path not in refused]
        if lost:
            self.found.lost[self.name] = lost

    def connector(self) -> str | None:
        """Return the key of the connector that `use:` means, or note why there is none."""
        use, registry, path = self.entry["use"], self.around.registry, ("connections", self.name, "use")
        keys = registry.connectors_named(use)
        if len(keys) == 1:
            return keys[0]
        place = self.around.source.value_place(path)
        if keys:
            sentence = f"several connectors have this name: write {' or '.join(sorted(keys))}"
            self.found.problems.append(Problem(sentence, dotted(path), place))
        else:
            known = {*self.around.transports, *registry.connectors, *(c.name for c in registry.connectors.values())}
            sentence = _unknown("connector", use, known, registry)
            self.found.lost[self.name] = [Problem(sentence, dotted(path), place)]
        return None


def _unknown(what: str, word: str, known: set[str], registry: Registry) -> str:
    sentence = suggest(f"unknown {what}", word, sorted(known))
    failed = "; ".join(f"the plug-in {one.module} {one.sentence}" for one in registry.failures)
    return f"{sentence}. Not loaded: {failed}" if failed else sentence


def _are_names(words: list[Any]) -> bool:
    return bool(words) and all(isinstance(word, str) for word in words)


@dataclass(frozen=True)
class _Routine:
    """The check of one entry under `routines:`."""

    around: Surroundings
    found: Findings
    name: str
    entry: dict[str, Any]

    @property
    def at(self) -> KeyPath:
        """Where the routine stands."""
        return ("routines", self.name)

    def check(self) -> None:
        """Find the job and its connections and check its options."""
        job = self.around.registry.jobs.get(self.entry["job"])
        if job is None:
            known = set(self.around.registry.jobs)
            self.breaks([self.problem("job", _unknown("job", self.entry["job"], known, self.around.registry))])
            return
        options = self.entry.get("options") or {}
        if isinstance(options, dict):
            self.wire(job, options)

    def wire(self, job: Job[Any], options: dict[str, Any]) -> None:
        """Check the options and find the connections; the wiring is made where both are as they must be."""
        kinds = {need.kind.name for need in job.needs}
        own = {key: value for key, value in options.items() if key not in kinds}
        before = len(self.found.problems)
        self.check_own(own, job)
        options.update(own)
        wires = [wire for need in job.needs for wire in self.wires(need, options)]
        if len(self.found.problems) == before and self.name not in self.found.broken:
            self.found.wirings[self.name] = Wiring(job.name, own, tuple(wires))

    def check_own(self, own: dict[str, Any], job: Job[Any]) -> None:
        """Check the options that are the job's and name no connection."""
        at, source = (*self.at, "options"), self.around.source
        make_absolute(own, job.options, source, at)
        self.found.problems += check_options(own, job.options, source, at)
        missing, notes = check_secrets(own, source, at, self.around.secret_places)
        self.found.notes += notes
        self.breaks(missing)

    def wires(self, need: Need, options: dict[str, Any]) -> list[Wire]:
        """Return the connections a need is met with; where it is not, note why."""
        names = self.named(need, options)
        self.breaks([problem for name in names for problem in self.found.lost.get(name, [])])
        return [self.found.wires[name] for name in names if name in self.found.wires]

    def named(self, need: Need, options: dict[str, Any]) -> list[str]:
        """Return the names of the connections that meet a need: those chosen, or those there are."""
        kind = need.kind.name
        names = [name for name, wire in self.found.wires.items() if wire.kind == kind]
        if kind in options:
            return self.chosen(need, options[kind], names)
        if len(names) > 1 and not need.many:
            self.wrong("options", f"there are several: choose with {kind}: {' or '.join(sorted(names))}")
        elif not names and not need.optional:
            self.nothing_for(kind)
        return names

    def chosen(self, need: Need, choice: Any, candidates: list[str]) -> list[str]:
        """Return the connections that an option names for a need; note those that can't be meant."""
        kind = need.kind.name
        names = choice if isinstance(choice, list) else [choice]
        if not _are_names(names) or (len(names) > 1 and not need.many):
            several = " or a list of them" if need.many else ""
            self.wrong(kind, f"must be the name of one connection{several}", "options")
            return []
        for name in names:
            self.check_chosen(kind, name, candidates)
        return names

    def check_chosen(self, kind: str, name: str, candidates: list[str]) -> None:
        """Note where a chosen connection is not there or of another kind."""
        if name not in self.around.section("connections"):
            self.wrong(kind, suggest("there is no connection of this name", name, candidates), "options")
        elif self.kind_of(name) not in {kind, ""}:
            self.wrong(kind, f"the connection {name} is of the kind {self.kind_of(name)}", "options")

    def kind_of(self, name: str) -> str:
        """Return the kind of a connection; empty where that can't be said."""
        if name in self.found.wires:
            return self.found.wires[name].kind
        return "mail" if self.around.carries_mail(name) else ""

    def nothing_for(self, kind: str) -> None:
        """Note that no connection is of a kind; one whose connector is not there may be the one that was meant."""
        unknown = [
            problem for name, them in self.found.lost.items() if name not in self.found.wires for problem in them
        ]
        if unknown:
            self.breaks(unknown)
            return
        fitting = sorted(c.name for c in self.around.registry.connectors.values() if c.kind.name == kind)
        ways = f"add one with use: {', '.join(fitting)}" if fitting else "no plug-in offers one"
        self.wrong("job", f"this job needs a connection of the kind {kind}: {ways}")

    def problem(self, key: str, sentence: str, *inside: str) -> Problem:
        """Return a problem with a key of the routine."""
        path = (*self.at, *inside, key)
        return Problem(sentence, dotted(path), self.around.source.value_place(path))

    def wrong(self, key: str, sentence: str, *inside: str) -> None:
        """Note a problem that refuses the file."""
        self.found.problems.append(self.problem(key, sentence, *inside))

    def breaks(self, problems: list[Problem]) -> None:
        """Note problems that break this routine only."""
        if problems:
            mine = [replace(problem, routine=self.name) for problem in problems]
            self.found.broken.setdefault(self.name, []).extend(mine)
