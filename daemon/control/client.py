"""A command's end of the control socket; light, so that a command starts quickly."""

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from daemon import __version__, wire
from daemon.errors import NightclerkError


class DaemonError(NightclerkError):
    """What the daemon answered instead of a result, with the exit code that goes with it."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class ControlClient:
    """One conversation with the daemon."""

    def __init__(self, sock: socket.socket, hello: Mapping[str, Any]) -> None:
        self._sock = sock
        self.version = str(hello["version"])

    def ask(self, command: str, args: Mapping[str, Any], say: Callable[[str], None]) -> Any:
        """Return the daemon's answer, telling progress on the way; raise DaemonError with its sentence."""
        words = {"command": command, "args": dict(args), "sudo_user": os.environ.get("SUDO_USER", "")}
        self._sock.sendall(wire.frame(words))
        try:
            while "progress" in (answer := wire.receive(self._sock)):
                say(answer["progress"])
        except (EOFError, OSError) as error:
            raise NightclerkError("the daemon ended before it answered: see its log") from error
        except wire.WireError as error:
            raise NightclerkError(f"the daemon is nightclerk {self.version}, not {__version__}: restart it") from error
        finally:
            self._sock.close()
        if "error" in answer:
            raise DaemonError(answer["error"], int(answer["exit"]))
        return answer["ok"]


def connect(paths: list[Path], state: Path) -> ControlClient | None:
    """Return a conversation with the daemon that keeps `state`, or None where none answers at these paths."""
    for path in paths:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(10)
            sock.connect(str(path))
            hello = wire.receive(sock)
            if hello.get("state") == str(state):
                sock.settimeout(None)
                return ControlClient(sock, hello)
        except (OSError, EOFError, wire.WireError):
            pass
        sock.close()
    return None
