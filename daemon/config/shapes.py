"""What a model says about one place of the tree, found in its JSON Schema: which keys, which words, what form."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.json_schema import GenerateJsonSchema

from daemon.config.source import KeyPath
from daemon.values import write_duration

Shape = dict[str, Any]


class _Defaults(GenerateJsonSchema):
    """Shows a default as it would be written in the file."""

    def encode_default(self, dft: Any) -> Any:
        """Return a default as YAML would hold it: a duration as its text, a model as its keys."""
        if isinstance(dft, timedelta):
            return write_duration(dft)
        if isinstance(dft, BaseModel):
            return {key: self.encode_default(value) for key, value in dft}
        if isinstance(dft, dict):
            return {key: self.encode_default(value) for key, value in dft.items()}
        if isinstance(dft, list | tuple):
            return [self.encode_default(one) for one in dft]
        return super().encode_default(dft)


@cache
def schema_of(model: type[BaseModel]) -> Shape:
    """Return the JSON Schema of a model; empty where a plug-in's own types have none."""
    try:
        return model.model_json_schema(schema_generator=_Defaults)
    except PydanticInvalidForJsonSchema:
        return {}


def shapes_at(model: type[BaseModel], path: KeyPath) -> list[Shape]:
    """Return every shape that may stand at `path`; none where the model knows no such place."""
    root = schema_of(model)
    found = list(_alternatives(root, root))
    for part in path:
        found = [inner for shape in found for step in _steps(shape, part) for inner in _alternatives(root, step)]
    return found


def keys_at(model: type[BaseModel], path: KeyPath) -> list[str]:
    """Return the keys that the model knows at `path`."""
    return [key for shape in shapes_at(model, path) for key in shape.get("properties", {})]


def words_at(model: type[BaseModel], path: KeyPath) -> list[str]:
    """Return the words a value at `path` is one of, where it is."""
    shapes = shapes_at(model, path)
    alone = [str(shape["const"]) for shape in shapes if "const" in shape]
    return [*alone, *(str(word) for shape in shapes for word in shape.get("enum", []))]


def described(shape: Shape, root: Shape) -> str:
    """Return the description of a property: its own, or that of the model it refers to."""
    return str(shape.get("description") or _referred(root, shape).get("description", ""))


def _referred(root: Shape, shape: Shape) -> Shape:
    name = str(shape.get("$ref", "")).rpartition("/")[2]
    return root.get("$defs", {}).get(name, shape) if name else shape


def _alternatives(root: Shape, shape: Shape) -> Iterator[Shape]:
    """Yield a shape, or each of those it stands for."""
    shape = _referred(root, shape)
    inner = [*shape.get("anyOf", []), *shape.get("oneOf", []), *shape.get("allOf", [])]
    if not inner:
        yield shape
    for one in inner:
        yield from _alternatives(root, one)


def _steps(shape: Shape, part: str | int) -> Iterator[Shape]:
    if isinstance(part, int):
        prefix = shape.get("prefixItems", [])
        step = prefix[part] if part < len(prefix) else shape.get("items")
    else:
        named = next(iter(shape.get("patternProperties", {}).values()), shape.get("additionalProperties"))
        step = shape.get("properties", {}).get(part, named)
    if isinstance(step, dict):
        yield step
    elif step is True:
        yield {}
