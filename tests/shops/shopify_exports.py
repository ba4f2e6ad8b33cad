"""Bulk operations of a Shopify, with their bad habits: one goes on for a while, fails, lapses, or hands over half.

What may be exported is what Shopify's guide says: connections as edges, at most five and two deep, none within a list,
neither variables nor fragments. Their file lies at an address of its own, in pieces where a range is asked for, and is
refused to whoever shows the shop's token there.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    validate,
)
from graphql import execute as execute_graphql
from graphql import parse as parse_graphql

from tests.shops.shopify_schema import ours

Row = dict[str, Any]
_MOST, _DEEPEST = 5, 2


@dataclass
class Exports:
    """The exports of one shop.

    `found` answers a search, `ends` are the statuses in which the next ones end, COMPLETED where it is empty; `looks`
    is how often one is still at work; `busy` refuses new ones; `spoil` changes a file; `gone` addresses are refused.
    """

    found: Callable[[str], list[Row]]
    now: Callable[[], datetime]
    url: Callable[[], str]
    looks: int = 2
    busy: bool = False
    ends: list[str] = field(default_factory=list)
    spoil: Callable[[bytes], bytes] = lambda body: body
    gone: int = 0
    begun: list[Row] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    had: list[tuple[str, str]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def roots(self) -> Row:
        """The fields of QueryRoot and Mutation."""
        return {
            "bulkOperations": lambda **_asked: {"nodes": self.begun[::-1]}, "bulkOperation": self._looked_at,
            "bulkOperationRunQuery": self._begin,
        }  # fmt: skip

    def begin_elsewhere(self, query: str, ago: timedelta = timedelta(0)) -> Row:
        """Another run, or another program with the app's keys, began one."""
        number = len(self.begun) + 1
        row = {
            "id": f"gid://shopify/BulkOperation/{number}", "status": "CREATED", "errorCode": None, "query": query,
            "createdAt": f"{self.now() - ago:%Y-%m-%dT%H:%M:%SZ}", "rootObjectCount": "0", "fileSize": None, "url": None,
            "looks": self.looks, "end": self.ends.pop(0) if self.ends else "COMPLETED",
        }  # fmt: skip
        self.begun.append(row)
        return row

    def _begin(self, query: str, groupObjects: bool = False) -> Row:  # noqa: N803 - the schema's word
        if self.busy:
            said = {"field": None, "message": "A bulk query operation for this app and shop is already in progress"}
            return {"bulkOperation": None, "userErrors": [said]}
        if wrong := forbidden(query):
            return {"bulkOperation": None, "userErrors": [{"field": ["query"], "message": one} for one in wrong]}
        row = self.begin_elsewhere(query)
        row["grouped"] = groupObjects
        return {"bulkOperation": row, "userErrors": []}

    def _looked_at(self, id: str) -> Row | None:  # noqa: A002 - the schema's word
        row = next((one for one in self.begun if one["id"] == id), None)
        if row is not None and row["status"] in {"CREATED", "RUNNING"}:
            row["looks"] -= 1
            row["status"] = "RUNNING" if row["looks"] > 0 else row["end"]
            if row["status"] == "COMPLETED":
                self.complete(row)
            elif row["status"] == "FAILED":
                row |= {"errorCode": "TIMEOUT", "partialDataUrl": f"{self.url()}/files/partial"}
        return row

    def complete(self, row: Row) -> None:
        """Write the file of an export."""
        lines, roots = self._lines(row["query"], grouped=row.get("grouped", True))
        body = self.spoil("".join(f"{json.dumps(one)}\n" for one in lines).encode())
        name = row["id"].rpartition("/")[2]
        self.files[name] = body
        address = f"{self.url()}/files/{name}?signature=secret-{name}" if roots else None
        row |= {"status": "COMPLETED", "rootObjectCount": str(roots), "fileSize": str(len(body)), "url": address}

    def _lines(self, query: str, *, grouped: bool) -> tuple[list[Row], int]:
        made = execute_graphql(ours(), parse_graphql(query), {"orders": self._orders}, field_resolver=_field)
        assert not hasattr(made, "__await__")
        assert not made.errors, made.errors
        orders, children = [], []
        for edge in (made.data or {})["orders"]["edges"]:
            lines = [
                {**one["node"], "__parentId": edge["node"]["id"]} for one in edge["node"].pop("lineItems")["edges"]
            ]
            orders += [edge["node"], *lines] if grouped else [edge["node"]]
            children += [] if grouped else lines
        return orders + children, sum("__parentId" not in one for one in orders)

    def _orders(self, query: str, sortKey: str = "PROCESSED_AT", **_more: Any) -> Row:  # noqa: N803
        """Sorted by UPDATED_AT a bulk operation loses orders."""
        rows = self.found(query)
        return {"edges": [{"node": row} for row in (rows[::2] if sortKey == "UPDATED_AT" else rows)]}

    def file(self, path: str, span: str, token: str) -> tuple[int, dict[str, str], bytes]:
        """The answer to a request for a file."""
        name = path.partition("?")[0].rpartition("/")[2]
        self.had.append((path, span))
        if token:
            self.shown.append(token)
        if self.gone or "signature" not in path:
            self.gone -= 1
            return 403, {"Content-Type": "application/xml"}, b"<Error><Code>ExpiredToken</Code></Error>"
        body = self.files[name]
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", span)
        if not found:
            return 200, {"Content-Type": "application/jsonl"}, body
        begin, end = int(found[1]), int(found[2])
        heads = {"Content-Type": "application/jsonl", "Content-Range": f"bytes {begin}-{end}/{len(body)}"}
        return 206, heads, body[begin : end + 1]


def _field(source: Row, info: Any, **arguments: Any) -> Any:
    value = source[info.field_name]
    if info.field_name == "lineItems":
        return {"edges": [{"node": one} for one in value(first=10**6)["nodes"]]}
    return value(**arguments) if callable(value) else value


def forbidden(query: str) -> list[str]:
    """What Shopify would not run of a query, in sentences."""
    try:
        document = parse_graphql(query)
    except GraphQLError as error:
        return [error.message]
    wrong = [one.message for one in validate(ours(), document)]
    operation = document.definitions[0]
    if wrong or not isinstance(operation, OperationDefinitionNode) or len(document.definitions) != 1:
        return wrong or ["exactly one query, without fragments"]
    found = _connections(operation.selection_set, ours().query_type, 0, within_list=False)
    depths = [depth for depth, _why in found]
    wrong += [why for _depth, why in found if why]
    wrong += ["variables are not supported"] if operation.variable_definitions else []
    wrong += ["too many connections"] if len(depths) > _MOST else []
    return wrong + (["nested too deeply"] if max(depths, default=0) > _DEEPEST else [])


def _connections(chosen: SelectionSetNode | None, of: Any, depth: int, *, within_list: bool) -> list[tuple[int, str]]:
    """Each connection's depth, and what is wrong with it."""
    found: list[tuple[int, str]] = []
    for one in chosen.selections if chosen and isinstance(of, GraphQLObjectType) else ():
        if not isinstance(one, FieldNode) or one.name.value not in of.fields:
            continue
        kind: Any = of.fields[one.name.value].type
        named: Any = get_named_type(kind)
        connection = named.name.endswith("Connection")
        if connection:
            names = {
                part.name.value
                for part in (one.selection_set.selections if one.selection_set else ())
                if isinstance(part, FieldNode)
            }
            why = "a connection within a list" if within_list else "" if names == {"edges"} else "edges only"
            found.append((depth + 1, why))
        listed = isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)
        inside = not connection and one.name.value != "edges" and (listed or within_list)
        found += _connections(one.selection_set, named, depth + connection, within_list=inside)
    return found
