"""Restore drills without a server: what is let into a scratch database, what is asked of it, what is left and swept."""

import itertools
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from daemon.api import OutsideError
from daemon.secrets import SecretText
from daemon.testing import NOW, make_outlet
from jobs.connectors.backups._archive_reading import REFUSED, RESTORING, pg_restore
from jobs.connectors.backups._database_asking import judge_age, judge_number
from jobs.connectors.backups._database_mariadb import knows_sandbox
from jobs.connectors.backups._database_options import PREFIX, CheckOptions, DatabaseDrill, NewestOptions
from jobs.connectors.backups._database_postgresql import restricts
from jobs.connectors.backups._database_scratch import ScratchName, forget, new_name, place, scratch_names, sweep
from jobs.connectors.backups._database_server import Standing
from jobs.connectors.backups._dump_origins import Origin, Version
from jobs.connectors.backups._dump_versions import skewed
from jobs.connectors.backups._sql_streams import SeveralDatabasesError, for_mariadb, for_postgresql
from jobs.connectors.backups.dumps import DUMPS, DumpsOptions, DumpStore
from jobs.kinds.backup import Check, Outcome, Part, Verdict
from tests.jobs.dump_scenes import MARIADB_HEAD, SANDBOX, mysql_dump, pg_dump, put, told
from tests.jobs.pg_archive_scenes import SAMPLES, archive_head, program, recorded

SERVER = {"server": "postgresql", "socket": "/nowhere", "user": "drill"}


def filtered(dump: bytes) -> bytes:
    """Return what of a plain dump reaches psql, without the restriction around it."""
    given_to_psql = b"".join(for_postgresql([dump], "t0ken"))
    begin, end = b"\\restrict t0ken\n", b"\n\\unrestrict t0ken\n"
    assert given_to_psql.startswith(begin)
    assert given_to_psql.endswith(end)
    return given_to_psql[len(begin) : -len(end)]


@pytest.mark.parametrize(
    "line",
    [
        b"ALTER TABLE public.orders OWNER TO shop;",
        b"ALTER FUNCTION public.f(a integer) OWNER TO boss;",
        b"ALTER DATABASE shop OWNER TO boss;",
        b"GRANT SELECT ON TABLE public.orders TO reader;",
        b"REVOKE ALL ON SCHEMA public FROM PUBLIC;",
        b"ALTER DEFAULT PRIVILEGES FOR ROLE shop GRANT SELECT ON TABLES  TO reader;",
        b"COMMENT ON EXTENSION pgcrypto IS 'cryptographic functions';",
        b"CREATE DATABASE shop WITH TEMPLATE = template0 ENCODING = 'UTF8';",
        b"\\connect shop",
        b"\\unrestrict 6dmVjcjANI",
        b"DROP TABLE public.orders;",
        b"ALTER TABLE ONLY public.orders DROP CONSTRAINT orders_pkey;",
        b"CREATE SUBSCRIPTION s CONNECTION 'host=live' PUBLICATION p WITH (connect = false);",
        b"SET default_tablespace = fast;",
        b"SELECT pg_catalog.lo_unlink('18074');",
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_what_belongs_to_the_live_server_is_left_out_and_rows_are_not(line: bytes, end: bytes) -> None:
    rows = b"COPY public.notes (t) FROM stdin;" + end + line + end + b"\\." + end
    rest = b"SET default_tablespace = '';" + end + b"    " + line + end
    assert filtered(b"CREATE TABLE a (b int);" + end + line + end + rows + line + end + rest) == (
        b"CREATE TABLE a (b int);" + end + rows + rest
    )


@pytest.mark.parametrize(
    "opened", [b"INSERT INTO a VALUES ('it''s\n", b'CREATE TABLE "a\n', b"AS $body$\n$$ 'x\n", b"AS $$\n"]
)
def test_within_quotes_nothing_is_a_statement_of_its_own(opened: bytes) -> None:
    closing = {b"I": b"');\n", b"C": b'" (b int);\n'}.get(opened[:1], b"$body$;\n" if b"body" in opened else b"$$;\n")
    body = b"-- it's a comment\n" + opened + b"GRANT a TO b;\nCOPY a FROM stdin;\n\\unrestrict x\n" + closing
    assert filtered(body + b"GRANT c TO d;\n") == body


def test_a_whole_dump_passes_but_for_its_own_restriction() -> None:
    assert filtered(pg_dump()) == b"".join(
        line for line in pg_dump().splitlines(keepends=True) if b"restrict " not in line
    )


@given(st.lists(st.integers(0, 4000), max_size=6))
def test_it_makes_no_difference_where_a_dump_is_cut_into_pieces(places: list[int]) -> None:
    dump = pg_dump() + b"GRANT a TO b;\n" + b"x" * 70_000 + b"\nGRANT c TO d;\nSELECT 1;"
    cuts = [0, *sorted(places), len(dump)]
    pieces = [dump[a:b] for a, b in itertools.pairwise(cuts)]
    assert b"".join(for_postgresql(pieces, "t")) == b"".join(for_postgresql([dump], "t"))
    assert b"GRANT" not in filtered(dump)
    assert b"".join(for_mariadb(pieces)) == dump


@given(
    st.lists(
        st.sampled_from([b"\n", b"\\.", b"\r", b"GRANT a TO b;\n", b"COPY a FROM stdin;\n", b"'", b"x"]), max_size=20
    ),
    st.integers(1, 9),
)
def test_it_makes_no_difference_where_short_lines_are_cut(parts: list[bytes], size: int) -> None:
    dump = b"COPY public.notes (t) FROM stdin;\n" + b"".join(parts)
    pieces = [dump[place : place + size] for place in range(0, len(dump), size)]
    assert b"".join(for_postgresql(pieces, "t")) == b"".join(for_postgresql([dump], "t"))


@given(st.binary(max_size=400))
def test_rows_pass_whatever_they_hold(row: bytes) -> None:
    line = row.replace(b"\n", b"").replace(b"\\", b"\\\\") + b"\n"
    copied = b"COPY public.notes (t) FROM stdin;\n" + line + b"\\.\n"
    assert filtered(copied) == copied


@pytest.mark.parametrize(
    ("line", "passed"),
    [
        (b"CREATE DEFINER=`root`@`localhost` PROCEDURE `p`()", b"CREATE PROCEDURE `p`()"),
        (
            b"/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`%`*/ /*!50003 TRIGGER a",
            b"/*!50003 CREATE*/ /*!50017 */ /*!50003 TRIGGER a",
        ),
        (b"/*!50013 DEFINER=`a``b`@`c` SQL SECURITY DEFINER */", b"/*!50013 SQL SECURITY DEFINER */"),
        (b"(1,'CREATE DEFINER=`root`@`localhost` x'),", b"(1,'CREATE DEFINER=`root`@`localhost` x'),"),
    ],
)
def test_what_was_defined_by_somebody_who_is_not_here_is_ours(line: bytes, passed: bytes) -> None:
    assert b"".join(for_mariadb([line + b"\n"])) == passed + b"\n"


def test_the_name_of_the_live_database_is_never_used() -> None:
    named = (
        b"CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop` /*!40100 DEFAULT CHARACTER SET utf8mb4 */;\n\nUSE `shop`;\n"
    )
    assert b"".join(for_mariadb([named + b"SELECT 1;\nUSE `shop`;\n"])) == b"\nSELECT 1;\n"
    with pytest.raises(SeveralDatabasesError):
        list(for_mariadb([named, b"USE `mysql`;\n"]))


@pytest.mark.parametrize(
    ("found", "live", "fine"),
    [(0, 50_000, False), (24_036, 50_000, False), (49_990, 50_000, True), (50_600, 50_000, False)],
)
def test_a20_the_rows_that_came_back_are_counted_against_the_live_database(found: int, live: int, fine: bool) -> None:
    check = CheckOptions.model_validate({"sql": "SELECT count(*) FROM wp_posts", "of_live": True, "tolerance": 1})
    assert (judge_number(Decimal(found), check, Decimal(live)) is None) is fine


@recorded
def test_a20_the_recorded_counts_of_broken_restores_are_too_few() -> None:
    check = CheckOptions.model_validate({"sql": "SELECT count(*) FROM orders", "at_least": 50_000})
    counts = {
        name: Decimal((SAMPLES / f"{name}.stdout").read_text(encoding="utf-8").strip())
        for name in ("mariadb10.11/count_ok", "mariadb10.11/count_trunc", "mariadb10.11/count_trunc_stmt",
                     "postgresql15/count_shop", "postgresql15/count_trunc", "postgresql15/count_flip")
    }  # fmt: skip
    fine = {name for name, count in counts.items() if judge_number(count, check, None) is None}
    assert fine == {"mariadb10.11/count_ok", "postgresql15/count_shop"}


@pytest.mark.parametrize(
    ("found", "fine"),
    [
        ("2026-11-20 01:00:00+00", True),
        ("2026-11-20 01:00:00.123+00", True),
        ("2026-11-19 00:30:00+00", False),
        ("2026-11-19 02:30:00", True),
        ("2026-11-19 01:30:00", False),
        ("", False),
    ],
)
def test_how_old_the_youngest_row_is_counts_from_the_dump_in_the_shops_zone(found: str, fine: bool) -> None:
    newest = NewestOptions.model_validate({"sql": "SELECT max(a) FROM b", "within": "26h"})
    made = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    assert (judge_age(found, newest, made, ZoneInfo("Europe/Berlin")) is None) is fine


@pytest.mark.parametrize(
    ("origin", "client", "server", "words"),
    [
        (
            Origin("PostgreSQL", (17, 6), (16, 10)),
            (15, 18),
            (17, 6),
            "made by pg_dump 17.6, and the client here is 15.18",
        ),
        (Origin("PostgreSQL", (15, 18), (15, 18)), (17, 0), (17, 0), "pg_dump dumps no server newer than itself"),
        (Origin("PostgreSQL", (17, 0), (16, 2)), (17, 0), (15, 1), "it is of a server 16.2"),
        (Origin("PostgreSQL", (17, 0), (16, 2)), (18, 0), (16, 9), None),
        (Origin("MariaDB", (10, 11, 19), (), sandboxed=True), (10, 11, 7), (10, 11, 7), "sandbox line"),
        (Origin("MariaDB", (10, 11, 19), (), sandboxed=True), (10, 11, 8), (10, 11, 8), None),
    ],
)
def test_c15_programs_that_are_too_old_for_each_other_are_told(
    origin: Origin, client: Version, server: Version, words: str | None
) -> None:
    told_of = skewed(origin, client, Standing(server, origin.vendor), is_mariadb=True)
    assert told_of is None if words is None else words in told(told_of)


def test_c15_a_dump_of_one_maker_for_a_server_of_the_other_is_told() -> None:
    origin = Origin("MySQL", (8, 0, 36), (8, 0, 36))
    assert "only in part" in told(skewed(origin, (10, 11, 8), Standing((10, 11, 8), "MariaDB"), is_mariadb=True))


@pytest.mark.parametrize(
    ("version", "fine"),
    [((10, 5, 24), False), ((10, 5, 25), True), ((10, 11, 7), False), ((10, 11, 8), True), ((11, 3, 2), False),
     ((11, 4, 2), True), ((11, 5, 0), True), ((12, 0, 1), True), ((10, 4, 99), False), ((), False)],
)  # fmt: skip
def test_l19_only_newer_clients_of_mariadb_know_the_sandbox_line(version: Version, fine: bool) -> None:
    assert knows_sandbox(version, is_mariadb=True) is fine
    assert not knows_sandbox(version, is_mariadb=False)


@pytest.mark.parametrize(
    ("version", "fine"),
    [((15, 13), False), ((15, 14), True), ((13, 21), False), ((13, 22), True), ((17, 6), True), ((17, 5), False),
     ((18, 0), True), ((12, 99), False), ((9, 6), False), ((), False)],
)  # fmt: skip
def test_only_newer_clients_of_postgresql_can_be_kept_from_running_programs(version: Version, fine: bool) -> None:
    assert restricts(version) is fine


@pytest.mark.parametrize("name", ["shop", "", "nightclerk_drill_", "nightclerk_drill_x", "postgres",
                                  f'{PREFIX}20261120030000_0123456789abcdef"; DROP DATABASE shop; --'])  # fmt: skip
def test_a25_no_other_name_can_be_made_or_dropped(name: str) -> None:
    assert scratch_names([name]) == []
    with pytest.raises(ValueError, match="no name of a scratch database"):
        ScratchName(name)


@pytest.mark.parametrize("word", sorted(REFUSED))
def test_a25_pg_restore_is_never_asked_to_clean_to_create_or_only_to_list(word: str) -> None:
    with pytest.raises(ValueError, match="may not be"):
        pg_restore("pg_restore").run([*RESTORING, word], timedelta(seconds=1))


def test_every_drill_has_a_name_of_its_own_that_says_when_it_began() -> None:
    names = {new_name(NOW).text for _ in range(50)}
    assert len(names) == 50
    assert all(ScratchName(name).made == NOW.replace(microsecond=0) for name in names)


def test_a27_a_place_is_nobody_elses_keeps_no_password_and_goes_with_its_database(tmp_path: Path) -> None:
    with place(tmp_path / "drills", NOW) as made:
        path = made.keep("pgpass", "secret")
        assert (path.stat().st_mode & 0o777, made.folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert list(made.folder.iterdir()) == []
    forget(made)
    assert list((tmp_path / "drills").iterdir()) == []


def swept(root: Path, there: list[str], *, now: datetime = NOW, fails: str = "") -> list[str]:
    dropped: list[str] = []

    def drop(name: ScratchName) -> None:
        if name.text == fails:
            raise OutsideError("is being used")
        dropped.append(name.text)

    sweep(root, now, scratch_names(there), drop)
    return dropped


def test_a27_what_was_left_over_is_dropped_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    left = new_name(NOW).text
    put(tmp_path / left / "pgpass", b"secret")
    with place(tmp_path, NOW) as used:
        assert swept(tmp_path, [left, used.name.text, "shop"]) == [left]
        assert {path.name for path in tmp_path.iterdir()} == {used.name.text}
    assert swept(tmp_path, [used.name.text]) == [used.name.text]


def test_a27_what_can_not_be_dropped_is_tried_again_and_its_password_is_gone(tmp_path: Path) -> None:
    left = new_name(NOW).text
    put(tmp_path / left / "pgpass", b"secret")
    assert swept(tmp_path, [left], fails=left) == []
    assert list((tmp_path / left).iterdir()) == []
    assert swept(tmp_path, [left]) == [left]
    assert list(tmp_path.iterdir()) == []


def test_a27_what_has_no_place_here_is_dropped_only_when_no_drill_can_use_it(tmp_path: Path) -> None:
    names = [new_name(NOW - timedelta(hours=hours)).text for hours in (1, 47, 49)]
    assert swept(tmp_path, names) == names[2:]
    assert swept(tmp_path, [f"{PREFIX}99999999999999_0123456789abcdef"]) == []


def options(**more: object) -> DatabaseDrill:
    return DatabaseDrill.model_validate({**SERVER, **more})


@pytest.mark.parametrize(
    "more",
    [
        {"host": "live"},
        {"socket": ""},
        {"database_prefix": "shop_"},
        {"limit": "2d"},
        {"user": "a\nb"},
        {"password": "in the open"},
        {"checks": [{"sql": "DELETE FROM orders"}]},
        {"checks": [{"sql": "SELECT 1; DROP TABLE orders"}]},
        {"checks": [{"sql": "\\! reboot"}]},
        {"checks": [{"sql": "SELECT count(*) FROM a", "of_live": True}]},
    ],
)
def test_a_drill_that_could_do_harm_or_makes_no_sense_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        options(**more)


def store(folder: Path, drill: dict[str, Any] | None, *, dry: bool = False, **more: object) -> DumpStore:
    given_options = {"path": str(folder / "d"), "drill": drill, **more}
    outlet = make_outlet(folder / "state", dry=dry)
    (folder / "state").mkdir(exist_ok=True)
    opened = DUMPS.open(DumpsOptions.model_validate(given_options), outlet)
    assert isinstance(opened, DumpStore)
    return opened


def asked(opened: DumpStore, check: Check) -> Verdict:
    return opened.examine(check, opened.inventory().copies[0], Part())


def test_without_a_server_for_drills_none_is_offered_and_asking_is_unknown(tmp_path: Path) -> None:
    put(tmp_path / "d" / "shop.sql", pg_dump())
    opened = store(tmp_path, None)
    assert opened.offers == {Check.UNCHANGED}
    assert asked(opened, Check.RESTORE).outcome is Outcome.UNKNOWN
    assert store(tmp_path, SERVER).offers == {Check.UNCHANGED, Check.VERSION, Check.RESTORE, Check.ROOM}


def test_a_dry_run_begins_nothing(tmp_path: Path) -> None:
    put(tmp_path / "d" / "shop.sql", pg_dump())
    found = asked(store(tmp_path, {**SERVER, "client": "/nowhere/psql"}, dry=True), Check.RESTORE)
    assert "a dry run" in told(found.reason)
    assert not (tmp_path / "state" / "databases").exists()


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A folder in which two clients write down how they were called, and then fail."""
    for name in ("psql", "mariadb"):
        script = (
            f'printf "%s\\n" "$0 $@" >> {tmp_path}/words\n'
            f"env >> {tmp_path}/words\n"
            'for file in "$PGPASSFILE" "${1#--defaults-file=}"; do\n'
            f'  test -f "$file" && stat -c "%a" "$file" >> {tmp_path}/modes && cat "$file" >> {tmp_path}/secrets\n'
            "done\necho 'it does not want to' >&2; exit 2"
        )
        program(tmp_path / "bin" / name, script)
    return tmp_path


@pytest.mark.parametrize(("server", "client"), [("postgresql", "psql"), ("mariadb", "mariadb")])
def test_a26_no_secret_stands_in_arguments_environments_or_sentences(recorder: Path, server: str, client: str) -> None:
    put(recorder / "d" / "shop.sql", pg_dump() if server == "postgresql" else mysql_dump())
    drill = {
        **SERVER,
        "server": server,
        "password": SecretText("hunter2-hunter2"),
        "client": f"{recorder}/bin/{client}",
    }
    opened = store(recorder, drill)
    found = asked(opened, Check.RESTORE)
    assert found.outcome is Outcome.UNKNOWN
    assert "hunter2" not in told(found.reason) + (recorder / "words").read_text() + repr(opened)
    assert "hunter2-hunter2" in (recorder / "secrets").read_text()
    assert set((recorder / "modes").read_text().split()) == {"600"}
    assert not any(path.is_file() for path in (recorder / "state").rglob("*"))


def test_asking_a_server_about_itself_leaves_nothing_here(recorder: Path) -> None:
    put(recorder / "d" / "shop.sql", pg_dump())
    opened = store(recorder, {**SERVER, "client": f"{recorder}/bin/psql"})
    (recorder / "state").rmdir()
    assert "can't be used" in told(opened.check()) or "does not want to" in told(opened.check())
    assert not (recorder / "state").exists()


def test_a_psql_that_could_be_made_to_run_programs_gets_no_dump(tmp_path: Path) -> None:
    put(tmp_path / "d" / "shop.sql", pg_dump())
    standing = '{"version": "15.13", "excess": "", "lacking": ""}'
    script = (
        f'echo "$@" >> {tmp_path}/words\n'
        'case "$*" in --version) echo "psql (PostgreSQL) 15.13";; '
        f"*json_build_object*) echo '{standing}';; *json_agg*) echo '[]';; *' -1 '*) touch {tmp_path}/restored;; esac"
    )
    drill = {**SERVER, "client": program(tmp_path / "psql", script)}
    assert "CVE-2025-8714" in told(asked(store(tmp_path, drill), Check.RESTORE).reason)
    assert not (tmp_path / "restored").exists()
    assert "DROP DATABASE" in (tmp_path / "words").read_text()


def answering(folder: Path, name: str, version: str, standing: str) -> str:
    """Return a client of a given version whose server and role are as `standing` says."""
    return program(folder / "bin" / name, f"case \"$*\" in --version) echo '{version}';; *) {standing};; esac")


def test_c15_a_mariadb_client_that_does_not_know_the_sandbox_line_gets_no_dump_and_says_so(tmp_path: Path) -> None:
    put(tmp_path / "d" / "shop.sql", mysql_dump(head=SANDBOX + MARIADB_HEAD))
    grants = "GRANT ALL PRIVILEGES ON `nightclerk\\\\_drill\\\\_%`.* TO `drill`@`localhost`"
    standing = (
        f"read sql; case \"$sql\" in *version*) echo 10.6.12-MariaDB;; *GRANTS*) echo '{grants}';; "
        f"*/\\*M!*) touch {tmp_path}/restored;; esac"
    )
    old = answering(tmp_path, "mysql", "mysql  Ver 15.1 Distrib 10.6.12-MariaDB, for debian-linux-gnu", standing)
    opened = store(tmp_path, {**SERVER, "server": "mariadb", "client": old, "socket": "", "host": "here"})
    versions, restored = asked(opened, Check.VERSION), asked(opened, Check.RESTORE)
    assert (versions.outcome, restored.outcome) == (Outcome.WARN, Outcome.UNKNOWN)
    for verdict in (versions, restored):
        assert "sandbox line, which the client here (10.6.12) refuses" in told(verdict.reason)
    assert not (tmp_path / "restored").exists()


def test_c15_a_client_older_than_the_dump_is_told_and_a_damaged_dump_is_not_called_so_twice(tmp_path: Path) -> None:
    put(tmp_path / "d" / "shop.dump", archive_head(tool="17.6"))
    standing = """echo '{"version": "17.6", "excess": "", "lacking": ""}'"""
    drill = {**SERVER, "client": answering(tmp_path, "psql", "psql (PostgreSQL) 17.7", standing)}
    old = program(tmp_path / "bin" / "pg_restore", 'echo "pg_restore (PostgreSQL) 15.18"')
    found = asked(store(tmp_path, drill, pg_restore=old), Check.VERSION)
    assert (found.outcome, "17.6" in told(found.reason)) == (Outcome.WARN, True)
    new = program(tmp_path / "bin" / "pg_restore", 'echo "pg_restore (PostgreSQL) 17.7"')
    assert asked(store(tmp_path, drill, pg_restore=new), Check.VERSION).outcome is Outcome.HELD
    put(tmp_path / "d" / "shop.dump", b"")
    assert asked(store(tmp_path, drill, pg_restore=new), Check.VERSION).outcome is Outcome.UNKNOWN


def test_room_that_is_lacking_or_unknown_is_told(tmp_path: Path) -> None:
    put(tmp_path / "d" / "shop.sql", pg_dump())
    assert "data:" in told(asked(store(tmp_path, SERVER), Check.ROOM).reason)
    known = store(tmp_path, {**SERVER, "data": str(tmp_path)})
    assert "after the first drill" in told(asked(known, Check.ROOM).reason)
    free = os.statvfs(tmp_path)
    for size, outcome in ((1000, Outcome.HELD), (free.f_bavail * free.f_frsize, Outcome.BROKEN)):
        (tmp_path / "state" / "restored.json").write_text(f'{{"bytes": {size}}}', encoding="ascii")
        assert asked(known, Check.ROOM).outcome is outcome
