"""N1 on a real machine: the daemon's own mails are files; a routine that fails twice in a day is one of them."""

import signal
from collections.abc import Callable
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from daemon.clock import SystemClock

pytestmark = pytest.mark.system
PATIENCE = 200.0
SHAKY = '''
from pathlib import Path

from daemon.api import Job, NoOptions, Text

WORLD = Path(__file__).parent.parent / "world"


def run(context, options):
    """Fail twice, then be well."""
    tries = len(WORLD.read_text()) if WORLD.exists() else 0
    WORLD.write_text("x" * (tries + 1))
    print("try", tries + 1)
    if tries < 2:
        raise ValueError("the till is jammed")
    return Text("it opens again")


shaky = Job("shaky", "Fails twice", NoOptions, run)
'''
CONFIG = """\
shop: {name: Lamps & Leaf, timezone: UTC}
people: {lotta: {email: lotta@lamps.example}, olle: {email: olle@lamps.example}}
plugins: mine
routines:
  till: {job: shaky, every: 1m, owner: olle}
"""


def wait_for(true: Callable[[], bool]) -> None:
    """Wait until something has come true."""
    clock = SystemClock()
    start = clock.monotonic()
    while not true():
        assert clock.monotonic() < start + PATIENCE, "it never came true"
        signal.sigtimedwait([], 0.2)


def subjects(folder: Path) -> list[str]:
    return sorted(str(message_from_bytes(file.read_bytes())["Subject"]) for file in folder.rglob("*.eml"))


def test_n1_two_failures_are_one_mail_and_the_recovery_is_one(machine: Any) -> None:
    (machine.folder / "mine").mkdir()
    (machine.folder / "mine" / "shaky.py").write_text(SHAKY, encoding="utf-8")
    machine.configure(CONFIG)
    daemon, _ = machine.serve()
    mails = machine.state / "mail"
    failed, well = "till failed (Lamps & Leaf)", "till is well again (Lamps & Leaf)"
    wait_for(lambda: subjects(mails) == [failed])
    wait_for(lambda: (machine.folder / "world").read_text() == "xxx")
    wait_for(lambda: len(subjects(mails)) > 1)
    assert machine.stop(daemon)[0] == 0
    assert subjects(mails) == [failed, well]
    (first,) = [file for file in mails.rglob("*.eml") if b"is well" not in file.read_bytes()]
    letter = message_from_bytes(first.read_bytes(), policy=SMTP)
    assert letter["To"] == "olle <olle@lamps.example>"
    text = letter.get_content()
    assert "Why: ValueError: the till is jammed" in text
    assert "    try 1" in text
