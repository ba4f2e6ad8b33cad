"""What no single entry of the file can know: whether the names it uses exist and the order it asks for can be had."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from daemon.config.source import KeyPath, Source, dotted
from daemon.config.wording import suggest
from daemon.errors import Problem
from daemon.render.languages import LANGUAGES

CALENDAR_JOB = "calendar"
"""The job that `except: holidays` relies on."""
_SINGLE = {"login", "owner"}
"""Keys that hold one word; the others hold lists."""


def cross_check(source: Source) -> list[Problem]:
    """Return what is wrong between the entries; entries of a wrong shape are left to their models."""
    people, routines = _entries(source, "people"), _entries(source, "routines")
    return [
        *_same_logins(source, people),
        *_strangers(source, routines, people),
        *_unknown_routines(source, routines),
        *_circles(source, routines),
        *_without_calendar(source, routines),
    ]


def _without_calendar(source: Source, routines: dict[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each routine that leaves out holidays which nobody looks up."""
    if any(isinstance(entry, dict) and entry.get("job") == CALENDAR_JOB for entry in routines.values()):
        return
    for name, entry in routines.items():
        if isinstance(entry, dict) and entry.get("except") == "holidays":
            yield _problem(
                source,
                ("routines", name, "except"),
                "nobody looks the holidays up: add a routine such as "
                'calendar: { job: calendar, at: "00:10", days: [1] }',
            )


def addressless(source: Source) -> list[str]:
    """Return a note for each person who is to get mail and has no address."""
    people = _entries(source, "people")
    named = {name for entry in _entries(source, "routines").values() for _, name in _names(entry, "to")}
    return [f"{name} is to get mail but has no email" for name in people if name in named and not _email(people[name])]


def unspoken(source: Source) -> list[str]:
    """Return a note for each language that is asked for and not there; who asks for it gets English."""
    shop = source.tree.get("shop")
    speakers = {"shop": shop, **{f"people.{name}": person for name, person in _entries(source, "people").items()}}
    asked = {path: one.get("language") for path, one in speakers.items() if isinstance(one, dict)}
    return [
        f"{path}.language: mails are written in {', '.join(LANGUAGES)}, not in {language}: they come in English"
        for path, language in asked.items()
        if isinstance(language, str) and language and language not in LANGUAGES
    ]


def _email(person: Any) -> bool:
    return isinstance(person, dict) and bool(person.get("email"))


def _entries(source: Source, key: str) -> dict[str, Any]:
    entries = source.tree.get(key)
    return entries if isinstance(entries, dict) else {}


def _names(entry: Any, key: str) -> Iterator[tuple[KeyPath, str]]:
    """Yield the words under a key of an entry, with the rest of the path to each."""
    value = entry.get(key) if isinstance(entry, dict) else None
    if isinstance(value, str) and value and key in _SINGLE:
        yield (key,), value
    for index, word in enumerate(value if isinstance(value, list) else []):
        if isinstance(word, str):
            yield (key, index), word


def _problem(source: Source, path: KeyPath, sentence: str) -> Problem:
    return Problem(sentence, dotted(path), source.value_place(path))


def _same_logins(source: Source, people: dict[str, Any]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, person in people.items():
        for rest, login in _names(person, "login"):
            if seen.setdefault(login, name) != name:
                sentence = f"{seen[login]} has the same login; it must belong to one person"
                yield _problem(source, ("people", name, *rest), sentence)


def _strangers(source: Source, routines: dict[str, Any], people: dict[str, Any]) -> Iterator[Problem]:
    for routine, entry in routines.items():
        for key in ("owner", "to"):
            for rest, name in _names(entry, key):
                if name not in people:
                    sentence = suggest("there is nobody of this name under people:", name, people)
                    yield _problem(source, ("routines", routine, *rest), sentence)


def _unknown_routines(source: Source, routines: dict[str, Any]) -> Iterator[Problem]:
    for routine, entry in routines.items():
        for rest, name in _names(entry, "after"):
            if name not in routines:
                sentence = suggest(
                    "there is no routine of this name", name, [other for other in routines if other != routine]
                )
                yield _problem(source, ("routines", routine, *rest), sentence)


def _circles(source: Source, routines: dict[str, Any]) -> Iterator[Problem]:
    waits = {name: {other for _, other in _names(entry, "after")} for name, entry in routines.items()}
    while circle := _circle(waits):
        first = min(circle, key=list(routines).index)
        turned = circle[circle.index(first) :] + circle[: circle.index(first)]
        sentence = f"these routines wait for each other: {' after '.join([*turned, first])}"
        yield _problem(source, ("routines", first, "after"), sentence)
        waits = {name: others for name, others in waits.items() if name not in circle}


def _circle(waits: dict[str, set[str]]) -> list[str]:
    """Return the names of one circle, each before the one it waits for; none where there is no circle."""
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found[:0:-1]
    return []
