"""Repositories of borg as a fake one tells of them: its answers recorded, or made."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from daemon.testing import make_outlet
from jobs.connectors.backups._borg_options import BorgOptions
from jobs.connectors.backups._borg_store import BorgStore
from jobs.connectors.backups.borg import BORG
from jobs.kinds.backup import Check, Copy, Part, Verdict
from tests.jobs.program_scenes import SPECS, Player, Said, player, recorded

SAMPLES = {mode: SPECS / "borg" / "samples" / f"1.4.5-{mode}" for mode in ("legacy", "modern")}
THERE = SAMPLES["legacy"].is_dir()
REPOSITORY = "7a0f622f13e250d4a613a4b5334130290ee780a50e8b9f3cdc2ac03c8f460b34"
PASSPHRASE = "correct horse battery staple"
WHOLE = Part()


def sample(mode: str, name: str) -> Said:
    return recorded(SAMPLES[mode], name)


def listed(*archives: tuple[str, datetime], mode: str = "repokey-blake2") -> Said:
    """Return what `list --json` says of archives, each begun at a moment, in UTC."""
    rows = [
        {"name": name, "archive": name, "barchive": name, "id": identity(name),
         "start": f"{moment:%Y-%m-%dT%H:%M:%S}.000000", "time": f"{moment:%Y-%m-%dT%H:%M:%S}.000000"}
        for name, moment in archives
    ]  # fmt: skip
    told = {"archives": rows, "encryption": {"mode": mode}, "repository": {"id": REPOSITORY, "location": "/r"}}
    return Said(json.dumps(told))


def identity(name: str) -> str:
    return name.encode().hex().ljust(64, "0")[:64]


def held(*sizes: int) -> Said:
    """Return what `list ::ARCHIVE` says of files of these sizes, with a folder and a link among them."""
    return Said("".join(["d 0\n", *(f"- {size}\n" for size in sizes), "l 0\n"]))


def opened(folder: Path, answers: Mapping[str, Said], **options: Any) -> BorgStore:
    """Return a repository whose borg gives these answers; borg itself is `folder/borg`."""
    usual: dict[str, Any] = {"repository": "/srv/borg", "program": str(player(folder, answers, "borg").path)}
    if "passphrase_file" not in options:
        usual["passphrase"] = SecretStr(PASSPHRASE)
    store = BORG.open(BorgOptions.model_validate({**usual, **options}), make_outlet(folder / "own"))
    assert isinstance(store, BorgStore)
    return store


def asked(folder: Path) -> Sequence[Sequence[str]]:
    """Return what the fake borg was asked, without what every question has."""
    return [
        [word for word in call if word not in {"--log-json", "--lock-wait", "5"}]
        for call in Player(folder / "borg").asked
    ]


def of(store: BorgStore, check: Check, part: Part = WHOLE) -> Verdict:
    """Return what a check says of the newest copy."""
    return store.examine(check, newest(store), part)


def newest(store: BorgStore) -> Copy:
    return store.inventory().copies[0]
