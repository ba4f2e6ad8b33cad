"""Tries a source of exports: may its newest files be read, have they the columns, do their first rows make sense."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from daemon.api import Text, Value
from jobs.connectors._rights import unreadable
from jobs.connectors.shops._csv_documents import Grouping, Rules, Window
from jobs.connectors.shops._csv_rows import Layout, Row, rows

_NEWEST = 3
_FIRST_ROWS = 200
_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
_END = datetime(9999, 12, 30, tzinfo=UTC)


def tried(files: Sequence[Path], layout: Layout, rules: Rules) -> Text | None:
    """Return what to do about the first file that is no use, None where all may be read and the newest make sense."""
    closed = next(filter(None, map(unreadable, files)), None)
    if closed is not None:
        return closed
    newest = sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)[:_NEWEST]
    return next(filter(None, (_senseless(path, layout, rules) for path in newest)), None)


def _senseless(path: Path, layout: Layout, rules: Rules) -> Text | None:
    """Return why nothing can be made of a file; single bad rows are for the night's job to name."""
    bad: list[tuple[int, Text]] = []

    def note(line: int, reason: Text) -> None:
        bad.append((line, reason))

    first: list[Row] = list(islice(rows(path, layout, note), _FIRST_ROWS))
    grouping = Grouping(rules, Window(_BEGINNING, _END, _END), note)
    found = sum(1 for _ in grouping.documents(first))
    if found or not bad:
        return None
    line, reason = bad[0]
    values: dict[str, Value] = {"file": str(path), "line": line, "reason": reason}
    if not first:
        return Text("{file}: {reason}: correct `profile:`, `columns:`, `encoding:` or `delimiter:`", values)
    return Text(
        "{file}: no row makes sense, the one of line {line} because: {reason}: correct `columns:`, `date_format:` or "
        "`decimal:`",
        values,
    )
