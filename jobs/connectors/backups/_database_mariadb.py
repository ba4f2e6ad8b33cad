r"""Drills in MariaDB and MySQL, through mariadb or mysql.

The user has rights on `nightclerk\_drill\_%` and nothing besides. A dump is commands to the client too (`\!`,
`source`), so it is read with --binary-mode, which lets no command of the client through but DELIMITER (tried with
MariaDB 10.11.19; MySQL has it since 5.6.3), and without LOAD DATA LOCAL. The client reads its options from one file of
ours (0600), never from the machine's, which might lead to the live server.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from daemon.api import Text
from jobs.connectors.backups._archive_reading import Archive
from jobs.connectors.backups._database_options import DatabaseDrill, LiveOptions
from jobs.connectors.backups._database_scratch import Place, ScratchName
from jobs.connectors.backups._database_server import QUESTION_LIMIT, AnswerError, Deadline, Standing, told_of
from jobs.connectors.backups._dump_origins import Origin, Version, version_in, written
from jobs.connectors.backups._outcomes import UnknownError, first_words
from jobs.connectors.backups._sql_streams import SeveralDatabasesError, for_mariadb
from jobs.connectors.command import Finished, Program

_WORDS = ("--batch", "--skip-column-names", "--binary-mode", "--local-infile=0", "--connect-timeout=10",
          "--default-character-set=utf8mb4")  # fmt: skip
_SANDBOXING = {
    (10, 5): 25, (10, 6): 18, (10, 11): 8, (11, 0): 6, (11, 1): 5, (11, 2): 4, (11, 4): 2,
}  # fmt: skip
"""From which release on a client of MariaDB knows the first line of newer dumps (MDEV-33727)."""
_SANDBOXED_SINCE = (11, 5)
_CODE = re.compile(r"ERROR (\d+) ")
_OUR_CODES = frozenset(
    {
        "3", "28", "1005", "1016", "1021", "1026", "1030", "1037", "1040", "1041", "1044", "1045", "1053", "1114",
        "1115", "1130", "1142", "1153", "1193", "1203", "1205", "1226", "1227", "1231", "1238", "1273", "1286", "1290",
        "1370", "1419", "1524", "2002", "2003", "2006", "2013", "2055", "3159",
    }
)  # fmt: skip
"""No room, no rights, too large for the server, ended, or something this server does not have: not the dump's fault."""
_NO_SUCH_TABLE = "1146"
_RIGHTS = re.compile(r"GRANT (.+) ON (\S+) TO ")
_OWN = frozenset({r"`nightclerk\_drill\_%`.*", "`nightclerk_drill_%`.*"})
_SIZE = (
    "SELECT coalesce(sum(data_length + index_length), 0) FROM information_schema.tables WHERE table_schema = database()"
)
_TABLES = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE'"
)


@dataclass(frozen=True)
class MariaDB:
    """A MariaDB or MySQL server, asked as a user of its own; the password lies in a file of the drill's folder."""

    options: DatabaseDrill | LiveOptions
    program: str
    place: Place
    deadline: Deadline
    reads_only: bool = False

    @property
    def client(self) -> Program:
        """The client; its first argument is always our own file of options."""
        first = frozenset({"--version", f"--defaults-file={self._settings()}"})
        own = {"HOME": str(self.place.folder), "MYSQL_HISTFILE": "/dev/null"}
        return Program(self.program, first, environment=own, grace=1)

    def _settings(self) -> Path:
        told = self.options
        way = {"socket": told.socket, "protocol": "socket"} if told.socket else {"host": told.host, "protocol": "tcp"}
        values = {"user": told.user, **way}
        if told.port and not told.socket:
            values["port"] = str(told.port)
        if told.password:
            values["password"] = told.password.get_secret_value()
        lines = [f'{name}="{_escaped(value)}"' for name, value in values.items()]
        file = "live.cnf" if self.reads_only else "client.cnf"
        return self.place.keep(file, "\n".join(["[client]", *lines, ""]))

    def _run(self, words: list[str], limit: timedelta, given: bytes | Iterable[bytes]) -> Finished:
        first = f"--defaults-file={self._settings()}"
        return self.client.run([first, *_WORDS, *words], limit, folder=self.place.folder, given=given)

    def standing(self) -> Standing:
        """Return what it says of itself and of our user."""
        version = self.ask("", "SELECT version()")
        excess = [line for line in self._lines("", "SHOW GRANTS") if not _is_own(line)]
        lacking = not any(own in line for line in self._lines("", "SHOW GRANTS") for own in _OWN)
        vendor = "MariaDB" if "mariadb" in version.lower() else "MySQL"
        wanted = r"ALL ON `nightclerk\_drill\_%`.*" if lacking else ""
        return Standing(version_in(version), vendor, "; ".join(_right(line) for line in excess), wanted)

    def names(self) -> list[str]:
        """Return the names of its databases, those that we may see."""
        return self._lines("", "SHOW DATABASES")

    def create(self, name: ScratchName) -> None:
        """Make an empty database."""
        self._lines("", f"CREATE DATABASE `{name.text}` CHARACTER SET utf8mb4")

    def drop(self, name: ScratchName) -> None:
        """Drop a database with whatever is still at work in it."""
        at_work = f"SELECT id FROM information_schema.processlist WHERE db = '{name.text}'"  # noqa: S608 - checked name
        for number in self._lines("", at_work):
            try:
                self._lines("", f"KILL CONNECTION {int(number)}")
            except AnswerError:
                continue
        self._lines("", f"SET SESSION lock_wait_timeout = 10; DROP DATABASE IF EXISTS `{name.text}`")

    def tables(self, database: str) -> set[str]:
        """Return the tables of a database."""
        return set(self._lines(database, _TABLES))

    def size(self, name: ScratchName) -> int:
        """Return how many bytes its tables take, as the server estimates it."""
        return int(self.ask(name.text, _SIZE))

    def ask(self, database: str, sql: str) -> str:
        """Return the one value that a question has as its answer; empty for none. Raises AnswerError."""
        lines = self._lines(database, sql)
        value = lines[0].partition("\t")[0] if lines else ""
        return "" if value == "NULL" else value

    def folder(self) -> Path | None:
        """Return where its data lies, where that is on this machine."""
        if isinstance(self.options, DatabaseDrill) and self.options.data:
            return Path(self.options.data)
        return Path(self.ask("", "SELECT @@datadir")) if self.options.socket else None

    def restore_sql(self, name: ScratchName, pieces: Iterable[bytes], origin: Origin, client: Version) -> Finished:
        """Give it a dump; raise UnknownError where the client does not know its first line, or it holds several."""
        if origin.vendor == "PostgreSQL":
            raise UnknownError(Text("it is a dump of PostgreSQL, and the server for drills is MariaDB or MySQL"))
        if origin.sandboxed and not knows_sandbox(client, is_mariadb=self.is_mariadbs):
            raise UnknownError(refuses_sandbox(client))
        words = ["--max-allowed-packet=1G", name.text]
        try:
            return self._run(words, self.deadline.left(), for_mariadb(pieces))
        except SeveralDatabasesError as error:
            raise UnknownError(
                Text("it holds several databases, which one scratch database can't take: dump each by itself")
            ) from error

    def restore_archive(self, _name: ScratchName, _archive: Archive) -> Finished:
        """Refuse: pg_dump's own formats are PostgreSQL's."""
        raise UnknownError(Text("it is a dump of PostgreSQL, and the server for drills is MariaDB or MySQL"))

    @property
    def is_mariadbs(self) -> bool:
        """Whether the client is MariaDB's; raises OutsideError where it can't be started."""
        return "MariaDB" in self.client.run(["--version"], timedelta(minutes=1)).text

    def is_own_fault(self, ended: Finished) -> bool:
        """Return whether a restore failed for a reason that lies with the server, its user or its disk."""
        code = _CODE.search(ended.complaint)
        return code is None or code[1] in _OUR_CODES or "No space left" in ended.complaint

    def _lines(self, database: str, sql: str) -> list[str]:
        words = [database] if database else []
        begin = "SET SESSION TRANSACTION READ ONLY; " if self.reads_only else ""
        ended = self._run(words, self.deadline.left(QUESTION_LIMIT), f"{begin}{sql};\n".encode())
        if ended.timed_out:
            raise AnswerError(f"MariaDB at {told_of(self.options)} did not answer in time")
        if ended.code:
            code = _CODE.search(ended.complaint)
            missing = code is not None and code[1] == _NO_SUCH_TABLE
            raise AnswerError(first_words(ended.complaint.replace("-", " ")) or "no answer", missing=missing)
        return [_unescaped(line) for line in ended.text.split("\n") if line]


def knows_sandbox(version: Version, *, is_mariadb: bool) -> bool:
    """Return whether a client of this version knows the sandbox line that newer dumps of MariaDB begin with."""
    if not is_mariadb or len(version) < 3:  # noqa: PLR2004 - a release has three numbers
        return False
    least = _SANDBOXING.get((version[0], version[1]))
    return version[:2] >= _SANDBOXED_SINCE or (least is not None and version[2] >= least)


def refuses_sandbox(client: Version) -> Text:
    """Return what to do where the client does not know the sandbox line."""
    return Text(
        "it begins with MariaDB's sandbox line, which the client here ({version}) refuses: install MariaDB's client "
        "10.5.25, 10.6.18, 10.11.8, 11.4.2 or newer, or take the first line off before a restore",
        {"version": written(client)},
    )


def _is_own(grant: str) -> bool:
    found = _RIGHTS.match(grant)
    if found is None:
        return False
    return found[2] in _OWN or (found[1] == "USAGE" and found[2] == "*.*")


def _right(grant: str) -> str:
    """Return what a line of SHOW GRANTS gives, without the user and the hash of its password."""
    return grant.partition(" TO ")[0].removeprefix("GRANT ")


def _escaped(value: str) -> str:
    r"""Return a value as it stands between quotes in a file of options, where `\` begins what can't be written."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return quoted.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _unescaped(line: str) -> str:
    """Return a line of --batch as it was; tabs stay as they part columns."""
    return line.replace("\\n", "\n").replace("\\\\", "\\")
