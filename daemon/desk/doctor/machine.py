"""Looks at the machine: its clock, the room on its disk, its zone data, the versions of the programs."""

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from daemon import __version__
from daemon.desk.doctor.files import existing
from daemon.desk.doctor.patient import Patient, ill, unknown, warn, well
from daemon.ledger.store import FILE_NAME as LEDGER
from daemon.records import Diagnosis

_TIMESYNC = Path("run/systemd/timesync")
_SLACK = timedelta(minutes=1)
_FEW_FILES = 1000
_OLD_YEARS = 2
"""Zone data of a year that is this long past miss the rules some country has changed since."""
_SET_CLOCK = "`sudo timedatectl set-ntp true`, and look with `timedatectl` a minute later"


def clock(patient: Patient) -> Iterator[Diagnosis]:
    """Look whether the clock is set from the network; only systemd-timesyncd leaves a sign of it that can be read."""
    written = _last_written(patient.setup.state)
    timesync = patient.machine.root / _TIMESYNC
    if written is not None and written > patient.now + _SLACK:
        sentence = f"it shows {patient.now:%Y-%m-%d %H:%M} UTC, the ledger was written at {written:%Y-%m-%d %H:%M} UTC"
        yield ill("clock", sentence, f"{_SET_CLOCK}; then restart the service")
    elif (timesync / "synchronized").exists():
        yield well("clock", "systemd-timesyncd keeps it right")
    elif timesync.is_dir():
        yield warn("clock", "systemd-timesyncd runs and has not been able to set it since the start", _SET_CLOCK)
    else:
        remedy = "`timedatectl` or `chronyc tracking` says whether it is kept right"
        yield unknown("clock", "nothing that can be read here says whether it is set from the network", remedy)


def _last_written(state: Path) -> datetime | None:
    moments = []
    for name in (LEDGER, f"{LEDGER}-wal"):
        try:
            moments.append((state / name).stat().st_mtime)
        except OSError:
            continue
    return datetime.fromtimestamp(max(moments), UTC) if moments else None


def room(patient: Patient) -> Iterator[Diagnosis]:
    """Look how much room the disk of the state folder has left for this user."""
    folder = existing(patient.setup.state)
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    sentence = f"{free // 1_000_000:,} MB are free where {folder} is"
    remedy = "make room: what can't be recorded is not started, and mail waits"
    if disk.f_files and disk.f_favail < _FEW_FILES:
        yield ill("disk", f"only {disk.f_favail} more files can be made where {folder} is", remedy)
    elif free < patient.machine.full:
        yield ill("disk", f"only {sentence}", remedy)
    elif free < patient.machine.short:
        yield warn("disk", f"only {sentence}", remedy)
    else:
        yield well("disk", sentence)


def zone_data(patient: Patient) -> Iterator[Diagnosis]:
    """Look how old the rules of the shop's zone are: the machine's own go first, the package tzdata comes after."""
    zone = patient.setup.config.shop.timezone
    folder = next((Path(one) for one in patient.machine.zones if (Path(one) / zone).is_file()), None)
    edition = _edition_in(folder) if folder else _packaged()
    where = str(folder) if folder else "the package tzdata"
    update = "`sudo apt install --only-upgrade tzdata`" if folder else "`pip install --upgrade tzdata`"
    if not edition[:4].isdigit():
        yield unknown("zone data", f"those of {zone} are from {where}, of an unknown edition")
    elif int(edition[:4]) <= patient.now.year - _OLD_YEARS:
        sentence = f"those of {zone} are from {where}, edition {edition}: rules may have changed since"
        yield warn("zone data", sentence, f"{update}, then restart the service")
    else:
        yield well("zone data", f"those of {zone} are from {where}, edition {edition}")


def _edition_in(folder: Path) -> str:
    """Return the edition a folder of zones names, such as 2025b: in `tzdata.zi` (its first line) or `+VERSION`."""
    for name in ("tzdata.zi", "+VERSION"):
        try:
            with (folder / name).open(encoding="ascii", errors="replace") as file:
                return file.readline(80).removeprefix("# version").strip()
        except OSError:
            continue
    return ""


def _packaged() -> str:
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return ""


def programs(_patient: Patient) -> Iterator[Diagnosis]:
    """Say which nightclerk and which Python this is."""
    yield well("program", f"nightclerk {__version__} on Python {platform.python_version()}")
