r"""Drills in PostgreSQL, through psql and pg_restore.

The role has CREATEDB and nothing besides. An archive goes in with `pg_restore --exit-on-error`, a plain dump with
`psql -X -1 -v ON_ERROR_STOP=1` under `\restrict`, which psql knows since 13.22, 14.19, 15.14, 16.10 and 17.6: a plain
dump is commands to psql, and so could run programs as our user (CVE-2025-8714). psql ends with 3 where a statement
failed and with 2 where the connection broke (15.18); with VERBOSITY=verbose it names the SQLSTATE in any language.
"""

import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from daemon.api import OutsideError, Text
from jobs.connectors.backups._archive_reading import (
    RESTORING,
    Archive,
    client_version,
    pg_restore,
    require_new_enough,
)
from jobs.connectors.backups._database_options import DatabaseDrill, LiveOptions
from jobs.connectors.backups._database_scratch import Place, ScratchName
from jobs.connectors.backups._database_server import QUESTION_LIMIT, AnswerError, Deadline, Standing, told_of
from jobs.connectors.backups._dump_origins import Origin, Version, version_in, written
from jobs.connectors.backups._outcomes import UnknownError, first_words
from jobs.connectors.backups._sql_streams import for_postgresql
from jobs.connectors.command import Finished, Program

_HOME = "postgres"
"""The database that every server has, from which others are made."""
_PLAIN = ("-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose")
_RESTRICTING = {13: 22, 14: 19, 15: 14, 16: 10, 17: 6}
_RESTRICTED_SINCE = 18
_STATE = re.compile(r"\b(?:ERROR|FATAL|PANIC|[^\W\d_]+): +([0-9A-Z]{5}): ")
_OUR_STATES = ("08", "0A", "25006", "42501", "42704", "53", "54", "55", "57", "58")
"""Classes of SQLSTATE (PostgreSQL 15, appendix A) and codes: broken connection, not built in, not allowed, no such
role, extension or setting, no room, ended by an operator, an error of the system."""
_ASIDES = re.compile(r"^(?:psql:\S* |LOCATION: .*$|LINE \d+:.*$|\s*\^$)", re.MULTILINE)
_UNDEFINED_TABLE = "42P01"
_OUR_WORDS = (
    "permission denied", "must be owner", "must be superuser", "must be member", "must be able to SET ROLE",
    "is not available", "could not open extension", "could not access file", "No space left", "could not extend file",
    "could not write", "closed the connection", "connection to server", "terminating connection", "too many",
    "tablespace", "unrecognized configuration parameter", "out of memory", "out of shared memory",
    "the database system is", 'role "',
)  # fmt: skip
_CONNECTION_LOST = 2
_OF_SERVER = re.compile(r"could not execute query: |COPY failed for table |error returned by PQ")
_STANDING = """
SELECT json_build_object(
  'version', current_setting('server_version'),
  'excess', concat_ws(', ', CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
    CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
    CASE WHEN NOT rolsuper THEN (SELECT string_agg(r.rolname, ', ' ORDER BY r.rolname) FROM pg_roles r
      WHERE r.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files',
        'pg_read_all_data', 'pg_write_all_data', 'pg_signal_backend', 'pg_create_subscription', 'pg_maintain')
      AND pg_has_role(current_user, r.oid, 'MEMBER')) END,
    CASE WHEN NOT rolsuper THEN (SELECT string_agg('owner of ' || datname, ', ' ORDER BY datname) FROM pg_database
      WHERE pg_has_role(current_user, datdba, 'MEMBER') AND datname !~ '^nightclerk_drill_') END),
  'lacking', CASE WHEN NOT rolcreatedb THEN 'CREATEDB' ELSE '' END)
FROM pg_roles WHERE rolname = current_user"""
_TABLES = """
SELECT coalesce(json_agg(json_build_array(n.nspname, c.relname)), '[]') FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"""


@dataclass(frozen=True)
class PostgreSQL:
    """A PostgreSQL server, asked as a role of its own; the password lies in a file of the drill's folder."""

    options: DatabaseDrill | LiveOptions
    psql: str
    restoring: str
    place: Place
    deadline: Deadline
    reads_only: bool = False

    @property
    def client(self) -> Program:
        """Psql, told where the server is by its environment and reading nobody's settings."""
        return Program(self.psql, frozenset({"-X", "--version"}), environment=self._environment, grace=1)

    @property
    def _environment(self) -> dict[str, str]:
        told = self.options
        own = str(self.place.folder)
        environment = {
            "PGHOST": told.socket or told.host, "PGPORT": str(told.port or 5432), "PGUSER": told.user,
            "PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "nightclerk", "PGTZ": "UTC", "PGDATESTYLE": "ISO",
            "PGCLIENTENCODING": "UTF8", "HOME": own, "PGSYSCONFDIR": own, "PSQL_HISTORY": "/dev/null", "PAGER": "cat",
            "PGPASSFILE": self._passwords(),
        }  # fmt: skip
        if self.reads_only:
            environment["PGOPTIONS"] = "-c default_transaction_read_only=on"
        return environment

    def _passwords(self) -> str:
        secret = self.options.password.get_secret_value() if self.options.password else ""
        escaped = secret.replace("\\", "\\\\").replace(":", "\\:")
        return str(self.place.keep("live.pgpass" if self.reads_only else "pgpass", f"*:*:*:*:{escaped}\n"))

    def standing(self) -> Standing:
        """Return what it says of itself and of our role."""
        said = self._json(_HOME, _STANDING)
        return Standing(version_in(said["version"]), "PostgreSQL", said["excess"] or "", said["lacking"])

    def names(self) -> list[str]:
        """Return the names of its databases."""
        return [str(one) for one in self._json(_HOME, "SELECT json_agg(datname) FROM pg_database")]

    def create(self, name: ScratchName) -> None:
        """Make an empty database."""
        assert isinstance(self.options, DatabaseDrill)
        template = self.options.template.replace('"', '""')
        self.ask(_HOME, f'CREATE DATABASE "{name.text}" TEMPLATE "{template}"')

    def drop(self, name: ScratchName) -> None:
        """Drop a database with whatever is still at work in it; DROP waits 5 seconds for what was told to end."""
        at_work = f"FROM pg_stat_activity WHERE datname = '{name.text}'"
        self.ask(_HOME, f"SELECT count(pg_terminate_backend(pid)) {at_work}")
        self.ask(_HOME, f'DROP DATABASE IF EXISTS "{name.text}"')

    def tables(self, database: str) -> set[str]:
        """Return the tables of a database, with and without their schema."""
        found = self._json(database, _TABLES)
        return {f"{schema}.{table}" for schema, table in found} | {str(table) for _, table in found}

    def size(self, name: ScratchName) -> int:
        """Return how many bytes a database takes."""
        return int(self.ask(name.text, "SELECT pg_database_size(current_database())"))

    def ask(self, database: str, sql: str) -> str:
        """Return the one value that a question has as its answer; empty for none. Raises AnswerError."""
        ended = self.client.run([*_PLAIN, "-At", "-d", database, "-c", sql], self.deadline.left(QUESTION_LIMIT))
        if ended.code or ended.timed_out:
            raise AnswerError(self._refusal(ended), missing=_UNDEFINED_TABLE in _STATE.findall(ended.complaint))
        return ended.text.strip()

    def folder(self) -> Path | None:
        """Return where its data lies: PostgreSQL tells superusers only, so it is what the owner says."""
        return Path(self.options.data) if isinstance(self.options, DatabaseDrill) and self.options.data else None

    def restore_sql(self, name: ScratchName, pieces: Iterable[bytes], origin: Origin, client: Version) -> Finished:
        """Give it a plain dump, in one transaction; raise UnknownError where psql could be made to run programs."""
        if origin.vendor not in {"", "PostgreSQL"}:
            raise UnknownError(
                Text("it is a dump of {vendor}, and the server for drills is PostgreSQL", _named(origin))
            )
        if not restricts(client):
            values = {"version": written(client)}
            raise UnknownError(
                Text(
                    "psql {version} could be made to run programs by a dump (CVE-2025-8714): update it to 13.22, "
                    "14.19, 15.14, 16.10, 17.6 or newer",
                    values,
                )
            )
        words = [*_PLAIN, "-o", "/dev/null", "-1", "-d", name.text, "-f", "-"]
        given = for_postgresql(pieces, secrets.token_hex(16))
        return self.client.run(words, self.deadline.left(), folder=self.place.folder, given=given)

    def restore_archive(self, name: ScratchName, archive: Archive) -> Finished:
        """Give it an archive; raise UnknownError where pg_restore is older than it."""
        program = pg_restore(self.restoring, self._environment)
        require_new_enough(archive.head, client_version(program, timedelta(minutes=1), option="pg_restore"))
        return archive.give(program, [*RESTORING, "-d", name.text], self.deadline.left())

    def is_own_fault(self, ended: Finished) -> bool:
        """Return whether a restore failed for a reason that lies with the server, its role or its disk.

        pg_restore names no SQLSTATE: a refusal in another language than English can't be told apart, so it is ours.
        """
        states: list[str] = _STATE.findall(ended.complaint)
        if states:
            return states[0].startswith(_OUR_STATES)
        foreign = _OF_SERVER.search(ended.complaint) is not None and "ERROR: " not in ended.complaint
        lost = ended.code == _CONNECTION_LOST and not ended.complaint.startswith("pg_restore")
        return lost or foreign or any(words in ended.complaint for words in _OUR_WORDS)

    def _json(self, database: str, sql: str) -> Any:
        try:
            return json.loads(self.ask(database, sql))
        except ValueError as error:
            raise OutsideError(f"PostgreSQL at {told_of(self.options)} gave no answer that can be read") from error

    def _refusal(self, ended: Finished) -> str:
        if ended.timed_out:
            return f"PostgreSQL at {told_of(self.options)} did not answer in time"
        said = first_words(_ASIDES.sub("", ended.complaint))
        return said or f"psql ended with {ended.code}"


def restricts(version: Version) -> bool:
    r"""Return whether psql of this version knows `\restrict`."""
    if len(version) < 2:  # noqa: PLR2004 - a major and a minor
        return False
    return version[0] >= _RESTRICTED_SINCE or version[1] >= _RESTRICTING.get(version[0], version[1] + 1)


def _named(origin: Origin) -> dict[str, str]:
    return {"vendor": origin.vendor}
