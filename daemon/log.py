"""What the daemon writes about itself: one line per event, safe to read in a journal and on a terminal.

In the journal each line carries its priority (`<3>`, see sd-daemon(3)) and no time, for the journal has one. What
comes from outside can't forge a line: control characters and line ends are shown escaped. Known secrets are blanked.
"""

import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from typing import TextIO

from daemon.secrets import redact

_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG = 7
_COLOURS = {logging.CRITICAL: "1;31", logging.ERROR: "31", logging.WARNING: "33", logging.DEBUG: "2"}
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def escape(text: str) -> str:
    """Return `text` on one line: controls, line ends and direction marks become their Python escapes."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


class Redact(logging.Filter):
    """Blanks every known secret in a record's message and traceback; `known` is asked each time."""

    def __init__(self, known: Callable[[], list[str]]) -> None:
        super().__init__()
        self._known = known

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the record's texts by clean ones and let it pass."""
        known = self._known()
        record.msg, record.args = redact(record.getMessage(), known), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text, known)
        return True


def _lines(record: logging.LogRecord, formatter: logging.Formatter) -> list[str]:
    trace = record.exc_text or (formatter.formatException(record.exc_info) if record.exc_info else "")
    return [escape(line) for line in [record.getMessage(), *trace.splitlines()]]


class JournalFormatter(logging.Formatter):
    """Puts the priority before every line, also of a traceback, since the journal reads each on its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's lines for the journal."""
        priority = next((number for level, number in _PRIORITIES if record.levelno >= level), _DEBUG)
        return "\n".join(f"<{priority}>{line}" for line in _lines(record, self))


class TerminalFormatter(logging.Formatter):
    """Puts the time (UTC) and the level before each event; the level is coloured where a person looks on."""

    converter = staticmethod(time.gmtime)

    def __init__(self, colours: Mapping[int, str]) -> None:
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's lines for a terminal or a file."""
        level = f"{record.levelname.lower():8}"
        colour = self._colours.get(record.levelno)
        shown = f"\x1b[{colour}m{level}\x1b[0m" if colour else level
        first, *rest = _lines(record, self)
        return "\n".join([f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%SZ')} {shown} {first}", *rest])


def is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Say whether systemd connected `stream` to the journal, by its device and inode (systemd.exec(5))."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def formatter(stream: TextIO, environ: Mapping[str, str]) -> logging.Formatter:
    """Return the way to write to `stream`: for the journal where systemd connected it, else for people."""
    if is_journal(stream, environ):
        return JournalFormatter()
    coloured = stream.isatty() and not environ.get("NO_COLOR")
    return TerminalFormatter(_COLOURS if coloured else {})


def set_up(stream: TextIO, environ: Mapping[str, str], known: Callable[[], list[str]], level: int) -> logging.Handler:
    """Send everything that is logged to `stream`, and nowhere else; `known` returns the secrets to blank."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(stream, environ))
    handler.addFilter(Redact(known))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    return handler


class Once:
    """Says a failure when it begins and when it is over, however often it is seen in between."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._failing: dict[str, str] = {}

    def failed(self, key: str, sentence: str) -> None:
        """Log `sentence` as a warning unless `key` is known to fail; the latest sentence is remembered."""
        if key not in self._failing:
            self._logger.warning("%s", sentence)
        self._failing[key] = sentence

    def works(self, key: str, sentence: str) -> None:
        """Log `sentence` if `key` had failed."""
        if self._failing.pop(key, None) is not None:
            self._logger.info("%s", sentence)

    @property
    def troubles(self) -> dict[str, str]:
        """What fails now: the latest sentence of each key."""
        return dict(self._failing)
