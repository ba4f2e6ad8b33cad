from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.api import Context, Fact, OutsideError, Text, Urgency
from daemon.testing import NOW, FakeNight, make_context, names_in, travelled
from jobs.backups import BACKUPS, BackupOptions
from jobs.kinds import facts
from jobs.kinds.backup import BackupStore, Copy, Inventory, Outcome, Verdict

FRESH = Copy("shop.gz", NOW - timedelta(hours=3), 1000, 1)
HELD = Verdict(Outcome.HELD, 214, 214)


@dataclass(frozen=True)
class FakeStore(BackupStore):
    copies: Sequence[Copy] = (FRESH,)
    verdict: Verdict = HELD
    unreadable: Sequence[str] = ()

    def inventory(self) -> Inventory:
        return Inventory(self.copies, self.unreadable)

    def verify(self, copy: Copy) -> Verdict:
        assert copy in self.copies
        return self.verdict


class DeadStore(FakeStore):
    def inventory(self) -> Inventory:
        raise OutsideError("the disk is gone: mount it")


def ran(*stores: BackupStore, past: Sequence[int] = (), **options: object) -> Context:
    night = FakeNight()
    for days, size in enumerate(past, 1):
        day = (NOW - timedelta(days=days)).date()
        night.keep(Fact("backup.size", day, Decimal(size), "bytes", NOW, "nas", {"connection": "nas"}))
    named = {"nas": stores[0], **{f"more{n}": store for n, store in enumerate(stores[1:])}}
    ctx = make_context(Path(), names_in(facts), night=night, opened={"backup": named})
    BACKUPS.run(ctx, BackupOptions.model_validate(options))
    travelled(vars(ctx.report))
    return ctx


def found(ctx: Context) -> dict[str, Urgency]:
    return {finding.key.removeprefix("backups/"): finding.urgency for finding in ctx.report.findings}


def told(text: Text) -> str:
    return text.id.format(**text.values)


def test_a_good_backup_says_exactly_what_was_checked() -> None:
    ctx = ran(FakeStore())
    assert not ctx.report.findings
    assert [told(t) for t in ctx.report.checked] == [
        "nas: newest copy 3:00:00 old, hashes of 214 of 214 files match the manifest"
    ]
    assert {(f.name, f.value) for f in ctx.report.facts} == {
        ("backup.age", Decimal(10800)),
        ("backup.size", Decimal(1000)),
        ("backup.verified", Decimal(214)),
        ("backup.unread", Decimal(0)),
        ("backup.verdict", "ok"),
        ("backup.rpo", Decimal(10800)),
    }


def test_without_a_manifest_nothing_is_claimed_of_the_content() -> None:
    ctx = ran(FakeStore(verdict=Verdict(Outcome.NOT_ASKED)))
    assert not ctx.report.findings
    assert "content not verified" in told(ctx.report.checked[0])
    assert "backup.verified" not in {fact.name for fact in ctx.report.facts}


def test_what_was_left_unread_is_said() -> None:
    partly = ran(FakeStore(verdict=Verdict(Outcome.PARTLY, 100, 214)))
    assert "100 of 214" in told(partly.report.checked[0])
    assert {("backup.verified", Decimal(100)), ("backup.unread", Decimal(114))} <= {
        (fact.name, fact.value) for fact in partly.report.facts
    }
    unread = ran(FakeStore(verdict=Verdict(Outcome.PARTLY, 0, 1)))
    assert "content not verified" in told(unread.report.checked[0])
    assert "backup.verified" not in {fact.name for fact in unread.report.facts}


@pytest.mark.parametrize(
    ("store", "key"),
    [
        (FakeStore([Copy("shop.gz", NOW - timedelta(hours=27), 1000, 1)]), "nas/old"),
        (FakeStore([]), "nas/none"),
        (FakeStore([Copy("shop.gz", NOW, 0, 1)]), "nas/empty"),
        (FakeStore([Copy("folder", NOW, 0, 0)]), "nas/empty"),
        (FakeStore(verdict=Verdict(Outcome.BROKEN, 1, 2, ("b",))), "nas/broken"),
        (FakeStore(verdict=Verdict(Outcome.UNKNOWN, reason=Text("no manifest"))), "nas/unverified"),
        (FakeStore(unreadable=["/srv/b"]), "nas/partly-unreadable"),
        (DeadStore(), "nas/unreadable"),
    ],
)
def test_a_backup_nobody_could_rely_on_loses_money_and_is_never_called_fine(store: BackupStore, key: str) -> None:
    ctx = ran(store)
    assert found(ctx) == {key: Urgency.LOSES_MONEY}
    assert not ctx.report.checked


def test_every_sentence_has_all_its_values() -> None:
    stores = [
        FakeStore([Copy("x", NOW + timedelta(days=1), 1, 1), Copy("y", NOW - timedelta(days=9), 0, 1)]),
        FakeStore(verdict=Verdict(Outcome.BROKEN, 1, 3, ("b",), ("c",)), unreadable=["d"]),
        FakeStore(verdict=Verdict(Outcome.UNKNOWN, reason=Text("no manifest"))),
        DeadStore(),
        FakeStore([]),
    ]
    for finding in ran(*stores, min_copies=3).report.findings:
        for text in (finding.title, finding.detail, finding.next_step):
            assert text is None or told(text)


def test_a_copy_from_the_future_hides_no_old_one() -> None:
    ctx = ran(FakeStore([Copy("new", NOW + timedelta(hours=1), 9, 1), Copy("old", NOW - timedelta(days=2), 9, 1)]))
    assert found(ctx) == {"nas/future": Urgency.STAYS_BROKEN, "nas/old": Urgency.LOSES_MONEY}


def test_a_fresh_copy_beside_one_from_the_future_is_not_called_the_newest() -> None:
    ctx = ran(FakeStore([Copy("new", NOW + timedelta(hours=1), 9, 1), FRESH]))
    assert set(found(ctx)) == {"nas/future"}
    assert not ctx.report.checked


def test_a_copy_is_too_old_since_the_limit_passed() -> None:
    (finding,) = ran(FakeStore([Copy("old", NOW - timedelta(hours=30), 9, 1)]), max_age="1d").report.findings
    assert finding.since == NOW - timedelta(hours=6)


def test_only_copies_from_the_future_are_no_copy() -> None:
    assert set(found(ran(FakeStore([Copy("new", NOW + timedelta(hours=1), 9, 1)])))) == {"nas/future", "nas/none"}


def test_a_copy_much_smaller_than_the_last_ones_is_told_with_percent() -> None:
    (finding,) = ran(FakeStore([Copy("x", NOW, 690, 1)]), past=[1000, 1000, 5000, 900]).report.findings
    assert finding.key == "backups/nas/shrunken"
    assert finding.title.values["percent"] == 31


def test_a_copy_at_the_limit_is_not_small() -> None:
    assert not ran(FakeStore([Copy("x", NOW, 700, 1)]), past=[1000, 1000, 1000, 1000]).report.findings


def test_the_first_nights_call_no_size_unusual() -> None:
    assert not ran(FakeStore([Copy("x", NOW, 1, 1)]), past=[1000, 1000, 1000]).report.findings


def test_where_no_night_is_remembered_the_other_copies_say_what_is_usual() -> None:
    older = [Copy(f"o{n}", NOW - timedelta(days=n), 1000, 1) for n in range(1, 5)]
    assert set(found(ran(FakeStore([Copy("x", NOW, 10, 1), *older])))) == {"nas/shrunken"}


def test_too_few_copies_are_told() -> None:
    assert found(ran(FakeStore(), min_copies=2)) == {"nas/few": Urgency.STAYS_BROKEN}


def test_one_dead_place_does_not_hide_the_other() -> None:
    ctx = ran(DeadStore(), FakeStore())
    assert set(found(ctx)) == {"nas/unreadable"}
    assert [told(t).split(":")[0] for t in ctx.report.checked] == ["more0"]
