"""A printer that is a folder: each sheet a PDF in it, for trying out or for a program of the owner's that prints it.

The folder is the owner's own, so `writes:` is not asked for. A sheet counts as printed when it lies there, whole and
safe from a power cut. Whoever prints it may take it away: what was handed over is also noted, as an empty file of the
sheet's name, in the connection's own folder. The note is made first and the sheet put into its place after that; a
sheet that never got there still lies beside it unfinished.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from daemon.api import Connector, Options, Outlet, OutsideError, Text
from jobs.connectors._rights import unwritable
from jobs.connectors.printers._names import refuse_unsound
from jobs.kinds.printer import NAME, PRINTER, Fate, Printer, Printout, Standing

_OWNER_ONLY = 0o600


class FolderOptions(Options):
    """Where the sheets go."""

    path: Path | None = Field(None, description="The folder for the sheets; below the state folder where not set.")


@dataclass(frozen=True)
class FolderPrinter(Printer):
    """A folder of sheets; the number of a sheet is its name."""

    folder: Path
    notes: Path
    outlet: Outlet
    ahead: int = 1

    def ready(self) -> Text | None:
        """Return what to do where no sheet can be written, else None."""
        return unwritable(self.folder) or unwritable(self.notes)

    def submit(self, printout: Printout) -> str:
        """Write the sheet unless one of its name was handed over already; return its name."""
        refuse_unsound(self.outlet.name, printout)
        try:
            if self._is_there(printout.name):
                return printout.name
            self._prepare(printout)
        except OSError as error:
            raise self._refused(error, nothing_done=True) from error
        try:
            self._unfinished(printout.name).rename(self._place(printout.name))
            _settle(self.folder)
        except OSError as error:
            raise self._refused(error) from error
        return printout.name

    def standing(self, number: str) -> Standing:
        """Return that a sheet is printed, if it was handed over."""
        found = self.find(number, "") if NAME.fullmatch(number) else None
        return Standing(Fate.FORGOTTEN if found is None else Fate.PRINTED)

    def find(self, name: str, before: str) -> str | None:  # noqa: ARG002 - a folder forgets nothing
        """Return the sheet's name where it was handed over, None where it certainly was not."""
        if not NAME.fullmatch(name):
            return None
        try:
            return name if self._is_there(name) else None
        except OSError as error:
            raise self._refused(error) from error

    def _is_there(self, name: str) -> bool:
        """Say whether a sheet was put into its place: it lies there, or it was noted and does not lie beside it."""
        if _exists(self._place(name)):
            return True
        return _exists(self.notes / name) and not _exists(self._unfinished(name))

    def _prepare(self, printout: Printout) -> None:
        """Write the whole sheet beside its place, then note that it is about to be put there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.notes.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(os.open(self._unfinished(printout.name), flags, _OWNER_ONLY), "wb") as file:
            file.write(printout.content)
            file.flush()
            os.fsync(file.fileno())
        _settle(self.folder)
        (self.notes / printout.name).touch(_OWNER_ONLY)
        _settle(self.notes)

    def _place(self, name: str) -> Path:
        return self.folder / f"{name}.pdf"

    def _unfinished(self, name: str) -> Path:
        return self.folder / f".{name}.unfinished"

    def _refused(self, error: OSError, *, nothing_done: bool = False) -> OutsideError:
        why = error.strerror or type(error).__name__
        return OutsideError(
            f"{self.outlet.name}: {self.folder} can't be used for sheets ({why}): let the service write there",
            nothing_done=nothing_done,
        )


def _exists(path: Path) -> bool:
    """Say whether a file is there; raise OSError where that can't be seen."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _settle(folder: Path) -> None:
    """Make sure that the names in a folder outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _open(options: FolderOptions, outlet: Outlet) -> Printer:
    return FolderPrinter(options.path or outlet.folder / "sheets", outlet.folder / "handed-over", outlet)


FOLDER = Connector("folder", PRINTER, "Sheets as PDF files in a folder", FolderOptions, _open, FolderPrinter.ready)
