"""Dumps restored into real servers: what holds, what is seen, and that nothing of a drill is left, however it ends."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path
from typing import Any

import pytest

from daemon.clock import SystemClock
from daemon.secrets import SecretText
from jobs.connectors.backups._database_options import PREFIX
from jobs.kinds.backup import Check, Outcome
from tests.jobs.dump_scenes import mysql_dump, pg_dump, told
from tests.system.backups import servers
from tests.system.backups.breaking import HEALTHY, Row, broken
from tests.system.backups.servers import BIN, PATIENCE, SECRET, Maria, Postgres, Running, mariadb, postgresql
from tests.system.backups.shop import (
    ORDERS,
    Dump,
    asked,
    drill_of,
    maria_dumps,
    postgres_dumps,
    store_at,
)

pytestmark = pytest.mark.system
EVERY = (Check.WHOLE, Check.RESTORE, Check.VERSION)
UNPACKED_ARCHIVES = {"pg_dump -Ft", "pg_dump -Fc -Z0", "pg_dump -Fd -Z0"}


def scratches(server: Running) -> set[str]:
    return {name for name in server.databases() if name.startswith(PREFIX)}


@pytest.fixture(autouse=True)
def nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    for name in ("postgres", "maria"):
        if name in request.fixturenames:
            assert scratches(request.getfixturevalue(name)) == set()


def plain_dump(server: Postgres | Maria, folder: Path) -> Path:
    return Dump("", "shop.sql", server.dump("shop")).put(folder)


def test_a_whole_postgresql_dump_of_every_format_is_read_and_restores(postgres: Postgres, tmp_path: Path) -> None:
    for number, dump in enumerate(postgres_dumps(postgres, tmp_path)):
        dump.put(tmp_path / str(number))
        store = store_at(tmp_path / str(number), tmp_path / "state", drill_of(postgres))
        for check in EVERY:
            verdict = asked(store, check)
            assert verdict.outcome is Outcome.HELD, (dump.target, check, verdict)
            if check is Check.RESTORE:
                assert "3 tables" in told(verdict.shown)
                assert verdict.read == store.inventory().copies[0].size
                assert verdict.seconds


def test_a_whole_mariadb_dump_of_every_kind_is_read_and_restores(maria: Maria, tmp_path: Path) -> None:
    for number, dump in enumerate(maria_dumps(maria)):
        dump.put(tmp_path / str(number))
        store = store_at(tmp_path / str(number), tmp_path / "state", drill_of(maria))
        for check in EVERY:
            verdict = asked(store, check)
            assert verdict.outcome is Outcome.HELD, (dump.target, check, verdict)
            assert check is not Check.RESTORE or "2 tables" in told(verdict.shown)


def test_a16_to_a20_what_is_broken_never_restores_and_whole_sees_it_where_it_can(
    postgres: Postgres, maria: Maria, tmp_path: Path
) -> None:
    numbers = count()
    wanted = {
        "pg_dump, plain",
        "pg_dump, plain.gz",
        "pg_dump -Fc",
        "pg_dump -Fc -Z0",
        "pg_dump -Ft",
        "pg_dump -Fd",
        "pg_dump -Fd -Z0",
    }
    rows = [
        *chain.from_iterable(
            broken(postgres, dump, tmp_path, numbers)
            for dump in postgres_dumps(postgres, tmp_path)
            if dump.target in wanted
        ),
        *chain.from_iterable(
            broken(maria, dump, tmp_path, numbers)
            for dump in maria_dumps(maria)
            if dump.target in {"mariadb-dump, plain", "mariadb-dump, plain.gz"}
        ),
    ]
    print_table(rows)
    assert [row for row in rows if row.seen is (row.way == HEALTHY) and not is_hidden(row)] == []
    turned = {(row.target, row.seen) for row in rows if row.way == "one bit turned" and row.check is Check.UNCHANGED}
    assert turned == {(target, True) for target in {row.target for row in rows}}


def is_hidden(row: Row) -> bool:
    """Return whether that damage leaves nothing that could show it to that check.

    To those that read the dump: no checksum, and a row that is a row still; to UNCHANGED, that somebody wrote to it.
    """
    if row.check is Check.UNCHANGED:
        return row.way != "one bit turned"
    unchecked = row.target in {"pg_dump, plain", "mariadb-dump, plain", *UNPACKED_ARCHIVES}
    return (row.way == "rows lost" and row.check is Check.WHOLE) or (row.way == "one bit turned" and unchecked)


def print_table(rows: list[Row]) -> None:
    for row in rows:
        seen = "seen" if row.seen else "NOT SEEN"
        print(f"{row.target:26}{row.way:28}{row.check.value:10}{seen:10}{row.seconds:7.2f} s")


def test_a20_rows_that_are_lost_are_seen_by_their_number_and_against_the_live_database(
    postgres: Postgres, maria: Maria, tmp_path: Path
) -> None:
    for server, extra in (
        (postgres, "total, created_at) SELECT 1, now()"),
        (maria, "id, created_at) SELECT 9999, now()"),
    ):
        folder = tmp_path / type(server).__name__
        plain_dump(server, folder)
        live = {"socket": str(server.socket), "user": "reader", "password": SecretText(SECRET), "database": "shop"}
        check = {"sql": "SELECT count(*) FROM orders", "of_live": True, "tolerance": "0"}
        store = store_at(folder, tmp_path / "state", drill_of(server, checks=[check], live=live))
        assert asked(store, Check.RESTORE).outcome is Outcome.HELD
        server.ask(f"INSERT INTO orders ({extra}", "shop")
        try:
            verdict = asked(store, Check.RESTORE)
        finally:
            server.ask("DELETE FROM orders WHERE note IS NULL", "shop")
        assert verdict.outcome is Outcome.BROKEN
        assert "live database" in told(verdict.reason)


def test_a_table_that_is_missing_and_rows_that_are_old_are_told(postgres: Postgres, tmp_path: Path) -> None:
    plain_dump(postgres, tmp_path / "d")
    for more, words in (
        ({"tables": ["invoices"]}, "the table invoices did not come back"),
        ({"checks": [{"sql": "SELECT count(*) FROM invoices"}]}, "can't be answered after the restore"),
        ({"checks": [{"sql": "SELECT count(*) FROM orders", "at_least": ORDERS + 1}]}, "at least 1,501 is expected"),
        ({"newest": {"sql": "SELECT max(created_at) FROM orders", "within": "1h"}}, "the youngest row"),
        ({"newest": {"sql": "SELECT max(created_at) FROM orders WHERE id < 0", "within": "1h"}}, "found no row"),
    ):
        verdict = asked(store_at(tmp_path / "d", tmp_path / "state", drill_of(postgres, **more)), Check.RESTORE)
        assert verdict.outcome is Outcome.BROKEN, words
        assert words in told(verdict.reason)


def test_a_role_that_may_do_more_than_a_drill_needs_is_refused(
    postgres: Postgres, maria: Maria, tmp_path: Path
) -> None:
    for server, excess in ((postgres, "SUPERUSER"), (maria, "ALL PRIVILEGES ON *.*")):
        folder = tmp_path / type(server).__name__
        plain_dump(server, folder)
        store = store_at(folder, tmp_path / "state", drill_of(server, user="boss"))
        verdict = asked(store, Check.RESTORE)
        assert verdict.outcome is Outcome.UNKNOWN
        assert f"no drill as boss, who may do more than a drill needs ({excess}" in told(verdict.reason)
        assert "no drill as boss" in told(store.check())
    unable = store_at(tmp_path / "Postgres", tmp_path / "state", drill_of(postgres, user="reader"))
    assert "lacks the right to make a scratch database: CREATEDB" in told(asked(unable, Check.RESTORE).reason)


def test_a_wrong_password_and_a_server_that_is_down_are_no_damage(
    postgres: Postgres, maria: Maria, tmp_path: Path
) -> None:
    for server in (postgres, maria):
        folder = tmp_path / type(server).__name__
        plain_dump(server, folder)
        for more in ({"password": SecretText("wrong")}, {"socket": str(tmp_path / "nowhere")}):
            store = store_at(folder, tmp_path / "state", drill_of(server, **more))
            verdict = asked(store, Check.RESTORE)
            assert (verdict.outcome, verdict.broken) == (Outcome.UNKNOWN, ())
            assert told(store.check())
            assert SECRET not in told(verdict.reason)


def test_a_dump_that_would_run_programs_runs_none(postgres: Postgres, maria: Maria, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for server in (postgres, maria):
        for number, line in enumerate(
            (f"\\! touch {mark}", f"\\unrestrict x\n\\! touch {mark}", f"system touch {mark}")
        ):
            folder = tmp_path / f"{type(server).__name__}{number}"
            dump = server.dump("shop").partition(b"\nCREATE TABLE")
            Dump("", "shop.sql", dump[0] + f"\n{line}\n".encode() + dump[1] + dump[2]).put(folder)
            verdict = asked(store_at(folder, tmp_path / "state", drill_of(server)), Check.RESTORE)
            assert verdict.outcome in {Outcome.BROKEN, Outcome.UNKNOWN}
            assert not mark.exists()


def hanging(folder: Path, real: str, sign: str) -> str:
    """Return a client that hangs with a child of its own where it is to restore, and else is the real one."""
    path = folder / "client"
    path.write_text(
        f'#!/bin/sh\ncase " $* " in *"{sign}"*) sleep 987 & echo $! > {folder}/child; wait;; esac\nexec {real} "$@"\n',
        encoding="ascii",
    )
    path.chmod(0o755)
    return str(path)


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]


@pytest.mark.parametrize("kind", ["postgres", "maria"])
def test_a24_a_client_that_hangs_is_ended_at_the_limit_and_leaves_nothing(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    server: Any = request.getfixturevalue(kind)
    plain_dump(server, tmp_path / "d")
    client = hanging(tmp_path, *HANGS[kind])
    verdict = asked(
        store_at(tmp_path / "d", tmp_path / "state", drill_of(server, client=client, limit="2s")), Check.RESTORE
    )
    assert verdict.outcome is Outcome.UNKNOWN
    assert "took longer" in told(verdict.reason)
    assert scratches(server) == set()
    assert not is_alive(int((tmp_path / "child").read_text()))
    assert list((tmp_path / "state" / "databases").iterdir()) == []


HANGS = {"postgres": (str(BIN / "psql"), " -1 "), "maria": ("mariadb", " --max-allowed-packet=1G ")}
_DRILL = """
import sys, json
from pathlib import Path
from daemon.secrets import SecretText
from jobs.kinds.backup import Check
from tests.system.backups.shop import asked, store_at
drill = json.loads(sys.argv[3])
drill["password"] = SecretText(drill["password"])
asked(store_at(Path(sys.argv[1]), Path(sys.argv[2]), drill), Check.RESTORE)
"""


def begun(server: Any, kind: str, folder: Path) -> "subprocess.Popen[bytes]":
    """Return a run that hangs in the middle of its drill, its scratch database made."""
    plain_dump(server, folder / "d")
    drill = drill_of(server, client=hanging(folder, *HANGS[kind]))
    drill["password"] = SECRET
    words = [sys.executable, "-c", _DRILL, str(folder / "d"), str(folder / "state"), json.dumps(drill)]
    run = subprocess.Popen(words, cwd=Path(__file__).parents[3])
    clock = SystemClock()
    before = clock.monotonic()
    while not (folder / "child").exists() or not scratches(server):
        assert clock.monotonic() - before < PATIENCE
        assert run.poll() is None
    return run


@pytest.mark.parametrize("kind", ["postgres", "maria"])
def test_a27_a_run_that_is_asked_to_stop_drops_its_database_first(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    server: Any = request.getfixturevalue(kind)
    run = begun(server, kind, tmp_path)
    run.send_signal(signal.SIGTERM)
    assert run.wait(PATIENCE) in {143, -signal.SIGTERM}
    assert scratches(server) == set()
    assert list((tmp_path / "state" / "databases").iterdir()) == []


@pytest.mark.parametrize("kind", ["postgres", "maria"])
def test_a27_what_a_killed_run_left_is_dropped_by_the_next_and_what_another_uses_is_not(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    server: Any = request.getfixturevalue(kind)
    run = begun(server, kind, tmp_path)
    used = scratches(server)
    next_night = store_at(tmp_path / "d", tmp_path / "state", drill_of(server))
    assert asked(next_night, Check.RESTORE).outcome is Outcome.HELD
    assert scratches(server) == used
    child = int((tmp_path / "child").read_text())
    run.kill()
    run.wait()
    assert scratches(server) == used
    assert asked(next_night, Check.RESTORE).outcome is Outcome.HELD
    assert scratches(server) == set()
    assert list((tmp_path / "state" / "databases").iterdir()) == []
    if is_alive(child):
        os.kill(child, signal.SIGKILL)


def test_a27_databases_of_nobodys_that_only_look_alike_stay(postgres: Postgres, tmp_path: Path) -> None:
    others = {f"{PREFIX}keep", f"{PREFIX}20261101000000_0123456789abcdef0", "nightclerk_shop"}
    old, young = f"{PREFIX}20261101000000_0123456789abcdef", f"{PREFIX}20261120030000_0123456789abcdef"
    for name in {*others, old, young}:
        postgres.ask(f'CREATE DATABASE "{name}" OWNER {"boss" if name == "nightclerk_shop" else "drill"}')
    try:
        plain_dump(postgres, tmp_path / "d")
        assert (
            asked(store_at(tmp_path / "d", tmp_path / "state", drill_of(postgres)), Check.RESTORE).outcome
            is Outcome.HELD
        )
        assert others | {young} <= postgres.databases()
        assert old not in postgres.databases()
    finally:
        for name in {*others, old, young} & postgres.databases():
            postgres.ask(f'DROP DATABASE "{name}"')


FULL = {"postgres": (postgresql, "96m", 60), "maria": (mariadb, "72m", 46)}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
@pytest.mark.parametrize("kind", FULL)
def test_a_disk_that_is_full_is_no_damage_and_what_was_restored_is_dropped(kind: str, tmp_path: Path) -> None:
    start, size, megabytes = FULL[kind]
    if not (servers.has_postgresql if kind == "postgres" else servers.has_mariadb):
        pytest.skip("needs the server")
    with servers.home() as folder, servers.small_disk(folder, size), start(folder) as server:
        table = {"postgres": b"CREATE TABLE public.big (t text);\nCOPY public.big (t) FROM stdin;\n%s\\.\n",
                 "maria": b"CREATE TABLE `big` (t longtext);\nINSERT INTO `big` VALUES %s;\n"}[kind]  # fmt: skip
        dice = random.Random(1)
        texts = (dice.randbytes(50_000).hex().encode() for _ in range(megabytes * 10))
        rows = (
            b"".join(text + b"\n" for text in texts)
            if kind == "postgres"
            else b",\n".join(b"('%s')" % t for t in texts)
        )
        whole = {"postgres": pg_dump(), "maria": mysql_dump()}[kind]
        begin, end = whole.split(b"CREATE TABLE", 1)
        content = begin + table.replace(b"%s", rows) + b"CREATE TABLE" + end
        Dump("", "shop.sql.gz", gzip.compress(content, 1)).put(tmp_path / "d")
        verdict = asked(store_at(tmp_path / "d", tmp_path / "state", drill_of(server)), Check.RESTORE)
        assert (verdict.outcome, verdict.broken) == (Outcome.UNKNOWN, ())
        assert "could not take it" in told(verdict.reason)
        assert scratches(server) == set()


def test_no_healthy_dump_fails(postgres: Postgres, maria: Maria, tmp_path: Path) -> None:
    dice = random.Random(11)
    for seed in range(200):
        server: Postgres | Maria = dice.choice((postgres, maria))
        rows = dice.randrange(1, 60)
        database = drawn(server, dice, rows)
        words = (
            dice.choice([(), ("-Fc",), ("-Ft",), ("--inserts",)])
            if server is postgres
            else dice.choice([(), ("--hex-blob",)])
        )
        name = "a.dump" if {"-Fc", "-Ft"} & set(words) else "a.sql"
        folder = tmp_path / str(seed)
        Dump("", name, server.dump(*words, database)).put(folder)
        drill = drill_of(
            server, tables=["a"], newest=None, checks=[{"sql": "SELECT count(*) FROM a", "at_least": rows}]
        )
        store = store_at(folder, tmp_path / "state", drill)
        for check in (Check.WHOLE, Check.RESTORE):
            verdict = asked(store, check)
            assert verdict.outcome is Outcome.HELD, (seed, words, verdict)
        server.ask(f"DROP DATABASE {database}")


def drawn(server: Running, dice: random.Random, rows: int) -> str:
    """Make a database with hostile texts in it, and return its name."""
    server.ask("CREATE DATABASE drawn")
    pieces = ["'", '"', "\\", "\n", "\r", "\t", "--", ";", "\\.", "\\!", "GRANT a TO b;\n", "COPY a FROM stdin;\n", "\u00e9\u20ac",
              "DELIMITER x\n", "/*!50003 DEFINER=`a`@`b`*/", "\\unrestrict x\n", "DROP TABLE a;\n", "`", "$$", "%", "\x01"]  # fmt: skip
    server.ask(
        "CREATE TABLE a (id int PRIMARY KEY, t text)" + (" CHARACTER SET utf8mb4" if isinstance(server, Maria) else ""),
        "drawn",
    )
    texts = ["".join(dice.choices(pieces, k=dice.randrange(12))).encode().hex() for _ in range(rows)]
    told = (
        "convert(unhex('{}') USING utf8mb4)"
        if isinstance(server, Maria)
        else "convert_from(decode('{}', 'hex'), 'UTF8')"
    )
    values = ",".join(f"({number}, {told.format(text)})" for number, text in enumerate(texts))
    server.ask(f"INSERT INTO a VALUES {values}", "drawn")
    return "drawn"
