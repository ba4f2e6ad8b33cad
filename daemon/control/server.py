"""The daemon's end of the control socket."""

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from daemon import __version__, wire
from daemon.desk.people import Actor, actor_of
from daemon.engine.shift import Shift
from daemon.errors import EXIT_FAILED, EXIT_INTERNAL, LedgerError, NightclerkError

_CREDENTIALS = struct.Struct("3i")
PATIENCE = 30.0
"""Seconds a client may take to say what it wants."""
_log = logging.getLogger(__name__)
Answer = Callable[[str, Actor, Mapping[str, Any], Callable[[str], Awaitable[None]]], Awaitable[Any]]


class ControlServer:
    """Listens on the socket and hands each command to `answer`."""

    def __init__(self, path: Path, shift: Shift, answer: Answer) -> None:
        self._path, self._shift, self._answer = path, shift, answer
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to listen; everybody may connect, and is asked by the kernel who they are."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        try:
            self._server = await asyncio.start_unix_server(self._accept, self._path)
            self._path.chmod(0o666)
        except OSError as error:
            raise LedgerError(f"the control socket {self._path} can't be opened: {error.strerror}") from error

    async def close(self) -> None:
        """Stop listening and end what is being said."""
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer), name="control")
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def send(**frame: Any) -> None:
            writer.write(wire.frame(frame))
            await writer.drain()

        try:
            await send(hello="nightclerk", version=__version__, state=str(self._shift.setup.state))
            async with asyncio.timeout(PATIENCE):
                size = wire.frame_size(await reader.readexactly(wire.HEADER.size))
                question = wire.loads(await reader.readexactly(size))
            await send(**await self._obey(question, _peer_uid(writer), lambda text: send(progress=text)))
        except (OSError, TimeoutError, asyncio.IncompleteReadError, wire.WireError) as error:
            _log.debug("a command was not heard to its end: %s", error)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _obey(self, question: Any, uid: int, say: Callable[[str], Awaitable[None]]) -> dict[str, Any]:
        try:
            command, args = str(question["command"]), dict(question["args"])
            actor = actor_of(uid, str(question.get("sudo_user", "")), self._shift.setup.config.people)
            return {"ok": await self._answer(command, actor, args, say)}
        except NightclerkError as error:
            return {"error": str(error), "exit": error.exit_code}
        except (KeyError, TypeError, ValueError) as error:
            return {"error": f"the daemon can't take this command: {error}", "exit": EXIT_FAILED}
        except Exception:  # noqa: BLE001 - whoever asks must hear an answer, and the daemon goes on
            _log.exception("a command failed")
            return {"error": "the command failed inside the daemon: see its log", "exit": EXIT_INTERNAL}


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    connection = writer.get_extra_info("socket")
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(data)[1])
