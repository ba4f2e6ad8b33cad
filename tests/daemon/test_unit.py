"""The shipped unit, judged by systemd's own tools and by what the daemon needs of it."""

import configparser
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from daemon.errors import EXIT_CONFIG
from daemon.paths import share

UNIT = share("systemd") / "nightclerk.service"
LARGEST_EXPOSURE = 16
"""In tenths, as systemd-analyze takes it."""


class _Repeated(dict[str, Any]):
    """Keeps the values of a key that is given more than once, one per line."""

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self and isinstance(value, list):
            self[key].extend(value)
        else:
            super().__setitem__(key, value)


@pytest.fixture(scope="module")
def service() -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False, dict_type=_Repeated)
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    parser.read(UNIT)
    return parser["Service"]


@pytest.fixture(scope="module")
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None and os.environ.get("CI"):
        pytest.fail("systemd-analyze is missing, and CI is set: install systemd")
    if found is None:
        pytest.skip("systemd-analyze is not installed here")
    return found


@pytest.fixture
def installed_unit(tmp_path: Path) -> Path:
    """The unit with a command that exists, as `install` writes it."""
    unit = tmp_path / "nightclerk.service"
    unit.write_text(UNIT.read_text().replace("/opt/nightclerk/bin/nightclerk", "/bin/true"))
    return unit


def test_systemd_finds_nothing_to_say_against_the_unit(analyze: str, installed_unit: Path) -> None:
    done = subprocess.run(
        [analyze, "verify", "--man=no", installed_unit], capture_output=True, text=True, check=False, timeout=60
    )
    about_us = [line for line in done.stderr.splitlines() if "nightclerk" in line]
    assert about_us == []
    assert done.returncode == 0


def test_a_misspelt_directive_would_be_found(analyze: str, installed_unit: Path) -> None:
    installed_unit.write_text(installed_unit.read_text().replace("ProtectHome=", "ProtectHouse="))
    done = subprocess.run(
        [analyze, "verify", "--man=no", installed_unit], capture_output=True, text=True, check=False, timeout=60
    )
    assert "ProtectHouse" in done.stderr


def test_the_service_is_hardly_exposed(analyze: str, installed_unit: Path) -> None:
    done = subprocess.run(
        [analyze, "security", "--offline=true", f"--threshold={LARGEST_EXPOSURE}", "--no-pager", installed_unit],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_people_can_be_told_apart_at_the_control_socket(service: configparser.SectionProxy) -> None:
    assert service["PrivateUsers"] == "no"
    assert service["RuntimeDirectory"] == "nightclerk"
    assert service["RuntimeDirectoryMode"] == "0755"


def test_a_wrong_configuration_is_not_started_over_and_over(service: configparser.SectionProxy) -> None:
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"] == str(EXIT_CONFIG)


def test_a_hung_daemon_is_ended_with_its_stack_and_a_stop_lets_runs_finish(service: configparser.SectionProxy) -> None:
    assert service["WatchdogSec"]
    assert "PYTHONFAULTHANDLER=1" in service["Environment"]
    assert "PYTHONUNBUFFERED=1" in service["Environment"]
    assert service["KillMode"] == "mixed"


def test_a_reload_waits_for_the_verdict(service: configparser.SectionProxy) -> None:
    assert service["Type"] == "notify"
    assert service["ExecReload"].split()[1] == "reload"


def test_the_unit_uses_the_folders_the_shipped_configuration_names(service: configparser.SectionProxy) -> None:
    assert service["StateDirectory"] == "nightclerk"
    assert service["WorkingDirectory"] == "/var/lib/nightclerk"
    assert service["ExecStart"].endswith("serve -c /etc/nightclerk/config.yaml")
    assert service["UMask"] == "0077"


def test_systemd_never_gives_up_starting_it() -> None:
    assert "\nStartLimitIntervalSec=0\n" in UNIT.read_text()


def test_an_active_credential_line_would_keep_a_fresh_install_from_starting(service: configparser.SectionProxy) -> None:
    assert "LoadCredential" not in service
