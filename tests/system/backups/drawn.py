"""Repositories as honest owners have them, drawn from a seed: what is in them, how they were made and looked after."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from jobs.kinds.backup import BackupStore
from tests.system.backups import restic_breaking
from tests.system.backups.borg_ways import CANARY, Scene
from tests.system.backups.pgbackrest_ways import Server
from tests.system.backups.restic_breaking import Laboratory

NAMES = (
    "plain.txt",
    "with space",
    "-dash",
    "ümläut",
    "新品.csv",
    "ligne\nnouvelle",
    "'quote\"",
    "x" * 200,
    "a/b/c/deep",
)
SQUEEZED = ("off", "auto", "max")
OTHER_DISK = Path("/dev/shm")
MODES = ("none", "authenticated", "repokey", "repokey-blake2", "keyfile")


@dataclass(frozen=True)
class Drawn:
    """A healthy repository: `again` backs it up once more, `meanwhile` is what happens while it is looked at."""

    store: BackupStore
    again: Callable[[], object]
    meanwhile: AbstractContextManager[object] = field(default_factory=nullcontext)


def fill(dice: Random, folder: Path) -> None:
    """Add files to a folder as a shop might: empty, odd, large, sparse, linked; what was there may change or go."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in [path for path in folder.rglob("*") if path.is_file() and path.name not in {"canary", "canary.txt"}]:
        if dice.random() < 0.2:
            path.unlink()
    for name in dice.sample(NAMES, dice.randrange(1, len(NAMES))):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dice.randbytes(dice.choice((0, 1, 900, 30_000))))
    if dice.random() < 0.3:
        (folder / "large").write_bytes(dice.randbytes(1_500_000))
    if dice.random() < 0.2:
        with (folder / "sparse").open("wb") as file:
            file.truncate(3_000_000)
    _link(dice, folder)


def _link(dice: Random, folder: Path) -> None:
    """Add links: one that leads nowhere, a second name of a file, an empty folder, a time long ago."""
    if dice.random() < 0.3 and not (folder / "nowhere").is_symlink():
        (folder / "nowhere").symlink_to("../../gone")
    if dice.random() < 0.3 and not (folder / "twin").exists():
        os.link(next(path for path in sorted(folder.rglob("*")) if path.is_file()), folder / "twin")
    (folder / f"empty-{dice.randrange(3)}").mkdir(exist_ok=True)
    if dice.random() < 0.3:
        os.utime(folder, (1, 1))


def restic_templates(program: Path, folder: Path) -> list[Laboratory]:
    """Return empty repositories of both formats, since making one costs a second."""
    made = []
    for version in ("1", "2"):
        one = Laboratory(program, folder / f"format-{version}", Path())
        one.folder.mkdir(parents=True)
        one.restic("init", "--repository-version", version)
        made.append(one)
    return made


def of_restic(dice: Random, templates: list[Laboratory], folder: Path) -> Drawn:
    """Return a repository of restic's."""
    number = dice.randrange(len(templates))
    shutil.copytree(templates[number].folder, folder)
    one = Laboratory(templates[number].program, folder, folder / "source")
    one.source.mkdir()
    (one.source / "canary").write_bytes(b"sings\n")
    squeezed = [f"--compression={dice.choice(SQUEEZED)}"] if number else []
    host, tag = dice.choice(("shop", "büro", "a-b.example")), dice.choice(("nightly", "täglich"))

    def again() -> None:
        fill(dice, one.source)
        if dice.random() < 0.5:
            one.restic("tag", "--add", "kept")
        one.restic("backup", *squeezed, f"--host={host}", f"--tag={tag}", str(one.source))

    for _ in range(dice.randrange(1, 3)):
        again()
    _look_after_restic(dice, one)
    if dice.random() < 0.3:
        shutil.rmtree(one.folder / "owner-cache", ignore_errors=True)
    meanwhile = restic_breaking.backup_at_work(one) if dice.random() < 0.2 else nullcontext()
    return Drawn(
        one.store(drill={**_canary(one.source / "canary", b"sings\n"), "at_least": {"files": 1}}), again, meanwhile
    )


def _look_after_restic(dice: Random, one: Laboratory) -> None:
    """Do what an owner does now and then."""
    done = dice.random()
    if done < 0.15:
        one.restic("forget", "--keep-last", "1", "--prune")
    elif done < 0.25:
        one.restic("rebuild-index")
    elif done < 0.35:
        (one.folder / "second").write_text("another password\n", encoding="utf-8")
        one.restic("key", "add", "--new-password-file", str(one.folder / "second"))


def of_borg(dice: Random, borg: str, folder: Path) -> Drawn:
    """Return a repository of borg's."""
    one, mode = Scene(borg, folder), dice.choice(MODES)
    one.source.mkdir(parents=True)
    (one.source / "canary.txt").write_bytes(CANARY)
    one.run("init", "--encryption", mode)
    squeezed, number = dice.choice(("none", "lz4", "zstd,3", "auto,lzma")), iter(range(100))

    def again() -> None:
        fill(dice, one.source)
        made = next(number)
        if made and dice.random() < 0.5:
            one.run("rename", f"::shop-{made - 1}", f"kept-{made - 1}")
        one.run("create", "--compression", squeezed, f"::shop-{made}", "source")

    for _ in range(dice.randrange(1, 4)):
        again()
    if dice.random() < 0.3:
        one.run("prune", "--keep-last", "1")
        one.run("compact")
    options: dict[str, Any] = {}
    kept = OTHER_DISK / f"{folder.parent.name}-{folder.name}.key"
    for key in (folder / "maker").rglob("keys/*"):
        shutil.copy(key, kept)
        options["key_file"] = str(kept)
    if mode == "none":
        options["passphrase"] = None
    if mode == "authenticated":
        options["encrypted"] = False
    opened = one.opened(drill={**_canary(Path("source/canary.txt"), CANARY), "at_least": {"files": 1}}, **options)
    return Drawn(opened, again, _lent(kept))


@contextmanager
def _lent(key: Path) -> Iterator[None]:
    """Take a key that lies elsewhere away again at the end."""
    try:
        yield
    finally:
        key.unlink(missing_ok=True)


def _canary(path: Path, content: bytes) -> dict[str, Any]:
    return {"canary": {"path": str(path), "sha256": hashlib.sha256(content).hexdigest()}}


def of_pgbackrest(dice: Random, server: Server, name: str) -> Drawn:
    """Return a new repository of a running server's stanza."""
    packed = dice.choice(("none", "gz", "lz4", "zst", "bz2"))
    lines = [f"repo1-path={server.folder}/{name}", f"compress-type={packed}"]
    if dice.random() < 0.3:
        lines += ["repo1-cipher-type=aes-256-cbc", f"repo1-cipher-pass={dice.randbytes(9).hex()}"]
    if dice.random() < 0.4:
        lines.append("repo1-bundle=y")
    server.configure(lines)
    server.pgbackrest("stanza-create")
    kinds = iter(["full", *dice.choices(("full", "diff", "incr"), k=9)])

    def again() -> None:
        server.ask(
            f"CREATE TABLE IF NOT EXISTS t{dice.randrange(5)} AS SELECT generate_series(1, {dice.randrange(9000)}) n"
        )
        server.pgbackrest("backup", f"--type={next(kinds)}", "--pg1-user=postgres")

    for _ in range(dice.randrange(1, 3)):
        again()
    return Drawn(server.opened(drill={}), again)
