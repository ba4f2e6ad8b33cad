"""Answers made up from the schema alone: whatever type a field has, some value of it, null where it may be null."""

from random import Random
from typing import Any

from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLResolveInfo

TEXTS = ("", " ", "#1001", "<b>", "=1+1", "木", "9" * 60, "\x00\x1b[2J")
SCALARS: dict[str, tuple[Any, ...]] = {
    "DateTime": ("2026-11-18T10:00:00Z", "2026-11-19T23:30:00-05:00", "2026-10-01T00:00:00Z"),
    "Decimal": ("0.00", "19.99", "-3.10", "0.125", "1000000000000"), "Money": ("0.00", "7.5"),
    "Boolean": (True, False), "Int": (0, 1, 3, -2, 2**31 - 1), "UnsignedInt64": ("0", "17", "18446744073709551615"),
    "ID": ("gid://shopify/Order/1", "gid://shopify/Order/2", "x"),
}  # fmt: skip


class Generated:
    """A resolver that draws; the same seed draws the same."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)

    def __call__(self, _source: Any, info: GraphQLResolveInfo, **_arguments: Any) -> Any:
        if info.field_name == "accessScopes":
            return [{}]
        if info.field_name == "hasNextPage":
            return self.dice.random() < 0.2
        if info.field_name == "endCursor":
            return str(self.dice.random())
        return self._of(info.return_type)

    def _of(self, kind: Any) -> Any:
        if not isinstance(kind, GraphQLNonNull):
            if self.dice.random() < 0.3:
                return None
        else:
            kind = kind.of_type
        if isinstance(kind, GraphQLList):
            return [self._of(kind.of_type) for _ in range(self.dice.randrange(3))]
        if isinstance(kind, GraphQLEnumType):
            return self.dice.choice(list(kind.values))
        return {} if isinstance(kind, GraphQLObjectType) else self.dice.choice(SCALARS.get(kind.name, TEXTS))
