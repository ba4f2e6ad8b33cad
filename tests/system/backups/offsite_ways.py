"""Backups that are files, and backups in a bucket, broken in every way: what the job says of it, and after how long.

`rows` is for the table of all targets; `test_offsite.py` says what must be seen. The job itself looks at each place
twice, the second time after it was broken, with every check at every run.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from daemon.api import stopwatch
from daemon.testing import NOW, FakeNight, make_context, make_outlet, names_in
from jobs.backups import BACKUPS, BackupOptions
from jobs.connectors.backups.files import FILES
from jobs.kinds import facts
from jobs.kinds.backup import BackupStore
from tests.jobs.archive_scenes import CANARY, content, tarred
from tests.jobs.dump_scenes import flipped, put
from tests.jobs.s3_fake import Bucket, kept, serving
from tests.jobs.s3_scenes import opened as bucket_opened
from tests.system.crash.test_limits import fill

Row = tuple[str, str, str, Decimal]
NOT_SEEN = "not seen"
LATER = timedelta(minutes=5)
EACH_RUN = {key: {"every": "0s"} for key in ("whole", "listed", "restore", "locked", "room")}
UNCHANGED = {"unchanged": {"every": "0s", "full_every": "0s"}}
OPTIONS = BackupOptions.model_validate({"min_copies": 5, "checks": {**EACH_RUN, **UNCHANGED}})
LOCK = ("COMPLIANCE", NOW + timedelta(days=90))
DRILL = {
    "at_least": {"files": 5, "bytes": 2000},
    "canary": {"path": "/srv/shop/canary.txt", "sha256": hashlib.sha256(CANARY).hexdigest()},
}


@dataclass
class Disk:
    """A folder of archives or of folders, one for each night, with a list of sums where `manifest` is said."""

    root: Path
    shape: str
    options: Mapping[str, Any]

    def make(self) -> "Disk":
        for day in range(6):
            self.night(day, content(day))
        return self

    def night(self, day: int, files: Mapping[str, bytes], name: str = "") -> None:
        at, place = NOW - timedelta(hours=3, days=day), self.nas / (name or f"night-{9 - day}")
        if self.shape == "folder":
            for inside, data in files.items():
                put(place / inside, data, at)
            sums = [f"{hashlib.sha256(data).hexdigest()}  {inside}\n" for inside, data in files.items()]
            put(place / "SHA256SUMS", "".join(sums).encode(), at)
        else:
            data = tarred(files, self.shape)
            put(place, data, at)
            if self.options.get("manifest") != "":
                own = f"{hashlib.sha256(data).hexdigest()}  {place.name}\n"
                put(place.with_name(f"{place.name}.sha256"), own.encode(), at)

    @property
    def nas(self) -> Path:
        return self.root / "nas"

    @property
    def newest(self) -> Path:
        return self.nas / "night-9"

    @property
    def content(self) -> Path:
        """The largest file of the newest backup."""
        files = [path for path in self.newest.rglob("*.jpg") if path.is_file()]
        return max(files, key=lambda path: path.stat().st_size) if files else self.newest

    def store(self) -> BackupStore:
        options = {"path": str(self.nas), "manifest": "*.sha256" if self.shape != "folder" else "SHA256SUMS"}
        return FILES.open(FILES.options.model_validate({**options, **self.options}), make_outlet(self.root / "own"))

    def write(self, path: Path, data: bytes) -> None:
        put(path, data, NOW - timedelta(hours=3))


def turn_a_bit(disk: Disk) -> None:
    whole = disk.content.read_bytes()
    disk.write(disk.content, flipped(whole, len(whole) * 4))


def cut_off(disk: Disk) -> None:
    disk.write(disk.content, disk.content.read_bytes()[: disk.content.stat().st_size * 2 // 3])


def empty_a_file(disk: Disk) -> None:
    disk.write(disk.content, b"")


def remove_a_file(disk: Disk) -> None:
    disk.content.unlink()


def remove_all(disk: Disk) -> None:
    shutil.rmtree(disk.nas)
    disk.nas.mkdir()


def unmount(disk: Disk) -> None:
    shutil.rmtree(disk.nas)


def age(disk: Disk) -> None:
    for path in disk.nas.rglob("*"):
        at = path.stat().st_mtime - 2 * 86400
        os.utime(path, (at, at))


def shrink(disk: Disk) -> None:
    if disk.shape == "folder":
        shutil.rmtree(disk.newest)
    disk.night(0, content(0, files=1))


DISK_WAYS: dict[str, Callable[[Disk], None]] = {
    "healthy": lambda _: None,
    "bit flipped": turn_a_bit,
    "truncated": cut_off,
    "a file missing": remove_a_file,
    "a file emptied": empty_a_file,
    "the place emptied": remove_all,
    "the place gone": unmount,
    "stale": age,
    "shrunken": shrink,
}


@dataclass
class Cloud:
    """A bucket with a folder of objects for each night, their list and their locks."""

    bucket: Bucket
    options: Mapping[str, Any]

    def make(self) -> "Cloud":
        for day in range(6):
            self.night(day, 4)
        return self

    def night(self, day: int, files: int, seed: int | None = None) -> None:
        at, folder = NOW - timedelta(hours=3, days=day), f"night-{9 - day}"
        names = []
        for name, data in content(day if seed is None else seed, files).items():
            names.append(f"{folder}/{name}")
            self.bucket.objects[names[-1]] = kept(data, at, lock=LOCK)
        self.bucket.list_sums(*names, to=f"{folder}/SHA256SUMS")
        self.bucket.objects[f"{folder}/SHA256SUMS"].at = at

    def change(self, how: Callable[[bytes], bytes]) -> None:
        """Change what is stored of the newest backup's largest file, which no sum of the server's follows."""
        one = self.bucket.objects["night-9/srv/shop/uploads/3.jpg"]
        one.content = how(one.content)

    def upload(self, how: Callable[[bytes], bytes]) -> None:
        """Put a changed file in its place, whose sum the server takes anew."""
        one = self.bucket.objects["night-9/srv/shop/uploads/3.jpg"]
        self.bucket.objects["night-9/srv/shop/uploads/3.jpg"] = kept(how(one.content), one.at, lock=LOCK)

    def remove(self, begin: str) -> None:
        for key in [key for key in self.bucket.objects if key.startswith(begin)]:
            del self.bucket.objects[key]

    def shrink(self) -> None:
        self.remove("night-9/")
        self.night(0, 1)

    def age(self) -> None:
        for one in self.bucket.objects.values():
            one.at -= timedelta(days=2)

    def unlock(self) -> None:
        for key, one in self.bucket.objects.items():
            one.lock = None if key.startswith("night-9/") else one.lock

    def refuse(self) -> None:
        self.bucket.failures = {"GET": ["InvalidAccessKeyId"] * 99, "HEAD": ["InvalidAccessKeyId"] * 99}


CLOUD_WAYS: dict[str, Callable[[Cloud], None]] = {
    "healthy": lambda _: None,
    "bit flipped in the store": lambda cloud: cloud.change(lambda whole: flipped(whole, 99)),
    "bit flipped before the upload": lambda cloud: cloud.upload(lambda whole: flipped(whole, 99)),
    "truncated": lambda cloud: cloud.upload(lambda whole: whole[:-20]),
    "a file missing": lambda cloud: cloud.remove("night-9/srv/shop/uploads/3.jpg"),
    "a file emptied": lambda cloud: cloud.upload(lambda _: b""),
    "the place emptied": lambda cloud: cloud.remove(""),
    "stale": Cloud.age,
    "shrunken": Cloud.shrink,
    "lock missing": Cloud.unlock,
    "key gone": Cloud.refuse,
}


def looked_at(night: FakeNight, store: BackupStore, now: datetime = NOW, options: BackupOptions = OPTIONS) -> list[str]:
    """Have the job look at a place, and return what it finds, in the words of its keys."""
    ctx = make_context(Path(), names_in(facts), opened={"backup": {"x": store}}, night=night, now=now, due=now)
    BACKUPS.run(ctx, options)
    night.accept(ctx)
    return sorted({finding.key.rpartition("/")[2] for finding in ctx.report.findings})


def broken(target: str, way: str, store: BackupStore, breaks: Callable[[], None]) -> Row:
    """Look at a healthy place, break it, and look again."""
    night = FakeNight()
    before = looked_at(night, store)
    assert not before, (target, way, before)
    breaks()
    passed = stopwatch()
    seen = looked_at(night, store, NOW + LATER)
    return target, way, ", ".join(seen) or NOT_SEEN, Decimal(f"{passed():.2f}")


def rows(folder: Path) -> Iterator[Row]:
    """Yield what is seen of every way to break every target, the healthy one first."""
    yield from disk_rows(folder)
    yield from cloud_rows()
    yield from full_rows(folder / "full")


def tables(found: Iterable[Row]) -> list[str]:
    """Return the lines of the tables that `docs/backups/files.md` and `docs/backups/s3.md` show of these rows."""
    lines = []
    for begin in ("files", "S3"):
        cells = {
            (way, target): check for target, way, check, _ in found if target.startswith(begin) and way != "healthy"
        }
        targets, ways = list(dict.fromkeys(one for _, one in cells)), list(dict.fromkeys(way for way, _ in cells))
        lines.append(f"| way | {' | '.join(targets)} |")
        for way in ways:
            told = (cells.get((way, target), "").replace(NOT_SEEN, f"**{NOT_SEEN}**") for target in targets)
            lines.append(f"| {way} | {' | '.join(told)} |")
    return lines


def disk_rows(folder: Path) -> Iterator[Row]:
    """Yield a row for each way to break backups that are files."""
    targets: dict[str, tuple[str, dict[str, Any]]] = {
        "files, folders with a list": ("folder", {}),
        "files, folders with a list and a drill": ("folder", {"drill": DRILL}),
        "files, tar with a list": ("w", {}),
        "files, tar without a list, with a drill": ("w", {"manifest": "", "drill": DRILL}),
        "files, tar.gz without a list, with a drill": ("w:gz", {"manifest": "", "drill": DRILL}),
    }
    for target, (shape, options) in targets.items():
        for way, breaks in DISK_WAYS.items():
            disk = Disk(folder / target / way, shape, options).make()
            yield broken(target, way, disk.store(), lambda disk=disk, breaks=breaks: breaks(disk))  # type: ignore[misc]


def cloud_rows() -> Iterator[Row]:
    """Yield a row for each way to break backups in a bucket."""
    targets = {"S3, `read: false`": {}, "S3, `read: true`": {"read": True}}
    for target, options in targets.items():
        for way, breaks in CLOUD_WAYS.items():
            with ExitStack() as stack:
                cloud = Cloud(stack.enter_context(serving(Bucket(page=1000))), options).make()
                store = bucket_opened(cloud.bucket.url, copies="folder", lock_days=30, **options)
                yield broken(target, way, store, lambda cloud=cloud, breaks=breaks: breaks(cloud))  # type: ignore[misc]


def full_rows(folder: Path) -> Iterator[Row]:
    """Yield a row for a full disk, where a small one can be mounted; nothing elsewhere."""
    with small_disk(folder) as there:
        if there is None:
            return
        disk = Disk(there, "w", {"manifest": "", "drill": DRILL}).make()
        yield broken("files, tar without a list, with a drill", "disk full", disk.store(), lambda: fill(there))


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "8m") -> Iterator[Path | None]:
    """Give a disk of 8 MB or another size, or None where none can be mounted."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
