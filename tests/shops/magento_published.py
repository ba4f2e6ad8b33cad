"""The published document of Adobe Commerce's REST interface, as a judge over requests.

It is Swagger 2.0, which openapi-core does not read: the few words that differ are put into those of OpenAPI 3.0.
openapi-core passes over parameters that the document does not know, so their names are held against it here.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest

from tests.shops.magento_fake import Heard

DOCUMENT = (
    Path(__file__).resolve().parents[3] / "shared" / "specs" / "adobe-commerce-magento" / "admin-schema-2.4.9.yaml"
)
HOST, ROOT = "http://shop.example", "/rest/default"
UNDECLARED = frozenset({"fields"})
"""Documented apart from the document: `fields` trims every answer."""
_UNCHECKED = Config(spec_validator_cls=None)  # type: ignore[arg-type]
"""The document itself is not held against OpenAPI's own schema: that is its publisher's affair, and takes long."""
_SIMPLE = ("type", "format", "items", "enum")


def _now(thing: Any) -> Any:
    """Put Swagger's references and bodies into OpenAPI's form."""
    if isinstance(thing, list):
        return [_now(one) for one in thing]
    if not isinstance(thing, dict):
        return thing
    return {
        name: value.replace("#/definitions/", "#/components/schemas/")
        if name == "$ref" and isinstance(value, str)
        else _now(value)
        for name, value in thing.items()
    }


def _operation(old: dict[str, Any]) -> dict[str, Any]:
    parameters = old.get("parameters", [])
    bodies = [one["schema"] for one in parameters if one["in"] == "body"]
    named = [
        {
            **{k: v for k, v in one.items() if k not in _SIMPLE},
            "schema": {k: one[k] for k in _SIMPLE if k in one},
        }
        for one in parameters
        if one["in"] != "body"
    ]
    made: dict[str, Any] = {"parameters": _now(named), "responses": {"200": {"description": "ok"}}}
    if bodies:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": _now(bodies[0])}}}
    return made


@dataclass(frozen=True)
class Published:
    """The document; `refusals` says what is wrong with a request."""

    api: OpenAPI
    paths: dict[str, Any]

    def refusals(self, heard: Heard) -> Iterator[str]:
        """Yield what is wrong with a request, the parameters' names included."""
        request = MockRequest(
            HOST, heard.method.lower(), ROOT + heard.path, args=dict(heard.query), data=heard.body or None
        )  # fmt: skip
        found = self.api.unmarshal_request(request)
        yield from (f"{error} {error.__cause__}" for error in found.errors)
        if found.errors:
            return
        known = {one["name"] for one in self._operation(heard)["parameters"] if one["in"] == "query"}
        for name, _value in heard.query:
            if re.sub(r"\[\d+\]", "[0]", name) not in known | UNDECLARED:
                yield f"{heard.path} knows no parameter {name}"
        yield from self._unknown(heard)

    def _operation(self, heard: Heard) -> Any:
        return self.paths[self._template(heard.path)][heard.method.lower()]

    def _template(self, path: str) -> str:
        fits = [
            one for one in self.paths
            if re.fullmatch("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", one)), path)
        ]  # fmt: skip
        return min(fits, key=lambda one: one.count("{"))

    def _unknown(self, heard: Heard) -> Iterator[str]:
        """Yield the fields of a body that its schema does not name, which JSON Schema lets pass."""
        body = self._operation(heard).get("requestBody")
        if body:
            yield from self._strange(json.loads(heard.body), body["content"]["application/json"]["schema"])

    def _strange(self, data: Any, schema: Any) -> Iterator[str]:
        schema = self._followed(schema)
        if isinstance(data, list):
            for one in data:
                yield from self._strange(one, schema["items"])
        elif isinstance(data, dict):
            for name, value in data.items():
                if name not in schema["properties"]:
                    yield f"no field {name}"
                else:
                    yield from self._strange(value, schema["properties"][name])

    def _followed(self, schema: Any) -> Any:
        if "$ref" not in schema:
            return schema
        return (self.api.spec / "components" / "schemas" / schema["$ref"].rpartition("/")[2]).read_value()


@cache
def published() -> Published:
    """Return the document of 2.4.9."""
    old = yaml.load(DOCUMENT.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    paths = {path: {verb: _operation(one) for verb, one in verbs.items()} for path, verbs in old["paths"].items()}
    new = {
        "openapi": "3.0.3", "info": {"title": "Adobe Commerce", "version": "2.4.9"}, "servers": [{"url": HOST + ROOT}],
        "paths": paths, "components": {"schemas": _now(old["definitions"])},
    }  # fmt: skip
    return Published(OpenAPI.from_dict(new, config=_UNCHECKED), paths)
