"""A printer on loopback that speaks IPP and has the habits that real ones have: it loses answers, memory and paper."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler

from jobs.connectors.printers import _ipp_wire as ipp
from tests import loopback

PENDING, HELD, PROCESSING, STOPPED, CANCELED, ABORTED, COMPLETED = range(3, 10)
IDLE, BUSY, HALTED = range(3, 6)
_ENDED = frozenset({CANCELED, ABORTED, COMPLETED})


@dataclass(frozen=True)
class Job:
    """A sheet, as the printer keeps it."""

    id: int
    name: str
    user: str
    state: int
    reasons: tuple[str, ...]
    created: int
    completed: int
    uuid: str
    content: bytes
    asked: bytes
    path: str = "/printers/SLIPS"


@dataclass
class FakeIpp:
    """A queue; what it does next is set by its fields.

    `clock` is what it says the time is: seconds since 1970 for CUPS, since it was switched on for any other.
    `doing` is called with the bytes of an answer before they leave, and returns what leaves instead (None: nothing
    does, the connection ends). `refuses` are statuses by operation.
    """

    cups: bool = True
    uuids: bool = True
    clock: int = 1_700_000_000
    state: int = IDLE
    reasons: Sequence[str] = ("none",)
    accepting: bool = True
    formats: Sequence[str] = ("application/pdf",)
    taken_as: int = COMPLETED
    taken_for: tuple[str, ...] = ("none",)
    jobs: list[Job] = field(default_factory=list)
    paper: list[tuple[str, bytes]] = field(default_factory=list)
    doing: Callable[[int, bytes], bytes | None] = lambda _operation, answer: answer
    refuses: dict[int, int] = field(default_factory=dict)
    status: int = 200
    media: str = "application/ipp"
    subscriptions: dict[int, tuple[bytes, list[int]]] = field(default_factory=dict)
    begun: list[int] = field(default_factory=list)
    stranded: set[int] = field(default_factory=set)
    asked: list[int] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    next: int = 1
    port: int = 0
    _drawn: int = 0

    @property
    def uri(self) -> str:
        return f"ipp://127.0.0.1:{self.port}/printers/SLIPS"

    def restart(self, *, forget: bool = False) -> None:
        """Switch off and on; with `forget` as after a power cut: whatever was not written down is lost."""
        self.clock += 1 if self.cups else 1 - self.clock
        if forget:
            self.jobs, self.subscriptions, self.next = [], {}, 1
        self.begun = []
        for _, starts in self.subscriptions.values():
            starts[:] = [self.clock]
        for job in list(self.jobs):
            if job.state not in _ENDED:
                self.end(job.id)

    def end(self, number: int, state: int = COMPLETED, *reasons: str) -> None:
        """Come to an end with a sheet."""
        at = next(n for n, job in enumerate(self.jobs) if job.id == number)
        self.clock += 1
        job = replace(self.jobs[at], state=state, reasons=reasons or ("none",), completed=self.clock)
        self.jobs[at] = job
        if state == COMPLETED:
            self.begun.append(number)
            self.paper.append((job.name, job.content))

    def answer(self, body: bytes) -> bytes:
        """Return the answer to a request, whatever becomes of it."""
        told = ipp.read(body)
        operation, about = told.status, told.groups[0]
        self.asked.append(operation)
        if operation in self.refuses:
            return reply(self.refuses[operation], said="no <b>way</b>\u202e")
        return {
            ipp.PRINT_JOB: self._print, ipp.GET_JOB_ATTRIBUTES: self._one, ipp.GET_JOBS: self._list,
            ipp.GET_PRINTER_ATTRIBUTES: self._self, ipp.CREATE_SUBSCRIPTIONS: self._subscribe,
            ipp.GET_SUBSCRIPTIONS: self._subscribed, ipp.RENEW_SUBSCRIPTION: lambda *_: reply(0),
            ipp.GET_NOTIFICATIONS: self._events, ipp.CUPS_GET_PRINTERS: self._queues,
        }[operation](about, told, body)  # fmt: skip

    def _print(self, about: ipp.Group, _told: ipp.Reply, body: bytes) -> bytes:
        if not self.accepting:
            return reply(0x0506)
        self.clock += 1
        self._drawn += 1
        head, _, content = body.partition(b"none\x03")
        uuid = f"urn:uuid:00000000-0000-3000-8000-{self._drawn:012x}" if self.uuids else ""
        self.jobs.append(
            Job(
                self.next,
                about.text("job-name"),
                about.text("requesting-user-name"),
                PENDING,
                self.taken_for,
                self.clock,
                0,
                uuid,
                content,
                head,
            )
        )
        self.next += 1
        if self.taken_as == COMPLETED:
            self.end(self.next - 1)
        else:
            self.jobs[-1] = replace(self.jobs[-1], state=self.taken_as)
        return reply(0, ipp.group(ipp.JOB) + ipp.integer("job-id", self.next - 1))

    def _one(self, about: ipp.Group, _told: ipp.Reply, _body: bytes) -> bytes:
        found = [job for job in self.jobs if job.id == about.number("job-id")]
        return reply(0, self._job(found[0])) if found else reply(0x0406)

    def _list(self, about: ipp.Group, _told: ipp.Reply, _body: bytes) -> bytes:
        which, first, limit = about.text("which-jobs"), about.number("first-job-id"), about.number("limit")
        found = [
            job
            for job in self.jobs
            if job.id >= (first or 1)
            and not (which == "not-completed" and job.id in self.stranded)
            and (which == "all" or (which == "completed") == (job.state in _ENDED))
        ]
        hidden = about.text("requesting-user-name")
        return reply(0, b"".join(self._job(job, hidden) for job in found[: limit or None]))

    def _job(self, job: Job, user: str = "") -> bytes:
        name = ipp.named("job-name", job.name) if not self.cups or not user or user == job.user else b""
        uuid = ipp.uri("job-uuid", job.uuid) if job.uuid else b""
        return (
            ipp.group(ipp.JOB) + ipp.integer("job-id", job.id) + uuid + name
            + ipp.attribute(0x23, "job-state", job.state.to_bytes(4)) + ipp.keyword("job-state-reasons", *job.reasons)
            + ipp.integer("time-at-creation", job.created) + ipp.integer("job-printer-up-time", self.clock)
            + ipp.uri("job-printer-uri", f"ipp://localhost{job.path}")
            + (ipp.integer("time-at-completed", job.completed) if job.completed else b"")
        )  # fmt: skip

    def _self(self, _about: ipp.Group, _told: ipp.Reply, _body: bytes) -> bytes:
        told = (
            ipp.group(ipp.PRINTER) + ipp.attribute(0x23, "printer-state", self.state.to_bytes(4))
            + ipp.keyword("printer-state-reasons", *self.reasons)
            + ipp.boolean("printer-is-accepting-jobs", self.accepting)
            + ipp.integer("printer-up-time", self.clock)
            + ipp.attribute(0x49, "document-format-supported", *(one.encode() for one in self.formats))
            + ipp.collection("media-col-ready", ipp.collection("media-size", ipp.integer("x-dimension", 21000)))
        )  # fmt: skip
        return reply(0, told + (ipp.attribute(0x41, "cups-version", b"2.4.2") if self.cups else b""))

    def _subscribe(self, _about: ipp.Group, told: ipp.Reply, _body: bytes) -> bytes:
        wanted = told.of(ipp.SUBSCRIPTION)[0]
        number = len(self.subscriptions) + 1
        self.subscriptions[number] = (wanted.octets("notify-user-data"), [])
        return reply(0, ipp.group(ipp.SUBSCRIPTION) + ipp.integer("notify-subscription-id", number))

    def _subscribed(self, _about: ipp.Group, _told: ipp.Reply, _body: bytes) -> bytes:
        found = [
            ipp.group(ipp.SUBSCRIPTION)
            + ipp.octets("notify-user-data", mark)
            + ipp.integer("notify-subscription-id", n)
            for n, (mark, _) in self.subscriptions.items()
        ]
        return reply(0, b"".join(found)) if found else reply(0x0406)

    def _events(self, about: ipp.Group, _told: ipp.Reply, _body: bytes) -> bytes:
        _, starts = self.subscriptions[about.number("notify-subscription-ids") or 0]
        told = [(moment, 0) for moment in starts] + [(job + 5, job) for job in self.begun]
        numbered = list(enumerate(told, 1))[-100:]
        first = about.number("notify-sequence-numbers") or 1
        return reply(0, b"".join(_event(number, *one) for number, one in numbered if number >= first))

    def _queues(self, *_: object) -> bytes:
        return reply(0, ipp.group(ipp.PRINTER) + ipp.named("printer-name", "SLIPS<b>\u202e"))


def _event(number: int, moment: int, job: int) -> bytes:
    about = ipp.integer("notify-job-id", job) + ipp.attribute(0x23, "job-state", PROCESSING.to_bytes(4))
    return (
        ipp.group(ipp.EVENT) + ipp.integer("notify-sequence-number", number) + ipp.integer("printer-up-time", moment)
        + ipp.keyword("notify-subscribed-event", "job-state-changed" if job else "server-started") + about * bool(job)
    )  # fmt: skip


def reply(status: int, groups: bytes = b"", said: str = "") -> bytes:
    """Return an answer in the protocol's bytes."""
    told = ipp.attribute(0x41, "status-message", said.encode()) if said else b""
    return ipp.request(status, told + groups)


@contextmanager
def serving(fake: FakeIpp) -> Iterator[FakeIpp]:
    """Let a fake printer answer on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fake.headers.append(dict(self.headers))
            told = fake.doing(int.from_bytes(body[2:4]), fake.answer(body))
            if told is None:
                self.close_connection = True
                return
            self.send_response(fake.status)
            self.send_header("Content-Type", fake.media)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            pass

    with loopback.serving(Handler) as port:
        fake.port = port
        yield fake
