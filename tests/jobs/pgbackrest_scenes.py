"""A pgBackRest and a PostgreSQL of a few lines of shell, with the bad habits of the real ones."""

import json
import shlex
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from daemon.testing import NOW, make_outlet
from jobs.connectors.backups.pgbackrest import PGBACKREST, PgBackRestStore
from jobs.kinds.backup import Check, Copy, Part, Verdict
from tests.jobs.pg_archive_scenes import program
from tests.jobs.program_scenes import Player, Said, player

LABEL = "20261121-183458F"
RESTORES = """for one; do case "$one" in
--pg1-path=*) data="${one#*=}";; --tablespace-map-all=*) spaces="${one#*=}";; esac; done
mkdir -p "$data/global" "$data/pg_tblspc" "$spaces/fast"
echo 15 > "$data/PG_VERSION"; ln -s "$spaces/fast" "$data/pg_tblspc/16384"
echo "shared_preload_libraries = 'evil'" > "$data/postgresql.auto.conf"
printf 12345 > $data/global/pg_control"""
"""Restores three files of 42 bytes, pg_control last, and a link to a tablespace."""
_POSTGRES = """here=$(dirname "$0")
[ "$1" = --version ] && { echo "postgres (PostgreSQL) VERSION"; exit; }
cp "${4#*=}" "$here/settings"; cp "$2/postgresql.auto.conf" "$here/automatic"
cd "$2"
setsid sleep 60 &
child=$!; echo $child > "$here/child"
trap 'kill -KILL $child; rm -f postmaster.pid; exit 0' QUIT
DOES
printf '%s\\n' $$ "$2" 0 5432 . '' 0 'ready   ' > postmaster.pid
wait
"""
"""What it starts has a session of its own, and does not listen to SIGQUIT, as nothing in the background of a shell."""
_PSQL = """for last; do :; done
case "$last" in *rolsuper*) printf '%s' 'EXCESS';; *json_agg*) echo '[["public", "orders"]]';; *) echo 1000;; esac
"""
_CONTROL = """cat <<'END'
Database cluster state:               in production
max_prepared_xacts setting:           7
max_locks_per_xact setting:           128
Data page checksum version:           SUMS
END
"""


def row(label: str, moment: datetime, size: int, **more: Any) -> dict[str, Any]:
    """Return a backup as `pgbackrest info` lists it."""
    return {
        "label": label, "type": "full", "error": False, "prior": None, "reference": None,
        "archive": {"start": "000000010000000000000002", "stop": "000000010000000000000003"},
        "database": {"id": 1, "repo-key": 1}, "info": {"size": size},
        "timestamp": {"start": int(moment.timestamp()), "stop": int(moment.timestamp()) + 60}, **more,
    }  # fmt: skip


def info(*backups: dict[str, Any], code: int = 0, low: str = "1", high: str = "9", version: str = "15") -> Said:
    """Return what `pgbackrest info` prints of a stanza with these backups."""
    status = {"code": code, "message": "ok" if not code else "no valid backups"}
    ends = {"min": "00000001000000000000000" + low, "max": "00000001000000000000000" + high}
    archive = [{"id": "15-1", "database": {"id": 1, "repo-key": 1}, **ends}]
    told = {
        "name": "shop", "status": status, "repo": [{"key": 1, "status": status}], "backup": backups, "archive": archive,
        "db": [{"id": 1, "repo-key": 1, "version": version}],
    }  # fmt: skip
    return Said(json.dumps([told]))


@dataclass
class FakePgBackRest:
    """A stanza with one backup, and what pgBackRest and PostgreSQL do when they are asked."""

    folder: Path
    restore: Said = field(default_factory=lambda: Said(does=RESTORES))
    info: Said = field(default_factory=lambda: info(row(LABEL, NOW, 9)))

    @property
    def own(self) -> Path:
        """The connection's own folder."""
        return self.folder / "own"

    @property
    def programs(self) -> Path:
        """The folder of PostgreSQL's programs."""
        return self.folder / "bin"

    @property
    def left(self) -> list[Path]:
        """What is left of drills."""
        return list((self.own / "drills").iterdir())

    @property
    def player(self) -> Player:
        """pgBackRest."""
        return Player(self.folder / "tool")

    @property
    def asked(self) -> list[str]:
        """With which words it was asked to restore."""
        (words,) = [call for call in self.player.asked if call[0] == "restore"]
        return words

    def postgres(
        self, does: str = "", *, version: str = "15.18", sums: int = 1, excess: str = "", checks: str = ""
    ) -> str:
        """Write the programs of PostgreSQL, and return their folder."""
        program(self.programs / "postgres", _POSTGRES.replace("DOES", does).replace("VERSION", version))
        program(self.programs / "psql", _PSQL.replace("EXCESS", excess))
        program(self.programs / "pg_controldata", _CONTROL.replace("SUMS", str(sums)))
        program(self.programs / "pg_ctl", 'kill -QUIT $(head -n 1 "$3/postmaster.pid")')
        program(self.programs / "pg_checksums", checks or "echo 'Blocks scanned:  2808'")
        return str(self.programs)

    def store(self, drill: dict[str, object] | None, **options: object) -> PgBackRestStore:
        """Return the stanza as it is configured."""
        tool = player(self.folder, {"info": self.info, "restore": self.restore}).path
        told = {"stanza": "shop", "program": str(tool), "drill": drill, **options}
        store = PGBACKREST.open(PGBACKREST.options.model_validate(told), make_outlet(self.own))
        assert isinstance(store, PgBackRestStore)
        return store

    def drilled(self, drill: dict[str, object] | None = None, **options: object) -> Verdict:
        """Return what a drill of the backup shows."""
        store = self.store(drill or {}, **options)
        return store.examine(Check.RESTORE, store.inventory().copies[0], Part())

    def examined(self, check: Check, copy: Copy | None = None, **options: object) -> Verdict:
        """Return what a check shows, of another copy where one is given."""
        store = self.store(**{"drill": {}, **options})  # type: ignore[arg-type]
        return store.examine(check, copy or store.inventory().copies[0], Part())


def shell(path: Path) -> str:
    """Return a path for a line of shell."""
    return shlex.quote(str(path))
