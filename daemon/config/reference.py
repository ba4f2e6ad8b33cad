"""Writes docs/configuration.md from the models, so that the page can't say anything else than the program does.

`python -m daemon.config.reference > docs/configuration.md`
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from daemon.config import Config
from daemon.config.schema import choice, uses
from daemon.config.shapes import Shape, described, schema_of
from daemon.outbox.transports import TRANSPORTS
from daemon.plugin import Options
from daemon.plugins import Registry, load

_INTRO = """\
# Configuration

One YAML file says everything. `nightclerk init` writes one that runs as it is, `nightclerk check` names every
mistake with its line, and `nightclerk reload` puts a changed file into force. This page is generated from the
program; `nightclerk schema` prints the same for editors.

```yaml
shop:
  name: Lamp & Leaf
  timezone: Europe/Berlin

connections:
  store:
    use: csv
    path: exports/*.csv
    profile: woocommerce
  mail:
    use: smtp
    host: smtp.shop.example
    username: briefing@shop.example
    password: !secret smtp-password
    from: briefing@shop.example

routines:
  orders:
    job: orders
    at: 05:30
  briefing:
    job: briefing
    at: 06:30
    after: [orders]
```

## How values are read

- Only `true` and `false`, plain decimal numbers (`12`, `0.5`) and nothing at all (`null`, `~`) are anything but text.
  So `22:00`, `NO`, `on`, `0123` and `2026-01-01` are text, and `at: 22:00` is ten in the evening.
- Quote a value that begins with one of `* & @ % ! | >`, such as `cron: "*/15 * * * *"`.
- A key given twice, an unknown key, a tab as indentation, merge keys (`<<`) and every tag but `!secret` are refused.
- `!secret NAME` stands for the text of the file NAME in `$CREDENTIALS_DIRECTORY` or in the folder under `secrets:`.
- A duration is written as `30s`, `15m`, `1h30m`, `1d` or `2w`; a size as `300M` or `2G`.
- A relative path is meant from the folder of the file it stands in.
- `include: more.yaml`, or a list of files, reads more files into this one. A key given in two of them is refused.
"""
_CHOOSING = """\
A job takes the connection of the kind it needs. Where there are several, an option with the kind's name says which,
such as `shop: store`.
"""
_CONNECTING = """\
Each connection has `use` and `writes` and the options of its connector. Where two kinds have a connector of one name,
`use:` names the kind too, such as `social/file`; plain `file` is always the one for mail.
"""


def configuration_page(registry: Registry, transports: Mapping[str, type[Options]]) -> str:
    """Return the whole page as Markdown."""
    parts = [_INTRO, *_frame(), *_jobs(registry), *_connectors(registry, transports)]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _frame() -> Iterator[str]:
    root = schema_of(Config)
    yield "## The file\n"
    yield _table(root["properties"], root)
    sections = {
        "ShopConfig": "shop:",
        "PersonConfig": "people: NAME:",
        "RightConfig": "rights: FUNCTION:",
        "ConnectionConfig": "connections: NAME:",
        "RoutineConfig": "routines: NAME:",
        "RetryConfig": "routines: NAME: retry:",
        "TasksConfig": "tasks:",
        "BoxConfig": "tasks: boxes:",
    }
    for model, heading in sections.items():
        shape = root["$defs"][model]
        yield f"### `{heading}`\n"
        yield f"{shape['description']}\n"
        yield _table(shape["properties"], root, shape.get("required", []))


def _jobs(registry: Registry) -> Iterator[str]:
    yield "## Jobs\n"
    yield _CHOOSING
    for name, job in sorted(registry.jobs.items()):
        yield f"### `job: {name}`\n"
        yield f"{job.summary}.\n"
        yield from _tables(job.options, {need.kind.name: choice(many=need.many) for need in job.needs})


def _connectors(registry: Registry, transports: Mapping[str, type[Options]]) -> Iterator[str]:
    yield "## Connectors\n"
    yield _CONNECTING
    words = uses(registry, transports)
    for key, connector in sorted(registry.connectors.items()):
        plain = words.get(connector.name) is connector.options
        yield f"### `use: {connector.name if plain else key}` ({connector.kind.name})\n"
        yield f"{connector.summary}.\n"
        yield from _tables(connector.options, {})
    for use, model in sorted(transports.items()):
        yield f"### `use: {use}` (mail)\n"
        yield f"{(model.__doc__ or '').strip().splitlines()[0]}\n"
        yield from _tables(model, {})


def _tables(model: type[BaseModel], more: Shape) -> Iterator[str]:
    """Yield the table of a model's options, then one for each model inside it."""
    root = schema_of(model)
    properties = {**root.get("properties", {}), **more}
    if not properties:
        yield "No options.\n"
        return
    yield _table(properties, root, root.get("required", []))
    for name, shape in root.get("$defs", {}).items():
        if "properties" in shape:
            yield f"{_holders(name, properties)}:\n"
            yield _table(shape["properties"], root, shape.get("required", []))


def _holders(name: str, properties: Shape) -> str:
    """Return the keys under which a model stands, else its own name."""
    keys = [f"`{key}:`" for key, shape in properties.items() if f'/{name}"' in json.dumps(shape)]
    return " and ".join(keys) or f"`{name}`"


def _table(properties: Shape, root: Shape, required: list[str] | None = None) -> str:
    must = root.get("required", []) if required is None else required
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for key, shape in properties.items():
        default = "required" if key in must else _written(shape.get("default"))
        meaning = _cell(described(shape, root))
        rows.append(f"| `{key}` | {_cell(_form(shape, root))} | {default} | {meaning} |")
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _written(default: Any) -> str:
    if default in (None, "", [], {}):
        return ""
    if isinstance(default, dict):
        return "see below"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`".replace("|", "\\|")


def _form(shape: Shape, root: Shape) -> str:
    """Return what may be written there, in a few words."""
    if "$ref" in shape:
        name = shape["$ref"].rpartition("/")[2]
        inner = root.get("$defs", {}).get(name, {})
        return "keys" if "properties" in inner else _form(inner, root)
    if "enum" in shape or "const" in shape:
        return ", ".join(map(_word, shape.get("enum", [shape.get("const")])))
    options = [one for one in (*shape.get("anyOf", []), *shape.get("oneOf", [])) if one.get("type") != "null"]
    if options:
        return " or ".join(dict.fromkeys(_form(one, root) for one in options))
    return _plain_form(shape, root)


def _word(word: Any) -> str:
    """Return one of the words that may be written; blanks in quotes, so that they can be seen."""
    return f"`{word if str(word).strip() else json.dumps(word)}`"


def _plain_form(shape: Shape, root: Shape) -> str:
    kind, form = shape.get("type"), shape.get("format", "")
    if kind == "array":
        return f"list of {_form(shape.get('items', {}), root)}"
    if kind == "string" and "examples" in shape:
        return "such as " + ", ".join(f"`{example}`" for example in shape["examples"])
    named = {
        "password": "`!secret NAME`",
        "path": "path",
        "file-path": "path",
        "directory-path": "path",
        "uri": "address",
    }
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "keys"}
    word = named.get(form) or words.get(str(kind)) or ("number" if kind == "number" else "any value")
    return word + _limits(shape)


def _limits(shape: Shape) -> str:
    low, high = shape.get("minimum", shape.get("exclusiveMinimum")), shape.get("maximum", shape.get("exclusiveMaximum"))
    low = f" from {low}" if low is not None else ""
    return low + (f" to {high}" if high is not None else "")


if __name__ == "__main__":
    sys.stdout.write(configuration_page(load(None), TRANSPORTS))
