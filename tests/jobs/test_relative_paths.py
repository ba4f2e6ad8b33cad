"""A path in a configuration is meant from the folder of its file, wherever the program is started."""

from pathlib import Path

from daemon import plugins
from daemon.config.loading import load
from daemon.outbox.transports import TRANSPORTS
from daemon.testing import make_outlet
from jobs import backups, orders
from jobs.connectors.backups import files
from jobs.connectors.shops import csv

REGISTRY = plugins.build(backups, orders, files, csv)
CONFIG = """\
shop: {name: Lamp & Leaf, timezone: Europe/Berlin}
connections:
  shop: {use: csv, path: exports/*.csv, profile: woocommerce}
  nas: {use: backup/files, path: ../copies}
routines:
  orders: {job: orders, at: "05:30"}
  backups: {job: backups, at: "06:00"}
"""
EXPORT = "Order Number,Order Date,Quantity,Item Cost\n1,2026-11-19 08:00,1,4.50\n"


def test_relative_exports_and_backups_are_found_beside_their_configuration(tmp_path: Path) -> None:
    (tmp_path / "shop" / "exports").mkdir(parents=True)
    (tmp_path / "shop" / "exports" / "a.csv").write_text(EXPORT, encoding="utf-8")
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "dump.sql").write_text("x", encoding="utf-8")
    (tmp_path / "shop" / "c.yaml").write_text(CONFIG, encoding="utf-8")
    loaded = load(tmp_path / "shop" / "c.yaml", lambda _folder: REGISTRY, TRANSPORTS)
    assert loaded.all_problems() == []
    exports = loaded.wirings["orders"].connections[0].options
    shop = csv.CSV.open(csv.CsvOptions.model_validate(exports), make_outlet(tmp_path))
    assert shop.coverage().since is not None
    copies = loaded.wirings["backups"].connections[0].options
    store = files.FILES.open(files.FilesOptions.model_validate(copies), make_outlet(tmp_path))
    assert [copy.name for copy in store.inventory().copies] == ["dump.sql"]
