"""The orders job with a warehouse, batches, hand-over and returns, as the configuration writes them, on the demo shop."""

import csv
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from daemon.api import Context, Person
from daemon.testing import NOW, FakeNight, make_context, make_outlet, names_in
from jobs.connectors.shops.demo import DemoOptions, DemoShop
from jobs.kinds import facts
from jobs.orders import ORDERS, OrdersOptions

DECLARED = names_in(facts)
WIM = Person("Wim", "wim@shop.test", roles=("warehouse",), key="wim")
OPTIONS: dict[str, Any] = {
    "warehouse": {"timezone": "Europe/Warsaw", "cutoff": "14:00", "reserve": 1, "early": {"2026-12-23": "12:00"}},
    "batches": [{"cutoff": "09:00", "pick": "11:00", "pack": "13:00", "collect": "16:00", "person": "Wim"}],
    "returns": {"listed": "all"},
    "handover": [
        {"to": "wim", "role": "warehouse"},
        {"to": "Glöd", "email": "pack@glod.test", "skus": ["D-001*"]},
    ],
}


def night_of(folder: Path, night: FakeNight, options: dict[str, Any], now: datetime = NOW, **changes: Any) -> Context:
    shop = DemoShop(DemoOptions(), make_outlet(folder, now=now))
    ctx = make_context(
        folder, DECLARED, now=now, night=night, opened={"shop": {"main": shop}}, people=(WIM,), **changes
    )  # fmt: skip
    ORDERS.run(ctx, OrdersOptions.model_validate(options))
    night.accept(ctx)
    return ctx


def numbers_in(ctx: Context) -> list[str]:
    (mail,) = ctx.report.mails
    (table,) = mail.attachments
    return [row["order"] for row in csv.DictReader(StringIO(table.content.decode()))]


def test_every_order_that_can_be_picked_is_handed_to_the_warehouse_in_exactly_one_night(tmp_path: Path) -> None:
    night = FakeNight()
    handed: list[set[str]] = []
    for day in range(3):
        now = NOW + timedelta(days=day)
        night.now = now
        ctx = night_of(tmp_path, night, OPTIONS, now)
        if ctx.report.mails:
            handed.append(set(numbers_in(ctx)))
    assert len(handed) == 3
    assert sum(map(len, handed)) == len(set().union(*handed)) > 80


def test_a_second_run_of_the_same_night_hands_over_nothing(tmp_path: Path) -> None:
    night = FakeNight()
    first, second = (night_of(tmp_path, night, OPTIONS) for _ in range(2))
    assert (len(first.report.mails), len(first.report.drafts)) == (1, 1)
    assert (second.report.mails, second.report.drafts) == ([], [])


def test_a_dry_run_leaves_everything_to_be_handed_over(tmp_path: Path) -> None:
    night = FakeNight()
    night_of(tmp_path, night, OPTIONS, dry=True)
    assert len(night_of(tmp_path, night, OPTIONS).report.mails) == 1


def test_risks_batches_and_returns_are_told_and_counted(tmp_path: Path) -> None:
    night = FakeNight()
    ctx = night_of(tmp_path, night, OPTIONS, NOW + timedelta(hours=14))
    names = {fact.name for fact in ctx.report.facts}
    assert {"orders.risk", "orders.behind", "returns.open", "returns.unknown", "orders.handed"} <= names
    kinds = {finding.key.split(":")[1] for finding in ctx.report.findings}
    assert {"risk", "behind", "return"} <= kinds


def test_without_options_nobody_is_handed_anything_and_no_batch_is_spoken_of(tmp_path: Path) -> None:
    ctx = night_of(tmp_path, FakeNight(), {})
    assert (ctx.report.mails, ctx.report.drafts) == ([], [])
    assert not {"orders.behind", "orders.handed"} & {fact.name for fact in ctx.report.facts}
