"""Which connections a routine's job is given, as values that travel to the child; secrets stay references till then."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from daemon import secrets
from daemon.config import Config, ConnectionConfig
from daemon.secrets import SecretRef

MAIL_TRANSPORTS = ("smtp", "file")
"""What `use:` says of a connection that carries mail; such a connection is the outbox's and no plug-in's."""


@dataclass(frozen=True)
class Wire:
    """One connection of a routine; `connector` is its key in the registry, `options` hold SecretRef where secret."""

    name: str
    kind: str
    connector: str
    options: dict[str, Any] = field(repr=False)
    writes: bool = False


@dataclass(frozen=True)
class Wiring:
    """What a run needs besides its moment: the job's name, its options and its connections."""

    job: str
    options: dict[str, Any] = field(repr=False)
    connections: tuple[Wire, ...] = ()


def resolve(wiring: Wiring, places: list[Path]) -> Wiring:
    """Return the wiring with every secret's text; raise SecretError where one can't be had."""
    wires = tuple(replace(wire, options=with_secrets(wire.options, places)) for wire in wiring.connections)
    return replace(wiring, options=with_secrets(wiring.options, places), connections=wires)


def with_secrets(tree: Any, places: list[Path]) -> Any:
    """Return a tree of options with each reference replaced by its text; raise SecretError where one can't be had."""
    if isinstance(tree, SecretRef):
        return secrets.read(tree, places)
    if isinstance(tree, dict):
        return {key: with_secrets(value, places) for key, value in tree.items()}
    return [with_secrets(item, places) for item in tree] if isinstance(tree, list) else tree


def mail_connection(config: Config, transports: Iterable[str] = MAIL_TRANSPORTS) -> tuple[str, ConnectionConfig] | None:
    """Return the connection that carries mail and its name, or None where mails stay files."""
    words = tuple(transports)
    return next(((name, one) for name, one in config.connections.items() if one.use in words), None)
