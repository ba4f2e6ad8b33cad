"""What a run asks of its daemon: in order, the next question prepared while the last is answered, no refusal lost."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from daemon import wire
from daemon.errors import NightclerkError
from daemon.model import Transition
from daemon.remote import Line, RemoteNight

STEPS = [[Transition("cake", str(number), "", "mixed", {})] for number in range(4)]


class Daemon:
    """The other end: it answers in order what it is told to, and keeps what it was asked."""

    def __init__(self, sock: socket.socket, answers: list[dict[str, Any]]) -> None:
        self.asked: list[Any] = []
        self._sock, self._answers = sock, answers
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for answer in self._answers:
            self.asked.append(wire.receive(self._sock))
            self._sock.sendall(wire.frame(answer))

    def ends(self) -> list[Any]:
        self._thread.join(10)
        return self.asked


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    with ours, theirs:
        yield ours, theirs


def test_batches_are_made_in_their_order_and_the_next_question_has_its_own_answer(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    daemon = Daemon(ends[1], [*({"ok": [True]} for _ in STEPS), {"ok": "seven"}])
    line = Line(ends[0])
    RemoteNight(line).move_all(STEPS)
    assert line.ask("watermark", "day") == "seven"
    assert [one["args"] for one in daemon.ends()] == [*([steps] for steps in STEPS), ["day"]]


def test_a_question_between_two_batches_is_not_answered_with_the_batchs_answer(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    Daemon(ends[1], [{"ok": [True]}, {"ok": "mine"}, {"ok": [True]}])
    line, heard = Line(ends[0]), list[str]()

    def batches() -> Iterator[list[Transition]]:
        yield STEPS[0]
        heard.append(line.ask("watermark", "day"))
        yield STEPS[1]

    RemoteNight(line).move_all(batches())
    assert heard == ["mine"]


@pytest.mark.parametrize("refused", [0, 3])
def test_a_batch_the_daemon_refuses_ends_the_run_with_its_sentence(
    ends: tuple[socket.socket, socket.socket], refused: int
) -> None:
    answers: list[dict[str, Any]] = [{"ok": [True]}] * refused + [{"error": "the disk is full"}]
    daemon = Daemon(ends[1], answers)
    with pytest.raises(NightclerkError, match="the disk is full"):
        RemoteNight(Line(ends[0])).move_all(STEPS)
    assert len(daemon.ends()) == refused + 1
