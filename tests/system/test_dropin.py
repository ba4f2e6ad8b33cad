"""The seam: one file with a job and one with a connector, dropped into a folder, work from end to end."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.system
CONNECTOR = '''\
"""A street lamp that is a file."""

from pathlib import Path

from pydantic import Field

from daemon.api import Connector, Kind, Options, Outlet


class LampOptions(Options):
    """Where the lamp is."""

    path: Path = Field(description="Its file.")


class Lamp:
    """A lamp."""

    def __init__(self, path: Path, writes: bool) -> None:
        self.path, self.writes = path, writes

    def switch(self) -> str:
        """Switch it on."""
        if self.writes:
            self.path.write_text("on")
        return "on"


street = Connector("street", Kind("lamp"), "A lamp.", LampOptions, lambda o, outlet: Lamp(o.path, outlet.writes))
'''
JOB = '''\
"""Switches lamps on."""

from pydantic import Field

from daemon.api import Context, Job, Kind, Need, Options, Text

LAMP = Kind("lamp")


class SwitchOptions(Options):
    """How."""

    greeting: str = Field("hello", description="What is said.")


def run(ctx: Context, options: SwitchOptions) -> Text:
    """Switch the lamp on, once."""
    lamp = ctx.connection(LAMP)
    answer = ctx.effect(f"switch/{ctx.slot}", "the lamp", lamp.switch)
    return Text("{greeting}: the lamp is {answer}", {"greeting": options.greeting, "answer": answer})


switch = Job("switch", "Switches a lamp on.", SwitchOptions, run, needs=(Need(LAMP),))
'''
CONFIG = """\
shop: {name: Lamps, timezone: Europe/Berlin}
plugins: mine
connections:
  corner: {use: street, path: LAMP, writes: true}
routines:
  dusk: {job: switch, at: "17:00", options: {greeting: good evening}}
"""


@pytest.fixture
def street(machine: Any) -> Any:
    mine = machine.folder / "mine"
    mine.mkdir(mode=0o755)
    (mine / "street.py").write_text(CONNECTOR, encoding="utf-8")
    (mine / "switch.py").write_text(JOB, encoding="utf-8")
    machine.configure(CONFIG.replace("LAMP", str(machine.folder / "lamp")))
    return machine


def test_a_job_and_a_connector_of_ones_own_work_without_a_daemon_and_with_one(street: Any) -> None:
    lamp = Path(street.folder / "lamp")
    assert street.run("check").returncode == 0
    dry = street.run("run", "dusk", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert not lamp.exists()
    alone = street.run("run", "dusk")
    assert "good evening: the lamp is on" in alone.stdout
    assert lamp.read_text(encoding="ascii") == "on"
    lamp.unlink()
    daemon, _ = street.serve()
    asked = street.run("run", "dusk")
    assert "good evening: the lamp is on" in asked.stdout
    assert lamp.exists()
    assert street.stop(daemon)[0] == 0


def test_a_reload_says_which_plug_in_file_needs_a_restart_and_does_not_run_it(street: Any) -> None:
    daemon, _ = street.serve()
    trap = street.folder / "sprung"
    (street.folder / "mine" / "switch.py").write_text(JOB + f"\nopen({str(trap)!r}, 'w').close()\n", encoding="utf-8")
    (street.folder / "mine" / "more.py").write_text(f"open({str(trap)!r}, 'w').close()\n", encoding="utf-8")
    said = street.run("reload").stdout
    assert f"Plug-in code has changed in {street.folder}/mine/more.py, {street.folder}/mine/switch.py" in said
    assert "restart to use it" in said
    assert street.run("run", "dusk").returncode == 0
    assert not trap.exists()
    (street.folder / "mine" / "switch.py").write_text(JOB, encoding="utf-8")
    (street.folder / "mine" / "more.py").unlink()
    assert "restart" not in street.run("reload").stdout
    street.config.write_text(street.config.read_text(encoding="utf-8").replace("plugins: mine\n", "plugins: other\n"))
    assert "`plugins` changes with a restart only" in street.run("reload").stdout
    assert street.stop(daemon)[0] == 0
