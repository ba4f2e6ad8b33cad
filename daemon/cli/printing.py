"""How commands print: tables for people, plain JSON for programs, colours only on a terminal."""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import click
from wcwidth import wcswidth

from daemon.log import escape

_COLOURS = {
    "ok": "green", "failed": "red", "timed-out": "red", "lost": "red", "skipped": "yellow", "running": "cyan",
    "sent": "green", "refused": "red", "uncertain": "yellow", "queued": "cyan", "waiting": "yellow",
    "held": "yellow", "sound": "green", "doubtful": "yellow", "failing": "red", "unknown": "yellow", "accepted": "cyan",
    "fail": "red", "warn": "yellow",
}  # fmt: skip


_AS_TEXT: tuple[tuple[tuple[type, ...], Callable[[Any], Any]], ...] = (
    ((datetime,), lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z")),
    ((Enum,), lambda value: value.value),
    ((Decimal, date, Path), str),
    ((timedelta,), timedelta.total_seconds),
    ((bytes,), lambda value: value.decode("utf-8", "replace")),
)


def plain(value: Any) -> Any:
    """Return a value as JSON that any program reads: moments in UTC with Z, exact numbers as text."""
    for kinds, write in _AS_TEXT:
        if isinstance(value, kinds):
            return write(value)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    return plain(_fields(value)) if dataclasses.is_dataclass(value) else value


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def as_json(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(plain(value), indent=2, ensure_ascii=False))


def coloured(word: str) -> str:
    """Return a state in its colour; click takes colours away where the output is no terminal."""
    return click.style(word, fg=_COLOURS.get(word))


def safe(text: str) -> str:
    """Return text from outside so that it can't command a terminal."""
    return escape(text)


def lines(text: str) -> None:
    """Print text from outside line by line, so that it keeps its shape and can't command a terminal."""
    for line in text.splitlines():
        click.echo(safe(line))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns as wide as their widest cell; the last column keeps its length."""
    cells = [[safe(cell) for cell in row] for row in rows]
    widths = [max([_width(head), *(_width(row[n]) for row in cells)]) for n, head in enumerate(heads)]
    click.echo(click.style(_line(heads, heads, widths), bold=True))
    for row in cells:
        click.echo(_line(row, [coloured(cell) for cell in row], widths))


def _width(text: str) -> int:
    return max(0, wcswidth(text))


def _line(plain_cells: Sequence[str], cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell + " " * (width - _width(bare)) for bare, cell, width in zip(plain_cells, cells, widths, strict=True)]
    return "  ".join(padded).rstrip()
