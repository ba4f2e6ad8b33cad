"""What stands outside of the daemon: a shop and a mail server on loopback, each with a record of its own.

Both misbehave as real ones do: for some keys and mails the work is done and the answer is lost, once.
"""

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zlib import crc32

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

DELIBERATION = 0.04
"""Seconds between taking a mail and saying so: long enough that a daemon can die in between."""


class Shop:
    """Takes notes (which can be asked for) and pages (which can't); `done` is everything it ever did, in order.

    `before` is called before each of them.
    """

    def __init__(self, seed: int) -> None:
        self.done: list[str] = []
        self.before: Callable[[], object] = lambda: None
        self._seed = seed
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                key = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["key"]
                shop.before()
                shop.done.append(key)
                if shop.loses_answer(key):
                    self.close_connection = True
                else:
                    self._answer(200, f"done {key}")

            def do_GET(self) -> None:
                key = self.path.partition("?")[2]
                self._answer(*((200, f"done {key}") if key in shop.done else (404, "never")))

            def _answer(self, status: int, body: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: Any) -> None:
                """Keep quiet."""

            def handle(self) -> None:
                try:
                    super().handle()
                except ConnectionError:
                    self.close_connection = True

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def loses_answer(self, key: str) -> bool:
        """Say whether the answer for a key is lost: of notes one in eight, of pages, which can't be asked for, fewer."""
        return crc32(f"{self._seed} {key}".encode()) % (24 if key.startswith("page/") else 8) == 0

    def close(self) -> None:
        """Close the shop."""
        self._server.shutdown()
        self._server.server_close()


class MailServer:
    """Takes every mail; `taken` holds the Message-ID and the subject of each, in order."""

    def __init__(self, seed: int) -> None:
        self.taken: list[tuple[str, str]] = []
        self._seed = seed
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = (envelope.original_content or b"").decode("ascii")
        found = re.search(r"^Message-ID:\s*(\S+)", content, re.MULTILINE)
        message_id = found[1] if found else "none"
        known = [taken for taken, _ in self.taken]
        self.taken.append((message_id, content))
        if message_id not in known and crc32(f"{self._seed} {message_id}".encode()) % 8 == 0:
            session_end: Any = server.transport
            session_end.abort()
        await asyncio.sleep(DELIBERATION)
        return "250 taken"

    def close(self) -> None:
        """Close the server."""
        self._controller.stop()


def until(true: Callable[[], bool], seconds: float, every: float = 0.03) -> bool:
    """Wait until something is so, no longer than some seconds; say whether it came true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(every)
    return true()
