"""Messages kept from one run to the next, so that what was found last week is told today in the reader's language."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from daemon.api import Money, Text, Value

_NOTHING = Text("")


def _inner(told: Any) -> Value:
    return unpacked(told)


_READ: Mapping[str, Callable[[Any], Value]] = MappingProxyType(
    {
        "d": Decimal,
        "m": datetime.fromisoformat,
        "y": date.fromisoformat,
        "s": lambda parts: timedelta(*parts),
        "c": lambda pair: Money(Decimal(pair[0]), pair[1]),
        "t": _inner,
        "v": lambda value: value,
    }
)


def packed(text: Text | None) -> list[Any] | None:
    """Return a message as JSON."""
    if text is None:
        return None
    return [text.id, {name: _value(value) for name, value in text.values.items()}, text.plural, text.count]


def unpacked(told: list[Any] | None) -> Text | None:
    """Return the message that `packed` wrote."""
    if told is None:
        return None
    sentence, values, plural, count = told
    read = {name: _READ[tag](value) for name, (tag, value) in values.items()}
    return replace(_NOTHING, id=sentence, values=read, plural=plural, count=count)


def _value(value: Value) -> list[Any]:  # noqa: PLR0911 - one line for each type that a message may hold
    if isinstance(value, Text):
        return ["t", packed(value)]
    if isinstance(value, Money):
        return ["c", [str(value.amount), value.currency]]
    if isinstance(value, Decimal):
        return ["d", str(value)]
    if isinstance(value, datetime):
        return ["m", value.isoformat()]
    if isinstance(value, date):
        return ["y", value.isoformat()]
    if isinstance(value, timedelta):
        return ["s", [value.days, value.seconds, value.microseconds]]
    return ["v", value]
