"""What a printer is told of a sheet: its title, its kind of document, its paper (pure).

The two sizes that have a name are told by it (PWG 5101.1), since old printers know names only; any other by its
measures in hundredths of a millimetre (`media-col` of PWG 5100.7). A roll has no height, and its queue is left to it.
A page is made for its paper, so nothing is to be scaled.
"""

from jobs.connectors.printers import _ipp_wire as ipp
from jobs.kinds.paper import MEDIA, Media
from jobs.kinds.printer import Printout

_HUNDREDTHS = 100
_NAMED = {"a4": "iso_a4_210x297mm", "a6": "iso_a6_105x148mm"}


def ticket(printout: Printout, document: str) -> bytes:
    """Return the attributes of a sheet that is sent as a `document` of this media type."""
    told = ipp.named("job-name", printout.name) + ipp.mime("document-format", document)
    return told + ipp.group(ipp.JOB) + _paper(MEDIA[printout.media]) + ipp.keyword("print-scaling", "none")


def _paper(media: Media) -> bytes:
    if media.height is None:
        return b""
    if media.name in _NAMED:
        return ipp.keyword("media", _NAMED[media.name])
    size = ipp.collection(
        "media-size",
        ipp.integer("x-dimension", int(media.width * _HUNDREDTHS)),
        ipp.integer("y-dimension", int(media.height * _HUNDREDTHS)),
    )
    return ipp.collection("media-col", size)
