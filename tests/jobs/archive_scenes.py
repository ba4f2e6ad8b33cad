"""Archives of a few files, sound and hostile, and the stores that they lie in."""

import io
import random
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from daemon.testing import NOW, make_outlet
from jobs.connectors.backups.files import FILES, FileStore
from jobs.kinds.backup import Check, Part, Verdict
from tests.jobs.dump_scenes import put

THEN = NOW - timedelta(hours=3)
CANARY = b"sing"


def content(seed: int = 0, files: int = 4) -> dict[str, bytes]:
    """Return some files by name, among them a canary."""
    dice = random.Random(seed)
    made = {f"srv/shop/uploads/{n}.jpg": dice.randbytes(7000 + n) for n in range(files)}
    return {"srv/shop/canary.txt": CANARY, **made}


def tarred(files: Mapping[str, bytes], mode: str = "w") -> bytes:
    """Return a tar archive of files, packed as `mode` says."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of files, packed and stored."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n, (name, data) in enumerate(files.items()):
            kind = zipfile.ZIP_DEFLATED if n % 2 else zipfile.ZIP_STORED
            archive.writestr(name, data, compress_type=kind)
    return out.getvalue()


PACKED: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {
    "tar": tarred,
    "tar.gz": lambda files: tarred(files, "w:gz"),
    "tar.bz2": lambda files: tarred(files, "w:bz2"),
    "tar.xz": lambda files: tarred(files, "w:xz"),
    "zip": zipped,
}


def opened(folder: Path, **options: object) -> FileStore:
    """Return a place whose copies lie in `folder`/nas and whose own folder is `folder`/own."""
    given = {"path": str(folder / "nas"), "drill": {}, **options}
    store = FILES.open(FILES.options.model_validate(given), make_outlet(folder / "own"))
    assert isinstance(store, FileStore)
    return store


def restored(folder: Path, check: Check = Check.RESTORE, **options: Any) -> Verdict:
    """Return what a check of the newest copy says."""
    store = opened(folder, **options)
    return store.examine(check, store.inventory().copies[0], Part())


def drilled(folder: Path, archive: bytes, **options: Any) -> Verdict:
    """Return what a drill of one archive says."""
    put(folder / "nas" / "shop.backup", archive, THEN)
    return restored(folder, Check.RESTORE, **options)


def stays(folder: Path) -> list[Path]:
    """Return what is left of scratch folders."""
    return list((folder / "own" / "drills").rglob("*"))


def put_tree(folder: Path, files: Mapping[str, bytes], at: datetime = THEN) -> None:
    """Write files below a folder."""
    for name, data in files.items():
        put(folder / name, data, at)
