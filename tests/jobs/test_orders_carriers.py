"""Files for the carriers' own programs: one a wave, written once, no cell a formula, each as its program reads it."""

import csv
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from daemon.api import EffectState
from jobs.kinds.shop import Address, Delivery
from tests.jobs.line_scenes import Scene
from tests.jobs.test_orders_paper import FIRST, PAPER, SECOND, found, options


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path, options=options())
    made.has(FIRST, SECOND)
    return made


IMPORTED = {"carrier": "DHL", "profile": "dhl", "product": "PAK02"}


def rows(path: Path, encoding: str = "utf-8-sig", separator: str = ";") -> list[dict[str, str]]:
    text = path.read_bytes().decode(encoding)
    return list(csv.DictReader(StringIO(text, newline=""), delimiter=separator))


def importing(scene: Scene, **profile: Any) -> list[Path]:
    folder = scene.folder / "import"
    scene.options = options({**PAPER, "import_files": [{**IMPORTED, "folder": str(folder), **profile}]})
    scene.passes()
    return sorted(folder.glob("*.csv"))


def test_a_file_for_the_carrier_is_written_once_a_wave(scene: Scene) -> None:
    hostile = Address("=HYPERLINK(1)", "Weg\n1a", "53111", "Bonn", "DE")
    scene.has(replace(FIRST, carrier="DHL", address=hostile), replace(SECOND, carrier="GLS"))
    (path,) = importing(scene)
    assert path.name == "2026-11-21-05-00-dhl.csv"
    (row,) = rows(path, "cp1252")
    assert row["RECV_NAME1"] == "'=HYPERLINK(1)"
    assert (row["RECV_STREET"], row["RECV_HOUSENUMBER"], row["PRODUCT"]) == ("Weg", "1a", "PAK02")
    path.unlink()
    scene.passes()
    assert not path.exists()


@pytest.mark.parametrize(("profile", "encoding", "separator", "told"), [
    ("dpd", "utf-8", ";", {"recipient_street": "Väg 2", "recipient_country": "752", "recipient_reference": "8"}),
    ("gls", "iso-8859-1", ";", {"Straße": "Väg 2", "Länderkennzeichen": "SE", "Gewicht": "1.2"}),
    ("generic", "utf-8-sig", ",", {"street": "Väg", "orders": "8", "grams": "1200"}),
])  # fmt: skip
def test_each_program_gets_what_it_reads(
    scene: Scene, profile: str, encoding: str, separator: str, told: dict[str, str]
) -> None:
    scene.has(replace(SECOND, carrier="DHL", delivery=Delivery(grams=1200)))
    (path,) = importing(scene, profile=profile)
    (row,) = rows(path, encoding, separator)
    assert {name: row[name] for name in told} == told


def test_columns_may_be_the_owners_own(scene: Scene) -> None:
    scene.has(replace(SECOND, carrier="dhl"))
    (path,) = importing(scene, profile="generic", columns={"Ref": "order", "Straße": "street", "leer": ""})
    assert rows(path, separator=",") == [{"Ref": "8", "Straße": "Väg 2", "leer": ""}]


def test_a_file_that_a_dead_run_left_due_is_written_by_the_next_and_a_folder_that_fails_is_told(scene: Scene) -> None:
    scene.has(replace(SECOND, carrier="DHL"))
    (scene.folder / "import").write_text("no folder")
    assert importing(scene) == []
    ctx = scene.passes()
    assert "orders:import:2026-11-21-05-00-dhl.csv" in found(ctx)
    (scene.folder / "import").unlink()
    ctx = scene.passes()
    assert len(list((scene.folder / "import").glob("*.csv"))) == 1
    assert "orders:import:2026-11-21-05-00-dhl.csv" not in found(ctx)


def test_a_file_that_may_have_been_taken_away_is_not_written_again(scene: Scene) -> None:
    scene.has(replace(SECOND, carrier="DHL"))
    (path,) = importing(scene)
    (key,) = [key for key in scene.night.effects if key.startswith("carrier.file/")]
    scene.night.effects[key] = replace(scene.night.effects[key], state=EffectState.UNCERTAIN, answer="")
    (item,) = [item for item in scene.night.items.values() if item.kind == "carrier.file"]
    data = {"folder": str(path.parent), "name": path.name, "encoding": "utf-8", "text": "a;b"}
    scene.night.items[item.kind, item.id] = replace(item, state="open", data=data)
    path.unlink()
    ctx = scene.passes()
    assert not path.exists()
    assert f"orders:import:{path.name}" in found(ctx)
