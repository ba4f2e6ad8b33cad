"""A run's questions to the daemon: the child's end of the socket, and the night as seen over it."""

import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from daemon import wire
from daemon.errors import NightclerkError
from daemon.model import Transition
from daemon.night import COMMITS, READS, Night


class Line:
    """The child's end of the socket: one question, one answer."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._owed = False

    def ask(self, verb: str, *args: Any) -> Any:
        """Return the daemon's answer; raise NightclerkError with its sentence where it refuses."""
        self.begin(verb, *args)
        return self.settle()

    def begin(self, verb: str, *args: Any) -> None:
        """Ask and go on; the answer is heard by `settle`, or before the next question."""
        question = wire.frame({"verb": verb, "args": list(args)})
        self.settle()
        self._sock.sendall(question)
        self._owed = True

    def settle(self) -> Any:
        """Return the answer that is owed, None where there is none; raise NightclerkError where the daemon refused."""
        if not self._owed:
            return None
        self._owed = False
        answer = wire.receive(self._sock)
        if "error" in answer:
            raise NightclerkError(answer["error"])
        return answer["ok"]


def _remote(verb: str) -> Callable[..., Any]:
    def ask(self: "RemoteNight", *args: Any) -> Any:
        return self._line.ask(verb, *args)

    ask.__name__ = verb
    ask.__doc__ = getattr(Night, verb).__doc__
    return ask


class RemoteNight:
    """`daemon.night.Night` over the socket."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def move_all(self, batches: Iterable[Sequence[Transition]]) -> None:
        """Make the steps of each batch; the daemon writes one down while the next is prepared here."""
        for steps in batches:
            self._line.begin("move", steps)
        self._line.settle()


for _verb in (*READS, *COMMITS):
    setattr(RemoteNight, _verb, _remote(_verb))
