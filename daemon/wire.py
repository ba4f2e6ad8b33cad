"""How values travel between processes and into the ledger: JSON with tags, framed by its length. Never pickle.

A plain JSON value stands for itself; everything else is an object with one key `$` that names its type, so
that a Decimal stays a Decimal and a message never turns into code. Only the types listed here can travel.
"""

import dataclasses
import json
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
_SCALARS: dict[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "decimal": (Decimal, str, Decimal),
    "moment": (datetime, lambda v: v.astimezone(UTC).isoformat(), datetime.fromisoformat),
    "day": (date, lambda v: v.isoformat(), date.fromisoformat),
    "seconds": (timedelta, lambda v: str(v.total_seconds()), lambda v: timedelta(seconds=float(v))),
    "secret": (SecretText, str, SecretText),
    "secret-name": (SecretRef, lambda v: v.name, SecretRef),
    "bytes": (bytes, lambda v: v.hex(), bytes.fromhex),
}


class WireError(ValueError):
    """What arrived is not what may travel."""


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _tagged(value: object) -> dict[str, Any]:
    if isinstance(value, StrEnum):
        return {"$": type(value).__name__, "v": value.value}
    if dataclasses.is_dataclass(value) and type(value).__name__ in _DATACLASSES:
        fields = {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"$": type(value).__name__, "v": fields}
    for tag, (kind, write, _) in _SCALARS.items():
        if isinstance(value, kind):
            return {"$": tag, "v": write(value)}
    raise WireError(f"a {type(value).__name__} can't travel")


def to_json(value: object) -> Any:
    """Return `value` as plain JSON with tags; raise WireError for a type that may not travel."""
    if isinstance(value, datetime) and value.tzinfo is None:
        raise WireError("a moment without a zone can't travel")
    if value is None or (isinstance(value, bool | int | float | str) and not isinstance(value, StrEnum | SecretText)):
        return value
    if isinstance(value, Mapping):
        return (
            {"$": "map", "v": [[str(k), to_json(v)] for k, v in value.items()]}
            if "$" in value
            else {str(k): to_json(v) for k, v in value.items()}
        )
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item) for item in value]
    return _tagged(value)


def _untagged(tag: str, value: Any) -> Any:
    if tag == "map":
        return {k: from_json(v) for k, v in value}
    if tag in _SCALARS:
        return _SCALARS[tag][2](value)
    if tag in _ENUMS:
        return _ENUMS[tag](value)
    if tag in _DATACLASSES:
        return _adapter(_DATACLASSES[tag]).validate_python({k: from_json(v) for k, v in value.items()})
    raise WireError(f"unknown type {tag!r}")


def from_json(data: Any) -> Any:
    """Return the value that `to_json` wrote; raise WireError for anything it can't have written."""
    if isinstance(data, list):
        return [from_json(item) for item in data]
    if not isinstance(data, dict):
        return data
    if "$" not in data:
        return {k: from_json(v) for k, v in data.items()}
    try:
        return _untagged(data["$"], data["v"])
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError, ValidationError) as error:
        raise WireError(f"a {data['$']!r} of the wrong shape: {error}") from error


def dumps(value: object) -> str:
    """Return `value` as one line of tagged JSON."""
    return json.dumps(to_json(value), ensure_ascii=False, separators=(",", ":"))


def loads(text: str | bytes) -> Any:
    """Return the value of tagged JSON; raise WireError where it is no such thing."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise WireError(f"not JSON: {error}") from error
    return from_json(data)


def frame(value: object) -> bytes:
    """Return `value` as a frame: four bytes of length, then tagged JSON in UTF-8."""
    body = dumps(value).encode("utf-8", "replace")
    if len(body) > LARGEST_FRAME:
        raise WireError(f"a message of {len(body)} bytes is over the limit of {LARGEST_FRAME}")
    return HEADER.pack(len(body)) + body


def frame_size(header: bytes) -> int:
    """Return the length of the body that `header` announces; raise WireError over the limit."""
    (size,) = HEADER.unpack(header)
    if size > LARGEST_FRAME:
        raise WireError(f"a message of {size} bytes is over the limit of {LARGEST_FRAME}")
    return int(size)
