"""The reasons that printers give, as words for whoever stands before them (pure).

RFC 8011, 5.3.8 and 5.4.12, have the keywords; those that begin with `cups-`, and `resources-are-not-ready` for a
backend that failed, are of CUPS 2.4. A keyword may end in its severity: -report and -warning stop nothing.
"""

from collections.abc import Iterable, Mapping

from daemon.api import Text

_SEVERITIES = ("-error", "-warning", "-report")
_HARMLESS = ("-warning", "-report")

_OF_PRINTERS: Mapping[str, Text] = {
    "media-empty": Text("it is out of paper: fill it"),
    "media-needed": Text("it waits for paper: fill it, or confirm the size at the printer"),
    "media-jam": Text("paper is jammed: clear it"),
    "input-tray-missing": Text("its paper tray is missing: put it in"),
    "output-area-full": Text("its output tray is full: empty it"),
    "output-tray-missing": Text("its output tray is missing: put it in"),
    "door-open": Text("a door of it is open: close it"),
    "cover-open": Text("its cover is open: close it"),
    "interlock-open": Text("a door of it is open: close it"),
    "toner-empty": Text("it is out of toner: change it"),
    "marker-supply-empty": Text("it is out of ink or toner: change it"),
    "marker-waste-full": Text("its waste container is full: change it"),
    "fuser-over-temp": Text("it is too hot: let it cool down"),
    "offline": Text("it is off or out of reach: switch it on and look at its cable or network"),
    "shutdown": Text("it is switched off: switch it on"),
    "timed-out": Text("it does not answer: look at its cable or network"),
    "paused": Text("it is stopped: look at it, then let it print again, with CUPS by `cupsenable`"),
    "moving-to-paused": Text("it is being stopped: look at it, then let it print again, with CUPS by `cupsenable`"),
    "hold-new-jobs": Text("it holds new sheets back: `cupsenable --release` lets them go"),
    "cups-missing-filter": Text("the server lacks a program that this printer needs: look at its error log"),
    "cups-insecure-filter": Text("a program of this printer may be changed by others: look at the server's error log"),
}
"""What keeps a printer from printing, and what to do."""

_OF_SHEETS: Mapping[str, Text] = {
    "job-hold-until-specified": Text(
        "it was held, or the printer's program failed: look at the printer and release it"
    ),
    "job-held-on-create": Text("the queue holds new sheets back: release it"),
    "resources-are-not-ready": Text("the printer did not take it: look at the printer; CUPS tries again by itself"),
    "cups-held-for-authentication": Text("the printer wants a user and a password: give them to CUPS"),
    "account-info-needed": Text("the printer wants an account: set one up at the printer"),
    "account-closed": Text("the printer's account is closed: look at the printer's accounts"),
    "account-limit-reached": Text("the printer's account is used up: look at the printer's accounts"),
    "account-authorization-failed": Text("the printer's account was refused: look at the printer's accounts"),
    "job-stopped": Text("the printer's program failed: look at the server's error log"),
    "cups-filter-crashed": Text("the printer's program crashed: look at the server's error log"),
    "printer-stopped": Text("the printer is stopped: look at it, then let it print again, with CUPS by `cupsenable`"),
    "printer-stopped-partly": Text("a printer of the class is stopped: look at it, then let it print again"),
    "job-canceled-by-user": Text("somebody cancelled it"),
    "job-canceled-by-operator": Text("somebody cancelled it"),
    "job-canceled-at-device": Text("somebody cancelled it at the printer"),
    "canceled-at-device": Text("somebody cancelled it at the printer"),
    "aborted-by-system": Text("it was given up after too many tries: look at the printer and its server's error log"),
    "unsupported-document-format": Text("the printer can't read such a document: look at `format:`"),
    "document-format-error": Text("the printer could not read the document: look at the printer's log"),
    "job-completed-with-errors": Text("it was printed with errors: look at the paper"),
}
"""What keeps a sheet, or ended it."""

_UNKNOWN = "the printer says “{reason}”"


def in_the_way(reasons: Iterable[str]) -> Text | None:
    """Return the first reason of a printer for which nothing comes out of it; None where there is none."""
    blocking = (_base(one) for one in reasons if not one.endswith(_HARMLESS))
    return next((_OF_PRINTERS[one] for one in blocking if one in _OF_PRINTERS), None)


def of_sheet(reasons: Iterable[str], shown: str) -> Text:
    """Return why a sheet is kept or was given up; `shown` is the first reason made safe to show, if none is known."""
    known = next((_OF_SHEETS[one] for one in map(_base, reasons) if one in _OF_SHEETS), None)
    return known or Text(_UNKNOWN, {"reason": shown or "none"})


def _base(reason: str) -> str:
    """Return a keyword without its severity."""
    ending = next((one for one in _SEVERITIES if reason.endswith(one)), "")
    return reason.removesuffix(ending)
