"""Questions in GraphQL to one Shopify shop, within the budget that it tells with every answer.

A question costs points before it is asked (`requestedQueryCost`); a bucket of points fills by so many a second. Where
it holds too few, Shopify answers THROTTLED with status 200. The pause is then exactly what the bucket needs; where the
cost is known from the page before, it is made ahead and spares the refusal. Nothing of this is a constant of ours.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from daemon.api import OutsideError
from jobs.connectors._http_showing import shown
from jobs.connectors.http import Answer, Call
from jobs.connectors.shops._shopify_door import Door

VERSION = "2026-10"
Row = dict[str, Any]
_REFUSALS = 20
"""Times that one question is refused for want of points before it is given up."""
_PAUSE = 1.0
"""Seconds to wait where the shop refuses without saying what it has."""


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

        `expected` are the points it will cost as far as known. Every operation of ours only reads.
        """
        call = _call(operation, variables)
        for _refusal in range(_REFUSALS):
            self._wait(expected)
            said = self._said(self.door.ask(call))
            cost = _mapping(_mapping(said.get("extensions")).get("cost"))
            self._account(cost)
            codes = _codes(said)
            if "THROTTLED" not in codes:
                return self._good(operation, said, codes)
            expected = max(self._affordable(operation), expected)
        raise OutsideError(f"{self.name}: the shop has no room for this app's questions: other apps may use it up")

    def _wait(self, wanted: float) -> None:
        if self.budget is None:
            return
        seconds = self.budget.pause(wanted, self.door.elapsed())
        if seconds > 0:
            self.door.sleep(seconds)

    def _said(self, answer: Answer) -> Row:
        version = answer.headers.get("x-shopify-api-version", "")
        if version != VERSION:
            raise OutsideError(
                f"{self.name}: the shop answered in version {shown(version, ()) or 'unknown'} of its interface instead "
                f"of {VERSION}: update nightclerk",
                permanent=True,
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
            raise self._refused(operation, said["errors"], codes)
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
        return TooDearError(f"{self.name}: the shop's budget is too small for the smallest page of {operation}")

    def _refused(self, operation: str, errors: object, codes: frozenset[str]) -> OutsideError:
        first = _mapping(errors[0]) if isinstance(errors, list) and errors else {}
        why = shown(first.get("message", errors), self.door.secrets)
        if "ACCESS_DENIED" in codes:
            return OutsideError(
                f"{self.name}: the app may not read what {operation} asks for ({why}): give it the right in Shopify, "
                "install it anew, and try `nightclerk doctor`",
                permanent=True,
            )
        return OutsideError(f"{self.name}: the shop did not answer {operation}: {why}")


@cache
def document() -> str:
    """Return the text of all operations."""
    return Path(__file__).with_name("_shopify.graphql").read_text(encoding="utf-8")


def _call(operation: str, variables: Mapping[str, object]) -> Call:
    body = {"query": document(), "operationName": operation, "variables": dict(variables)}
    heads = {"Content-Type": "application/json", "Accept": "application/json"}
    path = f"admin/api/{VERSION}/graphql.json"
    return Call("POST", path, body=json.dumps(body).encode(), headers=heads, idempotent=True)


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
