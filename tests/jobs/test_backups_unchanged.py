"""Stored copies that change by themselves, as a worn disk lets them: what is seen of it, when, and what is not claimed."""

import json
import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.api import read_card
from daemon.testing import NOW, FakeNight, make_context, make_outlet, names_in
from jobs.backups import BACKUPS, BackupOptions
from jobs.connectors.backups.dumps import DUMPS
from jobs.connectors.backups.files import FILES
from jobs.kinds import facts
from jobs.kinds.backup import BackupStore, Check, Copy, Examined, Outcome, Part, Verdict
from tests.jobs.backup_scenes import DAY
from tests.jobs.dump_scenes import flipped, put
from tests.jobs.restic_scenes import english

HOUR = timedelta(hours=1)


def store(folder: Path, night: int = 0, **options: Any) -> Any:
    """Return a place of files as a night finds it; the connection's own folder is the same every night."""
    chosen = FILES.options.model_validate({"path": str(folder / "nas"), **options})
    return FILES.open(chosen, make_outlet(folder / "own", now=NOW + night * DAY))


def fill(folder: Path, copies: int = 7, begin: int = 0) -> list[Path]:
    """Put copies of 1,000 bytes each into a place, one a day, the last one 3 hours ago."""
    days = range(begin, begin + copies)
    return [put(folder / "nas" / f"shop-{day:02}.sql", b"%03d" % day * 333, NOW - day * DAY - 3 * HOUR) for day in days]


def rot(path: Path) -> None:
    """Turn a bit as a disk does: neither size nor time of the file change."""
    at = path.stat()
    path.write_bytes(flipped(path.read_bytes(), 21))
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))


def asked(place: Any, of: int = 1) -> Verdict:
    newest: Copy = place.inventory().copies[0]
    said: Verdict = place.examine(Check.UNCHANGED, newest, Part(1, of))
    return said


def test_a_turned_bit_is_seen_at_the_next_reading_and_named(tmp_path: Path) -> None:
    every = fill(tmp_path)
    first = asked(store(tmp_path))
    assert first.outcome is Outcome.PARTLY
    assert english(first.shown) == "7 copies were read back, 7 for the first time; none has changed"
    rot(every[3])
    found = asked(store(tmp_path, 1))
    assert found.outcome is Outcome.BROKEN
    assert found.broken == ("shop-03.sql",)
    said = english(found.reason)
    assert said.startswith("shop-03.sql holds something else than when it was first read (")
    assert said.endswith("though nobody wrote to it")


def test_it_is_told_until_the_spoilt_copy_is_gone_though_others_have_their_turn(tmp_path: Path) -> None:
    every = fill(tmp_path)
    asked(store(tmp_path))
    rot(every[3])
    outcomes = [asked(store(tmp_path, night), of=7).outcome for night in range(1, 15)]
    since = outcomes.index(Outcome.BROKEN)
    assert since < 7
    assert set(outcomes[since:]) == {Outcome.BROKEN}
    every[3].unlink()
    assert asked(store(tmp_path, 15), of=7).outcome is Outcome.PARTLY


def test_a_copy_that_heals_is_told_no_more(tmp_path: Path) -> None:
    every = fill(tmp_path)
    asked(store(tmp_path))
    rot(every[3])
    assert asked(store(tmp_path, 1)).outcome is Outcome.BROKEN
    rot(every[3])
    assert asked(store(tmp_path, 2)).outcome is Outcome.PARTLY


@pytest.mark.parametrize("spoilt", range(7))
def test_all_copies_have_their_turn_within_the_time_for_all_of_it(spoilt: int, tmp_path: Path) -> None:
    every = fill(tmp_path)
    asked(store(tmp_path))
    rot(every[spoilt])
    outcomes = [asked(store(tmp_path, night), of=7).outcome for night in range(1, 8)]
    assert Outcome.BROKEN in outcomes


def test_the_newest_copy_is_read_on_the_day_it_came(tmp_path: Path) -> None:
    fill(tmp_path, begin=1)
    asked(store(tmp_path), of=7)
    (newest,) = fill(tmp_path, copies=1)
    asked(store(tmp_path), of=7)
    rot(newest)
    assert asked(store(tmp_path)).broken == (newest.name,)


def test_a_part_of_all_bytes_is_read_each_time_and_no_more(tmp_path: Path) -> None:
    fill(tmp_path, copies=14)
    assert asked(store(tmp_path), of=7).held == 2
    assert asked(store(tmp_path), of=20).held == 1


def test_a_copy_that_somebody_wrote_to_is_another_copy(tmp_path: Path) -> None:
    (latest, *_) = fill(tmp_path)
    asked(store(tmp_path))
    put(latest, b"x" * 999, NOW - 2 * HOUR)
    assert english(asked(store(tmp_path)).shown) == "7 copies were read back, 1 for the first time; none has changed"


def test_a_folder_is_one_copy_with_all_that_is_in_it(tmp_path: Path) -> None:
    for day in range(3):
        for name in ("a/one", "a/two", "three"):
            put(tmp_path / "nas" / f"night-{day}" / name, b"%d %s" % (day, name.encode()) * 300, NOW - day * DAY - HOUR)
    assert asked(store(tmp_path)).held == 3
    assert asked(store(tmp_path)).outcome is Outcome.PARTLY
    rot(tmp_path / "nas" / "night-1" / "a" / "two")
    assert asked(store(tmp_path)).broken == ("night-1",)
    shutil.rmtree(tmp_path / "nas" / "night-1" / "a")
    assert asked(store(tmp_path)).outcome is Outcome.PARTLY, "a file that is gone is for the size and the list to see"


def test_two_files_that_change_places_are_seen(tmp_path: Path) -> None:
    one, other = (put(tmp_path / "nas" / "night" / name, content, NOW - HOUR) for name, content in
                  (("a", b"one"), ("b", b"two")))  # fmt: skip
    asked(store(tmp_path))
    put(one, b"two", NOW - HOUR)
    put(other, b"one", NOW - HOUR)
    assert asked(store(tmp_path)).outcome is Outcome.BROKEN


def test_what_is_being_written_is_not_judged(tmp_path: Path) -> None:
    fill(tmp_path)
    growing = put(tmp_path / "nas" / "shop-99.sql", b"half", NOW)
    assert asked(store(tmp_path)).held == 7
    put(growing, b"whole", NOW + HOUR)
    assert asked(store(tmp_path, 1)).outcome is Outcome.PARTLY
    for path in (tmp_path / "nas").iterdir():
        if path != growing:
            path.unlink()
    put(growing, b"again", NOW)
    alone = asked(store(tmp_path))
    assert alone.outcome is Outcome.NOT_ASKED
    assert "being written" in english(alone.shown)


def test_a_copy_over_the_limit_is_counted_and_nothing_is_claimed_of_it(tmp_path: Path) -> None:
    fill(tmp_path)
    put(tmp_path / "nas" / "large", b"x" * 2000, NOW - HOUR)
    found = asked(store(tmp_path, verify_limit=1500))
    assert english(found.shown).endswith("none has changed; larger than `verify_limit`: 1")
    assert {asked(store(tmp_path, night, verify_limit=1500), of=7).held for night in range(8)} == {1}
    place = store(tmp_path, verify_limit=10)
    assert place.inventory().copies
    assert Check.UNCHANGED not in place.offers, "it would be silent for ever"


def test_a_file_that_always_grows_takes_no_turn_from_others(tmp_path: Path) -> None:
    every = fill(tmp_path)
    asked(store(tmp_path))
    rot(every[4])
    outcomes = []
    for night in range(1, 8):
        put(tmp_path / "nas" / "live.log", b"x" * 5000 * night, NOW + night * DAY)
        outcomes.append(asked(store(tmp_path, night), of=7).outcome)
    assert Outcome.BROKEN in outcomes


def test_a_link_to_elsewhere_is_no_copy_that_is_read(tmp_path: Path) -> None:
    fill(tmp_path, copies=1)
    (tmp_path / "nas" / "shop-link.sql").symlink_to("/etc/hostname")
    assert asked(store(tmp_path)).held == 1


def test_sums_that_were_spoilt_begin_anew_and_those_of_copies_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    every = fill(tmp_path)
    asked(store(tmp_path))
    every[0].unlink()
    asked(store(tmp_path))
    kept = tmp_path / "own" / "sums.json"
    assert len(json.loads(kept.read_text())) == 6
    for nonsense in ("{", "[]", '{"shop-01.sql": 3}', '{"shop-01.sql": {"x": 1}}'):
        kept.write_text(nonsense)
        assert asked(store(tmp_path)).outcome is Outcome.PARTLY


def test_a_dry_run_keeps_nothing(tmp_path: Path) -> None:
    fill(tmp_path)
    options = FILES.options.model_validate({"path": str(tmp_path / "nas")})
    asked(FILES.open(options, make_outlet(tmp_path / "own", dry=True)))
    assert not (tmp_path / "own").exists()


def test_dumps_are_read_back_too(tmp_path: Path) -> None:
    every = fill(tmp_path)
    place = DUMPS.open(DUMPS.options.model_validate({"path": f"{tmp_path}/nas/*.sql"}), make_outlet(tmp_path / "own"))
    assert isinstance(place, Examined)
    assert place.offers == {Check.UNCHANGED}
    asked(place)
    rot(every[6])
    assert asked(place).broken == (every[6].name,)


def looked_at(place: BackupStore, night: FakeNight) -> tuple[list[str], list[str]]:
    """Have the job look at a place; return the keys of its findings, and what it calls fine."""
    ctx = make_context(Path(), names_in(facts), opened={"backup": {"nas": place}}, night=night)
    BACKUPS.run(ctx, BackupOptions.model_validate({"checks": {"unchanged": {"every": "0s", "full_every": "0s"}}}))
    night.accept(ctx)
    return [one.key for one in ctx.report.findings], [english(one) for one in ctx.report.checked]


def test_the_job_tells_of_a_turned_bit_in_an_older_copy(tmp_path: Path) -> None:
    every = fill(tmp_path)
    night = FakeNight()
    assert looked_at(store(tmp_path), night)[0] == []
    rot(every[5])
    assert looked_at(store(tmp_path), night)[0] == ["backups/nas/unchanged"]


def test_unchanged_is_no_proof_that_a_copy_was_any_good(tmp_path: Path) -> None:
    fill(tmp_path)
    night = FakeNight()
    assert looked_at(store(tmp_path), night) == ([], ["nas: newest copy 3 hrs old; in order: room, unchanged"])
    card = night.items["backup", "nas"]
    assert {row[0]: row[1] for row in read_card(card.data)["checks"]}["unchanged"] == "ok"
    assert card.state == "unknown"
