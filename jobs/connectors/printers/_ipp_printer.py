"""A queue that is spoken to over IPP: of CUPS, or a printer of the network itself.

The answer to a sheet names its job, and only that job's own state is believed (`lp` ends well also where the sheet is
held or given up later). Print-Job is not idempotent: where its answer was lost, `find` looks for the job by its name,
and says no only where nothing can have been forgotten in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from daemon.api import Outlet, OutsideError, Text, UncertainError
from jobs.connectors.printers import _ipp_number as numbers
from jobs.connectors.printers import _ipp_wire as ipp
from jobs.connectors.printers._ipp_door import NOT_FOUND, Door, IppRefusedError
from jobs.connectors.printers._ipp_jobs import Past, all_jobs, is_listed, one_job, taken
from jobs.connectors.printers._ipp_media import ticket
from jobs.connectors.printers._ipp_watch import Watch
from jobs.connectors.printers._ipp_words import in_the_way, of_sheet
from jobs.connectors.printers._names import refuse_unsound
from jobs.kinds.printer import Fate, Printer, Printout, Standing

_IDLE_PRINTER, _STOPPED_PRINTER = 3, 5
_PENDING, _HELD, _PROCESSING, _STOPPED, _CANCELED, _ABORTED, _COMPLETED = range(3, 10)
"""`job-state` of RFC 8011, 5.3.7."""
_ERRORS = "job-completed-with-errors"
_ABOUT_PRINTERS = ("printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "cups-version")
_TORN = Standing(Fate.TORN, Text("its server was restarted while it had the sheet: look at the paper"))
_FORGOTTEN = Standing(
    Fate.FORGOTTEN, Text("the printer does not know it any more; CUPS keeps sheets with `PreserveJobHistory Yes`")
)
_MEANT = {_CANCELED: ("job-canceled-by-user",), _ABORTED: ("aborted-by-system",)}
"""What an end means of which nothing else is said: cupsd 2.4.2 calls all of them `processing-to-stop-point`."""
_STRANDED = Standing(
    Fate.TORN, Text("its server was restarted and lost track of it: look at the paper, and cancel the sheet there")
)
_AGAIN = Text("the printer may have begun it more than once: look whether it came out twice")


@dataclass(frozen=True)
class IppPrinter(Printer):
    """One queue. `document` is the media type its sheets are sent as."""

    door: Door
    watch: Watch
    outlet: Outlet
    document: str
    ahead: int = 1

    def ready(self) -> Text | None:
        """Return why nothing would come out now; None where the queue takes and prints sheets."""
        printer = self._printer()
        if printer.flag("printer-is-accepting-jobs") is False:
            return Text("it takes no sheets: let it, with CUPS by `cupsaccept`")
        return self._in_the_way(printer)

    def submit(self, printout: Printout) -> str:
        """Hand a sheet over and return its number; raise as `Printer.submit` says."""
        refuse_unsound(self.outlet.name, printout)
        self.outlet.require_writes(f"the sheet {printout.name}")
        watched = self._is_cups and self.watch.keep()
        reply = self.door.give(ticket(printout, self.document), printout.content)
        jobs = reply.of(ipp.JOB)
        number = jobs[0].number("job-id") if jobs else None
        return self._named(number, printout.name, watched=watched)

    def standing(self, number: str) -> Standing:
        """Return what has become of a sheet; ask once more for the printer where the sheet is not done."""
        known = numbers.read(number)
        if known is None:
            raise OutsideError(
                f"{self.outlet.name}: “{self.door.safe(number)}” is no number of a sheet", permanent=True
            )
        job = one_job(self.door, known.id)
        if job is None or numbers.identity(job) != known.identity:
            return _FORGOTTEN
        if job.number("job-state") in {_CANCELED, _ABORTED}:
            return Standing(Fate.FAILED, self._why(job))
        if job.number("job-state") == _COMPLETED:
            return self._completed(job, known)
        return self._under_way(job, known)

    def find(self, name: str, before: str) -> str | None:
        """Return the number of the sheet of this name; None and UncertainError as `Printer.find` says."""
        past = Past(all_jobs(self.door, cups=self._is_cups))
        found = past.named(name)
        if len(found) > 1:
            raise UncertainError(
                f"{self.outlet.name}: {self.door.host} has {len(found)} sheets named {name}: look there"
            )
        if found:
            return str(taken(found[0], watched=self._is_cups))
        why_not = past.gap_since(numbers.read(before), self.door.place.path) or self._restarted(past, before)
        if why_not:
            raise UncertainError(
                f"{self.outlet.name}: whether {self.door.host} ever got the sheet {name} is not known, since "
                f"{why_not}: look at the paper"
            )
        return None

    def _named(self, number: int | None, name: str, *, watched: bool) -> str:
        """Return the whole number of a sheet that was taken just now."""
        try:
            job = one_job(self.door, number) if number is not None else None
        except OutsideError as error:
            raise UncertainError(f"{error}; the sheet {name} was taken") from error
        if job is None or not numbers.identity(job):
            raise UncertainError(f"{self.outlet.name}: {self.door.host} took the sheet {name} and does not know it now")
        return str(taken(job, watched=watched))

    def _completed(self, job: ipp.Group, known: numbers.Number) -> Standing:
        if _ERRORS in job.words("job-state-reasons"):
            return Standing(Fate.FAILED, self._why(job))
        if not known.watched:
            return _TORN if _switched_off(job) else Standing(Fate.PRINTED)
        seen, created = self.watch.seen(), job.number("time-at-creation")
        if seen is None or created is None or created < seen.since:
            return _TORN
        return Standing(Fate.PRINTED, None if seen.begun.get(known.id) == 1 else _AGAIN)

    def _under_way(self, job: ipp.Group, known: numbers.Number) -> Standing:
        state, reasons = job.number("job-state"), job.words("job-state-reasons")
        if state not in {_PENDING, _PROCESSING}:
            return Standing(Fate.HELD, self._why(job))
        printer = self._printer()
        why = self._in_the_way(printer)
        idle = why is None and state == _PENDING and printer.number("printer-state") == _IDLE_PRINTER
        if idle and known.watched and self._stranded(job, known):
            return _STRANDED
        if why is None and state == _PENDING and "printer-stopped" in reasons:
            why = self._why(job)
        return Standing(Fate.WAITING) if why is None else Standing(Fate.HELD, why)

    def _stranded(self, job: ipp.Group, known: numbers.Number) -> bool:
        """Say whether the server lost track of a sheet that it calls waiting, when it was restarted.

        cupsd 2.4.2 that is killed after it wrote `job.cache` and before it wrote the job's own file may believe the one
        for whether a job is to be printed and the other for its state: it waits for ever and is in no list of jobs
        that are not ended.
        """
        seen, created = self.watch.seen(), job.number("time-at-creation") or 0
        return (seen is None or created < seen.since) and not is_listed(self.door, known.id)

    def _why(self, job: ipp.Group) -> Text:
        reasons = job.words("job-state-reasons")
        meant = _MEANT.get(job.number("job-state") or 0, ())
        return of_sheet((*reasons, *meant), self.door.safe(" ".join(reasons[:1])))

    def _in_the_way(self, printer: ipp.Group) -> Text | None:
        why = in_the_way(printer.words("printer-state-reasons"))
        if why is None and printer.number("printer-state") == _STOPPED_PRINTER:
            return of_sheet(("printer-stopped",), "")
        return why

    def _restarted(self, past: Past, before: str) -> str:
        """Return that the server may have been restarted since it took the sheet `before`; empty where it was not."""
        known = numbers.read(before)
        created = past.created(known) if known else None
        since = self._watched_since() if self._is_cups else 1
        return "" if created is not None and since is not None and created >= since else "it was restarted since"

    def _watched_since(self) -> int | None:
        try:
            seen = self.watch.seen()
        except IppRefusedError:
            return None
        return None if seen is None else seen.since

    @cached_property
    def _is_cups(self) -> bool:
        return bool(self._printer().text("cups-version"))

    def _printer(self, wanted: Sequence[str] = _ABOUT_PRINTERS) -> ipp.Group:
        told = self.door.ask(ipp.GET_PRINTER_ATTRIBUTES, ipp.keyword("requested-attributes", *wanted))
        found = told.of(ipp.PRINTER)
        if not found:
            raise OutsideError(f"{self.outlet.name}: {self.door.host} says nothing of its printer: check `uri:`")
        return found[0]

    def check(self) -> Text | None:
        """Return what to do where nothing would come out, else None."""
        try:
            printer = self._printer((*_ABOUT_PRINTERS, "document-format-supported"))
        except IppRefusedError as error:
            if error.status != NOT_FOUND:
                raise
            return self._no_such_queue()
        takes = printer.words("document-format-supported")
        if takes and not {self.document, "application/octet-stream"} & set(takes):
            return Text("it takes no {format}: set up a queue of CUPS before it", {"format": self.document})
        return self.ready()

    def _no_such_queue(self) -> Text:
        try:
            found = self.door.ask_server(ipp.CUPS_GET_PRINTERS, ipp.keyword("requested-attributes", "printer-name"))
        except IppRefusedError:
            return Text("there is no such queue: check `uri:`")
        queues = ", ".join(self.door.safe(one.text("printer-name")) for one in found.of(ipp.PRINTER)[:20])
        return Text("there is no such queue: check `uri:`; there are {queues}", {"queues": queues or "none"})


def _switched_off(job: ipp.Group) -> bool:
    """Say whether a printer that is no CUPS was switched off and on while it had a sheet, as far as it says so.

    It counts seconds since it was switched on, and what was before is not above zero (RFC 8011, 5.3.14); one whose
    count is behind the moment at which it took the sheet began anew as well.
    """
    created, completed = job.number("time-at-creation"), job.number("time-at-completed")
    up = job.number("job-printer-up-time")
    return created is not None and up is not None and (created > up or created <= 0 < (completed or 0))
