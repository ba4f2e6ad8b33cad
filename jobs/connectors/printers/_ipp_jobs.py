"""The jobs of a printer: one, all it remembers, and whether what it remembers is everything since a moment.

CUPS numbers the jobs of all its queues in one row and forgets the oldest ended ones first (MaxJobs, 500 by default);
so where no number is missing behind a known job, nothing behind it was forgotten. It hides the names of jobs of other
people (JobPrivateValues), and leaves names out of lists for which it need not read a job's file: so `job-uuid` is
asked for, which makes it read them, 500 at most for one answer (cupsd 2.4.2, scheduler/ipp.c, get_jobs).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from daemon.api import OutsideError
from jobs.connectors.printers import _ipp_number as numbers
from jobs.connectors.printers import _ipp_wire as ipp
from jobs.connectors.printers._ipp_door import NOT_FOUND, Door, IppRefusedError

PAGE = 400
_MOST_PAGES = 250
_WANTED = ("job-id", "job-uuid", "job-name", "job-printer-uri", "time-at-creation")
_OF_ONE = (
    "job-id", "job-uuid", "job-state", "job-state-reasons", "time-at-creation", "time-at-completed",
    "job-printer-up-time",
)  # fmt: skip


def one_job(door: Door, number: int) -> ipp.Group | None:
    """Return what the printer says of a job; None where it knows none of this number."""
    asked = ipp.integer("job-id", number) + ipp.keyword("requested-attributes", *_OF_ONE)
    try:
        found = door.ask(ipp.GET_JOB_ATTRIBUTES, asked).of(ipp.JOB)
    except IppRefusedError as error:
        if error.status == NOT_FOUND:
            return None
        raise
    return found[0] if found else None


def is_listed(door: Door, number: int) -> bool:
    """Say whether a job is among those that the queue has still to print."""
    asked = ipp.keyword("which-jobs", "not-completed") + ipp.keyword("requested-attributes", "job-id")
    return any(job.number("job-id") == number for job in door.ask(ipp.GET_JOBS, asked).of(ipp.JOB))


def taken(job: ipp.Group, *, watched: bool) -> numbers.Number:
    """Return the number of a job."""
    return numbers.Number(job.number("job-id") or 0, numbers.identity(job), watched)


def all_jobs(door: Door, *, cups: bool) -> list[ipp.Group]:
    """Return every job that is remembered, ended or not: of all queues of CUPS, else of the printer.

    What is not ended is asked for first, so that a job which ends in between is in one list at least.
    """
    if cups:
        return list(_paged(door))
    lists = [door.ask(ipp.GET_JOBS, _asked(which)).of(ipp.JOB) for which in ("not-completed", "completed")]
    return list({job.number("job-id"): job for jobs in lists for job in jobs}.values())


def _paged(door: Door) -> Iterator[ipp.Group]:
    first = 1
    for _ in range(_MOST_PAGES):
        asked = _asked("all") + ipp.integer("limit", PAGE) + ipp.integer("first-job-id", first)
        page = door.ask_server(ipp.GET_JOBS, asked).of(ipp.JOB)
        yield from page
        if len(page) < PAGE:
            return
        first = 1 + max(job.number("job-id") or 0 for job in page)
    raise OutsideError(f"{door.outlet.name}: {door.host} remembers more than {PAGE * _MOST_PAGES} jobs: set MaxJobs")


def _asked(which: str) -> bytes:
    return ipp.keyword("which-jobs", which) + ipp.keyword("requested-attributes", *_WANTED)


@dataclass(frozen=True)
class Past:
    """The jobs that are remembered."""

    jobs: Sequence[ipp.Group]

    def named(self, name: str) -> list[ipp.Group]:
        """Return the jobs of a name."""
        return [job for job in self.jobs if job.text("job-name") == name and numbers.identity(job)]

    def created(self, known: numbers.Number) -> int | None:
        """Return the server's second at which it took a job; None where it does not remember that very one."""
        found = (
            job for job in self.jobs if (job.number("job-id"), numbers.identity(job)) == (known.id, known.identity)
        )
        return next((job.number("time-at-creation") for job in found), None)

    def gap_since(self, known: numbers.Number | None, path: str) -> str:
        """Return why a job behind the known one may have been forgotten, or is hidden; empty where none can be.

        `path` is that of our queue: a hidden name in another one is somebody else's.
        """
        if known is None:
            return "no earlier sheet is known"
        if self.created(known) is None:
            return "it has forgotten the sheet before"
        later = [job for job in self.jobs if _id(job) >= known.id]
        ids = set(map(_id, later))
        if len(ids) != max(ids) - known.id + 1:
            return "it has forgotten sheets"
        hidden = any(not job.text("job-name") and _path(job) == path for job in later)
        return "it hides names: `user:` must be who printed" if hidden else ""


def _id(job: ipp.Group) -> int:
    return job.number("job-id") or 0


def _path(job: ipp.Group) -> str:
    try:
        return urlsplit(job.text("job-printer-uri")).path
    except ValueError:
        return ""
