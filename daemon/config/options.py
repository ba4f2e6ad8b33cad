"""Checks a plug-in's part of the file with the plug-in's own model, before any secret is known."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from daemon import secrets
from daemon.config.includes import absolute
from daemon.config.shapes import shapes_at
from daemon.config.source import KeyPath, Source, dotted
from daemon.config.wording import explain
from daemon.errors import Problem
from daemon.secrets import SecretError, SecretRef, SecretText

_PLACEHOLDER = SecretText("x" * 12)
_NUMBERS = {"integer", "number"}
_PATHS = {"path", "file-path", "directory-path"}


def leaves(tree: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield every value that holds no others, with the path to it."""
    if isinstance(tree, dict | list):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from leaves(value, (*path, key))
    else:
        yield path, tree


def check_options(options: dict[str, Any], model: type[BaseModel], source: Source, at: KeyPath) -> list[Problem]:
    """Return what the model has against the options that stand at `at`; a secret counts as some long text."""
    refs = [path for path, value in leaves(options) if isinstance(value, SecretRef)]
    problems = [_in_the_open(source, (*at, *path)) for path in refs if not _may_be_secret(model, path)]
    problems += check_scalars(options, model, source, at)
    try:
        model.model_validate(_hidden(options))
    except ValidationError as error:
        hidden = {dotted((*at, *path)) for path in refs}
        problems += [problem for problem in explain(error, model, source, at) if problem.path not in hidden]
    return problems


def check_scalars(tree: Any, model: type[BaseModel], source: Source, at: KeyPath) -> list[Problem]:
    """Return the values that the model would take for a number or a truth although they are not written as one.

    Pydantic reads the text 0123 as 123 and the word yes as true; whoever wrote that may have meant something else.
    """
    problems = []
    for path, value in leaves(tree):
        sentence = _misfit(value, {str(shape.get("type")) for shape in shapes_at(model, path)})
        if sentence:
            problems.append(Problem(sentence, dotted((*at, *path)), source.value_place((*at, *path))))
    return problems


def _misfit(value: Any, types: set[str]) -> str:
    if not isinstance(value, str | bool | int | float) or not types or not types <= {*_NUMBERS, "boolean", "null"}:
        return ""
    if "boolean" in types:
        return "" if isinstance(value, bool) else "must be true or false"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ""
    return "must be a number" if "number" in types else "must be a whole number"


def _in_the_open(source: Source, path: KeyPath) -> Problem:
    return Problem("no secret can stand here: write the value itself", dotted(path), source.value_place(path))


def _may_be_secret(model: type[BaseModel], path: KeyPath) -> bool:
    shapes = shapes_at(model, path)
    return not shapes or any(not shape or shape.get("format") == "password" for shape in shapes)


def _hidden(tree: Any) -> Any:
    if isinstance(tree, SecretRef):
        return _PLACEHOLDER
    if isinstance(tree, dict):
        return {key: _hidden(value) for key, value in tree.items()}
    return [_hidden(item) for item in tree] if isinstance(tree, list) else tree


def check_secrets(
    options: dict[str, Any], source: Source, at: KeyPath, places: list[Path]
) -> tuple[list[Problem], list[str]]:
    """Return the secrets that can't be had, and a note for each that is there but not for this user."""
    problems, notes = [], []
    for path, value in leaves(options, at):
        error = _unreadable(value, places) if isinstance(value, SecretRef) else None
        if error is not None:
            problem = Problem(str(error), dotted(path), source.value_place(path))
            if isinstance(error.__cause__, PermissionError):
                notes.append(str(problem))
            else:
                problems.append(problem)
    return problems, notes


def _unreadable(ref: SecretRef, places: list[Path]) -> SecretError | None:
    try:
        secrets.read(ref, places)
    except SecretError as error:
        return error
    return None


def make_absolute(options: dict[str, Any], model: type[BaseModel], source: Source, at: KeyPath) -> None:
    """Write out relative paths among the options: each is meant from the folder of the file it stands in."""
    for path, value in list(leaves(options)):
        if isinstance(value, str) and any(shape.get("format") in _PATHS for shape in shapes_at(model, path)):
            inside: Any = options
            for part in path[:-1]:
                inside = inside[part]
            place = source.value_place((*at, *path))
            assert place is not None  # what is in the tree was read from a file
            inside[path[-1]] = absolute(value, place.file)
