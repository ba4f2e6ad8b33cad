"""Shopify's published schemas, where they are at hand: tests that need them are skipped where they are not."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLSchema, build_ast_schema, build_client_schema, parse, validate
from graphql.validation import NoUnusedFragmentsRule, specified_rules

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "specs" / "shopify-admin-graphql"
OURS = PUBLISHED / "admin_2026-10.graphql"
EARLIER = PUBLISHED / "admin_2026-07.json.gz"
needs_schema = pytest.mark.skipif(not OURS.exists(), reason="Shopify's published schema is not at hand")
needs_earlier = pytest.mark.skipif(not EARLIER.exists(), reason="Shopify's earlier schema is not at hand")


@cache
def ours() -> GraphQLSchema:
    """2026-10, the version that the connector asks for."""
    return build_ast_schema(
        parse(OURS.read_text(encoding="utf-8"), no_location=True), assume_valid=True, assume_valid_sdl=True
    )


@cache
def earlier() -> GraphQLSchema:
    """2026-07, the version before."""
    introspection: Any = json.loads(gzip.decompress(EARLIER.read_bytes()))
    return build_client_schema(introspection.get("data", introspection), assume_valid=True)


def wrong(schema: GraphQLSchema, text: str) -> list[str]:
    """What is wrong with the operations of a text."""
    return [error.message for error in validate(schema, parse(text))]


@cache
def parsed(text: str) -> DocumentNode:
    """A document, valid in 2026-10; GraphQLError where it is not."""
    document = parse(text)
    errors = validate(ours(), document, [rule for rule in specified_rules if rule is not NoUnusedFragmentsRule])
    if errors:
        raise errors[0]
    return document
