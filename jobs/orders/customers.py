"""New customers and returning ones, told apart without keeping anything that says who somebody is.

Of a customer only a keyed hash stays (BLAKE2, RFC 7693, keyed mode), as a work item that outlives `retention`, with the
first day on which they bought. The key is a file of its own beside the ledger, so that neither a copy of the ledger nor
a list of addresses is enough to find somebody in it. Where the key is lost the history begins anew, and says so.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile

from daemon.api import LASTING, Context, Transition

KEY_FILE = "customers.key"
_KEY_BYTES = 32
_HASH_BYTES = 16


@dataclass(frozen=True)
class ToldApart:
    """How many of each day's customers bought for the first time; `since` is the first day that was ever counted."""

    since: date
    new: Mapping[date, int]


def told_apart(ctx: Context, source: str, buyers: Mapping[date, Iterable[str]]) -> ToldApart:
    """Return who is new on which day, and remember them all (not in a dry run); the same days again give the same."""
    if not buyers:
        return ToldApart(ctx.today, {})
    key = _key(ctx)
    mark = f"customers.{_digest(key, 'since')[:8]}"
    since = date.fromisoformat(ctx.night.watermark(mark) or min(buyers).isoformat())
    first = _first_days(key, source, buyers)
    kind = f"customer.{_digest(key, 'kind')[:8]}"
    before = _first_days_known(ctx, kind, list(first))
    if not ctx.dry:
        _remember(ctx, kind, first, before)
        ctx.mark(mark, min([since, *buyers]).isoformat())
    earliest = {name: min(day, before.get(name, day)) for name, day in first.items()}
    new = {day: sum(1 for one in earliest.values() if one == day) for day in buyers}
    return ToldApart(min([since, *buyers]), new)


def pseudonyms(ctx: Context, source: str) -> Callable[[str], str]:
    """Return what turns a source's customer into the keyed hash that stands for them; nobody stays nobody."""
    key = _key(ctx)
    return lambda customer: _digest(key, f"{source}/{customer}") if customer else ""


def _first_days(key: bytes, source: str, buyers: Mapping[date, Iterable[str]]) -> dict[str, date]:
    """Return the keyed hash of each customer with the first of these days on which they bought."""
    first: dict[str, date] = {}
    for day in sorted(buyers):
        for customer in buyers[day]:
            first.setdefault(_digest(key, f"{source}/{customer}"), day)
    return first


def _first_days_known(ctx: Context, kind: str, names: Sequence[str]) -> dict[str, date]:
    """Return the first day of each of these customers that is remembered."""
    known = ctx.night.work_items(kind, [], names) if names else ()
    return {item.id: date.fromisoformat(str(item.data["first"])) for item in known}


def _remember(ctx: Context, kind: str, first: Mapping[str, date], before: Mapping[str, date]) -> None:
    """Keep the first day of each customer nobody knew, and of each whose first day turns out to be an earlier one."""
    steps = [
        Transition(kind, name, LASTING if name in before else "", LASTING, {"first": day.isoformat()})
        for name, day in first.items()
        if name not in before or day < before[name]
    ]
    if steps:
        ctx.night.move(steps)


def _digest(key: bytes, text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=_HASH_BYTES, key=key).hexdigest()


def _key(ctx: Context) -> bytes:
    """Return the shop's own key, made on the first run; a dry run that finds none uses one that nobody keeps."""
    path = ctx.folder / KEY_FILE
    try:
        return path.read_bytes()
    except FileNotFoundError:
        made = os.urandom(_KEY_BYTES)
        if not ctx.dry:
            _keep(path, made)
        return made


def _keep(path: Path, key: bytes) -> None:
    """Write the key whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("wb", dir=path.parent, prefix=".key-", delete=False) as file:
        file.write(key)
    Path(file.name).replace(path)
