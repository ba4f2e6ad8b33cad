"""A wrong file says everything that is wrong with it, at its place; a right one is ready to run."""

import copy
import os
import runpy
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon import plugins
from daemon.config import source
from daemon.config.loading import Loaded, load
from daemon.errors import EXIT_CONFIG, ConfigError
from daemon.outbox.transports import TRANSPORTS
from daemon.secrets import SecretRef

FIXTURES = Path(__file__).parent / "fixtures"
MISERY = sorted((FIXTURES / "misery").glob("*.yaml"))
LAMPS = plugins.build(*runpy.run_path(str(FIXTURES / "lamps.py")).values())

GOOD = """\
shop: {name: Lamp & Leaf, timezone: Europe/Berlin, country: DE}
people:
  anna: {email: anna@lamp.example, login: anna}
connections:
  store: {use: woo, url: "https://lamp.example", key: !secret woo-key, writes: true}
  market: {use: csv, path: exports}
  nas: {use: copies, path: /backups/nas}
  cloud: {use: copies, path: ~/cloud}
  mail: {use: file, path: mails}
secrets: keys
routines:
  orders:
    job: orders
    at: 22:00
    days: weekdays
    options: {shop: store, lateness: 3, export: lists/late.csv, rows: [{tag: gift}]}
  backups: {job: backups, cron: "15 3 * * *", owner: anna}
  social: {job: social, every: 1d}
  briefing: {job: briefing, after: [orders, backups], to: [anna]}
"""


def read(folder: Path, text: str, registry: plugins.Registry = LAMPS) -> Loaded:
    (folder / "keys").mkdir(exist_ok=True)
    (folder / "keys" / "woo-key").write_text("ck_12345")
    (folder / "c.yaml").write_text(text)
    return load(folder / "c.yaml", lambda _folder: registry, TRANSPORTS)


def said(loaded: Loaded, folder: Path) -> list[str]:
    return [str(problem).removeprefix(f"{folder}/") for problem in loaded.all_problems()]


@pytest.fixture(autouse=True)
def without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


@pytest.mark.parametrize("file", MISERY, ids=lambda file: file.stem)
def test_a_broken_file_says_what_its_head_expects(file: Path, tmp_path: Path) -> None:
    shutil.copy(file, tmp_path)
    lines = file.read_text().splitlines()
    expected = [line.removeprefix("# ") for line in lines if line.startswith("# ")]
    loaded = load(tmp_path / file.name, lambda _folder: LAMPS, TRANSPORTS)
    found = [
        str(problem).replace(f"{tmp_path}/", "").removeprefix(f"{file.name}:") for problem in loaded.all_problems()
    ]
    assert expected
    assert len(found) == len(expected)
    for line, wanted in zip(found, expected, strict=True):
        assert line.startswith(wanted.removesuffix("…")) if wanted.endswith(":…") else line == wanted


def test_there_are_enough_broken_files() -> None:
    assert len(MISERY) >= 40


def test_a_good_file_is_ready_to_run(tmp_path: Path) -> None:
    loaded = read(tmp_path, GOOD)
    assert said(loaded, tmp_path) == []
    assert loaded.notes == ()
    config = loaded.refuse()
    assert config.secrets == tmp_path / "keys"
    assert [wire.name for wire in loaded.wirings["orders"].connections] == ["store"]
    assert loaded.wirings["orders"].connections[0].writes
    assert loaded.wirings["orders"].connections[0].options["key"] == SecretRef("woo-key")
    assert [wire.connector for wire in loaded.wirings["backups"].connections] == ["backup/copies", "backup/copies"]
    assert loaded.wirings["social"].connections == loaded.wirings["briefing"].connections == ()


def test_options_that_choose_connections_are_not_the_jobs(tmp_path: Path) -> None:
    loaded = read(tmp_path, GOOD)
    assert set(loaded.wirings["orders"].options) == {"lateness", "export", "rows"}


def test_some_of_many_connections_may_be_chosen(tmp_path: Path) -> None:
    loaded = read(tmp_path, GOOD.replace("owner: anna}", "options: {backup: [cloud]}}"))
    assert [wire.name for wire in loaded.wirings["backups"].connections] == ["cloud"]


def test_a_relative_path_is_meant_from_the_file_it_stands_in(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    market = "  market: {use: csv, path: exports}\n"
    (tmp_path / "parts" / "more.yaml").write_text("connections:\n" + market)
    loaded = read(tmp_path, GOOD.replace(market, "") + "include: parts/more.yaml\n")
    assert said(loaded, tmp_path) == []
    assert loaded.tree["connections"]["market"]["path"] == str(tmp_path / "parts" / "exports")
    assert loaded.tree["connections"]["mail"]["path"] == str(tmp_path / "mails")
    assert loaded.tree["connections"]["cloud"]["path"] == str(Path("~/cloud").expanduser())
    assert loaded.wirings["orders"].options["export"] == str(tmp_path / "lists" / "late.csv")


def test_what_was_loaded_can_be_kept_elsewhere_and_loaded_again(tmp_path: Path) -> None:
    loaded = read(tmp_path, GOOD)
    kept = tmp_path / "state"
    kept.mkdir()
    (kept / "last.yaml").write_text(source.dump(loaded.tree))
    again = load(kept / "last.yaml", lambda _folder: LAMPS, TRANSPORTS)
    assert again.config == loaded.config
    assert again.wirings == loaded.wirings
    assert "ck_12345" not in (kept / "last.yaml").read_text()


ALL_AT_ONCE = """\
shop:
  name: Lamp & Leaf
  timezone: Europe/Berln
connections:
  store: {use: woo, url: "https://lamp.example", key: !secret woo-kye}
  copies: {use: copies, path: /backups}
secrets: keys
routines:
  orders:
    job: orders
    at: 22:00:00
    timeot: 30m
  backups:
    job: backups
    at: 03:00
    at: 04:00
  florist: {job: florist, at: 05:00}
"""


def test_everything_that_is_wrong_comes_at_once_each_with_its_place(tmp_path: Path) -> None:
    loaded = read(tmp_path, ALL_AT_ONCE)
    keys = tmp_path / "keys"
    missing = f"the secret woo-kye is missing: put it in the file {keys}/woo-kye (looked in {keys})"
    assert said(loaded, tmp_path) == [
        'c.yaml:3:13: shop.timezone: unknown time zone: it is written as in Europe/Berlin. Did you mean "Europe/Berlin"?',
        f"c.yaml:5:55: connections.store.key: {missing}",
        'c.yaml:11:9: routines.orders.at: a time of day is written as "07:30", from 00:00 to 23:59',
        'c.yaml:12:5: routines.orders.timeot: unknown key. Did you mean "timeout"?',
        "c.yaml:16:5: routines.backups.at: this key is given twice, the first time in line 15",
        "c.yaml:17:18: routines.florist.job: unknown job; known here: backups, briefing, labels, orders, social",
    ]
    with pytest.raises(ConfigError) as refused:
        loaded.refuse()
    assert refused.value.exit_code == EXIT_CONFIG
    assert str(refused.value).count("\n") == 3


def test_a_missing_secret_breaks_only_the_routine_that_uses_it(tmp_path: Path) -> None:
    loaded = read(tmp_path, GOOD.replace("!secret woo-key", "!secret other"))
    assert list(loaded.broken) == ["orders"]
    assert loaded.broken["orders"][0].routine == "orders"
    assert "the secret other is missing" in loaded.broken["orders"][0].sentence
    assert set(loaded.wirings) == {"backups", "social", "briefing"}
    assert loaded.refuse().shop.name == "Lamp & Leaf"


def test_a_missing_secret_that_no_routine_needs_hurts_none(tmp_path: Path) -> None:
    text = GOOD.replace("shop: store", "shop: market").replace("!secret woo-key", "!secret other")
    loaded = read(tmp_path, text)
    assert (loaded.problems, dict(loaded.broken)) == ((), {})
    assert [problem.path for problem in loaded.faults] == ["connections.store.key"]


def test_an_unknown_connector_breaks_the_routines_that_need_its_kind(tmp_path: Path) -> None:
    text = GOOD.replace("use: csv", "use: shopware").replace("use: woo", "use: magento").replace("shop: store, ", "")
    loaded = read(tmp_path, text)
    assert loaded.problems == ()
    assert [problem.path for problem in loaded.broken["orders"]] == ["connections.store.use", "connections.market.use"]
    assert "backups" in loaded.wirings


def test_a_plug_in_that_fails_breaks_its_routine_and_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir(mode=0o755)
    (folder / "florist.py").write_text("import no_such_flower\n")
    (folder / "florist.py").chmod(0o644)
    (tmp_path / "c.yaml").write_text(
        "shop: {name: Lamp, timezone: Europe/Berlin}\nplugins: own\nroutines:\n  a: {job: florist, every: 1h}\n"
    )
    loaded = load(tmp_path / "c.yaml", plugins.load, TRANSPORTS)
    assert loaded.problems == ()
    assert "No module named 'no_such_flower'" in loaded.broken["a"][0].sentence
    assert str(loaded.faults[0]).startswith(f"{tmp_path}/c.yaml:2:10: plugins: the plug-in nightclerk_plugins.florist")


def test_a_job_and_a_connector_dropped_in_are_used_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir(mode=0o755)
    broom = "from daemon.api import Connector, Kind, NoOptions\nBROOM = Kind('broom')\n"
    job = "from daemon.api import Job, Kind, Need, NoOptions\nBROOM = Kind('broom')\n"
    (folder / "cupboard.py").write_text(broom + "it = Connector('cupboard', BROOM, '', NoOptions, lambda o, u: 1)\n")
    (folder / "sweeper.py").write_text(job + "it = Job('sweep', '', NoOptions, lambda c, o: None, (Need(BROOM),))\n")
    for file in folder.glob("*.py"):
        file.chmod(0o644)
    (tmp_path / "c.yaml").write_text(
        "shop: {name: Lamp, timezone: Europe/Berlin}\nplugins: own\n"
        "connections: {cupboard: {use: cupboard}}\nroutines:\n  sweep: {job: sweep, every: 1h}\n"
    )
    loaded = load(tmp_path / "c.yaml", plugins.load, TRANSPORTS)
    assert said(loaded, tmp_path) == []
    assert [wire.connector for wire in loaded.wirings["sweep"].connections] == ["broom/cupboard"]


def test_a_secret_that_this_user_may_not_read_is_only_a_note(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    read(tmp_path, GOOD)
    (tmp_path / "keys" / "woo-key").chmod(0)
    loaded = load(tmp_path / "c.yaml", lambda _folder: LAMPS, TRANSPORTS)
    assert loaded.all_problems() == []
    assert "may not be read by this user" in loaded.notes[0]


def test_without_a_mail_connection_a_note_says_where_the_mail_goes(tmp_path: Path) -> None:
    loaded = read(tmp_path, GOOD.replace("  mail: {use: file, path: mails}\n", ""))
    assert loaded.notes == ("there is no connection for mail: mails are written as files below the state folder",)


def test_a_language_that_nobody_speaks_is_noted_and_comes_in_english(tmp_path: Path) -> None:
    loaded = read(tmp_path, GOOD.replace("email: anna@lamp.example, ", "email: anna@lamp.example, language: fr, "))
    assert loaded.notes == (
        "people.anna.language: mails are written in de, en, nb, sv, zh, not in fr: they come in English",
    )


def test_whoever_is_to_get_mail_and_has_no_address_is_noted(tmp_path: Path) -> None:
    loaded = read(tmp_path, GOOD.replace("email: anna@lamp.example, ", ""))
    assert loaded.notes == ("anna is to get mail but has no email",)


def test_sections_whose_entries_are_all_commented_out_count_as_left_out(tmp_path: Path) -> None:
    text = "shop: {name: Lamp, timezone: Europe/Berlin}\npeople:\nconnections:\nroutines:\n  a: {job: briefing, every: 1h, options: }\n"
    assert said(read(tmp_path, text), tmp_path) == []


@pytest.mark.parametrize("secret", ["hunter2-hunter2", "12345678"])
@pytest.mark.parametrize("place", ["key: {}", "kye: {}", "url: {}", "writes: {}", "use: {}", "key: [{}]"])
def test_what_was_typed_is_never_repeated(tmp_path: Path, secret: str, place: str) -> None:
    entry = {"use": "woo", "url": "https://lamp.example", "key": "!secret woo-key"}
    name, _, value = place.format(secret).partition(": ")
    entry[name] = value
    text = GOOD.replace('{use: woo, url: "https://lamp.example", key: !secret woo-key, writes: true}', "X")
    loaded = read(tmp_path, text.replace("X", "{" + ", ".join(f"{k}: {v}" for k, v in entry.items()) + "}"))
    assert loaded.all_problems()
    assert secret not in "\n".join(said(loaded, tmp_path))


def paths(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from paths(value, (*path, key))


TREE = source.parse(GOOD, "c.yaml").tree
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 3, -1.5, "", "x", "~", "nightclerk/../..", [], ["a", 1], {}, {"a": {"b": []}}, [[]]]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(paths(TREE), key=str)), ODD | st.just(SecretRef("gone"))), max_size=3))
def test_whatever_stands_where_it_does_not_belong_is_a_problem_and_never_a_crash(
    tmp_path: Path, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    tree = copy.deepcopy(TREE)
    for path, value in changes:
        inside = tree
        with suppress(KeyError, IndexError, TypeError, AttributeError):
            for part in path[:-1]:
                inside = inside[part]
            inside[path[-1]] = value
    loaded = read(tmp_path, source.dump(tree))
    assert all(problem.place for problem in loaded.all_problems())
    assert bool(loaded.problems) == (loaded.config is None)
    assert not set(loaded.wirings) & set(loaded.broken)
