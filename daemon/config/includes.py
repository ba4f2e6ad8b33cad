"""The files of a configuration as one tree: the main file and what its `include:` names, merged at the top.

An included file may hold any part of the whole. What stands in two files is a problem that names both places,
never a silent choice.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.config.source import KeyPath, Source, dotted, parse, read_text
from daemon.errors import Place, Problem

_FOLDERS = ("state", "secrets", "plugins", "templates")
"""Top keys that hold a path."""


def absolute(text: str, file: str) -> str:
    """Return a path that stands in `file` as an absolute one; `~` is the home of the user who runs this."""
    folder = Path(file).absolute().parent
    return os.path.normpath(folder / os.path.expanduser(text))  # noqa: PTH111 - Path.expanduser raises without a home


def read(path: Path) -> Source:
    """Return the file with everything it includes and its folders as absolute paths.

    All that is wrong is in the source's problems.
    """
    merging = _Merging()
    merging.add(path, None)
    return Source(merging.tree, merging.keys, merging.values, tuple(merging.problems), tuple(merging.files))


@dataclass
class _Merging:
    """One tree that grows file by file; `asked` is where an `include:` names the file that is read."""

    tree: dict[str, Any] = field(default_factory=dict)
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    values: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    def add(self, path: Path, asked: Place | None) -> None:
        """Read a file, merge it, then read what it includes; `path` is refused where it was read before."""
        if path.absolute().resolve() in [known.absolute().resolve() for known in self.files]:
            self.problems.append(Problem(f"the file {path} is included twice or includes itself", "include", asked))
            return
        self.files.append(path)
        text = read_text(path)
        if isinstance(text, Problem):
            included = Problem(f"the included file {path}: {text.sentence}", "include", asked)
            self.problems.append(text if asked is None else included)
            return
        self.merge(parse(text, str(path)), path)

    def merge(self, source: Source, path: Path) -> None:
        """Take over one file's tree, then the files it names."""
        self.problems.extend(source.problems)
        self.values.setdefault((), Place(str(path), 1, 1))
        wanted = source.tree.pop("include", None)
        for key, value in source.tree.items():
            folder = key in _FOLDERS and isinstance(value, str)
            self.merge_top(source, key, absolute(value, str(path)) if folder else value)
        for index, name in enumerate(wanted if isinstance(wanted, list) else [wanted]):
            place = source.value_place(("include", index))
            if isinstance(name, str):
                self.add(path.parent / name, place)
            elif name is not None:
                self.problems.append(Problem("must be a file name or a list of them", "include", place))

    def merge_top(self, source: Source, key: str, value: Any) -> None:
        """Take over one top key; two mappings of the same key become one."""
        mine = self.tree.get(key)
        if mine is None:
            self.take(source, (key,))
            self.tree[key] = value
        elif not isinstance(mine, dict) or not isinstance(value, dict):
            self.both(source, (key,))
        else:
            for inner, part in value.items():
                if inner in mine:
                    self.both(source, (key, inner))
                else:
                    self.take(source, (key, inner))
                    mine[inner] = part

    def take(self, source: Source, path: KeyPath) -> None:
        """Take over the places of a value and of all it holds."""
        depth = len(path)
        self.keys.update({p: place for p, place in source.keys.items() if p[:depth] == path})
        self.values.update({p: place for p, place in source.values.items() if p[:depth] == path})

    def both(self, source: Source, path: KeyPath) -> None:
        """Note that two files give the same key."""
        first = self.key_place(path)
        sentence = f"this key is given in two files, the first time in {first}"
        self.problems.append(Problem(sentence, dotted(path), source.key_place(path)))

    def key_place(self, path: KeyPath) -> Place | None:
        """Return where a key of the merged tree stands."""
        return self.keys.get(path)
