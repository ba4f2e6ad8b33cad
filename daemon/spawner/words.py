"""What daemon and spawner say to each other: small JSON messages, with descriptors beside them."""

import array
import json
import socket
from typing import Any

LARGEST_MESSAGE = 65536


def send(control: socket.socket, **message: int) -> None:
    """Say one thing; raise OSError where nobody listens."""
    control.send(json.dumps(message).encode())


def receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """Return the parent's next message and the descriptors that came with it, or None at its end."""
    fds = array.array("i")
    try:
        body, ancillary, _, _ = control.recvmsg(LARGEST_MESSAGE, socket.CMSG_SPACE(3 * fds.itemsize))
    except ConnectionResetError:  # the parent ended before it had read everything
        return None, []
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return (json.loads(body) if body else None), list(fds)
