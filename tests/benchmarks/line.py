"""A hundred thousand open orders from a CSV export along the assembly line: how long, and how much memory?

The command runs the whole engine: what is told are the seconds from its start to its end, the ledger's writing
included, and the most memory (PSS) of its three processes together.
"""

import csv
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from daemon.clock import SystemClock
from tests.benchmarks.measuring import Line

ORDERS = 100_000
AIM_S, AIM_MB = 20.0, 300
_MEASURED = Path(__file__).parents[1] / "system" / "replay" / "measured.py"
_HEADER = "number,placed,sku,title,quantity,price,customer,status,name,street,postcode,city,country"
_CONFIG = """shop: {{name: Big, timezone: Europe/Berlin, country: DE, currency: EUR}}
state: {folder}/state
connections:
  shop: {{use: csv, path: {folder}/orders.csv, gaps: closed, columns: {{{columns}}}}}
routines:
  orders: {{job: orders, cron: "0 0 1 1 *", timeout: 10m, options: {{history_days: 0}}}}
"""


def ours(folder: Path) -> Line:
    """Run the job `orders` twice as a person would: on an empty line, and on one that holds everything already."""
    now = SystemClock().now()
    _export(folder / "orders.csv", now)
    columns = ", ".join(f"{name}: {name}" for name in _HEADER.split(","))
    config = folder / "config.yaml"
    config.write_text(_CONFIG.format(folder=folder, columns=columns), encoding="utf-8")
    first, again = _run(config), _run(config)
    met = max(first["seconds"], again["seconds"]) <= AIM_S and max(first["mb"], again["mb"]) <= AIM_MB
    return {
        "orders": ORDERS, "first_s": first["seconds"], "first_mb": first["mb"], "again_s": again["seconds"],
        "again_mb": again["mb"], "said": first["said"], "said_again": again["said"], "aim_s": AIM_S, "aim_mb": AIM_MB, "met": met,
    }  # fmt: skip


def _export(path: Path, now: datetime) -> None:
    """Write the export: one order every minute, until an hour ago, of one line each."""
    first = now.astimezone(UTC) - timedelta(minutes=ORDERS + 60)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(_HEADER.split(","))
        for number in range(ORDERS):
            placed = first + timedelta(minutes=number)
            sku = f"D-{number % 500:04}"
            rows.writerow(
                [number, placed.isoformat(timespec="seconds"), sku, f"Steingutbecher No {number % 500}", 1 + number % 3,
                 "12.90", f"customer-{number % 60000}@shop.example", "processing", "Ada Bauer", f"Lindenstraße {number}",
                 "10115", "Berlin", "DE"]
            )  # fmt: skip


def _run(config: Path) -> Line:
    words = [str(Path(sys.executable).with_name("nightclerk")), "run", "orders", "--json", "-c", str(config)]
    ended = subprocess.run([sys.executable, str(_MEASURED), *words], capture_output=True, text=True, check=False)
    shown, _, measured = ended.stdout.strip().rpartition("\n")
    run = json.loads(shown)
    assert run["state"] == "ok", run
    seconds, megabytes = map(float, measured.split())
    return {"seconds": round(seconds, 1), "mb": round(megabytes), "said": run["summary"]["values"]["open"]["values"]}
