"""What editors and the reference page say is what the program does."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from daemon import plugins
from daemon.config import Config, ConnectionConfig, PersonConfig, RetryConfig, RoutineConfig, ShopConfig, source
from daemon.config.reference import configuration_page
from daemon.config.schema import json_schema
from daemon.outbox.transports import TRANSPORTS
from daemon.secrets import SecretRef

FIXTURES = Path(__file__).parent / "fixtures"
PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
LAMPS = plugins.build(*runpy.run_path(str(FIXTURES / "lamps.py")).values())
SCHEMA = json_schema(LAMPS, TRANSPORTS)
FRAME = [Config, ShopConfig, PersonConfig, ConnectionConfig, RoutineConfig, RetryConfig]

GOOD = """\
shop: {name: Lamp & Leaf, timezone: Europe/Berlin}
include: more.yaml
people: {anna: {email: anna@lamp.example, roles: [owner]}}
connections:
  store: {use: woo, url: "https://lamp.example", key: !secret woo-key, writes: true}
  post: {use: social/file}
  mail: {use: smtp, host: mail.lamp.example, from: shop@lamp.example}
routines:
  orders: {job: orders, at: 22:00, days: [mon, first tue], options: {shop: store, lateness: 3, rows: [{tag: gift}]}}
  backups: {job: backups, every: 1h30m, memory: 300M, except: holidays, options: {backup: [a, b]}}
"""
BEYOND_A_SCHEMA = {
    *("key-given-twice", "routine-given-twice", "octal-looking", "octal-number", "yes-as-number"),
    *("zone-unknown", "zone-city-only", "days-without-at", "no-schedule", "two-schedules", "every-too-short"),
    *("cron-of-no-day", "cron-of-words", "connection-missing", "connection-not-chosen", "connection-of-other-kind"),
    *(
        "connection-chosen-unknown",
        "connection-for-mail-chosen",
        "two-mail-connections",
        "after-nobody",
        "after-itself",
        "after-in-a-circle",
    ),
    *("owner-unknown", "to-unknown", "same-login", "secret-missing", "include-missing", "include-itself"),
    *("secret-in-the-open", "secret-where-none-belongs", "tag-of-yaml", "key-is-list"),
}
MISERY = sorted((FIXTURES / "misery").glob("*.yaml"))
FOR_A_SCHEMA = [
    file for file in MISERY if file.stem not in BEYOND_A_SCHEMA and source.parse(file.read_text(), file.name).tree
]


def plain(tree: Any) -> Any:
    if isinstance(tree, SecretRef):
        return f"https://{tree.name}"
    if isinstance(tree, dict):
        return {key: plain(value) for key, value in tree.items()}
    return [plain(item) for item in tree] if isinstance(tree, list) else tree


def complaints(text: str) -> list[str]:
    tree = plain(source.parse(text, "c.yaml").tree)
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(tree)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_a_good_file_passes() -> None:
    assert complaints(GOOD) == []


def test_what_is_beyond_a_schema_is_still_there() -> None:
    assert {file.stem for file in MISERY} >= BEYOND_A_SCHEMA


@pytest.mark.parametrize("file", FOR_A_SCHEMA, ids=lambda file: file.stem)
def test_a_broken_file_is_refused_where_a_schema_can_see_it(file: Path) -> None:
    assert complaints(file.read_text())


def test_each_job_and_connector_brings_its_own_options() -> None:
    wrong = GOOD.replace("lateness: 3", "latenes: 3").replace("tag: gift", "tga: gift").replace("host:", "hots:")
    found = "\n".join(complaints(wrong))
    assert all(word in found for word in ("latenes", "tga", "hots"))


@pytest.mark.parametrize("model", FRAME, ids=lambda model: model.__name__)
def test_every_key_is_in_the_schema_and_on_the_page_with_its_description(model: Any) -> None:
    shape = SCHEMA if model is Config else SCHEMA["$defs"][model.__name__]
    page = configuration_page(LAMPS, TRANSPORTS)
    for name, field in model.model_fields.items():
        property_ = shape["properties"][field.alias or name]
        referred = SCHEMA["$defs"].get(property_.get("$ref", "").rpartition("/")[2], {})
        assert field.description
        assert field.description == property_.get("description", referred.get("description"))
        assert f"| `{field.alias or name}` |" in page
        assert " ".join(field.description.split()).replace("|", "\\|") in page


def test_the_page_names_every_job_connector_and_transport() -> None:
    page = configuration_page(LAMPS, TRANSPORTS)
    for heading in ("job: orders", "use: csv", "use: social/file", "use: newsletter/pigeon", "use: smtp", "use: file"):
        assert f"### `{heading}`" in page
    assert (
        "| `timeout` | such as `15m`, `1h30m`, `7d` | `15m` | How long a run may take before it is cut off. |" in page
    )
    assert "| `key` | `!secret NAME` | required | The consumer key. |" in page


def test_the_examples_of_the_page_are_yaml() -> None:
    page = configuration_page(LAMPS, TRANSPORTS)
    example = page.split("```yaml\n")[1].split("```")[0]
    read = source.parse(example, "page")
    assert read.problems == ()
    assert Config.model_validate(read.tree).routines["briefing"].job == "briefing"


def test_the_committed_page_is_what_the_program_says() -> None:
    expected = configuration_page(plugins.load(None), TRANSPORTS)
    assert PAGE.read_text() == expected, "write it anew: python -m daemon.config.reference > docs/configuration.md"
