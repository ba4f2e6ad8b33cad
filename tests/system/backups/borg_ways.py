"""A real repository of borg, every way to break it, and which check sees that, in how many seconds.

`rows` is for the table of all targets; `test_borg.py` says what must be seen.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from pydantic import SecretStr

from daemon.api import OutsideError, stopwatch
from daemon.clock import SystemClock
from daemon.testing import make_outlet
from jobs.connectors.backups._borg_options import BorgOptions
from jobs.connectors.backups._borg_store import BorgStore
from jobs.connectors.backups.borg import BORG
from jobs.kinds.backup import Check, Copy, Outcome, Part

PASSPHRASE = "correct horse"
CANARY = b"it never changes\n"
SHA256 = hashlib.sha256(CANARY).hexdigest()
FINE = {Outcome.HELD, Outcome.PARTLY}


class Row(NamedTuple):
    """What one check said of one way to break one target: whether it was seen, after how many seconds."""

    target: str
    way: str
    check: str
    seen: bool
    seconds: Decimal


def borgs() -> list[str]:
    """Return the programs to try: those of $NIGHTCLERK_BORG (paths with colons between), else the machine's own."""
    named = os.environ.get("NIGHTCLERK_BORG", "")
    return [one for one in (named.split(":") if named else [shutil.which("borg") or ""]) if one and Path(one).exists()]


@dataclass(frozen=True)
class Scene:
    """A folder with a repository of two archives of one source, and the borg that made it."""

    borg: str
    folder: Path

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    @property
    def source(self) -> Path:
        return self.folder / "source"

    def make(self, mode: str = "repokey-blake2") -> "Scene":
        """Make the repository with two archives."""
        dice = Random(7)
        self.source.mkdir(parents=True)
        (self.source / "canary.txt").write_bytes(CANARY)
        (self.source / "large").write_bytes(dice.randbytes(3_000_000))
        self.run("init", "--encryption", mode)
        self.archive("shop-1")
        (self.source / "more").write_bytes(dice.randbytes(400_000))
        self.archive("shop-2")
        return self

    def archive(self, name: str) -> None:
        """Make one more archive of the source."""
        self.run("create", f"::{name}", "source")

    @property
    def environment(self) -> dict[str, str]:
        """What borg is told by the one who makes the backups; it has a home of its own."""
        return {
            **os.environ, "BORG_REPO": str(self.repository), "BORG_PASSPHRASE": PASSPHRASE,
            "BORG_BASE_DIR": str(self.folder / "maker"), "BORG_DELETE_I_KNOW_WHAT_I_AM_DOING": "YES", "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
        }  # fmt: skip

    def run(self, *words: str) -> str:
        """Ask borg as the one who makes the backups does."""
        ended = subprocess.run(
            [self.borg, *words],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return ended.stdout

    def copied(self, folder: Path) -> "Scene":
        """Return the same repository in another folder, to be broken there."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Scene(self.borg, folder)

    def opened(self, later: timedelta = timedelta(), **options: Any) -> BorgStore:
        """Return the repository as nightclerk sees it now, or some time later."""
        drill = {
            "holds": [str(self.source)[1:].rpartition("/")[2]],
            "canary": {"path": "source/canary.txt", "sha256": SHA256},
        }
        usual: dict[str, Any] = {
            "repository": str(self.repository), "program": self.borg, "passphrase": SecretStr(PASSPHRASE),
            "drill": drill, "lock_wait": "1s",
        }  # fmt: skip
        outlet = make_outlet(self.folder / "own", now=SystemClock().now() + later)
        store = BORG.open(BorgOptions.model_validate({**usual, **options}), outlet)
        assert isinstance(store, BorgStore)
        return store

    @property
    def largest(self) -> Path:
        """The largest segment of the repository."""
        return max(
            (path for path in (self.repository / "data").rglob("*") if path.is_file()), key=lambda p: p.stat().st_size
        )


def turn_a_bit(scene: Scene) -> None:
    content = bytearray(scene.largest.read_bytes())
    content[len(content) // 2] ^= 1
    scene.largest.write_bytes(content)


def cut_off(scene: Scene) -> None:
    os.truncate(scene.largest, scene.largest.stat().st_size // 2)


def remove_segment(scene: Scene) -> None:
    scene.largest.unlink()


def delete_archive(scene: Scene) -> None:
    scene.run("delete", "::shop-2")


def empty(scene: Scene) -> None:
    for name in ("shop-1", "shop-2"):
        scene.run("delete", f"::{name}")


def remove_key(scene: Scene) -> None:
    config = scene.repository / "config"
    config.write_text(config.read_text(encoding="utf-8").partition("key = ")[0], encoding="utf-8")


def remove_all(scene: Scene) -> None:
    shutil.rmtree(scene.repository)
    scene.repository.mkdir()


WAYS: Mapping[str, Callable[[Scene], None]] = {
    "one bit turned": turn_a_bit,
    "cut off": cut_off,
    "a file gone": remove_segment,
    "a copy deleted": delete_archive,
    "all copies deleted": empty,
    "the key gone": remove_key,
    "emptied": remove_all,
}


def asked(store: BorgStore, before: set[str], newest: Copy) -> Iterator[tuple[str, bool, Decimal]]:
    """Make every check; the inventory sees what can't be listed, and which of the copies known `before` are gone."""
    passed = stopwatch()
    try:
        there = {copy.id for copy in store.inventory().copies}
        yield "inventory", not before <= there, Decimal(f"{passed():.2f}")
    except OutsideError:
        yield "inventory", True, Decimal(f"{passed():.2f}")
    for check in (Check.STRUCTURE, Check.WHOLE, Check.DATA, Check.RESTORE):
        passed = stopwatch()
        verdict = store.examine(check, newest, Part())
        yield check.value, verdict.outcome not in FINE, Decimal(f"{passed():.2f}")


def rows(folder: Path, borg: str) -> Iterator[Row]:
    """Yield what every check says of every way to break a repository made by one borg, the healthy one first."""
    scene = Scene(borg, folder / "whole").make()
    target = scene.opened().borg.version()
    for way, breaks in {"healthy": lambda _: None, **WAYS}.items():
        broken = scene.copied(folder / way.replace(" ", "-"))
        store = broken.opened()
        known = store.inventory().copies
        breaks(broken)
        for check, seen, seconds in asked(store, {copy.id for copy in known}, known[0]):
            yield Row(target, way, check, seen, seconds)
