"""What the job sees of each way to break backups that are files or lie in a bucket; programs that hang; a full disk."""

import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from daemon.clock import SystemClock
from daemon.testing import FakeNight, make_outlet
from jobs.connectors.backups.command import CommandOptions, CommandStore
from jobs.connectors.program import OwnersProgram, ProgramOptions
from jobs.kinds.backup import Outcome
from tests.jobs.archive_scenes import content
from tests.jobs.own_program_scenes import saying, script
from tests.jobs.s3_fake import Bucket, serving
from tests.jobs.s3_scenes import opened as s3_opened
from tests.system.backups import offsite_ways, table
from tests.system.conftest import PATIENCE, Machine

pytestmark = pytest.mark.system
HEALTHY = 200
LIST = {"copies": [{"name": "night", "moment": "2026-11-20T02:00:00Z"}]}
DOCS = Path(__file__).parents[3] / "docs" / "backups"
UNSEEN = {key for key in table.UNSEEN if key[0].startswith(("files", "S3"))}
SEEN_AS = {
    "stale": "old",
    "shrunken": "shrunken",
    "the place emptied": "none",
    "the place gone": "unreadable",
    "key gone": "unreadable",
    "lock missing": "locked",
    "disk full": "room",
}


def test_what_is_seen_of_each_way_to_break_a_backup_off_site(tmp_path: Path) -> None:
    found = list(offsite_ways.rows(tmp_path))
    for row in found:
        print(" | ".join(map(str, row)))
    unseen = {(target, way) for target, way, check, _ in found if check == offsite_ways.NOT_SEEN}
    healthy = {(target, way) for target, way, *_ in found if way == "healthy"}
    assert len(healthy) == 7
    assert unseen == healthy | UNSEEN
    for target, way, check, _ in found:
        assert SEEN_AS.get(way, check) in check, (target, way, check)
    pages = "".join((DOCS / page).read_text(encoding="utf-8") for page in ("files.md", "s3.md"))
    missing = [line for line in offsite_ways.tables(found) if line not in pages]
    assert not missing, "docs/backups should hold:\n" + "\n".join(offsite_ways.tables(found))
    if os.geteuid() == 0 and not any(way == "disk full" for _, way, *_ in found):
        pytest.skip("no small disk can be mounted here")


@pytest.mark.slow
def test_no_healthy_place_is_found_fault_with(tmp_path: Path) -> None:
    """Folders, archives and objects of drawn content, each read, compared with its list and restored."""
    for seed in range(HEALTHY):
        dice = random.Random(seed)
        shape, manifest = dice.choice(["folder", "w", "w:gz", "w:xz"]), {}
        if shape != "folder" and dice.random() < 0.5:
            manifest = {"manifest": ""}
        disk = offsite_ways.Disk(tmp_path / f"{seed}", shape, {"drill": offsite_ways.DRILL, **manifest})
        files = dice.randrange(4, 9)
        for day in range(6):
            disk.night(day, content(dice.randrange(1 << 32), files))
        assert offsite_ways.looked_at(FakeNight(), disk.store()) == [], (seed, shape)
        shutil.rmtree(disk.root)
    for seed in range(HEALTHY):
        dice = random.Random(seed)
        with serving(Bucket(page=1000)) as bucket:
            cloud = offsite_ways.Cloud(bucket, {})
            files = dice.randrange(1, 6)
            for day in range(6):
                cloud.night(day, files, seed=dice.randrange(1 << 32))
            store = s3_opened(bucket.url, copies="folder", lock_days=30, read=dice.random() < 0.5)
            assert offsite_ways.looked_at(FakeNight(), store) == [], seed


def hanging(folder: Path) -> Path:
    """Write a program that lists, and otherwise never ends, nor does what it starts."""
    return script(
        folder,
        f"if [ $1 = list ]; then {saying(LIST)}; exit 0; fi",
        "sleep 600 & sleep 600 & echo $! $$ > " + str(folder / "pids"),
        "trap '' TERM",
        "wait; sleep 600",
    )


def gone(pids: Path) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids.read_text().split())


def test_a24_a_program_that_hangs_is_ended_with_its_children_and_nothing_is_claimed(tmp_path: Path) -> None:
    given = {"run": [str(hanging(tmp_path))], "verify": True, "limit": "1s"}
    store = CommandStore(CommandOptions.model_validate(given), make_outlet(tmp_path), grace=0.2)
    newest = store.inventory().copies[0]
    verdict = store.verify(newest)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.reason is not None
    assert "its limit" in str(verdict.reason.values["why"])
    assert gone(tmp_path / "pids")


def test_a24_a_program_that_a_routine_runs_is_ended_at_its_limit(tmp_path: Path) -> None:
    given = {"run": [str(hanging(tmp_path)), "now"], "limit": "1s"}
    ended = OwnersProgram(ProgramOptions.model_validate(given), make_outlet(tmp_path, writes=True), grace=0.2).run()
    assert ended.timed_out
    assert gone(tmp_path / "pids")


CONFIG = """
shop: {{name: Leaf, timezone: Europe/Berlin, country: DE, currency: EUR}}
secrets: {folder}/secrets
connections:
  own-script:
    use: program
    writes: true
    run: [{program}, --all]
    environment: {{TOKEN: !secret token, PLAIN: text}}
routines:
  backup-now: {{job: command, at: "02:00", options: {{expect: json}}}}
"""


@pytest.fixture
def shop(machine: Machine) -> Machine:
    """A shop with a script that makes a backup."""
    program = script(
        machine.folder,
        "echo begun with $TOKEN",
        'echo "$1 $PLAIN" >> ' + str(machine.folder / "ran"),
        f"if [ -e {machine.folder}/broken ]; then echo no space left >&2; exit 3; fi",
        saying('{"summary": "2 databases"}'),
    )
    secret = machine.folder / "secrets" / "token"
    secret.parent.mkdir()
    secret.write_text("s3cret-token")
    secret.chmod(0o600)
    machine.configure(CONFIG.format(folder=machine.folder, program=program))
    return machine


def test_a_backup_is_made_when_somebody_asks_for_it(shop: Machine) -> None:
    dry = shop.run("run", "backup-now", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "would run" in dry.stdout
    assert not (shop.folder / "ran").exists()
    made = shop.run("run", "backup-now")
    assert made.returncode == 0, made.stderr + made.stdout
    assert "2 databases" in made.stdout
    assert (shop.folder / "ran").read_text() == "--all text\n"


def test_a_backup_that_fails_is_a_failed_run_with_its_last_line_and_without_its_secrets(shop: Machine) -> None:
    (shop.folder / "broken").touch()
    failed = shop.run("run", "backup-now")
    assert failed.returncode == 1
    said = failed.stdout + failed.stderr
    assert "the program ended with 3: no space left" in said
    number = shop.run("runs", "backup-now", "--json")
    assert "s3cret-token" not in said + number.stdout
    assert shop.run("check").returncode == 0


def test_a_secret_among_the_arguments_is_refused(shop: Machine) -> None:
    shop.configure(CONFIG.format(folder=shop.folder, program=shop.folder / "own").replace("--all", "!secret token"))
    refused = shop.run("check")
    assert refused.returncode == 78
    assert "no secret can stand here" in refused.stdout + refused.stderr


DRILL = """
import sys
from pathlib import Path
from daemon.testing import FakeNight, make_outlet
from jobs.connectors.backups.files import FILES
from jobs.kinds.backup import Check, Part
folder = Path(sys.argv[1])
options = FILES.options.model_validate({"path": str(folder / "nas"), "drill": {}})
store = FILES.open(options, make_outlet(folder / "own"))
copy = store.inventory().copies[0]
print("begun", flush=True)
while True:
    store.examine(Check.RESTORE, copy, Part())
"""


def large_tar(path: Path) -> None:
    """Write an archive that takes a moment to restore."""
    path.parent.mkdir()
    with tarfile.open(path, "w") as archive:
        for n in range(20):
            member = tarfile.TarInfo(f"{n}.bin")
            member.size = 1_000_000
            archive.addfile(member, io.BytesIO(os.urandom(1_000_000)))
    os.utime(path, (1_700_000_000, 1_700_000_000))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a27_a_drill_that_is_ended_leaves_nothing_at_the_latest_at_the_next_start(
    tmp_path: Path, how: signal.Signals
) -> None:
    large_tar(tmp_path / "nas" / "shop.tar")
    scratch = tmp_path / "own" / "drills"
    drill = subprocess.Popen([sys.executable, "-c", DRILL, str(tmp_path)], stdout=subprocess.PIPE)
    with drill:
        assert drill.stdout is not None
        assert drill.stdout.readline() == b"begun\n"
        clock = SystemClock()
        begun = clock.monotonic()
        while not list(scratch.rglob("*.bin")):
            assert clock.monotonic() - begun < PATIENCE
        drill.send_signal(how)
    if how is signal.SIGKILL:
        assert list(scratch.rglob("*"))
        again = subprocess.Popen([sys.executable, "-c", DRILL, str(tmp_path)], stdout=subprocess.PIPE)
        with again:
            assert again.stdout is not None
            assert again.stdout.readline() == b"begun\n"
            again.terminate()
    assert not list(scratch.rglob("*"))
