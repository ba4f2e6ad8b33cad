"""The number of a sheet at a printer: the server's own, with what tells it from another sheet of the same number.

CUPS writes a sheet down up to 30 seconds after it took it (DirtyCleanInterval; cupsd 2.4.2, scheduler/job.c). A server
that is killed before forgets the sheet and gives its number to the next one. `job-uuid` is drawn anew for each sheet
and is kept with it, so a number is believed together with that only; where a printer has none (RFC 8011 knows it as an
extension) the second at which it was taken stands for it.
"""

from dataclasses import dataclass

from jobs.connectors.printers._ipp_wire import Group

_UUID = "urn:uuid:"
_WATCHED = "w"


@dataclass(frozen=True)
class Number:
    """`watched` says that the server was watched for restarts when it took the sheet (`_ipp_watch`)."""

    id: int
    identity: str
    watched: bool = False

    def __str__(self) -> str:
        return ".".join([str(self.id), self.identity, *([_WATCHED] if self.watched else [])])


def read(number: str) -> Number | None:
    """Return what a number says; None where it is none of ours."""
    first, _, rest = number.partition(".")
    identity, _, watched = rest.partition(".")
    if not (first.isascii() and first.isdigit() and identity) or watched not in {"", _WATCHED}:
        return None
    return Number(int(first), identity, bool(watched))


def identity(job: Group) -> str:
    """Return what tells a sheet from all others that had its number; empty where the printer says nothing."""
    uuid = job.text("job-uuid").lower().removeprefix(_UUID)
    if uuid and all(sign in "0123456789abcdef-" for sign in uuid):
        return uuid
    created = job.number("time-at-creation")
    return "" if created is None else f"t{created}"
