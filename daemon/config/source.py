"""The only door to PyYAML: reads one file into a plain tree that remembers where everything stands.

YAML 1.1 turns `22:00` into 1320, `NO` into false and drops a key given twice without a word. Here only true and
false, plain decimal numbers and null are anything but text, and whatever is doubtful is a problem with its place.
"""

import re
import stat
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from daemon.errors import Place, Problem
from daemon.secrets import SecretRef, valid_name

KeyPath = tuple[str | int, ...]
"""The keys and indexes that lead to a value, such as `("people", "anna", "roles", 0)`."""

LARGEST_FILE = 1024 * 1024
"""Bytes of one file."""
MOST_VALUES = 100_000
"""Values of one file with every alias written out: an alias bomb ends here."""
DEEPEST = 50
"""Levels of nesting."""

_PLAIN = "="
"""Begins the marks this module puts on scalars that carry no tag of their own; a tag never begins so."""
_BOOLEANS = {"true": True, "false": False}
_NULLS = {"", "~", "null"}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9]\d{0,17})", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9]\d{0,14})\.\d{1,15}", re.ASCII)
_CONTROL = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MUST_BE_QUOTED = "*&@`%!|>"


@dataclass(frozen=True)
class Source:
    """What was read: the plain tree, the places of its keys and values, what is wrong, and the files it came from."""

    tree: dict[str, Any]
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    values: dict[KeyPath, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    files: tuple[Path, ...] = ()

    def value_place(self, path: KeyPath) -> Place | None:
        """Return where the value of `path` stands, else where the nearest thing around it does."""
        return self.values.get(path) or self.key_place(path)

    def key_place(self, path: KeyPath) -> Place | None:
        """Return where the key of `path` stands, else where the nearest thing around it does."""
        around = (path[:length] for length in range(len(path), -1, -1))
        return next((found for p in around if (found := self.keys.get(p) or self.values.get(p))), None)


def dotted(path: KeyPath) -> str:
    """Return `path` as a person reads it: `people.anna.roles[0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


class _TooMuchError(Exception):
    """Ends the reading of a file that would cost too much memory or stack; its problem is already noted."""


class _Loader(yaml.CSafeLoader):
    """Marks scalars instead of guessing their type, so that a tag that was written can be told from none."""

    def resolve(self, kind: Any, _value: Any, implicit: Any) -> str:
        plain = kind is not yaml.ScalarNode or implicit[0]
        return _PLAIN if plain else f"{_PLAIN}quoted"


class _Dumper(yaml.SafeDumper):
    """Writes everything out, without aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))
_Dumper.add_representer(
    float, lambda dumper, number: dumper.represent_scalar("tag:yaml.org,2002:float", f"{Decimal(repr(number)):f}")
)
_Dumper.add_representer(SecretRef, lambda dumper, ref: dumper.represent_scalar("!secret", ref.name))


def dump(tree: dict[str, Any]) -> str:
    """Return a tree as YAML that `parse` reads back as the same tree; secrets stay references."""
    return str(yaml.dump(tree, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**6))


def parse(text: str, file: str) -> Source:
    """Return the one document of `text`; `file` is how the problems and places name it."""
    reading = _Reading(file)
    text = text.removeprefix("\ufeff")
    control = _CONTROL.search(text)
    if control:
        before = text[: control.start()]
        place = Place(file, before.count("\n") + 1, control.start() - before.rfind("\n"))
        return _refused(Problem("a control character stands here: delete it", place=place))
    try:
        reading.refuse_depth(text)
        node = yaml.compose(text, Loader=_Loader)
        tree = reading.build(node, ()) if node is not None else None
    except yaml.YAMLError as error:
        return _refused(_syntax(error, text, file))
    except _TooMuchError:
        return _refused(*reading.problems)
    if not isinstance(tree, dict):
        what = "the file is empty" if node is None else "the file is no mapping"
        shape = Problem(f"{what}: it is made of keys such as shop: and routines:", place=Place(file, 1, 1))
        return _refused(*(reading.problems or [shape]))
    return Source(tree, reading.keys, reading.values, tuple(reading.problems))


def read_text(path: Path) -> str | Problem:
    """Return the text of the file, or the problem that it can't be had."""
    place = Place(str(path), 1, 1)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return Problem("this is not a file", place=place)
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        return Problem("there is no such file", place=place)
    except PermissionError:
        return Problem("this user may not read the file", place=place)
    except OSError as error:
        return Problem(f"the file can't be read: {error.strerror}", place=place)
    return _decoded(content, path)


def _decoded(content: bytes, path: Path) -> str | Problem:
    if len(content) > LARGEST_FILE:
        return Problem("the file is over 1 MB; a configuration is never that large", place=Place(str(path), 1, 1))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        where = Place(str(path), before.count(b"\n") + 1, column)
        return Problem("this byte is not UTF-8: save the file as UTF-8", place=where)


def _refused(*problems: Problem) -> Source:
    return Source({}, problems=problems)


@dataclass
class _Reading:
    """The reading of one document; `count` is the number of values built so far."""

    file: str
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    values: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def refuse_depth(self, text: str) -> None:
        """Look at the depth before the tree is composed, which recurses in C; raise _TooMuchError."""
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                self.give_up(f"this is nested more than {DEEPEST} levels deep", self.place(event))

    def give_up(self, sentence: str, place: Place) -> None:
        """Note why the file can't be read and raise _TooMuchError."""
        self.problems = [Problem(sentence, place=place)]
        raise _TooMuchError

    def place(self, marked: Any) -> Place:
        """Return where a node or an event begins."""
        return Place(self.file, marked.start_mark.line + 1, marked.start_mark.column + 1)

    def wrong(self, sentence: str, path: KeyPath, node: Any) -> None:
        """Note a problem."""
        self.problems.append(Problem(sentence, dotted(path), self.place(node)))

    def build(self, node: Any, path: KeyPath) -> Any:
        """Return the plain value of a node and remember where it stands; raise _TooMuchError."""
        self.count += 1
        if self.count > MOST_VALUES or len(path) > DEEPEST:
            self.give_up("with its aliases written out this is too large", self.place(node))
        self.values[path] = self.place(node)
        if not node.tag.startswith(_PLAIN):
            return self.tagged(node, path)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        return scalar(node.value) if node.tag == _PLAIN else node.value

    def mapping(self, node: Any, path: KeyPath) -> dict[str, Any]:
        """Return a mapping with text keys; a key given twice keeps its first value."""
        tree: dict[str, Any] = {}
        for key, value in node.value:
            sentence = _wrong_key(key)
            here = (*path, str(key.value))
            if sentence:
                self.wrong(sentence, path, key)
            elif key.value in tree:
                self.wrong(f"this key is given twice, the first time in line {self.keys[here].line}", here, key)
            else:
                self.keys[here] = self.place(key)
                tree[key.value] = self.build(value, here)
        return tree

    def tagged(self, node: Any, path: KeyPath) -> Any:
        """Return the reference of a `!secret`; refuse every other tag."""
        if node.tag != "!secret":
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            self.wrong(f"the tag {tag} is not known; the only one is !secret", path, node)
            return None
        if not isinstance(node, yaml.ScalarNode) or not valid_name(node.value):
            self.wrong("after !secret comes the name of a secret's file: letters, digits, . _ and -", path, node)
            return None
        return SecretRef(node.value)


def _wrong_key(key: Any) -> str:
    if not isinstance(key, yaml.ScalarNode) or not key.tag.startswith(_PLAIN):
        return "a key is plain text"
    if key.value == "<<":
        return "merge keys (<<) are not understood: write the keys out"
    return "" if key.value.strip() else "a key is missing before this colon"


def scalar(text: str) -> bool | int | float | str | None:
    """Return what unquoted text means: true, false, null, a plain decimal number, or else the text itself."""
    word = text.lower()
    if word in _NULLS:
        return None
    if word in _BOOLEANS:
        return _BOOLEANS[word]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _syntax(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """Return a syntax error in words of the file instead of the parser's."""
    here = getattr(error, "problem_mark", None)
    began = getattr(error, "context_mark", None) or here
    if here is None or began is None:
        return Problem("this is not YAML", place=Place(file, 1, 1))
    lines = text.splitlines() or [""]
    begins = _rest(lines, began)
    parts = (str(getattr(error, "context", "")), str(getattr(error, "problem", "")))
    sentence, mark = _in_words(*parts, begins), began
    if "single document" in parts[0]:
        sentence, mark = "a file is one document: take out the line ---", here
    elif sentence is None:
        sentence, mark = "this line does not fit those above: look at its indentation and its colon", here
    if "\t" in _indent(lines, here):
        sentence, mark = "a tab stands here: indent with spaces", here
    return Problem(sentence, place=Place(file, min(mark.line, len(lines) - 1) + 1, mark.column + 1))


def _rest(lines: list[str], mark: Any) -> str:
    return lines[mark.line][mark.column :] if mark.line < len(lines) else ""


def _indent(lines: list[str], mark: Any) -> str:
    line = lines[mark.line] if mark.line < len(lines) else ""
    return line[: len(line) - len(line.lstrip())]


def _in_words(context: str, problem: str, begins: str) -> str | None:
    if begins[:1] and begins[0] in _MUST_BE_QUOTED:
        return f'quote this value: one that begins with {begins[0]} is written "{begins[0]}…"'
    if "quoted scalar" in context:
        return "a quotation mark is opened here and not closed, or a \\ stands in double quotes"
    if "flow" in context:
        return "a bracket is opened here and not closed, or a comma is missing"
    if "mapping values" in problem:
        return "a colon too many: quote the value, or indent the line like its neighbours"
    return None
