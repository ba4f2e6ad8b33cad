"""What the owner's own program says of backups: one line of JSON, of which nothing odd is believed (pure).

The contract is `docs/backups/command.md`. Names and sentences come from outside and are made fit to be shown.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from daemon.api import Text
from jobs.connectors.backups.tree import shown
from jobs.kinds.backup import Copy, Inventory, Outcome, Verdict

MOST_COPIES = 100_000
LONGEST = 300
"""Characters of a name or a sentence."""
LARGEST = 2**63 - 1
_COPY = {"name", "moment", "size", "files", "id", "series"}
_VERDICT = {"verdict", "reason", "shown", "held", "listed", "broken", "unlisted", "read"}
_ID = re.compile(r"[^-\0][^\0]*", re.DOTALL)


class OddError(ValueError):
    """The program said something that the contract does not know; the text says what."""


def inventory_of(printed: bytes) -> Inventory:
    """Return the backups that a program lists, newest first; raise OddError where anything of it is odd."""
    told = _line(printed)
    _require_keys(told, {"copies", "unreadable"}, "the list")
    rows = told.get("copies")
    if not isinstance(rows, list) or len(rows) > MOST_COPIES:
        raise OddError(f"`copies` is no list of at most {MOST_COPIES}")
    copies = [_copy(row) for row in rows]
    if len({copy.id for copy in copies}) != len(copies):
        raise OddError("two copies have the same `id`, or the same `name` and none")
    newest_first = sorted(copies, key=lambda copy: (copy.moment, copy.name), reverse=True)
    return Inventory(newest_first, _names(told, "unreadable"))


def verdict_of(printed: bytes) -> Verdict:
    """Return what a program says of one backup; raise OddError where anything of it is odd."""
    told = _line(printed)
    _require_keys(told, _VERDICT, "the verdict")
    outcome = _outcome(told)
    held, listed = (_count(told, name) or 0 for name in ("held", "listed"))
    if held > listed:
        raise OddError("`held` is more than `listed`")
    reason, claim = _sentences(told, outcome)
    return Verdict(
        outcome, held, listed, _names(told, "broken"), _names(told, "unlisted"), reason, claim, _count(told, "read")
    )


def _outcome(told: Mapping[str, Any]) -> Outcome:
    try:
        return Outcome(_text(told, "verdict"))
    except ValueError as error:
        raise OddError(f"`verdict` is none of {', '.join(Outcome)}") from error


def _sentences(told: Mapping[str, Any], outcome: Outcome) -> tuple[Text | None, Text | None]:
    """Return why a backup is not well and what was shown of one that is; whichever applies must be said."""
    reason, claim = (_sentence(told, name) for name in ("reason", "shown"))
    if reason is None and outcome in {Outcome.BROKEN, Outcome.UNKNOWN, Outcome.WARN}:
        raise OddError(f"`reason` is missing where the verdict is {outcome.value}")
    if claim is None and outcome in {Outcome.HELD, Outcome.PARTLY}:
        raise OddError(f"`shown` is missing where the verdict is {outcome.value}: it says what was looked at")
    return reason, claim


def _line(printed: bytes) -> Mapping[str, Any]:
    lines = [line for line in printed.split(b"\n") if line.strip()]
    if len(lines) != 1:
        raise OddError(f"it printed {len(lines)} lines where one is due; what is for people goes to standard error")
    try:
        told = json.loads(lines[0].decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise OddError(f"its line is no JSON ({error})") from error
    if not isinstance(told, dict):
        raise OddError("its line is no JSON object")
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _copy(row: object) -> Copy:
    if not isinstance(row, dict):
        raise OddError("a copy is no JSON object")
    _require_keys(row, _COPY, "a copy")
    name = _text(row, "name")
    key = _text(row, "id") if "id" in row else name
    if not name or not _ID.fullmatch(key):
        raise OddError("a copy has no `name`, or an `id` that is empty or begins with a dash")
    series = _text(row, "series") if "series" in row else ""
    return Copy(_fit(name), _moment(row), _count(row, "size"), _count(row, "files"), key, series)


def _moment(row: Mapping[str, Any]) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(row, "moment"))
        if moment.tzinfo is None:
            raise OddError("`moment` has no zone: write it as 2026-11-20T02:00:00+01:00")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        if isinstance(error, OddError):
            raise
        raise OddError("`moment` is none: write it as 2026-11-20T02:00:00+01:00") from error


def _require_keys(told: Mapping[str, Any], known: set[str], what: str) -> None:
    strange = sorted(set(told) - known)
    if strange:
        raise OddError(f"{what} has `{_fit(strange[0])}`, which is not known")


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        raise OddError(f"`{name}` is no text")
    return value


def _sentence(told: Mapping[str, Any], name: str) -> Text | None:
    if name not in told:
        return None
    said = _fit(_text(told, name)).strip()
    if not said:
        raise OddError(f"`{name}` is empty")
    return Text("{said}", {"said": said})


def _count(told: Mapping[str, Any], name: str) -> int | None:
    value = told.get(name)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= LARGEST:
        raise OddError(f"`{name}` is no whole number from 0 on")
    return value


def _names(told: Mapping[str, Any], name: str) -> Sequence[str]:
    value = told.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise OddError(f"`{name}` is no list of texts")
    return tuple(map(_fit, value))


def _fit(text: str) -> str:
    """Return a text fit to be shown: printable, and not endless."""
    return shown(text)[:LONGEST]
