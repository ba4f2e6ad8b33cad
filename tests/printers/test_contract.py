"""Both connectors, and printers that are no CUPS, do what the kind says."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from daemon.testing import make_outlet
from jobs.connectors.printers.folder import FOLDER, FolderOptions
from jobs.kinds.printer import Printer
from jobs.testing_printers import PrinterContract
from tests.printers.ipp_fake import FakeIpp, serving
from tests.printers.ipp_opening import impatient, opened


class TestFolders(PrinterContract):
    def printer(self, folder: Path) -> Printer:
        return FOLDER.open(FolderOptions(), make_outlet(folder))

    def unreachable(self, folder: Path) -> Printer:
        (folder / "file").touch()
        return FOLDER.open(FolderOptions(path=folder / "file" / "sheets"), make_outlet(folder))

    def came_out(self, folder: Path) -> Sequence[tuple[str, bytes]]:
        found = sorted((folder / "sheets").glob("[!.]*"), key=lambda path: path.stat().st_mtime_ns)
        return [(path.stem, path.read_bytes()) for path in found]


class _OverIpp(PrinterContract):
    fake: FakeIpp

    @pytest.fixture(autouse=True)
    def _served(self) -> Iterator[None]:
        with serving(self.made()) as self.fake:
            yield

    def made(self) -> FakeIpp:
        raise NotImplementedError

    def printer(self, folder: Path) -> Printer:
        return opened(self.fake.uri, folder)

    def unreachable(self, folder: Path) -> Printer:
        return impatient("ipp://127.0.0.1:1/printers/SLIPS", folder)

    def came_out(self, folder: Path) -> Sequence[tuple[str, bytes]]:
        return self.fake.paper


class TestQueuesOfCups(_OverIpp):
    def made(self) -> FakeIpp:
        return FakeIpp()


class TestPrintersOfTheNetwork(_OverIpp):
    def made(self) -> FakeIpp:
        return FakeIpp(cups=False, clock=500)


class TestPrintersThatNameNoSheetForEver(_OverIpp):
    def made(self) -> FakeIpp:
        return FakeIpp(cups=False, uuids=False, clock=500)


del _OverIpp, PrinterContract
