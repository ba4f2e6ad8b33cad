"""What is wrong with the machine or with rights on it is said with what to do, and looking changes nothing."""

import fcntl
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon import plugins
from daemon.config.loading import load
from daemon.desk.doctor import look
from daemon.desk.doctor.patient import Machine, Patient
from daemon.engine.assigning import Setup
from daemon.outbox.transports import TRANSPORTS
from daemon.records import Diagnosis, Health

NOW = datetime(2026, 7, 21, 12, 0, tzinfo=UTC)
CONFIG = """\
shop: {name: Lamps, timezone: Europe/Berlin}
secrets: keys
plugins: mine
templates: looks
state: state
connections: {letters: {use: newsletter/file}}
routines: {stock: {job: calendar, at: "05:00"}}
"""


class Office:
    """A folder that stands for a whole machine, with a configuration in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.zones = folder / "zones"
        self.config = CONFIG
        for name in ("keys", "mine", "looks", "root", "zones/Europe"):
            (folder / name).mkdir(parents=True, mode=0o755)
        (self.zones / "Europe" / "Berlin").touch()

    def put(self, name: str, text: str = "", mode: int = 0o644) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def make_ledger(self) -> Path:
        (self.folder / "state").mkdir(mode=0o700)
        path = self.folder / "state" / "ledger.db"
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE nights (text)")
            connection.executemany("INSERT INTO nights VALUES (?)", [("night" * 200,)] * 200)
        connection.close()
        os.utime(path, (NOW.timestamp() - 60,) * 2)
        return path

    def look(
        self, machine: Machine | None = None, refusal: tuple[str, ...] = (), *, serving: bool = True
    ) -> list[Diagnosis]:
        file = (
            self.put("config.yaml", self.config)
            if not (self.folder / "config.yaml").exists()
            else self.folder / "config.yaml"
        )
        loaded = load(file, plugins.load, TRANSPORTS)
        setup = Setup(loaded, loaded.refuse(), self.folder / "state")
        before = seen(self.folder)
        found = look(Patient(setup, NOW, serving, refusal, machine or self.machine()))
        assert seen(self.folder) == before
        return found

    def machine(self, **changes: int) -> Machine:
        return Machine(root=self.root, zones=[str(self.zones)], **({"short": 0, "full": 0} | changes))


def seen(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return every file below a folder with its size, mode and time of modification."""
    stats = {str(path): path.lstat() for path in folder.rglob("*")}
    return {name: (stat.st_size, stat.st_mode, stat.st_mtime_ns) for name, stat in stats.items()}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def only() -> Callable[[list[Diagnosis], str], Diagnosis]:
    """Return the one diagnosis about a thing."""

    def find(found: list[Diagnosis], what: str) -> Diagnosis:
        (one,) = [one for one in found if one.what == what and one.state is not Health.WELL] or [
            one for one in found if one.what == what
        ]
        return one

    return find


Only = Callable[[list[Diagnosis], str], Diagnosis]


def test_an_office_in_order_has_nothing_ill(office: Office) -> None:
    office.make_ledger()
    found = office.look()
    assert [one for one in found if one.state in {Health.ILL, Health.WARN}] == []
    assert {"ledger", "disk", "state folder", "plug-ins"} <= {one.what for one in found if one.state is Health.WELL}


def test_before_the_first_night_nothing_is_made(office: Office, only: Only) -> None:
    found = office.look()
    assert "is made at the first start" in only(found, "state folder").sentence
    assert not (office.folder / "state").exists()
    assert "ledger" not in {one.what for one in found}


@pytest.mark.parametrize(
    ("mode", "state"), [(0o755, Health.WARN), (0o777, Health.ILL), (0o770, Health.ILL), (0o700, Health.WELL)]
)
def test_a_state_folder_that_is_open_to_others_is_said_with_the_command_that_closes_it(
    office: Office, only: Only, mode: int, state: Health
) -> None:
    office.make_ledger().parent.chmod(mode)
    found = only(office.look(), "state folder")
    assert found.state is state
    assert found.remedy == ("" if state is Health.WELL else f"`chmod 700 {office.folder / 'state'}`")


def test_a_file_in_the_way_of_the_state_folder_is_ill(office: Office, only: Only) -> None:
    office.put("state")
    found = only(office.look(), "state folder")
    assert found.state is Health.ILL
    assert found.sentence == f"{office.folder / 'state'} is no folder"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_left_in_the_state_folder_is_named_with_the_chown_that_helps(office: Office, only: Only) -> None:
    ledger = office.make_ledger()
    os.chown(ledger.parent, 65534, 65534)
    found = only(office.look(), "state folder")
    assert found.state is Health.ILL
    assert found.sentence.startswith("ledger.db in ")
    assert found.remedy.startswith("`sudo chown -R nobody: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_looked_at_is_ill_for_the_service_and_unknown_to_a_person(office: Office, only: Only) -> None:
    office.make_ledger().parent.chmod(0o000)
    serving, asking = office.look(), office.look(serving=False)
    office.folder.joinpath("state").chmod(0o700)
    assert only(serving, "state folder").state is Health.ILL
    assert (only(asking, "state folder").state, only(asking, "state folder").remedy) == (
        Health.UNKNOWN,
        "look again with sudo",
    )


def test_a_damaged_ledger_is_ill_and_the_remedy_names_the_way_back(office: Office, only: Only) -> None:
    ledger = office.make_ledger()
    with ledger.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    os.utime(ledger, (NOW.timestamp(),) * 2)
    found = only(office.look(), "ledger")
    assert found.state is Health.ILL
    assert "is damaged" in found.sentence
    assert "State, backup, restore" in found.remedy


def test_a_ledger_that_is_no_database_is_ill(office: Office, only: Only) -> None:
    office.make_ledger().write_text("not a database at all" * 100)
    assert "file is not a database" in only(office.look(), "ledger").sentence


def test_a_ledger_with_a_log_that_a_crash_left_is_read_with_it(office: Office, only: Only) -> None:
    path = office.make_ledger()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("INSERT INTO nights VALUES ('late')")
    connection.commit()
    assert path.with_name("ledger.db-wal").stat().st_size > 0
    found = only(office.look(), "ledger")
    connection.close()
    assert found.state is Health.WELL, found


def test_a_state_that_another_process_holds_is_left_alone_and_names_it(office: Office, only: Only) -> None:
    office.make_ledger()
    lock = office.put("state/lock", "4711\n")
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        found = only(office.look(serving=False), "ledger")
    assert found.state is Health.UNKNOWN
    assert "the process 4711 holds it" in found.sentence
    assert only(office.look(serving=False), "ledger").state is Health.WELL


def test_a_disk_with_less_room_than_asked_for_is_first_short_then_full(office: Office, only: Only) -> None:
    much = 10**18
    short = only(office.look(office.machine(short=much)), "disk")
    full = only(office.look(office.machine(short=much, full=much)), "disk")
    assert (short.state, full.state) == (Health.WARN, Health.ILL)
    assert "MB are free where" in full.sentence
    assert full.remedy.startswith("make room")


def test_a_clock_that_is_behind_the_ledger_is_ill(office: Office, only: Only) -> None:
    later = NOW + timedelta(hours=3)
    os.utime(office.make_ledger(), (later.timestamp(),) * 2)
    found = only(office.look(), "clock")
    assert found.state is Health.ILL
    assert "it shows 2026-07-21 12:00 UTC, the ledger was written at 2026-07-21 15:00 UTC" in found.sentence
    assert "timedatectl" in found.remedy


def test_whether_the_clock_is_set_is_said_only_where_that_can_be_known(office: Office, only: Only) -> None:
    assert only(office.look(), "clock").state is Health.UNKNOWN
    timesync = office.root / "run/systemd/timesync"
    timesync.mkdir(parents=True)
    assert only(office.look(), "clock").state is Health.WARN
    (timesync / "synchronized").touch()
    assert only(office.look(), "clock").state is Health.WELL


@pytest.mark.parametrize(
    ("first_line", "state"),
    [("# version 2026a", Health.WELL), ("# version 2023c", Health.WARN), ("who knows", Health.UNKNOWN)],
)
def test_zone_data_are_named_with_their_edition_and_called_old_when_they_are(
    office: Office, only: Only, first_line: str, state: Health
) -> None:
    office.put("zones/tzdata.zi", f"{first_line}\n# more\n")
    found = only(office.look(), "zone data")
    assert found.state is state
    assert str(office.zones) in found.sentence


def test_without_zones_of_the_machine_the_package_counts(office: Office, only: Only) -> None:
    (office.zones / "Europe" / "Berlin").unlink()
    found = only(office.look(), "zone data")
    assert found.state is Health.WELL
    assert "from the package tzdata, edition 20" in found.sentence


@pytest.mark.parametrize(("name", "what"), [("config.yaml", "configuration"), ("looks", "templates")])
def test_what_everybody_may_write_is_ill(office: Office, only: Only, name: str, what: str) -> None:
    office.put("config.yaml", office.config)
    (office.folder / name).chmod(0o777)
    found = only(office.look(), what)
    assert found.state is Health.ILL
    assert found.remedy == f"`chmod o-w {office.folder / name}`"


def test_templates_that_are_not_there_are_ill(office: Office, only: Only) -> None:
    (office.folder / "looks").rmdir()
    assert only(office.look(), "templates").sentence == f"{office.folder / 'looks'} is not there"


def test_a_secret_that_everybody_may_read_is_ill_and_a_closed_one_is_well(office: Office, only: Only) -> None:
    office.config = office.config.replace(
        "letters: {use: newsletter/file}",
        "mail: {use: smtp, host: mail.example, username: x, password: !secret post, from: a@b.example}",
    )
    secret = office.put("keys/post", "hush-hush", 0o644)
    found = only(office.look(), "secrets")
    assert found.state is Health.ILL
    assert found.sentence == f"{secret} may be read by everybody on this machine"
    assert f"`chmod 600 {secret}`" in found.remedy
    assert "hush-hush" not in str(found)
    secret.chmod(0o600)
    assert only(office.look(), "secrets").state is Health.WELL
    secret.chmod(0o644)
    secret.parent.chmod(0o700)
    assert only(office.look(), "secrets").state is Health.WELL


def test_a_plug_in_that_fails_and_a_routine_that_can_not_run_are_named(office: Office, only: Only) -> None:
    office.put("mine/broken.py", "raise RuntimeError('no lamps')\n")
    office.config = office.config.replace("job: calendar", "job: lanterns")
    found = office.look()
    assert "RuntimeError: no lamps" in only(found, "plug-ins").sentence
    assert only(found, "plug-ins").remedy == "mend or remove it, then restart the service"
    assert "unknown job" in only(found, "routine stock").sentence


def test_a_refused_file_is_told_with_the_reload_that_takes_the_mended_one(office: Office, only: Only) -> None:
    found = only(office.look(refusal=("config.yaml:3:1: rotines: unknown key",)), "configuration")
    assert found.state is Health.ILL
    assert "rotines: unknown key" in found.sentence
    assert "nightclerk reload" in found.remedy
