"""Which objects of a bucket are one backup, and which lists of sums belong to it (pure)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from jobs.connectors.backups._s3_asking import Stored
from jobs.connectors.backups.tree import shown
from jobs.kinds.backup import Copy

LIST, OWN_LIST = "SHA256SUMS", ".sha256"
"""A list for all that lies beside or below it, and the ending of a list for the one file beside it."""


@dataclass(frozen=True)
class Held:
    """The objects of one backup; names in its `lists` (keys) are meant from `folder`: "", or it ends in a slash."""

    objects: tuple[Stored, ...]
    folder: str
    lists: tuple[str, ...]
    alone: bool
    """Whether it is a single object, so that other files that a list names are other backups."""


def copies_of(
    stored: Iterable[Stored], prefix: str, pattern: str, shape: Literal["object", "folder"]
) -> dict[Copy, Held]:
    """Return the backups among the objects behind a prefix, and what each consists of."""
    objects = {one.key: one for one in stored if not one.key.endswith("/")}
    found = _single(objects) if shape == "object" else _sets(objects, prefix)
    named = ((_behind(key, prefix), held) for key, held in found)
    return {_copy(key, held): held for key, held in named if _matches(key, pattern)}


def is_list(key: str) -> bool:
    """Say whether an object, by its name, tells of others and is part of no backup."""
    return key.endswith(OWN_LIST) or key.rpartition("/")[2] == LIST


def _single(objects: Mapping[str, Stored]) -> Iterator[tuple[str, Held]]:
    for key, one in objects.items():
        folder = key[: len(key) - len(key.rpartition("/")[2])]
        beside = [name for name in (f"{key}{OWN_LIST}", f"{folder}{LIST}") if name in objects]
        if not is_list(key):
            yield key, Held((one,), folder, tuple(beside[:1]), alone=True)


def _sets(objects: Mapping[str, Stored], prefix: str) -> Iterator[tuple[str, Held]]:
    sets: dict[str, list[Stored]] = {}
    for key, one in objects.items():
        name, slash, _ = _behind(key, prefix).partition("/")
        if slash:
            sets.setdefault(key[: len(key) - len(_behind(key, prefix))] + name, []).append(one)
    for name, inside in sets.items():
        folder = f"{name}/"
        lists = [one.key for one in inside if is_list(one.key) and "/" not in one.key[len(folder) :]]
        content = tuple(one for one in inside if one.key not in lists)
        if content:
            yield name, Held(content, folder, tuple(sorted(lists)), alone=False)


def _behind(key: str, prefix: str) -> str:
    """Return a name without the prefix and the slash after it; one that is nothing else keeps its last part."""
    return key.removeprefix(prefix).removeprefix("/") or key.rpartition("/")[2]


def _matches(name: str, pattern: str) -> bool:
    """Say whether each level of a name is as the same level of the pattern; no pattern fits all."""
    levels, wanted = name.split("/"), pattern.split("/")
    return not pattern or (len(levels) == len(wanted) and all(map(fnmatchcase, levels, wanted)))


def _copy(name: str, held: Held) -> Copy:
    newest = max(one.moment for one in held.objects)
    return Copy(shown(name), newest, sum(one.size for one in held.objects), len(held.objects), id=name)
