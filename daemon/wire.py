"""How values travel between processes and into the ledger: JSON with tags, framed by its length. Never pickle.

A plain JSON value stands for itself; everything else is an object with one key `$` that names its type, so
that a Decimal stays a Decimal and a message never turns into code. Only the types listed here can travel.
"""

import dataclasses
import json
import socket
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from daemon import model, records
from daemon.secrets import SecretRef, SecretText

LARGEST_FRAME = 32 * 1024 * 1024
"""Bytes; one run's report at its worst (3,000 orders) is under 4 MB."""

HEADER = struct.Struct("!I")

_PLAIN = (type(None), bool, int, float, str)
_DATACLASSES = {
    kind.__name__: kind
    for kind in (*vars(model).values(), *vars(records).values())
    if isinstance(kind, type) and dataclasses.is_dataclass(kind)
}
_ENUMS = {
    kind.__name__: kind
    for kind in (*vars(model).values(), *vars(records).values())
    if isinstance(kind, type) and issubclass(kind, StrEnum) and kind is not StrEnum
}
WIDEST_DECIMAL = 100
"""Digits before or behind the point; a Decimal of a billion digits is ten characters of text."""


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite() or abs(value.adjusted()) > WIDEST_DECIMAL:
        raise ValueError("a number that is none, or too wide")
    return value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)


_MICROSECOND = timedelta(microseconds=1)
_SCALARS: dict[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "decimal": (Decimal, str, _decimal),
    "moment": (datetime, lambda v: v.astimezone(UTC).isoformat(), _moment),
    "day": (date, lambda v: v.isoformat(), date.fromisoformat),
    "microseconds": (timedelta, lambda v: str(v // _MICROSECOND), lambda v: int(v) * _MICROSECOND),
    "secret": (SecretText, str, SecretText),
    "secret-name": (SecretRef, lambda v: v.name, SecretRef),
    "bytes": (bytes, lambda v: v.hex(), bytes.fromhex),
}


class WireError(ValueError):
    """What arrived is not what may travel."""


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def learn_types() -> None:
    """Build what every dataclass is checked with: once, in the process that forks, not in each of its children."""
    for kind in _DATACLASSES.values():
        _adapter(kind)


def _tagged(value: object) -> dict[str, Any]:
    name = type(value).__name__
    if isinstance(value, StrEnum) and _ENUMS.get(name) is type(value):
        return {"$": name, "v": value.value}
    if dataclasses.is_dataclass(value) and _DATACLASSES.get(name) is type(value):
        fields = {name: to_json(getattr(value, name)) for name in _field_names(type(value))}
        return {"$": name, "v": fields}
    for tag, (kind, write, _) in _SCALARS.items():
        if isinstance(value, kind):
            return {"$": tag, "v": write(value)}
    raise WireError(f"a {name} can't travel")


def to_json(value: object) -> Any:
    """Return `value` as plain JSON with tags; raise WireError for a type that may not travel."""
    if type(value) in _PLAIN:  # most of what travels; the exact type, so that no kind of text slips through
        return value
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item) for item in value]
    return _single(value)


def _single(value: object) -> Any:
    """Return a value that holds no others, or a record; a kind of text that is no text of ours is tagged or refused."""
    if isinstance(value, datetime) and value.tzinfo is None:
        raise WireError("a moment without a zone can't travel")
    if isinstance(value, _PLAIN) and not isinstance(value, StrEnum | SecretText):
        return value
    return _tagged(value)


def _object(value: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a mapping as an object; one that has a key `$` itself is written as pairs."""
    pairs = [(str(key), to_json(item)) for key, item in value.items()]
    return {"$": "map", "v": [list(pair) for pair in pairs]} if "$" in value else dict(pairs)


def _untagged(tag: str, value: Any) -> Any:
    if tag == "map":
        return {_text(k): from_json(v) for k, v in value}
    if tag in _SCALARS:
        return _SCALARS[tag][2](_text(value))
    if tag in _ENUMS:
        return _ENUMS[tag](value)
    if tag in _DATACLASSES:
        return _record(_DATACLASSES[tag], value)
    raise WireError(f"unknown type {tag!r}")


def _record(kind: type, value: dict[str, Any]) -> Any:
    """Return the dataclass; a moment that came as plain text, or without a zone, is refused."""
    record = _adapter(kind).validate_python({k: from_json(v) for k, v in value.items()})
    naive = [one for one in vars(record).values() if isinstance(one, datetime) and one.tzinfo is None]
    if naive:
        raise ValueError("a moment without a zone")
    return record


def _text(data: Any) -> str:
    """Return text; raise ValueError for what is none, or holds half characters that no file could take."""
    if not isinstance(data, str):
        raise TypeError("no text")
    if not data.isascii():
        data.encode()
    return data


def from_json(data: Any) -> Any:
    """Return the value that `to_json` wrote; raise WireError for anything it can't have written."""
    if type(data) is str and data.isascii():
        return data
    if isinstance(data, list):
        return [from_json(item) for item in data]
    try:
        return _from_plain(data)
    except WireError:
        raise
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError, ValidationError) as error:
        what = data.get("$") if isinstance(data, dict) else data
        raise WireError(f"a {what!r:.40} of the wrong shape: {error}") from error


def _from_plain(data: Any) -> Any:
    if not isinstance(data, dict):
        return _text(data) if isinstance(data, str) else data
    if "$" in data:
        return _untagged(data["$"], data["v"])
    return {_text(k): from_json(v) for k, v in data.items()}


def dumps(value: object) -> str:
    """Return `value` as one line of tagged JSON; raise WireError for what may not travel.

    Half characters, which no file or mail could take, become question marks.
    """
    try:
        line = json.dumps(to_json(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return line.encode("utf-8", "replace").decode()
    except WireError:
        raise
    except (ArithmeticError, RecursionError, ValueError) as error:
        raise WireError(f"a value that can't travel: {error}") from error


def loads(text: str | bytes) -> Any:
    """Return the value of tagged JSON; raise WireError where it is no such thing."""
    try:
        return from_json(json.loads(text))
    except WireError:
        raise
    except ValueError as error:
        raise WireError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise WireError("nested too deeply") from error


def frame(value: object) -> bytes:
    """Return `value` as a frame: four bytes of length, then tagged JSON in UTF-8."""
    body = dumps(value).encode()
    if len(body) > LARGEST_FRAME:
        raise WireError(f"a message of {len(body)} bytes is over the limit of {LARGEST_FRAME}")
    return HEADER.pack(len(body)) + body


def frame_size(header: bytes) -> int:
    """Return the length of the body that `header` announces; raise WireError over the limit."""
    (size,) = HEADER.unpack(header)
    if size > LARGEST_FRAME:
        raise WireError(f"a message of {size} bytes is over the limit of {LARGEST_FRAME}")
    return int(size)


def receive(sock: socket.socket) -> Any:
    """Return the next frame's value from a blocking socket; raise EOFError where the other end is gone."""
    return loads(_exactly(sock, frame_size(_exactly(sock, HEADER.size))))


def _exactly(sock: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = sock.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError("the other end is gone")
        parts += part
    return bytes(parts)
