"""A ledger on disk has today's tables, comes up to date by a copy first, and is never opened by too old a program."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import IntegrityError

from daemon.errors import LedgerError
from daemon.ledger import Ledger, open_ledger, schema
from daemon.ledger.migrations import STEPS, migrate
from daemon.ledger.store import FILE_NAME, Store, make_engine
from daemon.records import Occurrence, State

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


def opened(state: Path) -> Ledger:
    return open_ledger(state, "mine", BERLIN, NOW, "1.0")


def shape(path: Path) -> dict[str, object]:
    engine = create_engine(f"sqlite:///{path}")
    look = inspect(engine)
    found: dict[str, object] = {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in look.get_columns(table)],
            "key": look.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(tuple(u["column_names"]) for u in look.get_unique_constraints(table)),
            "indexes": sorted((i["name"], tuple(i["column_names"]), i["unique"]) for i in look.get_indexes(table)),
        }
        for table in look.get_table_names()
    }
    engine.dispose()
    return found


def test_the_migrations_make_exactly_the_tables_the_program_knows(tmp_path: Path) -> None:
    opened(tmp_path).close()
    engine = create_engine(f"sqlite:///{tmp_path}/fresh.db")
    schema.metadata.create_all(engine)
    engine.dispose()
    migrated = shape(tmp_path / FILE_NAME)
    assert migrated == shape(tmp_path / "fresh.db")
    assert {"occurrences", "runs", "effects", "drafts", "mails"} < set(migrated)


def test_every_key_begins_with_the_shop() -> None:
    keys = [
        next(iter(table.primary_key.columns)).name
        for table in schema.metadata.sorted_tables
        if table.name != "versions"
    ]
    assert set(keys) == {"shop"}
    firsts = {next(iter(index.columns)).name for table in schema.metadata.sorted_tables for index in table.indexes}
    assert firsts == {"shop"}


def test_opening_twice_migrates_once_and_keeps_what_was_there(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    ledger.set_mark("alive", NOW)
    ledger.close()
    again = opened(tmp_path)
    assert again.mark("alive") == NOW
    again.close()
    assert list(tmp_path.glob("*.bak")) == []


def test_the_ledger_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    opened(tmp_path).close()
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_an_older_program_refuses_a_newer_ledger(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / FILE_NAME)
    migrate(engine, tmp_path / FILE_NAME, NOW, "9.0", (*STEPS, ("CREATE TABLE later (a INTEGER)",)))
    engine.dispose()
    with pytest.raises(
        LedgerError, match=r"is of version 2, this program knows 1 at most: install the newer nightclerk"
    ):
        opened(tmp_path)


def test_before_a_migration_a_copy_is_put_aside(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    ledger.set_mark("alive", NOW)
    ledger.close()
    path = tmp_path / FILE_NAME
    engine = make_engine(path)
    migrate(engine, path, NOW, "2.0", (*STEPS, ("CREATE TABLE later (a INTEGER)", "INSERT INTO later VALUES (1)")))
    engine.dispose()
    aside = tmp_path / f"{FILE_NAME}.v1.bak"
    assert aside.stat().st_mode & 0o777 == 0o600
    assert "later" in shape(path)
    (tmp_path / "restored").mkdir()
    aside.rename(tmp_path / "restored" / FILE_NAME)
    restored = opened(tmp_path / "restored")
    assert restored.mark("alive") == NOW
    restored.close()


def test_a_step_that_fails_in_the_middle_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    opened(tmp_path).close()
    path = tmp_path / FILE_NAME
    before = shape(path)
    engine = make_engine(path)
    with pytest.raises(Exception, match="no such table"):
        migrate(
            engine, path, NOW, "2.0", (*STEPS, ("CREATE TABLE later (a INTEGER)", "INSERT INTO nowhere VALUES (1)"))
        )
    engine.dispose()
    assert shape(path) == before
    opened(tmp_path).close()


@pytest.mark.parametrize(
    "content", [b"this is no database at all, only text that stands here" * 40, b"SQLite format 3\x00broken"]
)
def test_a_file_that_is_no_ledger_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(LedgerError, match=r"the ledger .* can't be opened"):
        opened(tmp_path)


def test_a_state_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="can't be opened"):
        opened(tmp_path / "nowhere")


def occurrence(number: int) -> Occurrence:
    due = NOW + timedelta(minutes=number)
    return Occurrence("sweep", f"{due:%Y-%m-%dT%H:%M}", due, State.PENDING)


def test_a_copy_made_while_writing_opens_clean(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    stop, written = threading.Event(), threading.Event()
    errors: list[Exception] = []

    def copy() -> None:
        try:
            written.wait(10)
            for number in range(5):
                ledger.backup(tmp_path / f"copy{number}.db")
        except Exception as error:  # noqa: BLE001 - carried to the test's own thread
            errors.append(error)
        finally:
            stop.set()

    thread = threading.Thread(target=copy)
    thread.start()
    count = 0
    while not stop.is_set():
        ledger.history.account([], [occurrence(count), occurrence(count + 1)])
        count += 2
        written.set()
    thread.join()
    ledger.close()
    assert errors == []
    for number in range(5):
        with sqlite3.connect(tmp_path / f"copy{number}.db") as copied:
            assert copied.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            rows = copied.execute("SELECT count(*) FROM occurrences").fetchone()[0]
            assert 0 < rows <= count
            assert rows % 2 == 0, "a transaction is in the copy whole or not at all"
        copied.close()


def test_a_copy_never_overwrites_and_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    target = tmp_path / "copy.db"
    ledger.backup(target)
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(LedgerError, match="exists already: name a new file"):
        ledger.backup(target)
    nowhere = tmp_path / "nowhere" / "copy.db"
    with pytest.raises(LedgerError, match="could not be copied") as refused:
        ledger.backup(nowhere)
    assert str(refused.value).count(str(nowhere)) == 1
    assert f"name a file in a folder that can be written to, such as {tmp_path}" in str(refused.value)
    ledger.close()


def test_the_keys_of_routines_are_copied_beside_the_ledger_for_their_owner_only(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    folder = tmp_path / "routines" / "orders"
    folder.mkdir(parents=True)
    (folder / "customers.key").write_bytes(b"\x00secret")
    (folder / "pick.html").write_text("a list")
    ledger.backup(tmp_path / "copy.db")
    copies = [path for path in (tmp_path / "copy.db.keys").rglob("*") if path.is_file()]
    assert [path.relative_to(tmp_path / "copy.db.keys") for path in copies] == [Path("orders/customers.key")]
    assert copies[0].read_bytes() == b"\x00secret"
    assert copies[0].stat().st_mode & 0o777 == 0o600
    assert {path.stat().st_mode & 0o777 for path in (copies[0].parent, copies[0].parent.parent)} == {0o700}
    (tmp_path / "copy.db").unlink()
    with pytest.raises(LedgerError, match=r"copy\.db\.keys exists already: name a new file"):
        ledger.backup(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    ledger.close()


def test_where_there_are_no_keys_a_backup_is_one_file(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    ledger.backup(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db.keys").exists()
    ledger.close()


def test_what_was_committed_is_synced_and_readers_do_not_block(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / FILE_NAME)
    with engine.begin() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    engine.dispose()
    assert pragmas == ["wal", 2]


def test_a_moment_without_a_zone_is_never_written(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    with pytest.raises(Exception, match="a moment without a zone"):
        ledger.history.account([], [Occurrence("sweep", "s", datetime(2026, 11, 20), State.PENDING)])
    assert ledger.history.occurrences() == []
    ledger.close()


def test_marks_and_the_journal_keep_what_they_are_given(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    ledger.set_mark("down", [NOW, NOW + timedelta(hours=1)])
    ledger.set_mark("down", {"at": Decimal("1.5")})
    assert ledger.mark("down") == {"at": Decimal("1.5")}
    assert ledger.mark("nothing") is None
    ledger.log("ada", "approve", "draft 3", NOW)
    ledger.log("ada", "pause", "orders", NOW)
    with sqlite3.connect(ledger.path) as look:
        assert look.execute("SELECT id, actor, action FROM journal").fetchall() == [
            (1, "ada", "approve"),
            (2, "ada", "pause"),
        ]
    look.close()
    ledger.close()


TWICE = {
    "occurrences": "routine, slot, due, state, reason, tries, actor, dry) VALUES ('mine', 'a', 's', '', 'ok', '', 0, '', 0",
    "runs": (
        "id, routine, slot, attempt, state, due, started, dry, reason, summary, output, pid, boot, max_rss_kb, requests,"
        " checked) VALUES ('mine', (SELECT count(*) FROM runs), 'a', 's', 1, 'ok', '', '', 0, '', '', '', 0, '', 0, 0, ''"
    ),
    "effects": "key, state, what, run, claimed, answer) VALUES ('mine', 'k', 'claimed', '', 1, '', ''",
    "drafts": (
        "id, routine, key, state, draft, created, decided_by) VALUES ('mine', (SELECT count(*) FROM drafts), 'a', 'k',"
        " 'waiting', '', '', ''"
    ),
    "mails": (
        "id, message_id, routine, run, day, sender, recipient, subject, content, state, tries, queued, doubted, error)"
        " VALUES ('mine', (SELECT count(*) FROM mails), 'm', 'a', 1, '', '', '', '', '', 'queued', 0, '', 0, ''"
    ),
    "work_items": "kind, id, state, owner, changed, data) VALUES ('mine', 'order', '1', 'new', '', '', ''",
}


@pytest.mark.parametrize("table", sorted(TWICE))
def test_the_database_itself_refuses_a_second_one(tmp_path: Path, table: str) -> None:
    opened(tmp_path).close()
    engine = make_engine(tmp_path / FILE_NAME)
    statement = f"INSERT INTO {table} (shop, {TWICE[table]})"
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
        connection.exec_driver_sql(statement.replace("'mine'", "'other'", 1))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_lock_held_by_another_is_a_sentence_and_not_a_crash(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    engine = make_engine(ledger.path)
    with engine.connect() as other:
        other.exec_driver_sql("PRAGMA busy_timeout=0")
    store = Store(engine, "mine")
    holder = sqlite3.connect(ledger.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match=r"can't be used: database is locked"), store.begin():
        pass
    holder.execute("ROLLBACK")
    holder.close()
    store.close()
    ledger.close()
