"""A site's UpdraftPlus folder with one backup or more, and the options that belong to it."""

import gzip
import hashlib
import io
import json
import random
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from daemon.testing import NOW, make_outlet
from jobs.connectors.backups.updraftplus import UPDRAFTPLUS
from jobs.kinds.backup import BackupStore, Verdict
from tests.jobs.dump_scenes import put, updraft_dump

BERLIN = ZoneInfo("Europe/Berlin")
THEN = NOW - timedelta(hours=3)
"""When the usual backup was begun: 02:00 in Berlin."""
PARTS = ("db.gz", "plugins.zip", "themes.zip", "uploads.zip", "uploads2.zip", "others.zip")


def zipped(seed: int = 0, files: int = 3) -> bytes:
    """Return a zip archive of some files, packed and stored."""
    dice, out = random.Random(seed), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(files):
            kind = zipfile.ZIP_DEFLATED if n % 2 else zipfile.ZIP_STORED
            archive.writestr(f"plugins/woo/file-{n}.php", dice.randbytes(40).hex() * 8, compress_type=kind)
    return out.getvalue()


def backup(folder: Path, *parts: str, at: datetime = THEN, nonce: str = "0123456789ab", seed: int = 0) -> str:
    """Write the files of a backup, all of the usual ones where none is named; return how their names begin."""
    begin = f"backup_{at.astimezone(BERLIN):%Y-%m-%d-%H%M}_Lamp_Leaf_{nonce}"
    for n, part in enumerate(parts or PARTS):
        content = gzip.compress(updraft_dump(seed)) if part.startswith("db") else zipped(seed + n)
        put(folder / f"{begin}-{part}", content, at + timedelta(minutes=10))
    return begin


def history_of(folder: Path, begin: str, *, at: datetime = THEN) -> dict[str, dict[str, object]]:
    """Return the option updraft_backup_history as `wp option get --format=json` prints it."""
    entry: dict[str, object] = {"nonce": begin[-12:], "service": ["none"]}
    sums: dict[str, dict[str, str]] = {"sha1": {}, "sha256": {}}
    for entity in ("db", "plugins", "themes", "uploads", "others"):
        files = sorted(folder.glob(f"{begin}-{entity}*"), key=lambda path: len(path.name))
        if files:
            entry[entity] = files[0].name if entity == "db" else [path.name for path in files]
        for index, path in enumerate(files):
            entry[f"{entity}{index or ''}-size"] = path.stat().st_size
            for algorithm, known in sums.items():
                known[f"{entity}{index}"] = hashlib.new(algorithm, path.read_bytes()).hexdigest()
    return {str(int(at.timestamp())): entry | {"checksums": sums}}


def saved(path: Path, option: object) -> str:
    """Write an option to a file and return its path."""
    path.write_text(json.dumps(option), encoding="utf-8")
    return str(path)


def opened(folder: Path, **options: object) -> BackupStore:
    """Return the backups of a site in Berlin."""
    given = {"path": str(folder), "zone": "Europe/Berlin", **options}
    return UPDRAFTPLUS.open(UPDRAFTPLUS.options.model_validate(given), make_outlet(Path()))


def verdict(folder: Path, **options: object) -> Verdict:
    """Return what is said of the newest backup in a folder."""
    store = opened(folder, **options)
    return store.verify(store.inventory().copies[0])
