"""Where the sentence given to `Text(...)` comes from, followed through constants, tables, helpers and value classes.

A literal says what it is. A name is followed to what was assigned to it, a table to its values, a condition to both
of its ends. Where a function hands its own parameter to `Text`, or a value class its field, every call of that
function or class is read as well. What can't be followed is a riddle: somebody must write it as a literal.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Sentence:
    """A message of the program: its id, its plural ("" without one), and where it stands as `file:line`."""

    place: str
    id: str
    plural: str = ""


@dataclass(frozen=True)
class Slot:
    """An argument by its position and its name."""

    index: int
    name: str


@dataclass(frozen=True)
class Speaker:
    """A callable that makes a message of its arguments: the one that is the id and the one that is the plural."""

    one: Slot
    many: Slot | None = None


@dataclass(frozen=True)
class Handed:
    """A value that came in from outside: as the parameter of a function or the field of a class, named `owner`."""

    owner: str
    slot: Slot


@dataclass
class Module:
    """One parsed file: the scopes around each node, what is assigned at its top, and the classes with fields."""

    name: str
    tree: ast.Module
    scopes: dict[ast.AST, tuple[Scope, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._enter(self.tree, ())

    def _enter(self, node: ast.AST, around: tuple[Scope, ...]) -> None:
        for child in ast.iter_child_nodes(node):
            self.scopes[child] = around
            self._enter(child, (child, *around) if isinstance(child, Scope) else around)

    def calls(self) -> Iterator[ast.Call]:
        """Yield every call in the file."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def fields(self) -> Iterator[Handed]:
        """Yield the annotated fields of every class, as positions of its constructor."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef):
                lines = [line.target for line in node.body if isinstance(line, ast.AnnAssign)]
                names = [target.id for target in lines if isinstance(target, ast.Name)]
                yield from (Handed(node.name, Slot(index, name)) for index, name in enumerate(names))


class Tracer:
    """Follows expressions within one set of modules; `speakers` grows while helpers are found."""

    def __init__(self, paths: Iterator[Path], root: Path) -> None:
        self.modules = [Module(str(p.relative_to(root)), ast.parse(p.read_text("utf-8"))) for p in sorted(paths)]
        self.speakers = {"Text": {Speaker(Slot(0, "id"), Slot(2, "plural"))}}

    def read(self) -> tuple[list[Sentence], list[str]]:
        """Return every message, and the places of the riddles."""
        while True:
            known = sum(map(len, self.speakers.values()))
            sentences, riddles = self._pass()
            if known == sum(map(len, self.speakers.values())):
                return sentences, riddles

    def _pass(self) -> tuple[list[Sentence], list[str]]:
        sentences, riddles = list[Sentence](), list[str]()
        for module in self.modules:
            for call in module.calls():
                for speaker in sorted(self.speakers.get(_called(call), ()), key=repr):
                    found = self._said(module, call, speaker)
                    if found is None:
                        riddles.append(f"{module.name}:{call.lineno}")
                    sentences += found or []
        return sentences, riddles

    def _said(self, module: Module, call: ast.Call, speaker: Speaker) -> list[Sentence] | None:
        """Return what one call says; None for a riddle."""
        one, many = _argument(call, speaker.one), _argument(call, speaker.many)
        if one is None or _of_another(one):
            return []
        ids = self._origins(module, one)
        plurals = [""] * len(ids or ()) if many is None else self._origins(module, many)
        if ids is None or plurals is None or len(ids) != len(plurals):
            return None
        said = []
        for id_, plural in zip_longest(ids, plurals):
            if isinstance(id_, Handed):
                self._learn(id_, plural)
            elif id_:
                said.append(Sentence(f"{module.name}:{one.lineno}", id_, str(plural)))
        return said

    def _learn(self, one: Handed, many: "str | Handed") -> None:
        plural = many.slot if isinstance(many, Handed) else None
        self.speakers.setdefault(one.owner, set()).add(Speaker(one.slot, plural))

    def _origins(self, module: Module, node: ast.expr) -> "list[str | Handed] | None":
        """Return all that an expression may be, in the order of the text; None where it can't be followed."""
        found: list[str | Handed] = []
        for leaf in self._leaves(module, node):
            if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
                found.append(leaf.value)
            elif isinstance(leaf, Handed):
                found.append(leaf)
            else:
                return None
        return found or None

    def _leaves(self, module: Module, node: ast.expr) -> "Iterator[ast.expr | Handed]":
        if isinstance(node, ast.IfExp):
            yield from self._leaves(module, node.body)
            yield from self._leaves(module, node.orelse)
        elif isinstance(node, ast.Subscript | ast.Call):
            yield from self._looked_up(module, node)
        elif isinstance(node, ast.Attribute):
            fields = [one for one in module.fields() if one.slot.name == node.attr]
            yield from fields
            if not fields:
                yield node
        elif isinstance(node, ast.Name):
            yield from self._named(module, node)
        else:
            yield node

    def _looked_up(self, module: Module, node: ast.Subscript | ast.Call) -> "Iterator[ast.expr | Handed]":
        """Yield the values of `TABLE[key]` or `TABLE.get(key, default)`; another call is the riddle itself."""
        if isinstance(node, ast.Subscript):
            table, default = node.value, list[ast.expr]()
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            table, default = node.func.value, node.args[1:]
        else:
            yield node
            return
        for found in self._leaves(module, table):
            yield from self._members(module, found)
        for other in default:
            yield from self._leaves(module, other)

    def _members(self, module: Module, table: "ast.expr | Handed") -> "Iterator[ast.expr | Handed]":
        values = table.values if isinstance(table, ast.Dict) else getattr(table, "elts", [])
        for value in values:
            yield from self._leaves(module, value)

    def _named(self, module: Module, node: ast.Name) -> "Iterator[ast.expr | Handed]":
        for scope in module.scopes[node]:
            handed = _parameter(scope, node.id)
            if handed is not None:
                yield handed
                return
            if not isinstance(scope, ast.Lambda) and (found := list(self._assigned(module, scope.body, node.id))):
                yield from found
                return
        yield from self._assigned(module, module.tree.body, node.id)

    def _assigned(self, module: Module, body: list[ast.stmt], name: str) -> "Iterator[ast.expr | Handed]":
        for statement in (node for line in body for node in ast.walk(line)):
            if not isinstance(statement, ast.Assign):
                continue
            for target, value in _pairs(statement.targets[0], statement.value):
                if isinstance(target, ast.Name) and target.id == name:
                    yield from self._leaves(module, value)
                elif isinstance(target, ast.Tuple):
                    yield from self._unpacked(module, target, value, name)

    def _unpacked(self, module: Module, target: ast.Tuple, value: ast.expr, name: str) -> "Iterator[ast.expr | Handed]":
        for index, part in enumerate(target.elts):
            if isinstance(part, ast.Name) and part.id == name:
                for leaf in self._leaves(module, value):
                    yield from self._leaves(module, leaf.elts[index]) if isinstance(leaf, ast.Tuple) else ()


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what is assigned to what, `a, b = 1, 2` as two."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def _of_another(one: ast.expr) -> bool:
    """Whether this is the id of a message that was made, and read, elsewhere: `words.id`."""
    return isinstance(one, ast.Attribute) and one.attr == "id"


def _called(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _argument(call: ast.Call, slot: Slot | None) -> ast.expr | None:
    if slot is None:
        return None
    named = [keyword.value for keyword in call.keywords if keyword.arg == slot.name]
    if named:
        return named[0]
    return call.args[slot.index] if slot.index < len(call.args) else None


def _parameter(scope: Scope, name: str) -> Handed | None:
    """Return the parameter of that name; templates hand theirs to a lambda, whose owner has no name."""
    names = [one.arg for one in (*scope.args.posonlyargs, *scope.args.args)]
    names = names[1:] if names[:1] in (["self"], ["cls"]) else names
    if name not in [*names, *(one.arg for one in scope.args.kwonlyargs)]:
        return None
    index = names.index(name) if name in names else len(names) + 99
    return Handed(getattr(scope, "name", "lambda"), Slot(index, name))
