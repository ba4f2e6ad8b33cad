"""Three copies on two media, one of them off-site: what counts, and what nobody may count on."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from daemon.api import Upcoming, Urgency
from daemon.testing import NOW
from jobs.kinds.backup import Check, Outcome, Verdict
from tests.jobs.backup_scenes import DAY, Nights, Place, Program, broken, copy_of, figure, held, keys, said, unknown

HOUR = timedelta(hours=1)
GROUPS: Mapping[str, Any] = {
    "database": {
        "copies": {
            "dump": {"medium": "disk"},
            "restic": {"medium": "cloud", "offsite": True, "immutable": "declared"},
        },
        "max_age": "24h",
    }
}


def nights_of(dump: Place, restic: Place, **options: Any) -> Nights:
    return Nights({"dump": dump, "restic": restic}, {"groups": GROUPS, **options})


def place(age: timedelta = HOUR, check: Check = Check.DATA, verdict: Verdict | None = None) -> Program:
    return Program([copy_of(age)], answers={Check.DATA: [held()], check: [verdict or held()]})


def test_three_copies_on_two_media_one_off_site_are_said_as_they_were_seen() -> None:
    nights = nights_of(Place([copy_of(HOUR)]), place(2 * HOUR))
    ctx = nights.run()
    assert not ctx.report.findings
    assert said(ctx.report.checked[-1]) == (
        "database: 3 copies on 2 kinds of media, 1 off-site, immutable (declared)"
    )  # fmt: skip
    names = ("backup.copies", "backup.media", "backup.offsite", "backup.immutable", "backup.rpo", "backup.rto")
    assert [figure(ctx, name, group="database") for name in names] == [3, 2, 1, "declared", 3600, None]
    assert (nights.marks("restic")["offsite"], nights.marks("dump")["offsite"]) == ("ok", "skipped")
    assert nights.card("dump")["groups"]["database"]["whole"] is True


def test_a35_two_local_copies_and_none_off_site_warn() -> None:
    groups = {"database": {"copies": {"dump": {"medium": "disk"}, "restic": {"medium": "disk"}}}}
    ctx = nights_of(Place([copy_of(HOUR)]), place(), groups=groups).run()
    (finding,) = ctx.report.findings
    assert (finding.key, finding.urgency) == ("backups/group.database/three-two-one", Urgency.STAYS_BROKEN)
    assert said(finding.title) == (
        "database is not safe yet: 3 of 3 copies, 1 of 2 kinds of media, 0 off-site"
    )  # fmt: skip
    assert "database" not in " ".join(map(said, ctx.report.checked))


def test_a_copy_that_is_damaged_or_not_known_counts_for_nothing() -> None:
    for bad in (place(HOUR, Check.STRUCTURE, broken()), place(HOUR, Check.DATA, unknown()), place(25 * HOUR)):
        nights = nights_of(Place([copy_of(HOUR)]), bad, max_age="9d")
        ctx = nights.run()
        group = next(one for one in ctx.report.findings if one.key.endswith("three-two-one"))
        assert said(group.detail) == "Not counted: restic"
        assert figure(ctx, "backup.offsite", group="database") == 0
        assert nights.marks("restic")["offsite"] == "fail"


def test_places_that_cannot_be_looked_at_leave_the_live_data_alone() -> None:
    dead = Place([copy_of(HOUR)], dead="no route")
    ctx = nights_of(dead, Place([copy_of(HOUR)], dead="no route")).run()
    group = next(one for one in ctx.report.findings if one.key.endswith("three-two-one"))
    assert (group.title.values["copies"], group.urgency) == (1, Urgency.LOSES_MONEY)


def test_a_place_that_nobody_looks_at_is_named_and_not_counted() -> None:
    nights = Nights({"dump": Place([copy_of(HOUR)])}, {"groups": GROUPS})
    ctx = nights.run()
    group = next(one for one in ctx.report.findings if one.key.endswith("three-two-one"))
    assert said(group.detail) == "Not counted: restic"


def test_a_lock_that_a_check_proves_counts_before_one_that_is_declared() -> None:
    ctx = nights_of(Place([copy_of(HOUR)]), place(HOUR, Check.LOCKED)).run()
    assert figure(ctx, "backup.immutable", group="database") == "verified"
    warned = Verdict(Outcome.WARN)
    ctx = nights_of(Place([copy_of(HOUR)]), place(HOUR, Check.LOCKED, warned)).run()
    assert figure(ctx, "backup.immutable", group="database") == "declared"


def test_a_copy_may_have_an_age_of_its_own() -> None:
    copies = {**GROUPS["database"]["copies"], "restic": {"medium": "cloud", "offsite": True, "max_age": "8d"}}
    groups = {"database": {"copies": copies, "max_age": "24h"}}
    nights = nights_of(Place([copy_of(HOUR)]), place(7 * DAY), max_age="9d", groups=groups)
    assert not [one for one in nights.run().report.findings if "group." in one.key]


def test_by_when_the_place_is_looked_at_again_is_told_from_the_plan() -> None:
    nights = nights_of(Place([copy_of(HOUR)]), place())
    nights.night.slots = [Upcoming("backups", "s", NOW + n * DAY) for n in (1, 2, 3)]
    nights.night.slots += [Upcoming("orders", "s", NOW + HOUR)]
    ctx = nights.run()
    assert figure(ctx, "backup.awaited", connection="dump") == (NOW + 2 * DAY + HOUR).isoformat()
    nights.night.slots = [Upcoming("backups", "s", NOW + HOUR)]
    assert figure(nights.run(), "backup.awaited", connection="dump") == (NOW + 7 * DAY + 2 * HOUR).isoformat()
    nights.night.slots = []
    assert figure(nights.run(), "backup.awaited", connection="dump") is None


def test_the_summary_counts_places_and_not_groups() -> None:
    nights = nights_of(Place([copy_of(HOUR)]), place(25 * HOUR))
    assert keys(nights.run(), "restic") == {"aging"}
