"""The places of backups as a person sees them at a terminal, through a real daemon and without one."""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.system

CONFIG = """\
shop: {{name: Test, timezone: Europe/Berlin}}
connections:
  nas: {{use: files, path: {place}, manifest: SHA256SUMS}}
routines:
  backup-now: {{job: backups, at: "03:00", enabled: false}}
  backups:
    job: backups
    at: "06:00"
    options: {{groups: {{files: {{copies: {{nas: {{medium: nas, offsite: true}}}}}}}}}}
"""


def copy_in(place: Path, name: str, size: int, hours: float) -> None:
    """Make one copy of a size, so many hours old, with its list of sums."""
    (place / name).mkdir(parents=True)
    (place / name / "a").write_bytes(b"x" * size)
    told = hashlib.sha256(b"x" * size).hexdigest()
    (place / name / "SHA256SUMS").write_text(f"{told}  a\n")
    at = time.time() - hours * 3600
    for path in (place / name / "a", place / name / "SHA256SUMS", place / name):
        os.utime(path, (at, at))


def test_a_shrunken_copy_waits_until_somebody_accepts_it(machine: Any, tmp_path: Path) -> None:
    place = tmp_path / "place"
    for n in range(5):
        copy_in(place, f"night-{n}", 100_000, 24 * (6 - n))
    copy_in(place, "night-9", 40_000, 1)
    machine.configure(CONFIG.format(place=place))
    daemon, _ = machine.serve()
    assert machine.run("run", "backups").returncode == 0
    listing = machine.run("backups").stdout
    assert listing.splitlines()[0].split()[:2] == ["PLACE", "STATE"]
    assert "nas    held " in listing
    assert "shrunken?" in listing
    assert "not 3-2-1: files: 2 copies on 2 kinds of media, 1 off-site, not immutable" in listing
    shown = machine.run("backups", "show", "nas").stdout
    assert "size       fail" in shown
    assert "nightclerk backups accept nas" in shown
    assert machine.run("backups", "accept", "nas").stdout == "place of backups nas is accepted\n"
    assert "already confirmed by" in machine.run("backups", "accept", "nas").stderr
    assert machine.stop(daemon)[0] == 0
    assert machine.run("run", "backups").returncode == 0
    answer = json.loads(machine.run("backups", "--json").stdout)
    assert [(one["number"], one["state"]) for one in answer["places"]] == [("nas", "sound")]
    assert answer["groups"]["files"]["copies"] == 2


def test_a_manual_backup_is_verified_by_naming_both_routines(machine: Any, tmp_path: Path) -> None:
    """A routine that only follows another has its slots; a run by hand makes none, so both are named."""
    place = tmp_path / "place"
    copy_in(place, "night-1", 100_000, 1)
    machine.configure(CONFIG.format(place=place).replace('at: "06:00"', "after: [backup-now]"))
    daemon, _ = machine.serve()
    assert machine.run("run", "backup-now").returncode == 0
    runs = json.loads(machine.run("runs", "--json").stdout)
    assert [run["routine"] for run in runs] == ["backup-now"]
    assert machine.run("run", "backups").returncode == 0
    assert machine.stop(daemon)[0] == 0
