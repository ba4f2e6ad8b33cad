"""The JSON Schema (2020-12) of the whole file, for editors: the frame, and each plug-in's options where they apply.

A `!secret NAME` is a scalar with a tag, so that a schema sees text there.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import BaseModel

from daemon.config import Config
from daemon.config.shapes import Shape, schema_of
from daemon.plugin import Job, Options
from daemon.plugins import Registry

_REFERENCE = "#/$defs/"


def json_schema(registry: Registry, transports: Mapping[str, type[Options]]) -> Shape:
    """Return the schema of a file for these plug-ins and mail transports."""
    schema = deepcopy(schema_of(Config))
    defs = schema["$defs"]
    _name_jobs(defs, registry)
    _name_connectors(defs, registry, transports)
    for section in ("people", "connections", "routines"):
        schema["properties"][section]["additionalProperties"] = False
    schema["properties"]["include"] = {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        "description": "More files to read, relative to this one.",
    }
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "The configuration of nightclerk"}
    return {**schema, **about}


def uses(registry: Registry, transports: Mapping[str, type[Options]]) -> dict[str, type[BaseModel]]:
    """Return every word that `use:` may hold, with the model of the options that go with it."""
    words: dict[str, type[BaseModel]] = {}
    for key, connector in registry.connectors.items():
        words[key] = connector.options
        if len(registry.connectors_named(connector.name)) == 1:
            words[connector.name] = connector.options
    return {**words, **transports}


def _name_jobs(defs: Shape, registry: Registry) -> None:
    routine = defs["RoutineConfig"]
    routine["properties"]["job"]["enum"] = sorted(registry.jobs)
    routine["allOf"] = []
    for name, job in sorted(registry.jobs.items()):
        options = _hoisted(defs, f"job.{name}", job.options)
        options["properties"] = {**options.get("properties", {}), **_choices(job)}
        then: Shape = {"properties": {"options": options}}
        if options.get("required"):
            then["required"] = ["options"]
        routine["allOf"].append(_where("job", name, then))


def _choices(job: Job[Any]) -> Shape:
    """Return the options that choose connections."""
    return {need.kind.name: choice(many=need.many) for need in job.needs}


def choice(*, many: bool) -> Shape:
    """Return the shape of an option that chooses a connection, or several of them."""
    one: Shape = {"type": "string", "description": "The connection to use where there are several."}
    several: Shape = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    return (
        {"anyOf": [{"type": "string"}, several], "description": "The connections to use; all where not set."}
        if many
        else one
    )


def _name_connectors(defs: Shape, registry: Registry, transports: Mapping[str, type[Options]]) -> None:
    connection = defs["ConnectionConfig"]
    words = uses(registry, transports)
    own = connection["properties"]
    connection["properties"]["use"]["enum"] = sorted(words)
    connection["allOf"] = []
    for use, model in sorted(words.items()):
        options = _hoisted(defs, f"use.{use.replace('/', '.')}", model)
        options["properties"] = {**options.get("properties", {}), **dict.fromkeys(own, True)}
        connection["allOf"].append(_where("use", use, options))


def _where(key: str, word: str, then: Shape) -> Shape:
    return {"if": {"properties": {key: {"const": word}}, "required": [key]}, "then": then}


def _hoisted(defs: Shape, prefix: str, model: type[BaseModel]) -> Shape:
    """Return the schema of a model with the definitions it refers to moved to the root, under a name of their own."""
    schema = deepcopy(schema_of(model))
    inner = schema.pop("$defs", {})
    for name, shape in inner.items():
        defs[f"{prefix}.{name}"] = _redirected(shape, prefix)
    redirected = _redirected(schema, prefix)
    assert isinstance(redirected, dict)
    return redirected


def _redirected(shape: Any, prefix: str) -> Any:
    if isinstance(shape, list):
        return [_redirected(item, prefix) for item in shape]
    if not isinstance(shape, dict):
        return shape
    moved = {key: _redirected(value, prefix) for key, value in shape.items()}
    target = moved.get("$ref")
    if isinstance(target, str):
        moved["$ref"] = target.replace(_REFERENCE, f"{_REFERENCE}{prefix}.")
    return moved
