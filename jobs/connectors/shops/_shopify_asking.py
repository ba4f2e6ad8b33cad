"""Questions in GraphQL to one Shopify shop, within the budget that it tells with every answer.

A question costs points before it is asked (`requestedQueryCost`); a bucket of points fills by so many a second. Where
it holds too few, Shopify answers THROTTLED with status 200. The pause is then exactly what the bucket needs; where the
cost is known from the page before, it is made ahead and spares the refusal. Nothing of this is a constant of ours.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from daemon.api import OutsideError
from jobs.connectors._http_showing import shown
from jobs.connectors.http import Answer, Call
from jobs.connectors.shops._rows import Row
from jobs.connectors.shops._shopify_door import Door

VERSION = "2026-10"
_FILES = ("_shopify.graphql", "_shopify_writes.graphql", "_shopify_bulk.graphql")
_OPERATION = re.compile(r"^(?:query|mutation) (\w+)", re.MULTILINE)
_REFUSALS = 20
"""Times that one question is refused for want of points before it is given up."""
_PAUSE = 1.0
"""Seconds to wait where the shop refuses without saying what it has."""


class DeniedError(OutsideError):
    """The app has no right to what it asked for; nothing was done."""


class TooDearError(OutsideError):
    """A question costs more than the shop ever allows at once; a smaller page may pass."""


@dataclass(frozen=True)
class Budget:
    """Points: the most the bucket holds, what it held at `at` (seconds of the door), and what it gains a second."""

    maximum: float
    available: float
    restore: float
    at: float

    def pause(self, wanted: float, now: float) -> float:
        """Return the seconds until the bucket holds what is wanted, at most until it is full."""
        held = self.available + self.restore * max(now - self.at, 0.0)
        return max(min(wanted, self.maximum) - held, 0.0) / self.restore


@dataclass
class Asker:
    """Asks, keeps to the budget, and adds up what it cost (`spent`, points)."""

    door: Door
    name: str
    budget: Budget | None = None
    requested: float = 0.0
    spent: float = 0.0

    def ask(self, operation: str, variables: Mapping[str, object], expected: float = 0.0) -> Row:
        """Return an operation's data; raise TooDearError or OutsideError.

        `expected` are the points it will cost as far as known. The operation only reads, so it may be asked again.
        """
        return self._asked(operation, _call(operation, variables, idempotent=True), expected)

    def change(self, operation: str, variables: Mapping[str, object]) -> Row:
        """Make a change and return what the shop says of it; raise OutsideError.

        It is sent once, and again only where the shop had no room for it. A refusal comes within an answer that says
        all is well, as `userErrors`; where every part of the change was refused, nothing was done.
        """
        data = self._asked(operation, _call(operation, variables, idempotent=False), 0.0)
        errors = {name: _mapping(told).get("userErrors") for name, told in data.items()}
        if any(found != [] for found in errors.values()):
            first = next((_mapping(one) for found in errors.values() for one in found or ()), {})
            raise OutsideError(
                f"{self.name}: the shop did not make {operation}: {shown(first.get('message', ''), self.door.secrets)}",
                nothing_done=all(errors.values()),
            )
        return data

    def _asked(self, operation: str, call: Call, expected: float) -> Row:
        for _refusal in range(_REFUSALS):
            self._wait(expected)
            said = self._said(self.door.ask(call))
            cost = _mapping(_mapping(said.get("extensions")).get("cost"))
            self._account(cost)
            codes = _codes(said)
            if "THROTTLED" not in codes:
                return self._good(operation, said, codes)
            expected = max(self._affordable(operation), expected)
        raise OutsideError(
            f"{self.name}: the shop has no room for this app's questions: other apps may use it up", nothing_done=True
        )

    def _wait(self, wanted: float) -> None:
        if self.budget is None:
            return
        seconds = self.budget.pause(wanted, self.door.elapsed())
        if seconds > 0:
            self.door.sleep(seconds)

    def _said(self, answer: Answer) -> Row:
        version = answer.headers.get("x-shopify-api-version", "")
        if version != VERSION:
            raise _made_all_the_same(
                f"{self.name}: the shop answered in version {shown(version, ()) or 'unknown'} of its interface instead "
                f"of {VERSION}: update nightclerk"
            )
        said = answer.data if answer.body else None
        if not isinstance(said, dict):
            raise OutsideError(f"{self.name}: {self.door.host} answered with something that is no answer of Shopify")
        return said

    def _account(self, cost: Mapping[str, Any]) -> None:
        """Remember what the question cost and what the bucket holds; an answer without these changes nothing."""
        self.requested = _points(cost.get("requestedQueryCost")) or 0.0
        self.spent += _points(cost.get("actualQueryCost")) or 0.0
        told = _mapping(cost.get("throttleStatus"))
        maximum, available, restore = (
            _points(told.get(name)) for name in ("maximumAvailable", "currentlyAvailable", "restoreRate")
        )
        if maximum and available is not None and restore:
            self.budget = Budget(maximum, available, restore, self.door.elapsed())

    def _affordable(self, operation: str) -> float:
        """Return the points to wait for after a refusal; raise TooDearError where the bucket never holds them."""
        if self.budget is None or not self.requested:
            self.door.sleep(_PAUSE)
            return 0.0
        if self.requested > self.budget.maximum:
            raise self._too_dear(operation)
        return self.requested

    def _good(self, operation: str, said: Row, codes: frozenset[str]) -> Row:
        if "MAX_COST_EXCEEDED" in codes:
            raise self._too_dear(operation)
        if said.get("errors"):
            error = self._refused(operation, said["errors"], codes)
            error.nothing_done = error.nothing_done and not any(_mapping(said.get("data")).values())
            raise error
        if _warned(said):
            raise OutsideError(
                f"{self.name}: the shop passed over a filter of {operation} and lists everything: update nightclerk",
                permanent=True,
            )
        data = said.get("data")
        if not isinstance(data, dict):
            raise OutsideError(f"{self.name}: {self.door.host} gave no data for {operation}: try again later")
        return data

    def _too_dear(self, operation: str) -> TooDearError:
        return TooDearError(
            f"{self.name}: the shop's budget is too small for the smallest page of {operation}", nothing_done=True
        )

    def _refused(self, operation: str, errors: object, codes: frozenset[str]) -> OutsideError:
        first = _mapping(errors[0]) if isinstance(errors, list) and errors else {}
        why = shown(first.get("message", errors), self.door.secrets)
        if "ACCESS_DENIED" in codes:
            return DeniedError(
                f"{self.name}: the app has no right to what {operation} asks for ({why}): give it the right in "
                "Shopify, install it anew, and try `nightclerk doctor`",
                permanent=True,
            )
        return OutsideError(f"{self.name}: the shop did not answer {operation}: {why}")


def document() -> str:
    """Return the text of the operations that read orders and products."""
    return _text(_FILES[0])


@cache
def texts() -> Mapping[str, str]:
    """Return for each operation the text it is sent with: no question travels with a change."""
    return {name: _text(file) for file in _FILES for name in _OPERATION.findall(_text(file))}


@cache
def _text(file: str) -> str:
    return Path(__file__).with_name(file).read_text(encoding="utf-8")


def _made_all_the_same(sentence: str) -> OutsideError:
    """Return an error that asking again does not mend, although a change was made, perhaps."""
    error = OutsideError(sentence, permanent=True)
    error.nothing_done = False
    return error


def _call(operation: str, variables: Mapping[str, object], *, idempotent: bool) -> Call:
    body = {"query": texts()[operation], "operationName": operation, "variables": dict(variables)}
    heads = {"Content-Type": "application/json", "Accept": "application/json"}
    path = f"admin/api/{VERSION}/graphql.json"
    return Call("POST", path, body=json.dumps(body).encode(), headers=heads, idempotent=idempotent)


def _codes(said: Row) -> frozenset[str]:
    errors = said.get("errors")
    found = errors if isinstance(errors, list) else []
    return frozenset(str(_mapping(_mapping(one).get("extensions")).get("code", "")) for one in found)


def _warned(said: Row) -> bool:
    found = _mapping(said.get("extensions")).get("search")
    return isinstance(found, list) and any(_mapping(one).get("warnings") for one in found)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _points(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None
