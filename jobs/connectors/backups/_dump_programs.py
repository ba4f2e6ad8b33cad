r"""What the programs that write database dumps put at a dump's beginning and at its end.

mysqldump and mariadb-dump end with `-- Dump completed`, with a date unless --skip-dump-date, and with nothing at all
after --skip-comments or --compact. pg_dump ends with a comment and, since the releases for CVE-2025-8714, with
`\unrestrict` and the token of the `\restrict` at its beginning. UpdraftPlus writes its own dump, which ends by setting
back what it set. What comes after the end is compared too: data may hold a line that looks like one.
"""

import re
from dataclasses import dataclass

WINDOW = 4096
"""Bytes at either end of a dump in which its first and its last lines stand."""

_MYSQL_END = re.compile(rb"^-- Dump completed(?: on \d{4}-\d\d-\d\d +\d{1,2}:\d\d:\d\d)?\s*\Z", re.MULTILINE)
_PG_END = re.compile(rb"^-- PostgreSQL database dump complete\r?\n--\r?\n(?:\s|\\unrestrict \w+\r?\n)*\Z", re.MULTILINE)
_CLUSTER_END = re.compile(rb"^-- PostgreSQL database cluster dump complete\r?\n--\s*\Z", re.MULTILINE)
_UPDRAFT_END = re.compile(rb"^/\*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION \*/;\s*\Z", re.MULTILINE)
_RESTRICTED = re.compile(rb"^\\restrict (\w+)", re.MULTILINE)
_SANDBOX = re.compile(rb"/\*M?!999999\\- enable the sandbox mode \*/")
_MESSAGE = re.compile(rb"(mysqldump|mariadb-dump|pg_dump|pg_dumpall): ")
_FILLS = re.compile(rb"\n(?:CREATE|INSERT|REPLACE|COPY|ALTER|/\*!\d+ CREATE)\b")


@dataclass(frozen=True)
class Program:
    r"""A program that writes dumps: what it calls itself, how its dumps begin and end, whether by \unrestrict."""

    name: str
    begin: re.Pattern[bytes]
    end: re.Pattern[bytes]
    restricts: bool = False

    def ends(self, head: bytes, tail: bytes) -> bool:
        """Return whether a dump that begins with `head` and ends with `tail` (WINDOW bytes each) ends as it should."""
        restricted = _RESTRICTED.search(head) if self.restricts else None
        lifted = restricted is None or b"\\unrestrict " + restricted[1] in tail
        return lifted and self.end.search(tail) is not None


PROGRAMS = (
    Program("mysqldump", re.compile(rb"-- (?:MySQL|MariaDB) dump "), _MYSQL_END),
    Program("pg_dump", re.compile(rb"--\r?\n-- PostgreSQL database dump\r?\n"), _PG_END, restricts=True),
    Program("pg_dumpall", re.compile(rb"--\r?\n-- PostgreSQL database cluster dump\r?\n"), _CLUSTER_END),
    Program(
        "UpdraftPlus", re.compile(rb"# (?:WordPress )?MySQL database backup.*\n# Created by Updraft"), _UPDRAFT_END
    ),
)
"""mysqldump stands for mariadb-dump too: on most systems the one is a link to the other."""


def is_sandboxed(head: bytes) -> bool:
    """Return whether the first line is MariaDB's sandbox mode, which MySQL's and older MariaDB clients refuse."""
    return _SANDBOX.match(head) is not None


def program_of(head: bytes) -> Program | None:
    """Return the program that writes dumps which begin like `head`; None where none of those known does."""
    sandbox = _SANDBOX.match(head)
    start = head[sandbox.end() :].lstrip() if sandbox else head
    return next((program for program in PROGRAMS if program.begin.match(start)), None)


def is_archive(head: bytes) -> bool:
    """Return whether it is pg_dump's custom or tar format, whose table of contents is whole even where it is cut."""
    return head.startswith((b"PGDMP", b"toc.dat\0"))


def message_of(head: bytes) -> str:
    """Return which program's message stands where the dump should begin; empty where none does."""
    found = _MESSAGE.match(head)
    return found[1].decode("ascii") if found else ""


def fills(text: bytes) -> bool:
    """Return whether a line begins a statement that makes or fills something: a dump without one holds nothing."""
    return _FILLS.search(text) is not None


def ends_a_statement(tail: bytes) -> bool:
    """Return whether a dump without a closing line at least ends where a statement does."""
    return tail.rstrip().endswith(b";")
