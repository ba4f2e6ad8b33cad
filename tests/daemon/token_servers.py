"""A token endpoint and a mail server that takes tokens only, both on loopback."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

from tests import loopback

REFUSAL = base64.b64encode(b'{"status":"401","schemes":"bearer","scope":"https://mail.google.com/"}').decode()


@dataclass
class Provider:
    """A token endpoint: answers in turn, and keeps what it was asked."""

    answers: list[tuple[int, Any]]
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


@contextlib.contextmanager
def provider(*answers: tuple[int, Any]) -> Iterator[Provider]:
    mine = Provider(list(answers))

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            mine.asked.append({name: values[0] for name, values in parse_qs(form).items()})
            status, body = mine.answers.pop(0)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    with loopback.serving(Endpoint) as port:
        mine.url = f"http://127.0.0.1:{port}/token"
        yield mine


@contextlib.asynccontextmanager
async def mail_server(good: set[str], refusal: str = f"334 {REFUSAL}") -> AsyncIterator[tuple[int, list[str]]]:
    """A server that takes mail after XOAUTH2 with a token of `good`; yields its port and the tokens it saw."""
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(*lines: str) -> None:
            writer.write("".join(f"{line}\r\n" for line in lines).encode())

        say("220 fake")
        while line := (await reader.readline()).decode():
            verb = line.split()[0].upper() if line.strip() else ""
            if verb == "EHLO":
                say("250-fake", "250 AUTH XOAUTH2 PLAIN")
            elif verb == "AUTH":
                user, bearer, *_ = base64.b64decode(line.split()[2]).decode().split("\1")
                seen.append(bearer.removeprefix("auth=Bearer "))
                say("235 welcome" if user == "user=shop@shop.example" and seen[-1] in good else refusal)
            elif verb == "":
                say(
                    "535 5.7.8 not accepted, you said "
                    + "dXNlcj1zaG9wQHNob3AuZXhhbXBsZQFhdXRoPUJlYXJlciBhY2Nlc3MtdG9rZW4" * 2
                )
            elif verb == "DATA":
                say("354 go")
                await reader.readuntil(b"\r\n.\r\n")
                say("250 2.0.0 queued as 4711")
            else:
                say("221 bye" if verb == "QUIT" else "250 ok")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], seen
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.wait([*(asyncio.all_tasks() - {asyncio.current_task()}), asyncio.create_task(asyncio.sleep(0))])
