"""The systemd unit is compared with this program, and what differs is said with the command that mends it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon import plugins
from daemon.config.loading import load
from daemon.desk.doctor import look
from daemon.desk.doctor.patient import Machine, Patient
from daemon.engine.assigning import Setup
from daemon.installation import this_command
from daemon.outbox.transports import TRANSPORTS
from daemon.paths import share
from daemon.records import Diagnosis, Health

Look = Callable[[str], Diagnosis]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The tree of a machine; `/mine` is this command, `/other` another, `/loop` leads nowhere."""
    tree = tmp_path / "root"
    tree.mkdir()
    (tree / "mine").symlink_to(this_command())
    (tree / "loop").symlink_to("loop")
    (tree / "other").write_text("#!/bin/sh\n")
    (tree / "other").chmod(0o755)
    return tree


@pytest.fixture
def look_for(tmp_path: Path, root: Path) -> Look:
    """Return what is said of one thing on that machine."""
    (tmp_path / "config.yaml").write_text("shop: {name: Lamps, timezone: Europe/Berlin}\nroutines: {}\n")
    loaded = load(tmp_path / "config.yaml", plugins.load, TRANSPORTS)
    patient = Patient(
        Setup(loaded, loaded.refuse(), tmp_path / "state"),
        datetime(2026, 7, 21, tzinfo=UTC),
        serving=True,
        machine=Machine(root),
    )

    def find(what: str) -> Diagnosis:
        (found,) = [one for one in look(patient) if one.what == what]
        return found

    return find


def install(root: Path, text: str) -> None:
    folder = root / "etc/systemd/system"
    folder.mkdir(parents=True)
    (folder / "nightclerk.service").write_text(text)


def unit_of(command: str) -> str:
    text = (share("systemd") / "nightclerk.service").read_text(encoding="utf-8")
    return text.replace("/opt/nightclerk/bin/nightclerk", command)


def test_a_machine_without_the_unit_is_told_to_install_it_where_systemd_runs(look_for: Look, root: Path) -> None:
    assert look_for("service").state is Health.UNKNOWN
    (root / "run/systemd/system").mkdir(parents=True)
    found = look_for("service")
    assert (found.state, found.remedy) == (Health.WARN, "`sudo nightclerk install`")


@pytest.mark.parametrize(
    ("text", "state", "sentence"),
    [
        (unit_of("/opt/gone/nightclerk"), Health.ILL, "which is not there or can't be run"),
        (unit_of("/other"), Health.WARN, "starts /other, this is "),
        (
            unit_of("/mine").replace("WatchdogSec=2min", "WatchdogSec=9min"),
            Health.WARN,
            "is not the unit of this version",
        ),
        (unit_of("/mine"), Health.WELL, "starts /mine"),
        ("[Service]\n", Health.ILL, "it has no ExecStart="),
    ],
)
def test_the_unit_is_compared_with_this_program(
    look_for: Look, root: Path, text: str, state: Health, sentence: str
) -> None:
    install(root, text)
    found = look_for("service")
    assert found.state is state, found
    assert sentence in found.sentence
    assert bool(found.remedy) is (state is not Health.WELL)


def test_a_path_that_leads_nowhere_is_said_and_the_other_checks_go_on(look_for: Look, root: Path) -> None:
    install(root, unit_of("/loop/nightclerk"))
    assert look_for("service").state is Health.ILL
    assert look_for("program").state is Health.WELL
