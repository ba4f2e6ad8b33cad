"""How Shopify's search reads a query: a field it does not know, or a moment without quotes, and everything is found."""

import re
from datetime import datetime
from typing import Any

_TERM = re.compile(r"(\w+):(>=|<=|>|<)?('[^']*'|\S+)")
_MOMENTS = {"created_at": "createdAt", "updated_at": "updatedAt"}


def matching(rows: list[dict[str, Any]], query: str | None) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of a query and the fields that made it pass over all of it."""
    terms = _TERM.findall(query or "")
    unknown = [name for name, _sign, value in terms if not _known(name, value)]
    if unknown:
        return rows, unknown
    return [row for row in rows if all(_holds(row, *term) for term in terms)], []


def _known(name: str, value: str) -> bool:
    return name in {"status", "test", "risk_level"} or (name in _MOMENTS and value.startswith("'"))


def _holds(row: dict[str, Any], name: str, sign: str, value: str) -> bool:
    if name == "status":
        return value != "open" or not (row["closed"] or row["cancelledAt"])
    if name == "risk_level":
        return value.upper() in {one["riskLevel"] for one in row["risk"]["assessments"]}
    if name == "test":
        return bool(row["test"]) is (value == "true")
    mine, asked = datetime.fromisoformat(row[_MOMENTS[name]]), datetime.fromisoformat(value.strip("'"))
    return {">=": mine >= asked, "<": mine < asked, "<=": mine <= asked, ">": mine > asked}.get(sign, mine == asked)
