"""To whom orders are handed: once, after approval where it is asked for, and what changes afterwards is told."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from daemon.api import Context, Draft, Person, Transition
from daemon.child import _edition
from daemon.model import TEST_EDITION
from daemon.testing import FakeNight, make_context
from jobs.kinds.shop import Order
from jobs.orders import ORDERS, OrdersOptions
from jobs.orders.handover import HandoverOptions
from jobs.orders.line import KIND
from tests.jobs.handover_scenes import (
    ASKED,
    BO,
    DECLARED,
    GLOD,
    LAMP,
    MIXED,
    MUG,
    OTHER,
    mailed,
    night_of,
    parts,
    rows,
    told,
)


def test_an_order_is_handed_over_once_and_a_later_one_in_a_mail_of_its_own(tmp_path: Path) -> None:
    night = FakeNight()
    first = night_of(tmp_path, [MIXED], GLOD, night=night)
    night.accept(first)
    again = night_of(tmp_path, [MIXED], GLOD, night=night)
    night.accept(again)
    later = night_of(tmp_path, [MIXED, replace(MIXED, number="1003")], GLOD, night=night)
    assert [len(ctx.report.mails) for ctx in (first, again, later)] == [1, 0, 1]
    assert [row[0] for row in rows(parts(mailed(later)[0])[-1])[1:]] == ["1003"]
    assert mailed(first)[0]["Message-ID"] != mailed(later)[0]["Message-ID"]


def test_a_run_that_died_hands_over_the_same_mail_again_and_the_ledger_keeps_one(tmp_path: Path) -> None:
    died, again = (mailed(night_of(tmp_path, [MIXED], GLOD))[0] for _ in range(2))
    assert died.as_bytes() == again.as_bytes()


def test_a_second_run_by_hand_replaces_nothing_that_was_handed_over(tmp_path: Path) -> None:
    (mail,) = night_of(tmp_path, [MIXED], GLOD).report.mails
    assert _edition(mail, 2) == mail
    assert _edition(mail, TEST_EDITION).edition == TEST_EDITION


def drafted(folder: Path, night: FakeNight, *orders: Order) -> Draft:
    ctx = night_of(folder, list(orders), ASKED, night=night)
    assert ctx.report.mails == []
    night.accept(ctx)
    for order in orders:
        night.move([Transition(KIND, f"main/{order.number}", "", "ready", {})])
    (draft,) = night.all_drafts
    return draft


def approved(folder: Path, night: FakeNight, draft: Draft) -> Context:
    ctx = make_context(folder, DECLARED, night=night, opened={"shop": {"main": Named()}})
    assert ORDERS.apply is not None
    ORDERS.apply(ctx, OrdersOptions(), draft)
    return ctx


@dataclass
class Named:
    """All that applying a draft asks of a shop."""

    name: str = "main"


def test_nothing_leaves_the_house_before_it_is_approved_and_then_once(tmp_path: Path) -> None:
    night = FakeNight()
    draft = drafted(tmp_path, night, MIXED, OTHER)
    assert night_of(tmp_path, [MIXED], ASKED, night=night).report.drafts == []
    assert rows(draft.draft.preview)[1][:3] == ["1001", "DHL", "MUG-1"]
    (message,) = mailed(approved(tmp_path, night, draft))
    assert rows(parts(message)[-1]) == rows(draft.draft.preview)
    assert message["To"] == "Glöd <pack@glod.test>"


def test_what_was_stopped_before_the_approval_is_left_out(tmp_path: Path) -> None:
    night = FakeNight()
    later = replace(MIXED, number="1003")
    draft = drafted(tmp_path, night, MIXED, later)
    night.move([Transition(KIND, "main/1001", "ready", "held", {})])
    (message,) = mailed(approved(tmp_path, night, draft))
    assert "1001" not in parts(message)[-1]
    night.move([Transition(KIND, "main/1003", "ready", "cancelled", {})])
    assert approved(tmp_path, night, draft).report.mails == []


def test_a_person_of_the_shop_is_known_by_their_key(tmp_path: Path) -> None:
    warehouse = HandoverOptions(to="wim", role="warehouse")
    wim = Person("Wim", "wim@shop.test", roles=("warehouse",), key="wim")
    (message,) = mailed(night_of(tmp_path, [MIXED], warehouse, people=(wim,)))
    assert message["To"] == "Wim <wim@shop.test>"


def test_where_nobody_knows_an_address_it_is_said_and_the_order_stays_to_be_handed_over(tmp_path: Path) -> None:
    night = FakeNight()
    ctx = night_of(tmp_path, [MIXED], HandoverOptions(to="Wim", role="warehouse"), night=night)
    assert told(ctx) == [
        (
            "Order 1001 was not handed over: nobody knows an address of Wim | "
            "Give Wim an `email:` in `handover:` or under `people:`"
        )
    ]
    assert (ctx.report.mails, ctx.report.facts) == ([], [])


@pytest.mark.parametrize(
    ("order", "stopped"),
    [
        (replace(MIXED, address=BO), ()),
        (replace(MIXED, lines=(replace(MUG, quantity=3),)), ()),
        (OTHER, ("1001",)),
    ],
)
def test_what_changes_after_it_was_handed_over_is_told_and_not_sent_again(
    tmp_path: Path, order: Order, stopped: tuple[str, ...]
) -> None:
    night = FakeNight()
    night.accept(night_of(tmp_path, [MIXED], GLOD, night=night))
    ctx = night_of(tmp_path, [order], GLOD, night=night, stopped=stopped)
    assert ctx.report.mails == []
    assert told(ctx) == ["Order 1001 was changed or stopped after it was handed to Glöd | Tell Glöd what to do with it"]


def test_what_is_none_of_theirs_may_change(tmp_path: Path) -> None:
    night = FakeNight()
    night.accept(night_of(tmp_path, [MIXED], GLOD, night=night))
    changed = replace(MIXED, lines=(MUG, replace(LAMP, quantity=9)), note="other")
    assert night_of(tmp_path, [changed], GLOD, night=night).report.findings == []


def test_the_fact_that_an_order_was_handed_over_says_nothing_of_the_customer(tmp_path: Path) -> None:
    (fact,) = night_of(tmp_path, [MIXED], GLOD).report.facts
    assert fact.dimensions == {"to": "Glöd", "order": "1001"}
    assert len(str(fact.value)) == 16
