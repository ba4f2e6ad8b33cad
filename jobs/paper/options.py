"""What the owner says about printing: which printer prints what, and where paper goes that has no printer."""

from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from pydantic import Field

from daemon.api import Duration, NightclerkError, Options
from jobs.kinds.paper import DOCUMENTS
from jobs.kinds.printer import Printer

DocumentName = Literal["pick-list", "slip", "address", "label"]
MediaName = Literal["a4", "a6", "100x150", "thermal"]
USUAL: Mapping[DocumentName, MediaName] = {"pick-list": "a4", "slip": "a4", "address": "100x150", "label": "100x150"}


class QueueOptions(Options):
    """On which printer, and on what, one kind of document is printed."""

    printer: str = Field(min_length=1, description="A connection of the kind printer.")
    media: MediaName | None = Field(
        None, description="The size of its paper; a4 for lists and slips, 100x150 for addresses and labels."
    )


class PaperJobOptions(Options):
    """Which printer prints what. A document without a printer is bound into a file a wave, or mailed."""

    queues: dict[DocumentName, QueueOptions] = Field({}, description="The printer of each kind of document.")
    media: dict[DocumentName, MediaName] = Field({}, description="The size of those that have no printer.")
    deliver: Literal["folder", "mail"] = Field(
        "folder", description="What has no printer is left in a folder, or also mailed to the people of the routine."
    )
    folder: Path | None = Field(None, description="Where the files go; the routine's own folder where not set.")
    patience: Duration = Field(
        timedelta(minutes=10), description="How long a printer that stands still is waited for before a run ends."
    )

    def media_of(self, document: str) -> str:
        """Return the size that a document is set on."""
        queued = {name: queue.media for name, queue in self.queues.items() if queue.media}
        given: dict[DocumentName, MediaName] = {**USUAL, **self.media, **queued}
        return given[document]  # type: ignore[index]

    def known(self, printers: Mapping[str, Printer]) -> None:
        """Raise NightclerkError for a printer that is no connection, or where none of them prints anything."""
        for document, queue in self.queues.items():
            if queue.printer not in printers:
                near = get_close_matches(queue.printer, printers, n=1)
                meant = f" Did you mean {near[0]}?" if near else ""
                raise NightclerkError(
                    f"queues: {document}: there is no printer {queue.printer} under connections:.{meant}"
                )
        if printers and not self.queues:
            raise NightclerkError(
                f"there is the printer {min(printers)} and nothing is to be printed on it: say in the options of the "
                f"routine what is, such as `queues: {{slip: {{printer: {min(printers)}}}}}`; "
                f"the documents are {', '.join(DOCUMENTS)}"
            )
