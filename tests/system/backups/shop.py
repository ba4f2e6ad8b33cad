"""A small shop in a database, its dumps in every format, and the drills that try them."""

import bz2
import gzip
import lzma
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from daemon.secrets import SecretText
from daemon.testing import make_outlet
from jobs.connectors.backups.dumps import DUMPS, DumpsOptions, DumpStore
from jobs.kinds.backup import Check, Part, Verdict
from tests.system.backups.servers import BIN, SECRET, Maria, Postgres, Running, printed

ORDERS = 1500
THEN = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""When every dump was written; the drills take place five hours later."""
_POSTGRES = f"""
CREATE TABLE orders (id serial PRIMARY KEY, total numeric NOT NULL, note text, created_at timestamptz NOT NULL);
INSERT INTO orders (total, note, created_at)
  SELECT g, md5(g::text), '2026-11-20 01:00+00'::timestamptz - g * interval '1 minute' FROM generate_series(1, {ORDERS}) g;
CREATE TABLE customers (id int PRIMARY KEY, email text);
INSERT INTO customers SELECT g, g || E'@shop.test\\nGRANT x TO y;\\n\\\\.\\r' FROM generate_series(1, 100) g;
CREATE SCHEMA stock;
CREATE TABLE stock.shelves (id int PRIMARY KEY, place text);
CREATE FUNCTION told() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
DROP TABLE IF EXISTS nothing;
RETURN 1;
END $$;
CREATE VIEW recent AS SELECT * FROM orders;
ALTER TABLE orders OWNER TO shop;
GRANT SELECT ON orders TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE shop GRANT SELECT ON TABLES TO reader;
COMMENT ON SCHEMA public IS 'the shop';
CREATE PUBLICATION everything FOR TABLE orders;
SELECT lo_from_bytea(0, 'a picture');
"""
_MARIA = f"""
CREATE TABLE orders (id int PRIMARY KEY, total decimal(12,2), note text, created_at datetime NOT NULL);
INSERT INTO orders SELECT seq, seq, concat(md5(seq), '\\n\\\\! echo it''s ''), (\\r'), '2026-11-20 01:00:00' - interval seq minute
  FROM seq_1_to_{ORDERS};
CREATE TABLE customers (id int PRIMARY KEY, email text, photo blob);
INSERT INTO customers SELECT seq, concat(seq, '@shop.test'), unhex(md5(seq)) FROM seq_1_to_100;
CREATE VIEW recent AS SELECT * FROM orders;
CREATE TRIGGER louder BEFORE INSERT ON customers FOR EACH ROW SET new.email = lower(new.email);
DELIMITER //
CREATE PROCEDURE told() BEGIN SELECT 1; END//
CREATE EVENT tidy ON SCHEDULE EVERY 1 DAY DO SELECT 1//
DELIMITER ;
"""
CHECKS = {
    "tables": ["orders", "customers"],
    "checks": [{"sql": "SELECT count(*) FROM orders", "at_least": ORDERS}],
    "newest": {"sql": "SELECT max(created_at) FROM orders", "within": "26h"},
}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda content: printed(["zstd", "-qc"], content),
}


def fill_postgres(server: Postgres) -> None:
    server.ask(_POSTGRES, "shop")


def fill_maria(server: Maria) -> None:
    server.ask(_MARIA, "shop")


def settled(path: Path) -> Path:
    """Make a dump, a file or a folder, five hours old."""
    for one in [path, *(path.iterdir() if path.is_dir() else [])]:
        os.utime(one, (THEN.timestamp(), THEN.timestamp()))
    return path


@dataclass(frozen=True)
class Dump:
    """A whole dump: what it is called in a table, its file name, and its content, or None for a folder at `source`."""

    target: str
    name: str
    content: bytes
    source: Path | None = None

    def put(self, folder: Path) -> Path:
        """Write it into a folder of its own."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self.name
        if self.source is not None:
            shutil.copytree(self.source, path)
        else:
            path.write_bytes(self.content)
        return settled(path)


def packings() -> list[str]:
    return [ending for ending in PACKED if ending != ".zst" or shutil.which("zstd")]


def postgres_dumps(server: Postgres, folder: Path) -> Iterator[Dump]:
    """Yield a whole dump in every format that pg_dump writes."""
    plain = server.dump("shop")
    for ending in packings():
        yield Dump(f"pg_dump, plain{ending}", f"shop.sql{ending}", PACKED[ending](plain))
    yield Dump("pg_dump --create", "shop.sql", server.dump("--create", "shop"))
    yield Dump("pg_dump --clean", "shop.sql", server.dump("--clean", "shop"))
    yield Dump("pg_dump --inserts", "shop.sql", server.dump("--inserts", "shop"))
    yield Dump("pg_dump -Fc", "shop.dump", server.dump("-Fc", "shop"))
    yield Dump("pg_dump -Fc -Z0", "shop.dump", server.dump("-Fc", "-Z0", "shop"))
    tar = server.dump("-Ft", "shop")
    yield Dump("pg_dump -Ft", "shop.tar", tar)
    yield Dump("pg_dump -Ft, gzip", "shop.tar.gz", gzip.compress(tar))
    for words in (("-Fd",), ("-Fd", "-Z0"), ("-Fd", "-Z0", "--inserts")):
        name = " ".join(words)
        server.dump(*words, "-f", str(folder / name), "shop")
        yield Dump(f"pg_dump {name}", "shop.dir", b"", folder / name)


def maria_dumps(server: Maria) -> Iterator[Dump]:
    """Yield a whole dump in every way that mariadb-dump writes one."""
    words = ("--routines", "--events", "--triggers", "--single-transaction")
    plain = server.dump(*words, "shop")
    for ending in packings():
        yield Dump(f"mariadb-dump, plain{ending}", f"shop.sql{ending}", PACKED[ending](plain))
    yield Dump("mariadb-dump --databases", "shop.sql", server.dump(*words, "--databases", "shop"))
    yield Dump("mariadb-dump --hex-blob", "shop.sql", server.dump(*words, "--hex-blob", "shop"))
    yield Dump("mariadb-dump without the sandbox line", "shop.sql", plain.partition(b"\n")[2])


def drill_of(server: Running, **more: object) -> dict[str, Any]:
    """Return the options of a drill on a server."""
    kind = "postgresql" if isinstance(server, Postgres) else "mariadb"
    client = str(BIN / "psql") if isinstance(server, Postgres) else "mariadb"
    usual = {
        "server": kind,
        "socket": str(server.socket),
        "user": "drill",
        "password": SecretText(SECRET),
        "client": client,
    }
    return {**usual, **CHECKS, **more}


def store_at(folder: Path, state: Path, drill: dict[str, Any] | None, **options: object) -> DumpStore:
    """Return the dumps in a folder as the job is given them, five hours after they were written."""
    state.mkdir(parents=True, exist_ok=True)
    given = {"path": str(folder), "drill": drill, "pg_restore": str(BIN / "pg_restore"), **options}
    opened = DUMPS.open(DumpsOptions.model_validate(given), make_outlet(state, now=THEN + timedelta(hours=5)))
    assert isinstance(opened, DumpStore)
    return opened


def asked(store: DumpStore, check: Check) -> Verdict:
    """Return what one check says of the newest dump."""
    return store.examine(check, store.inventory().copies[0], Part())
