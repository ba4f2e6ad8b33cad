"""Tells systemd how the service is doing, as sd_notify(3) does; without systemd it does nothing."""

import os
import socket
from collections.abc import MutableMapping
from dataclasses import dataclass

_PATIENCE = 0.5
"""Seconds a full socket of systemd may hold us up."""
_LONGEST_STATUS = 200


@dataclass(frozen=True)
class Notifier:
    """The way to systemd; `watchdog` is how often in seconds it wants a sign of life, half of its limit."""

    address: str = ""
    watchdog: float | None = None

    def notify(self, *states: str) -> bool:
        """Send `KEY=value` lines as one message; return whether systemd took it. Never raises."""
        if not self.address:
            return False
        message = "\n".join(states).encode("utf-8", "replace")
        target = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(_PATIENCE)
                sender.sendto(message, target)
        except OSError:
            return False
        return True

    def ready(self, status: str) -> bool:
        """Say that start or reload is done; systemd waits for this."""
        return self.notify("READY=1", _status(status))

    def reloading(self, monotonic: float) -> bool:
        """Say that a reload begins; `monotonic` is `Clock.monotonic()` in seconds, for Type=notify-reload."""
        return self.notify("RELOADING=1", f"MONOTONIC_USEC={int(monotonic * 1_000_000)}")

    def stopping(self, status: str) -> bool:
        """Say that the service is going down."""
        return self.notify("STOPPING=1", _status(status))

    def status(self, text: str) -> bool:
        """Set the line that `systemctl status` shows."""
        return self.notify(_status(text))

    def alive(self) -> bool:
        """Give the sign of life the watchdog waits for."""
        return self.notify("WATCHDOG=1")

    def extend(self, seconds: float) -> bool:
        """Ask for this much more time to start or stop, counted from now."""
        return self.notify(f"EXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}")


def _status(text: str) -> str:
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"STATUS={line[:_LONGEST_STATUS]}"


def take(environ: MutableMapping[str, str]) -> Notifier:
    """Return the way to systemd and remove it from `environ`, so that no child speaks for the daemon."""
    address = environ.pop("NOTIFY_SOCKET", "")
    limit = environ.pop("WATCHDOG_USEC", "")
    pid = environ.pop("WATCHDOG_PID", str(os.getpid()))
    ours = limit.isdecimal() and int(limit) > 0 and pid == str(os.getpid())
    return Notifier(address if address[:1] in {"/", "@"} else "", int(limit) / 2_000_000 if ours else None)
