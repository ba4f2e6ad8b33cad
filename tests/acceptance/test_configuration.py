"""Y1 to Y10: what is written is read as a person meant it, or refused with its place and the way out."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from daemon import paths, plugins
from daemon.config import Config, RoutineConfig, source
from daemon.config.loading import Loaded, load
from daemon.config.schema import json_schema
from daemon.outbox.transports import TRANSPORTS
from daemon.secrets import SecretRef
from tests.acceptance.nights import wait_until

SHOP = "shop: {name: Lamps, timezone: Europe/Berlin}\n"
MISERY = Path(__file__).parents[1] / "daemon" / "fixtures" / "misery"
NO_NETWORK = """\
import sys

def watch(event, args):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"}:
        print("NETWORK", event, args, file=sys.stderr, flush=True)
    if event == "open" and any(letter in str(args[1]) for letter in "wax+"):
        print("WRITES", args[0], file=sys.stderr, flush=True)
    if event in {"os.mkdir", "sqlite3.connect"}:
        print("WRITES", event, args[0], file=sys.stderr, flush=True)

sys.addaudithook(watch)
sys.dont_write_bytecode = True
from daemon.cli import main
sys.argv = ["nightclerk", "check", "-c", sys.argv[1]]
main()
"""


@pytest.fixture
def read(tmp_path: Path, deeds: plugins.Registry) -> Any:
    """Return what the loader makes of a text; its file is shop.yaml."""

    def read_text(text: str | bytes) -> Loaded:
        (tmp_path / "shop.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
        return load(tmp_path / "shop.yaml", lambda _folder: deeds, TRANSPORTS)

    return read_text


def said(loaded: Loaded) -> list[str]:
    return [re.sub(r"^.*/(?=shop\.yaml)", "", str(problem)) for problem in loaded.all_problems()]


@pytest.mark.parametrize(("written", "meant"), [("22:00", "22:00"), ("7:30", "07:30"), ('"07:30"', "07:30")])
def test_y1_an_unquoted_time_of_day_is_that_time(read: Any, written: str, meant: str) -> None:
    loaded = read(f"{SHOP}routines: {{a: {{job: fine, at: {written}}}}}")
    times = loaded.refuse().routines["a"].at
    assert [f"{at:%H:%M}" for at in times] == [meant]


@pytest.mark.parametrize("written", ["22:00:00", "1320", "25:00"])
def test_y1_what_is_no_time_of_day_is_refused_by_name(read: Any, written: str) -> None:
    loaded = read(f"{SHOP}routines: {{a: {{job: fine, at: {written}}}}}")
    assert said(loaded) == ['shop.yaml:2:31: routines.a.at: a time of day is written as "07:30", from 00:00 to 23:59']


def test_y2_words_and_numbers_that_yaml_would_turn_into_something_else_stay_text(read: Any) -> None:
    config = read(
        "shop: {name: 0123, timezone: Europe/Berlin, country: NO}\nroutines: {yes: {job: fine, every: 1d}}"
    ).refuse()
    assert (config.shop.name, config.shop.country, list(config.routines)) == ("0123", "NO", ["yes"])


def test_y2_on_as_a_key_is_an_unknown_key_with_its_place(read: Any) -> None:
    loaded = read(f"{SHOP}routines: {{a: {{job: fine, on: 07:00, at: 07:00}}}}")
    assert said(loaded) == ['shop.yaml:2:27: routines.a.on: unknown key. Did you mean "days"?']


def test_y3_a_key_given_twice_names_both_lines(read: Any) -> None:
    loaded = read(f"{SHOP}routines:\n  a:\n    job: fine\n    at: 07:00\n    at: 08:00\n")
    assert said(loaded) == ["shop.yaml:6:5: routines.a.at: this key is given twice, the first time in line 5"]


def test_y4_a_misspelt_key_gets_its_place_and_the_right_one_and_all_problems_come_at_once(read: Any) -> None:
    loaded = read(f"{SHOP}routines:\n  orders:\n    job: fien\n    at: 07:00\n    timeot: 30\npeopel: {{}}\n")
    found = said(loaded)
    assert 'shop.yaml:6:5: routines.orders.timeot: unknown key. Did you mean "timeout"?' in found
    assert 'shop.yaml:7:1: peopel: unknown key. Did you mean "people"?' in found
    assert any(line.startswith("shop.yaml:4:10: routines.orders.job: unknown job") for line in found)


def test_y5_a_cron_line_without_quotes_is_told_to_be_quoted(read: Any) -> None:
    (line,) = said(read(f"{SHOP}routines:\n  a:\n    job: fine\n    cron: */5 * * * *\n"))
    assert line.startswith("shop.yaml:5:11: quote this value")
    assert "alias" not in line


def test_y6_no_tag_makes_python_do_anything(read: Any, tmp_path: Path) -> None:
    (line,) = said(read(f"{SHOP}routines: !!python/object/apply:os.mkdir [{tmp_path}/made]"))
    assert "the tag !!python/object/apply:os.mkdir is not known" in line
    assert not (tmp_path / "made").exists()


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(ord('a') + n)}: &{chr(ord('a') + n)} [{', '.join(['*' + chr(ord('a') + n - 1)] * 10)}]\n"
    for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"{SHOP}routines:\n\ta: 1\n", "shop.yaml:3:1: a tab stands here: indent with spaces"),
        ("", "shop.yaml:1:1: "),
        (BOMB, "shop.yaml:"),
        ("#" + "x" * 10_000_000, "shop.yaml"),
        (b"\xff\xfe\x00", "shop.yaml"),
    ],
    ids=["tab", "empty", "bomb", "ten-megabytes", "not-utf8"],
)
def test_y7_what_is_no_configuration_is_a_clean_error(read: Any, text: str | bytes, sentence: str) -> None:
    found = said(read(text))
    assert found[0].startswith(sentence)
    assert all(len(line) < 500 for line in found)


def test_y7_a_byte_order_mark_does_no_harm(read: Any) -> None:
    assert (
        read(b"\xef\xbb\xbf" + f"{SHOP}routines: {{a: {{job: fine, every: 1d}}}}".encode()).refuse().shop.name
        == "Lamps"
    )


def _plain(tree: Any) -> Any:
    if isinstance(tree, SecretRef):
        return f"https://{tree.name}"
    if isinstance(tree, dict):
        return {key: _plain(value) for key, value in tree.items()}
    return [_plain(item) for item in tree] if isinstance(tree, list) else tree


def test_y8_the_schema_takes_the_shipped_example_and_refuses_every_misspelling_of_it() -> None:
    schema = json_schema(plugins.load(None), TRANSPORTS)
    validator = Draft202012Validator(schema)
    tree = _plain(source.parse(paths.example().read_text(encoding="utf-8"), "example").tree)
    assert list(validator.iter_errors(tree)) == []
    for key in tree:
        wrong = {name + "x" if name == key else name: value for name, value in tree.items()}
        assert list(validator.iter_errors(wrong)), key
    for name, routine in tree["routines"].items():
        wrong = {**tree, "routines": {name: {**routine, "timeot": "30m"}}}
        assert list(validator.iter_errors(wrong)), name


def test_y8_the_schema_knows_exactly_the_keys_of_the_models() -> None:
    schema = json_schema(plugins.load(None), TRANSPORTS)
    assert set(schema["properties"]) - {"include"} == set(Config.model_fields)
    routine = {field.alias or name for name, field in RoutineConfig.model_fields.items()}
    assert set(schema["$defs"]["RoutineConfig"]["properties"]) == routine


@pytest.mark.system
@pytest.mark.parametrize(("more", "code"), [("", 0), ("\npeopel: {}", 78)])
def test_y9_check_tells_by_its_exit_code_calls_nobody_and_writes_nothing(machine: Any, more: str, code: int) -> None:
    mail = "connections: {mail: {use: smtp, host: mail.lamps.example, from: a@lamps.example}}"
    machine.configure(f'{SHOP}{mail}\nroutines: {{morning: {{job: briefing, at: "06:00"}}}}{more}')
    before = sorted(path.name for path in machine.folder.iterdir())
    ended = subprocess.run(
        [sys.executable, "-c", NO_NETWORK, str(machine.config)],
        env=machine.env, cwd=machine.folder, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ended.returncode == code, ended.stderr
    assert [line for line in ended.stderr.splitlines() if line.startswith(("NETWORK", "WRITES"))] == []
    assert sorted(path.name for path in machine.folder.iterdir()) == before


@pytest.mark.system
def test_y10_a_missing_secret_is_named_with_its_place_and_no_secret_is_in_any_log(machine: Any) -> None:
    keys = machine.folder / "keys"
    keys.mkdir(mode=0o700)
    (keys / "till").write_text("sesame-4711\n", encoding="ascii")
    own = machine.folder / "plugins"
    own.mkdir(mode=0o755)
    (own / "telling.py").write_text(
        "from pydantic import Field\nfrom daemon.api import Job, Options, Secret\n"
        "class Keyed(Options):\n    key: Secret = Field(description='The key.')\n"
        "def run(ctx, options):\n    print(options.key.get_secret_value())\n"
        "    raise ValueError(options.key.get_secret_value())\n"
        "telling = Job('telling', 'Tells.', Keyed, run)\n",
        encoding="utf-8",
    )
    (own / "telling.py").chmod(0o644)
    machine.configure(
        f"{SHOP}secrets: keys\nplugins: plugins\nroutines:\n"
        '  lost: {job: telling, at: "06:00", options: {key: !secret gone}}\n'
        '  kept: {job: telling, at: "06:00", options: {key: !secret till}}\n'
    )
    checked = machine.run("check")
    assert "config.yaml:5:" in checked.stderr + checked.stdout
    assert "the secret gone is missing" in checked.stderr + checked.stdout
    daemon, _ = machine.serve()
    said_at_start = machine.log()
    assert "the secret gone is missing" in said_at_start
    assert "config.yaml:5:" in said_at_start
    ran = machine.run("run", "kept")
    shown = machine.run("show", "1", "--json")
    assert json.loads(shown.stdout)["run"]["reason"] == "ValueError: ***"
    wait_until(lambda: "did not end well" in machine.log())
    assert machine.stop(daemon)[0] == 0
    kept = b"".join(path.read_bytes() for path in machine.state.rglob("*") if path.is_file())
    texts = [
        machine.log(),
        checked.stdout,
        checked.stderr,
        ran.stdout,
        ran.stderr,
        shown.stdout,
        kept.decode("latin-1"),
    ]
    assert not any("sesame-4711" in text for text in texts)
