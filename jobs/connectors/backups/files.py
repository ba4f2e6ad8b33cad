"""Backups that are files or folders on a disk of this machine, only ever read.

The tree may be changed while it is read and may hold anything: links are never followed, devices and pipes never
opened, what vanishes is passed over, and what can't be read is said. A link anywhere below the folder could lead
a check of hashes to files that are no part of the copy.
"""

import hashlib
import os
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from daemon.api import Connector, Options, Outlet, Size, Text
from jobs.connectors.backups._copies import Copies, usable_path
from jobs.connectors.backups._drill_options import DrillOptions
from jobs.connectors.backups._kept_sums import KeptSums, offered
from jobs.connectors.backups._outcomes import NOT_FOUND, require_settled
from jobs.connectors.backups.manifest import Entry, ManifestError, parse_manifest
from jobs.connectors.backups.tree import files_below, open_below, shown, steady
from jobs.kinds.backup import BACKUP, BackupStore, Check, Copy, Examined, Inventory, Outcome, Part, Verdict

if TYPE_CHECKING:
    from jobs.connectors.backups._archives import Unpacking
    from jobs.connectors.backups._file_drill import FileDrill

CHUNK = 1024 * 1024
LARGEST_MANIFEST = 64 * 1024 * 1024
"""Bytes; some half a million files."""


def _bare_name(name: str) -> str:
    if "/" in name:
        raise ValueError(
            "the manifest is named without a folder: it lies in the copy, or beside it where that is a file"
        )
    return name


class FilesOptions(Options):
    """Which files are backups, and what they are verified against."""

    path: Annotated[str, AfterValidator(usable_path)] = Field(
        description="A folder, each entry of which is one copy; or a pattern such as /srv/backup/shop-*.tar.gz.",
        json_schema_extra={"format": "path"},
    )
    manifest: Annotated[str, AfterValidator(_bare_name)] = Field(
        "",
        description="Name or pattern of the list of SHA-256 sums, such as SHA256SUMS; without one nothing is verified.",
    )
    newest_by: Literal["mtime", "name"] = Field(
        "mtime", description="What makes a copy the newest; its age is always taken from its time of modification."
    )
    verify_limit: Size = Field(
        10 * 1024**3,
        ge=0,
        description="The most to read of a copy, such as 10G; the briefing says what was left unread.",
        json_schema_extra={"default": "10G"},
    )
    drill: DrillOptions | None = Field(None, description="How a restore is tried; none is where not set: `{}` will do.")


@dataclass
class _Tally:
    """What reading the listed files has shown so far; `budget` is how many bytes may still be read."""

    budget: int
    held: int = 0
    broken: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def read(self, folder: Path, parts: Sequence[str], sha256: str) -> None:
        """Read one listed file and note what it shows; one over the budget is left unread."""
        name = shown("/".join(parts))
        try:
            right = self._holds(open_below(folder, parts), sha256)
        except FileNotFoundError:
            right = False
        except OSError as error:
            self.unreadable.append(f"{name} ({error.strerror or error})")
            return
        self.held += right is True
        if right is False:
            self.broken.append(name)

    def _holds(self, opened: int, sha256: str) -> bool | None:
        """Return whether the hash holds, or None where the file is larger than the budget."""
        with steady(opened) as file:
            size = os.fstat(file.fileno()).st_size
            if size > self.budget:
                return None
            self.budget -= size
            sums = hashlib.sha256()
            while chunk := file.read(CHUNK):
                sums.update(chunk)
        return sums.hexdigest() == sha256

    def verdict(self, listed: int, unlisted: Sequence[str]) -> Verdict:
        """Return what all that was read says of the copy; it holds only where every listed file was read."""
        reason = None
        if self.broken:
            outcome = Outcome.BROKEN
        elif self.unreadable:
            outcome = Outcome.UNKNOWN
            reason = Text("{name} can't be read", {"name": self.unreadable[0]})
        else:
            outcome = Outcome.HELD if self.held == listed else Outcome.PARTLY
        return Verdict(outcome, self.held, listed, tuple(self.broken), tuple(unlisted), reason)


@dataclass(frozen=True)
class FileStore(BackupStore, Examined):
    """The copies that a path or a pattern names, held against lists of sums and, where wanted, restored."""

    options: FilesOptions
    copies: Copies
    outlet: Outlet

    @property
    def offers(self) -> frozenset[Check]:
        """Which checks can be made, as the connection is configured."""
        drill = {Check.RESTORE} if self.options.drill else set()
        return offered(self.copies.found, self.options.verify_limit) | {Check.ROOM} | drill

    def inventory(self) -> Inventory:
        """Return every copy below the path; raise OutsideError where its plain part can't be read."""
        if self.options.drill:
            self._drill.sweep()
        return self.copies.inventory()

    def check(self) -> Text | None:
        """Return what to do where no copy can be found or read, else None; no copy is verified."""
        return self.copies.check()

    def verify(self, copy: Copy) -> Verdict:
        """Read the copy's files against its list, up to the limit; whatever stands in the way makes it unknown."""
        if not self.options.manifest:
            return Verdict(Outcome.NOT_ASKED)
        try:
            return self._verify(self.copies.found[copy])
        except KeyError:
            return _unknown(NOT_FOUND)
        except ManifestError as error:
            return _unknown(Text("the manifest can't be used: {error}", {"error": shown(str(error))}))
        except OSError as error:
            return _unknown(Text("it can't be read: {error}", {"error": error.strerror or str(error)}))

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:
        """Restore a copy, look for room, or read copies back; whatever stands in the way makes it unknown."""
        if check not in self.offers:
            return Verdict(Outcome.NOT_ASKED)
        if copy not in self.copies.found:
            return _unknown(NOT_FOUND)
        if check is Check.ROOM:
            return self._drill.room(self.copies.folder, copy)
        if check is Check.UNCHANGED:
            return KeptSums(self.copies.found, self.outlet, self.options.verify_limit).verdict(copy, part.of)
        return self._drill.restored(list(self.copies.found), copy, self._unpack)

    @property
    def _drill(self) -> "FileDrill":
        from jobs.connectors.backups._file_drill import FileDrill  # noqa: PLC0415 - memory for a run only

        return FileDrill(self.options.drill, self.outlet)

    def _unpack(self, copy: Copy, unpacking: "Unpacking") -> None:
        path = self.copies.found[copy]
        if path.is_dir():
            unpacking.folder(path, self.copies.is_listing)
            return
        with steady(open_below(path.parent, (path.name,))) as file:
            require_settled(os.fstat(file.fileno()), self.outlet.now)
            unpacking.file(file)

    def _verify(self, path: Path) -> Verdict:
        whole = path.is_dir()
        folder = path if whole else path.parent
        manifests = self._manifests(folder, "" if whole else path.name)
        if not manifests:
            return _unknown(Text("there is no manifest {name}", {"name": shown(self.options.manifest)}))
        listed = _listed(folder, manifests)
        if not whole:
            listed = _only(listed, path.name)
        if not listed:
            return _unknown(Text("the manifest does not list it"))
        tally = _Tally(self.options.verify_limit)
        for parts, sha256 in listed.items():
            tally.read(folder, parts, sha256)
        unlisted = self._unlisted(path, listed, tally.unreadable) if whole else []
        return tally.verdict(len(listed), unlisted)

    def _unlisted(self, folder: Path, listed: Container[tuple[str, ...]], unreadable: list[str]) -> list[str]:
        """Return the files of a copy that its list does not name; folders that can't be read go to `unreadable`."""
        present = [name for name, _ in files_below(folder, unreadable) if not self.copies.is_listing(name)]
        return [shown(name) for name in present if tuple(name.split("/")) not in listed]

    def _manifests(self, folder: Path, copy: str) -> list[str]:
        """Return the lists in a folder; where a copy that is one file has its own beside it, only that."""
        with os.scandir(folder) as entries:
            names = sorted(e.name for e in entries if self.copies.is_listing(e.name) and e.name != copy)
        return ([name for name in names if name.startswith(copy)] if copy else []) or names


def _unknown(reason: Text) -> Verdict:
    return Verdict(Outcome.UNKNOWN, reason=reason)


def _entries(folder: Path, name: str) -> Iterator[Entry]:
    with os.fdopen(open_below(folder, (name,)), "rb") as file:
        content = file.read(LARGEST_MANIFEST + 1)
    if len(content) > LARGEST_MANIFEST:
        raise ManifestError(f"{name} is larger than {LARGEST_MANIFEST} bytes")
    return parse_manifest(content, name)


def _listed(folder: Path, manifests: Sequence[str]) -> dict[tuple[str, ...], str]:
    """Return the hash of each file by the parts of its name; raise ManifestError where two lines disagree."""
    listed: dict[tuple[str, ...], str] = {}
    for manifest in manifests:
        for entry in _entries(folder, manifest):
            if listed.setdefault(_inside(folder, entry), entry.sha256) != entry.sha256:
                raise ManifestError(f"{manifest} gives {entry.name} another checksum than before")
    return listed


def _only(listed: dict[tuple[str, ...], str], name: str) -> dict[tuple[str, ...], str]:
    """Return what is listed of a copy that is one file."""
    return {parts: sha256 for parts, sha256 in listed.items() if parts == (name,)}


def _inside(folder: Path, entry: Entry) -> tuple[str, ...]:
    """Return the parts of an entry's name below `folder`; raise ManifestError where it leads out of it."""
    path = Path(entry.name)
    if path.is_absolute() and path.is_relative_to(folder):
        path = path.relative_to(folder)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in entry.name:
        raise ManifestError(f"it names {entry.name}, which is no part of the copy")
    return path.parts


def _open(options: FilesOptions, outlet: Outlet) -> BackupStore:
    return FileStore(options, Copies(options.path, options.newest_by, options.manifest), outlet)


FILES = Connector(
    "files",
    BACKUP,
    "Backups that are files or folders on this machine, with or without SHA-256 sums",
    FilesOptions,
    _open,
    FileStore.check,
)
