"""A web server on loopback that says what it is told to, and remembers what it was asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests import loopback


@dataclass(frozen=True)
class Said:
    """One answer: with `cut` the connection closes after so many bytes of the body; `act` writes one by hand."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    media: str = "application/json; charset=UTF-8"
    cut: int | None = None
    act: Callable[[BaseHTTPRequestHandler], None] | None = None


@dataclass(frozen=True)
class Heard:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Scripted:
    """The server's side: the answers in order, the last one for ever."""

    answers: list[Said]
    heard: list[Heard] = field(default_factory=list)
    url: str = ""

    def next(self) -> Said:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def serving(*answers: Said, certificate: Path | None = None) -> Iterator[Scripted]:
    """Serve these answers on a free port; with a `certificate` (and key in one file) over TLS."""
    script = Scripted(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            script.heard.append(Heard(self.command, self.path, dict(self.headers), body))
            said = script.next()
            if said.act is not None:
                said.act(self)
                return
            self.send_response(said.status)
            for name, value in {
                "Content-Type": said.media,
                "Content-Length": str(len(said.body)),
                **said.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.body[: said.cut])

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._answer)
    with loopback.serving(Handler, certificate) as port:
        script.url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}/"
        yield script
