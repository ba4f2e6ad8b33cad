"""What the daemon's own lines look like in the journal and on a terminal."""

import io
import logging
import os
import pty
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.log import Once, escape, formatter, set_up


@pytest.fixture(autouse=True)
def _root_logger_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def _fail(text: str) -> None:
    raise ValueError(text)


def _journal(path: Path) -> tuple[TextIO, dict[str, str]]:
    stream = path.open("w+")
    status = os.fstat(stream.fileno())
    return stream, {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}


def _written(stream: TextIO) -> list[str]:
    stream.flush()
    stream.seek(0)
    return stream.read().splitlines()


def test_every_line_in_the_journal_carries_its_priority_and_no_time(tmp_path: Path) -> None:
    stream, environ = _journal(tmp_path / "journal")
    with stream:
        set_up(stream, environ, list, logging.DEBUG)
        log = logging.getLogger("test")
        log.debug("d")
        log.info("i")
        log.warning("w")
        log.error("e")
        log.critical("c")
        assert _written(stream) == ["<7>d", "<6>i", "<4>w", "<3>e", "<2>c"]


def test_each_line_of_a_traceback_carries_the_priority(tmp_path: Path) -> None:
    stream, environ = _journal(tmp_path / "journal")
    with stream:
        set_up(stream, environ, list, logging.INFO)
        try:
            _fail("first\n<0>forged")
        except ValueError:
            logging.getLogger("test").exception("it broke")
        lines = _written(stream)
    assert lines[0] == "<3>it broke"
    assert len(lines) > 3
    assert all(line.startswith("<3>") for line in lines)


def test_a_pipe_that_is_not_the_journal_is_written_for_people(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+") as stream:
        set_up(stream, {"JOURNAL_STREAM": "1:2"}, list, logging.INFO)
        logging.getLogger("test").warning("careful")
        (line,) = _written(stream)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ warning  careful", line)


def test_a_terminal_is_coloured_unless_no_color_is_set() -> None:
    record = logging.LogRecord("test", logging.ERROR, "", 0, "bad", None, None)
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        assert "\x1b[31m" in formatter(terminal, {}).format(record)
        assert "\x1b" not in formatter(terminal, {"NO_COLOR": "1"}).format(record)
    os.close(master)


def test_hostile_text_can_not_forge_a_line_or_move_the_cursor() -> None:
    stream = io.StringIO()
    set_up(stream, {}, list, logging.INFO)
    logging.getLogger("test").info("order %s", "1\n2026 error forged\x1b[2J\u202e")
    assert stream.getvalue().count("\n") == 1
    assert r"order 1\n2026 error forged\x1b[2J\u202e" in stream.getvalue()


@given(st.text())
def test_an_escaped_text_is_always_one_line_that_can_be_written(text: str) -> None:
    assert len(escape(text).splitlines()) <= 1
    escape(text).encode("utf-8")


def test_ordinary_letters_of_any_language_stay() -> None:
    assert escape("Ægir 漢字 ñ €") == "Ægir 漢字 ñ €"


def test_a_secret_is_blanked_in_messages_arguments_and_tracebacks() -> None:
    stream = io.StringIO()
    known = ["hunter2hunter2"]
    set_up(stream, {}, lambda: known, logging.INFO)
    log = logging.getLogger("test")
    try:
        _fail("key hunter2hunter2")
    except ValueError:
        log.exception("login with %s failed", "hunter2hunter2")
    known.append("a-later-secret")
    log.info("now a-later-secret")
    assert "hunter2" not in stream.getvalue()
    assert "later" not in stream.getvalue()
    assert stream.getvalue().count("***") == 4


def test_a_failure_is_said_once_and_its_recovery_once() -> None:
    stream = io.StringIO()
    set_up(stream, {}, list, logging.INFO)
    once = Once(logging.getLogger("test"))
    once.works("smtp", "never said")
    once.failed("smtp", "mail waits: refused")
    once.failed("smtp", "mail waits: time-out")
    once.failed("disk", "the disk is full")
    assert once.troubles == {"smtp": "mail waits: time-out", "disk": "the disk is full"}
    once.works("smtp", "mail leaves again")
    once.works("smtp", "mail leaves again")
    once.failed("smtp", "mail waits: again")
    said = [line.split(maxsplit=2)[2] for line in stream.getvalue().splitlines()]
    assert said == ["mail waits: refused", "the disk is full", "mail leaves again", "mail waits: again"]
