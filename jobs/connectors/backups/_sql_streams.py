r"""A dump on its way into a scratch database: what belongs to the server it came from is left out, the rest passes.

A scratch database is somebody else's: its role is no superuser, and the owners, roles and table spaces of the dump are
not there. So owners, privileges, comments on what is not ours, replication and the statements of `--clean` and
`--create` are left out of a plain dump, as `pg_restore` leaves them out of an archive. Rows are never touched: within
`COPY` and within quotes every line passes.

A plain dump is also commands to psql, `\!` among them, which runs programs (CVE-2025-8714). So `\restrict` with a token
that no dump can know comes first, and the dump's own `\restrict` and `\unrestrict` are left out.
"""

import re
from collections.abc import Iterable, Iterator

LONGEST_LINE = 64 * 1024
"""Bytes; a longer line is data."""
_COPY = re.compile(rb"COPY .+ FROM stdin;\s*\Z")
_COPY_END = (b"\\.\n", b"\\.\r\n")
_LEFT_OUT = re.compile(
    rb"(?:ALTER [A-Z ]+ .*OWNER TO .*;"
    rb"|(?:GRANT|REVOKE) .*;|ALTER DEFAULT PRIVILEGES .*;|SECURITY LABEL .*;"
    rb"|COMMENT ON (?:EXTENSION|SCHEMA|DATABASE) .*;"
    rb"|(?:CREATE|ALTER) (?:PUBLICATION|SUBSCRIPTION|DATABASE) .*;"
    rb"|SET default_tablespace = [^'].*;"
    rb"|DROP .*;|ALTER TABLE .* DROP (?:CONSTRAINT|DEFAULT).*;|CREATE SCHEMA public;"
    rb"|SELECT pg_catalog\.lo_unlink\('\d+'\);"
    rb"|\\connect .*|\\(?:un)?restrict \w+)\s*\Z"
)
_FIRST_LETTERS = frozenset(b"AGRSCD\\")
_DEFINER = re.compile(rb"^(CREATE |/\*!\d+ CREATE\*/ /\*!\d+ |/\*!\d+ )DEFINER=`(?:[^`]|``)*`@`(?:[^`]|``)*` ?")
_OPENING = re.compile(rb"'|\"|--|\$(?:[A-Za-z_]\w*)?\$")
_DATABASE = re.compile(rb"(?:CREATE DATABASE|USE|/\*!\d+ DROP DATABASE) .*?`((?:[^`]|``)+)`")


class SeveralDatabasesError(Exception):
    """A dump holds more than one database, which one scratch database can't take."""


def for_postgresql(pieces: Iterable[bytes], token: str) -> Iterator[bytes]:
    """Yield a plain dump by pg_dump as psql is to read it, under a restriction by `token` (letters and digits)."""
    yield b"\\restrict %s\n" % token.encode("ascii")
    filtered = _Filter()
    for piece in pieces:
        yield filtered.pass_on(piece)
    yield filtered.end()
    yield b"\n\\unrestrict %s\n" % token.encode("ascii")


def for_mariadb(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a dump by mysqldump or mariadb-dump without definers and without the name of its database.

    Raise SeveralDatabasesError where it names more than one.
    """
    named: bytes | None = None
    for data, lines in _lines(pieces):
        passing = [data]
        for line in lines:
            found = _DATABASE.match(line) if line[0] in b"CU/" else None
            if found:
                if named not in {None, found[1]}:
                    raise SeveralDatabasesError
                named = found[1]
                continue
            passing.append(_DEFINER.sub(rb"\1", line) if line[0] in b"C/" else line)
        yield b"".join(passing)


class _Filter:
    """Leaves out what belongs to the live server; the rows of a table are passed on without a look at each."""

    def __init__(self) -> None:
        self._copying = False
        self._quotes = _Quotes()
        self._rest = b""
        self._within = False

    def pass_on(self, piece: bytes) -> bytes:
        """Return what of the whole lines up to here may go on."""
        data, piece = self._of_long_line(piece)
        passing, buffer, place = [data], self._rest + piece, 0
        while end := buffer.find(b"\n", place) + 1:
            if self._copying:
                end = self._end_of_rows(buffer, place)
                passing.append(buffer[place:end])
            elif self._goes_on(buffer[place:end]):
                passing.append(buffer[place:end])
            place = end
        self._rest = buffer[place:]
        if len(self._rest) > LONGEST_LINE:
            passing.append(self.end())
            self._within = True
        return b"".join(passing)

    def end(self) -> bytes:
        """Return what is left of a line that has no end."""
        rest, self._rest = self._rest, b""
        if not self._copying:
            self._quotes.pass_over(rest)
        return rest

    def _of_long_line(self, piece: bytes) -> tuple[bytes, bytes]:
        """Return what still belongs to a line that is too long to be a statement, and what comes after it."""
        end = piece.find(b"\n") + 1 or len(piece)
        if not self._within:
            return b"", piece
        self._within = not piece[:end].endswith(b"\n")
        if not self._copying:
            self._quotes.pass_over(piece[:end])
        return piece[:end], piece[end:]

    def _goes_on(self, line: bytes) -> bool:
        """Return whether a line that is no row may go on."""
        if not self._quotes.open and line[0] in _FIRST_LETTERS and _LEFT_OUT.match(line):
            return False
        self._copying = not self._quotes.open and _COPY.match(line) is not None
        self._quotes.pass_over(line)
        return True

    def _end_of_rows(self, buffer: bytes, place: int) -> int:
        """Return the place behind the last whole row, or behind the line that ends a table's rows."""
        at = place
        while (at := buffer.find(b"\\.", at)) >= 0:
            end = buffer.find(b"\n", at) + 1
            if buffer[at:end] in _COPY_END and buffer[at - 1 : at] in {b"", b"\n"}:
                self._copying = False
                return end
            at += 2
        return buffer.rfind(b"\n") + 1


class _Quotes:
    """Follows a dump's quotes from line to line: within a text, a name or a body nothing begins a statement.

    pg_dump writes quotes within quotes twice, bodies between `$…$`, and comments on lines of their own.
    """

    def __init__(self) -> None:
        self.open = b""

    def pass_over(self, line: bytes) -> None:
        """Take a line, or a part of one, into account."""
        place = 0
        while True:
            if self.open:
                place = line.find(self.open, place) + len(self.open)
                if place < len(self.open):
                    return
                self.open = b""
            found = _OPENING.search(line, place)
            if found is None or found[0] == b"--":
                return
            self.open, place = found[0], found.end()


def _lines(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, list[bytes]]]:
    """Yield what passes unseen, as it is a part of a line longer than any statement of ours, and then whole lines."""
    rest, within = b"", False
    for piece in pieces:
        data, after = b"", piece
        if within:
            end = piece.find(b"\n") + 1
            data, after, within = (piece[:end], piece[end:], False) if end else (piece, b"", True)
        *ended, rest = (rest + after).split(b"\n")
        yield data, [line + b"\n" for line in ended]
        if len(rest) > LONGEST_LINE:
            yield rest, []
            rest, within = b"", True
    yield b"", [rest] if rest else []
