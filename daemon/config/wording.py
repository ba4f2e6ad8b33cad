"""What pydantic found, in sentences a shopkeeper reads, each with its place and a word that may have been meant.

What was typed is never repeated: it may be a secret.
"""

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from daemon.config.shapes import keys_at, shapes_at, words_at
from daemon.config.source import KeyPath, Source, dotted
from daemon.errors import Problem
from daemon.secrets import SecretRef

_OTHER_WORDS = {"on": "days", "when": "at", "time": "at", "schedule": "cron", "interval": "every", "type": "use"}
_NAME_FORM = "a name begins with a letter and has up to 48 letters, digits, _ and -"
_TOPICS: Sequence[tuple[tuple[str, ...], str]] = (
    (("missing",), "is missing"),
    (("int_",), "must be a whole number"),
    (("float_", "decimal_", "finite_number"), "must be a number"),
    (("bool_",), "must be true or false"),
    (("list_type", "tuple_type", "set_type", "frozen_set_type"), "must be a list, such as [a, b]"),
    (("dict_type", "model_type", "model_attributes_type", "mapping_type"), "must hold keys, indented below it"),
    (("date_", "datetime_"), "must be a date, such as 2026-01-31"),
    (("url_",), "must be an address, such as https://example.com"),
    (("path_",), "must be the path of a file or folder"),
)
_LIMITS: dict[str, str] = {
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} item(s)",
    "too_long": "must have at most {max_length} items",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
}


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that `word` may stand for, or nothing."""
    words = sorted(set(known))
    folded = {name.casefold(): name for name in words}
    ends = {name.casefold().rpartition("/")[2]: name for name in words}
    asked = word.casefold().replace(" ", "_")
    exact = (
        folded.get(asked) or ends.get(asked) or (_OTHER_WORDS.get(asked) if _OTHER_WORDS.get(asked) in words else "")
    )
    close = difflib.get_close_matches(asked, folded, n=1)
    return exact or (folded[close[0]] if close else "")


def suggest(sentence: str, word: str, known: Iterable[str]) -> str:
    """Return the sentence with the nearest known word, or with all of them where none is near and they are few."""
    words = list(known)
    meant = nearest(word, words)
    if meant:
        return f'{sentence}. Did you mean "{meant}"?'
    few = 0 < len(words) <= 25  # noqa: PLR2004 - what still fits a line or two
    return f"{sentence}; known here: {', '.join(words)}" if few else sentence


def explain(error: ValidationError, model: type[BaseModel], source: Source, at: KeyPath) -> list[Problem]:
    """Return one problem per place that the model refused; `at` is where its part of the tree begins."""
    sentences: dict[KeyPath, list[str]] = {}
    places: dict[KeyPath, Callable[[KeyPath], Any]] = {}
    tree = _inside(source.tree, at)
    for details in error.errors(include_url=False):
        path = _real_path(details, tree)
        sentence = _sentence(details, model, path)
        known = sentences.setdefault((*at, *path), [])
        if sentence not in known:
            known.append(sentence)
        of_key = details["type"] in {"extra_forbidden", "missing"} or details["loc"][-1:] == ("[key]",)
        places.setdefault((*at, *path), source.key_place if of_key else source.value_place)
    return [Problem(", or ".join(them), dotted(path), places[path](path)) for path, them in sentences.items()]


def _inside(tree: Any, path: KeyPath) -> Any:
    """Return the part of the tree at `path`; options that are left out count as empty."""
    for part in path:
        tree = tree.get(part, {})
    return tree


def _real_path(details: ErrorDetails, tree: Any) -> KeyPath:
    """Return pydantic's location without the steps that are no part of the file, such as members of a union."""
    path: list[str | int] = []
    for part in details["loc"]:
        inside = isinstance(tree, dict) and part in tree
        if inside or (isinstance(tree, list) and isinstance(part, int) and part < len(tree)):
            path.append(part)
            tree = tree[part]
        elif details["type"] == "missing" and part == details["loc"][-1]:
            path.append(part)
    return tuple(path)


def _sentence(details: ErrorDetails, model: type[BaseModel], path: KeyPath) -> str:
    kind, typed, limits = details["type"], details["input"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return suggest("unknown key", str(path[-1]), keys_at(model, path[:-1]))
    if kind == "unknown_zone":
        return suggest(details["msg"], str(typed), available_timezones())
    if kind == "value_error":
        return str(limits["error"])
    if isinstance(typed, SecretRef):
        return "no secret can stand here: write the value itself"
    sentence = _LIMITS[kind].format(**limits) if kind in _LIMITS else _general(kind, details, model, path)
    known = words_at(model, path) if kind in {"literal_error", "enum"} else []
    meant = nearest(str(typed), known)
    return f'{sentence}. Did you mean "{meant}"?' if meant else sentence


def _general(kind: str, details: ErrorDetails, model: type[BaseModel], path: KeyPath) -> str:
    if kind == "string_type":
        return "must be text: put it in quotes" if isinstance(details["input"], int | float) else "must be text"
    if kind == "string_pattern_mismatch":
        return _form(details, model, path)
    for kinds, sentence in _TOPICS:
        if kind.startswith(kinds):
            return sentence
    return details["msg"][:1].lower() + details["msg"][1:]


def _form(details: ErrorDetails, model: type[BaseModel], path: KeyPath) -> str:
    if details["loc"][-1:] == ("[key]",):
        return _NAME_FORM
    wanted = next((shape["description"] for shape in shapes_at(model, path) if "description" in shape), "")
    return f"has the wrong form. {wanted}" if wanted else "has the wrong form"
