"""What a question costs at Shopify: a scalar nothing, an object 1, a mutation 10, a list so many times what one of it.

Before it is asked every list counts with the size asked for (`requested`), afterwards with what was there (`actual`).
The bucket runs on a clock of its own: nobody really waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

_PLUMBING = {"nodes", "edges", "pageInfo"}


@dataclass
class Bucket:
    """Points, at most `maximum`, `restore` more a second; `clock` is in seconds."""

    maximum: float = 2000
    restore: float = 100
    clock: float = 0.0
    held: float = 2000
    slept: float = 0.0

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.clock += seconds
        self.slept += seconds
        self.held = min(self.maximum, self.held + seconds * self.restore)

    def told(self, requested: float, actual: float | None) -> dict[str, Any]:
        """What every answer says."""
        status = {"maximumAvailable": self.maximum, "currentlyAvailable": self.held, "restoreRate": self.restore}
        return {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}


def bucket(maximum: float, restore: float) -> Bucket:
    """A full one."""
    return Bucket(maximum, restore, held=maximum)


def requested(document: DocumentNode, name: str, variables: Mapping[str, Any]) -> float:
    """What an operation of a document costs before it is asked."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    chosen = next(one for one in operations if one.name and one.name.value == name)
    begin = 10 if chosen.operation.value == "mutation" else 0
    return begin + _selected(chosen.selection_set, fragments, variables)


def _selected(
    chosen: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]
) -> float:
    total = 0.0
    for one in chosen.selections if chosen else ():
        if isinstance(one, FragmentSpreadNode):
            total += _selected(fragments[one.name.value].selection_set, fragments, variables)
        elif isinstance(one, InlineFragmentNode):
            total += _selected(one.selection_set, fragments, variables)
        elif isinstance(one, FieldNode) and one.selection_set and one.name.value != "pageInfo":
            inner = _selected(one.selection_set, fragments, variables)
            total += _size(one, variables) * (inner + (0 if one.name.value == "edges" else 1) - _is_list(one))
    return total


def _is_list(field: FieldNode) -> int:
    """A connection is no object that is paid for; its nodes are."""
    inside = (
        {one.name.value for one in field.selection_set.selections if isinstance(one, FieldNode)}
        if field.selection_set
        else set()
    )
    return 1 if inside & _PLUMBING else 0


def _size(field: FieldNode, variables: Mapping[str, Any]) -> int:
    for argument in field.arguments:
        if argument.name.value in {"first", "last"}:
            value = argument.value
            if isinstance(value, IntValueNode):
                return int(value.value)
            if isinstance(value, VariableNode):
                return int(variables[value.name.value])
    return 1


def actual(found: Any) -> float:
    """What an answer cost."""
    if isinstance(found, list):
        return sum(actual(one) for one in found)
    if not isinstance(found, dict):
        return 0.0
    own = 0 if found.keys() & _PLUMBING else 1
    return own + sum(actual(value) for name, value in found.items() if name != "pageInfo")
