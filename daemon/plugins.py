"""One loader for every plug-in: the built-in package, installed packages and single files of your own folder.

A plug-in is a module, and every `Job`, `Connector`, `FactName` and `WorkLine` at its top level counts. One that can't
be imported becomes an entry in a list, not a dead program.
"""

import importlib
import importlib.machinery
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from daemon.context import SOURCE_RECORDS, TASK_LISTED
from daemon.model import FactName
from daemon.plugin import Connector, Job
from daemon.workline import WorkLine

GROUP = "nightclerk.plugins"
OWN_FILES = "nightclerk_plugins"
"""Begins the module names of single files."""
_NO_PLUGINS = ("_", "testing")
_WRITABLE_BY_OTHERS = 0o022


@dataclass(frozen=True)
class PluginFailure:
    """A plug-in that is not there: where it came from, its module, and why."""

    origin: str
    module: str
    sentence: str


@dataclass(frozen=True)
class Registry:
    """All plug-ins: jobs, facts, lines by name, connectors by `kind/name`; `origins` says which module each is from."""

    jobs: Mapping[str, Job[Any]]
    connectors: Mapping[str, Connector[Any, Any]]
    facts: Mapping[str, FactName]
    origins: Mapping[str, str]
    failures: tuple[PluginFailure, ...] = ()
    lines: Mapping[str, WorkLine] = field(default_factory=dict)

    @property
    def declared(self) -> frozenset[str]:
        """The names of the facts a run may report."""
        return frozenset(self.facts)

    def connectors_named(self, use: str) -> list[str]:
        """Return the keys that `use:` may mean: a key itself, or every key of that plain name."""
        return [use] if use in self.connectors else [key for key in self.connectors if key.partition("/")[2] == use]


_OWN_FACTS = (SOURCE_RECORDS, TASK_LISTED)


@dataclass
class _Gathering:
    """A registry that grows module by module; the first of two that claim a name stays."""

    jobs: dict[str, Job[Any]] = field(default_factory=dict)
    connectors: dict[str, Connector[Any, Any]] = field(default_factory=dict)
    facts: dict[str, FactName] = field(default_factory=lambda: {fact.name: fact for fact in _OWN_FACTS})
    origins: dict[str, str] = field(
        default_factory=lambda: {f"fact {fact.name}": "daemon.context" for fact in _OWN_FACTS}
    )
    failures: list[PluginFailure] = field(default_factory=list)
    lines: dict[str, WorkLine] = field(default_factory=dict)

    def module(self, module: ModuleType, origin: str) -> None:
        """Take every declaration at the top level of a module."""
        for value in list(vars(module).values()):
            self.value(value, module.__name__, origin)

    def value(self, value: object, module: str, origin: str) -> None:
        """Take one value if it is a declaration."""
        if isinstance(value, Job):
            self.put(self.jobs, value.name, value, ("job", module, origin))
        elif isinstance(value, Connector):
            self.put(self.connectors, f"{value.kind.name}/{value.name}", value, ("connector", module, origin))
        elif isinstance(value, FactName):
            self.put(self.facts, value.name, value, ("fact", module, origin))
        elif isinstance(value, WorkLine):
            self.put(self.lines, value.name, value, ("line", module, origin))

    def put(self, known: dict[str, Any], name: str, value: object, whence: tuple[str, str, str]) -> None:
        """Keep a declaration; the same value met again is no second one."""
        what, module, origin = whence
        first = known.setdefault(name, value)
        if first is value:
            self.origins.setdefault(f"{what} {name}", module)
        elif not isinstance(value, FactName) or first != value:
            other = self.origins[f"{what} {name}"]
            self.fail(origin, module, f"the {what} {name} is declared in {other} already; that one is used")

    def fail(self, origin: str, module: str, sentence: str) -> None:
        """Note a plug-in that is not there."""
        self.failures.append(PluginFailure(origin, module, sentence))

    def registry(self) -> Registry:
        """Return what was gathered, frozen."""
        return Registry(
            MappingProxyType(self.jobs),
            MappingProxyType(self.connectors),
            MappingProxyType(self.facts),
            MappingProxyType(self.origins),
            tuple(self.failures),
            MappingProxyType(self.lines),
        )


def build(*sources: object) -> Registry:
    """Return the registry of modules and single declarations given by hand, as tests do."""
    gathering = _Gathering()
    for source in sources:
        if isinstance(source, ModuleType):
            gathering.module(source, "given")
        else:
            gathering.value(source, "given", "given")
    return gathering.registry()


def load(folder: Path | None) -> Registry:
    """Return every plug-in that is installed, and those of `folder`; what fails is in the registry's failures."""
    gathering = _Gathering()
    for point in sorted(entry_points(group=GROUP), key=lambda p: (p.name != "built-in", p.name)):
        _add_package(gathering, point.module, f"entry point {point.name}")
    if folder is not None:
        _add_folder(gathering, folder)
    return gathering.registry()


def import_parts(registry: Registry) -> None:
    """Import what plug-ins that are packages leave to each run: worth its memory where many runs are forked soon."""
    for name in sorted({module for module in registry.origins.values() if module in sys.modules}):
        for inner in _submodules(sys.modules[name]):
            importlib.import_module(inner)


def _add_package(gathering: _Gathering, name: str, origin: str) -> None:
    module = _guarded(gathering, name, origin, importlib.import_module)
    if module is None:
        return
    gathering.module(module, origin)
    if any(isinstance(value, Job | Connector) for value in vars(module).values()):
        return  # a plug-in that is a package: what is inside it is its own, and imported when it is needed
    for inner in _submodules(module):
        _add_package(gathering, inner, origin)


def _submodules(package: ModuleType) -> Iterator[str]:
    folders: Iterable[str] = getattr(package, "__path__", ())
    for found in sorted(pkgutil.iter_modules(folders), key=lambda m: m.name):
        if not found.name.startswith(_NO_PLUGINS):
            yield f"{package.__name__}.{found.name}"


def _guarded(gathering: _Gathering, name: str, origin: str, import_it: Any) -> ModuleType | None:
    """Import a module; whatever it raises is its own failure, even an attempt to end the program."""
    try:
        module = import_it(name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - boundary to a stranger's code: shown as a failure
        what = " ".join(str(error).split()) or "no reason given"
        gathering.fail(origin, name, f"can't be imported: {type(error).__name__}: {what}")
        return None
    return module if isinstance(module, ModuleType) else None


def _add_folder(gathering: _Gathering, folder: Path) -> None:
    refusal = _refusal(folder) if folder.is_dir() else "is no folder that this user may read"
    if refusal:
        gathering.fail("plugins folder", str(folder), refusal)
        return
    for path in sorted(folder.glob("*.py")):
        if path.name.startswith(_NO_PLUGINS):
            continue
        refusal = next(filter(None, map(_refusal, (path, Path(os.path.realpath(path)).parent))), "")
        if refusal:
            gathering.fail("plugins folder", path.name, refusal)
            continue
        module = _guarded(gathering, f"{OWN_FILES}.{path.stem}", str(path), _FileImport(path))
        if module is not None:
            gathering.module(module, str(path))


def _refusal(path: Path) -> str:
    """Return why code at `path` is not trusted; empty where it is. What others may write, others may run as us."""
    try:
        status = path.stat()
    except OSError as error:
        return f"{path} can't be looked at: {error.strerror}"
    if status.st_uid not in {0, os.geteuid()}:
        return f"{path} belongs to another user: make it root's, or the service user's"
    if status.st_mode & _WRITABLE_BY_OTHERS:
        return f"{path} may be written by others: run chmod go-w {path}"
    return ""


class _UncachedLoader(importlib.machinery.SourceFileLoader):
    """Neither reads nor leaves compiled code beside the file."""

    def path_stats(self, path: Any) -> Mapping[str, Any]:
        raise OSError(f"{path} is not cached")


@dataclass(frozen=True)
class _FileImport:
    """Imports one file under a given name, once: changed code needs a restart, as that of a package does."""

    path: Path

    def __call__(self, name: str) -> ModuleType:
        known = sys.modules.get(name)
        if known is not None and known.__file__ == str(self.path):
            return known
        loader = _UncachedLoader(name, str(self.path))
        spec = importlib.util.spec_from_loader(name, loader)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        with ExitStack() as undo:
            undo.callback(sys.modules.pop, name)
            loader.exec_module(module)
            undo.pop_all()
        return module
