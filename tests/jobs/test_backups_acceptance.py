"""Acceptance checks of backups that any connector's copies and the job answer together, by their ids."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.testing import NOW, make_context, make_outlet, names_in
from jobs.backups import BACKUPS, BackupOptions
from jobs.connectors.backups.files import FILES
from jobs.kinds import facts
from jobs.kinds.backup import BackupStore, Outcome
from tests.jobs.dump_scenes import opened, put

SUM = hashlib.sha256(b"a").hexdigest()


def seen(store: BackupStore, **options: object) -> set[str]:
    """Return the ends of the keys of what the job finds about a place."""
    ctx = make_context(Path(), names_in(facts), opened={"backup": {"nas": store}})
    BACKUPS.run(ctx, BackupOptions.model_validate(options))
    assert bool(ctx.report.checked) is not bool(ctx.report.findings)
    return {finding.key.removeprefix("backups/nas/") for finding in ctx.report.findings}


def sized(folder: Path, sizes: Sequence[int]) -> BackupStore:
    """Return a place with files of these sizes, oldest first, a day apart; nothing is said of what is in them."""
    for number, size in enumerate(reversed(sizes)):
        put(folder / f"shop-{number}.sql", b"x" * size, NOW - timedelta(days=number, hours=1))
    return FILES.open(FILES.options.model_validate({"path": str(folder)}), make_outlet(folder / ".own"))


@pytest.mark.parametrize(
    ("manifest", "outcome", "job"),
    [
        (f"{SUM}  a\n", Outcome.HELD, set()),
        (f"{SUM} *a\r\n", Outcome.HELD, set()),
        (f"{'0' * 64}  a\n", Outcome.BROKEN, {"broken"}),
        (f"{SUM}  a\n{SUM}  gone\n", Outcome.BROKEN, {"broken"}),
        (f"{SUM}  a\nno checksum\n", Outcome.UNKNOWN, {"unverified"}),
        (f"{SUM}  a\n{SUM}  ../a\n", Outcome.UNKNOWN, {"unverified"}),
        ("", Outcome.UNKNOWN, {"unverified"}),
    ],
)
def test_a_21_a_manifest_is_taken_at_its_word_and_never_further(
    tmp_path: Path, manifest: str, outcome: Outcome, job: set[str]
) -> None:
    put(tmp_path / "night" / "a", b"a")
    put(tmp_path / "night" / "SHA256SUMS", manifest.encode())
    options = FILES.options.model_validate({"path": str(tmp_path), "manifest": "SHA256SUMS"})
    store = FILES.open(options, make_outlet(tmp_path / ".own"))
    assert store.verify(store.inventory().copies[0]).outcome is outcome
    assert seen(store) == job
    put(tmp_path / "night" / "late", b"late")
    assert seen(store) >= ({"unlisted"} if outcome in {Outcome.HELD, Outcome.BROKEN} else job)


@pytest.mark.parametrize(
    ("sizes", "job"),
    [([100, 101, 99, 102, 65], {"shrunken"}), ([100, 101, 99, 102, 75], set()), ([100, 101, 99, 65], set())],
)
def test_a_22_a_size_is_unusual_only_where_enough_are_known(tmp_path: Path, sizes: list[int], job: set[str]) -> None:
    assert seen(sized(tmp_path, sizes), shrink=30) == job


@pytest.mark.parametrize(("minutes", "job"), [(4, set()), (10, {"future", "none"})])
def test_a_32_a_copy_from_the_future_has_no_age(tmp_path: Path, minutes: int, job: set[str]) -> None:
    put(tmp_path / "shop.sql", b"x", NOW + timedelta(minutes=minutes))
    store = FILES.open(FILES.options.model_validate({"path": str(tmp_path)}), make_outlet(tmp_path / ".own"))
    assert seen(store) == job


@pytest.mark.parametrize(
    ("age", "job"), [("19h11m", set()), ("19h13m", {"aging"}), ("23h59m", {"aging"}), ("24h1m", {"old"})]
)
def test_a_34_a_copy_may_be_as_old_as_is_allowed_and_no_older(tmp_path: Path, age: str, job: set[str]) -> None:
    hours, minutes = age.removesuffix("m").split("h")
    put(tmp_path / "shop.sql", b"x", NOW - timedelta(hours=int(hours), minutes=int(minutes)))
    store = FILES.open(FILES.options.model_validate({"path": str(tmp_path)}), make_outlet(tmp_path / ".own"))
    assert seen(store, max_age="24h") == job


def test_a_pattern_that_matches_nothing_is_no_backup(tmp_path: Path) -> None:
    put(tmp_path / "shop.sql", b"x")
    assert seen(opened(tmp_path / "store-*.sql")) == {"none"}
