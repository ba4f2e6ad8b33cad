"""A program that answers as restic does, by sub-command, and remembers what it was asked and told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from shlex import quote, split
from typing import Any

from pydantic import SecretStr

from daemon.api import Text
from daemon.render.say import Voice, say
from daemon.testing import NOW, make_outlet
from jobs.connectors.backups._restic_options import ResticOptions
from jobs.connectors.backups.restic import RESTIC, ResticStore
from jobs.kinds.backup import Check, Part, Verdict

PASSWORD = "s3cret-password"
FINE = (
    '{"message_type":"summary","num_errors":0,"broken_packs":null,"suggest_repair_index":false,"suggest_prune":false}\n'
)
FINE_TEXT = "using temporary cache in /x\nload indexes\ncheck all packs\n\nno errors were found\n"
PACK = "29cb234c91e894aa30eba157111cdeb0afa721c6989a42275668d675486c73a3"
DAMAGED_TEXT = f"Pack ID does not match, want {PACK}, got 18d9\nFatal: repository contains errors\n"
DAMAGED = json.dumps({"message_type": "summary", "num_errors": 1, "broken_packs": [PACK]}) + "\n"
DAMAGED_ERRORS = (
    json.dumps({"message_type": "error", "message": f"pack {PACK} contains 2 errors: [blob 3bdc]\n"}) + "\n"
    '{"message_type":"exit_error","code":1,"message":"Fatal: repository contains errors"}\n'
)
LOCKED = (
    '{"message_type":"exit_error","code":11,"message":'
    '"unable to create lock in backend: repository is already locked by PID 7"}\n'
)
EXCLUSIVE = '{{"time":"{at}","exclusive":true,"hostname":"shop","username":"root","pid":7}}'
SCRIPT = r"""#!/bin/sh
here=${0%/*}
echo "$*" >>"$here/asked"
export -p >"$here/told"
name=$1
case $1 in key | list | cat) name="$1-$2" ;; esac
turn=1
while [ -e "$here/$name.$turn.asked" ] && [ -e "$here/$name.$((turn + 1)).answer" ]; do turn=$((turn + 1)); done
: >"$here/$name.$turn.asked"
for word in "$@"; do
    case $word in --target=*) [ ! -d "$here/tree" ] || cp -R "$here/tree/." "${word#--target=}" ;; esac
done
. "$here/$name.$turn.answer"
"""
"""One process for each question, as every other program that it would start takes its time."""


@dataclass
class FakeRestic:
    """The program in a folder; say what it answers, then look at what it was asked."""

    folder: Path
    turns: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        path = self.folder / "restic"
        path.write_text(SCRIPT, encoding="utf-8")
        path.chmod(0o755)
        self.answer("version", "restic 0.19.1 compiled with go1.26.4 on linux/amd64\n")

    def answer(self, name: str, out: str = "", err: str = "", rc: int = 0, before: str = "") -> None:
        """Say what it answers next to `name` ("check", "list-packs"); the last answer is given again."""
        turn = self.turns[name] = self.turns.get(name, 0) + 1
        says = f"printf %s {quote(out)}\nprintf %s {quote(err)} >&2\nexit {rc}\n"
        (self.folder / f"{name}.{turn}.answer").write_text(f"{before}\n{says}", encoding="utf-8")

    def instead(self, name: str, out: str = "", err: str = "", rc: int = 0, before: str = "") -> None:
        """Say anew what it answers to `name`, first and always."""
        self.turns.pop(name, None)
        for left in self.folder.glob(f"{name}.*"):
            left.unlink()
        self.answer(name, out, err, rc, before)

    def holds(self, *rows: Mapping[str, Any]) -> None:
        """Say which copies it lists."""
        self.instead("snapshots", json.dumps(list(rows)) + "\n")

    def restores(self, files: Mapping[str, str]) -> None:
        """Say what a restore brings back."""
        (self.folder / "tree").mkdir(exist_ok=True)
        for name, content in files.items():
            path = self.folder / "tree" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")

    @property
    def asked(self) -> list[str]:
        """The arguments of each time it was started."""
        path = self.folder / "asked"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    @property
    def told(self) -> dict[str, str]:
        """The environment of the last time."""
        words = split((self.folder / "told").read_text(encoding="utf-8"))
        return dict(word.split("=", 1) for word in words if "=" in word)

    def store(self, **options: Any) -> ResticStore:
        """Return the connector on this program; its own folder is `own` beside it."""
        usual = {
            "repository": "rest:https://host/shop",
            "password": SecretStr(PASSWORD),
            "program": str(self.folder / "restic"),
        }
        chosen = ResticOptions.model_validate({**usual, **options})
        opened = RESTIC.open(chosen, make_outlet(self.folder.parent / "own"))
        assert isinstance(opened, ResticStore)
        return opened

    def examined(self, check: Check, part: Part | None = None, **options: Any) -> Verdict:
        """List the copies and make a check on the newest."""
        store = self.store(**options)
        return store.examine(check, store.inventory().copies[0], part or Part())


def row(
    number: int = 1, at: datetime = NOW - timedelta(hours=3), size: int | None = 1_100_006, **more: Any
) -> dict[str, Any]:
    """Return a copy as restic lists it; `size` None: by a restic before 0.17, which lists none."""
    summary = {"total_files_processed": 5, "total_bytes_processed": size, "data_added_packed": 1000}
    told = {} if size is None else {"summary": {name: value for name, value in summary.items() if value}}
    return {
        "time": at.isoformat().replace("+00:00", "Z"), "tree": "a" * 64, "paths": ["/srv/shop"], "hostname": "shop",
        "username": "root", "id": f"{number:064x}", "short_id": f"{number:08x}", **told, **more,
    }  # fmt: skip


def holding_one(folder: Path) -> FakeRestic:
    """Return a restic whose repository holds one copy."""
    made = FakeRestic(folder / "bin")
    made.holds(row())
    return made


def packs(*firsts: int) -> str:
    """Return what `list packs` prints for packs whose names begin with these bytes."""
    return "".join(f"{first:02x}{number:062x}\n" for number, first in enumerate(firsts))


def english(text: Text | None) -> str:
    """Return a sentence as its reader sees it, empty where there is none."""
    return say(text, Voice("en", "", "Europe/Berlin")) if text is not None else ""
