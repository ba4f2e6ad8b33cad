"""Backups of PostgreSQL by pgBackRest: what its recorded answers mean."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.testing import NOW, make_outlet
from jobs.connectors.backups._tools import Tool
from jobs.connectors.backups.pgbackrest import PGBACKREST, PgBackRestStore
from jobs.connectors.command import Finished, Program
from jobs.kinds.backup import BackupStore, Check, Copy, Outcome, Part, Verdict
from jobs.testing_kinds import BackupContract
from tests.jobs.dump_scenes import told
from tests.jobs.pgbackrest_scenes import LABEL, info, row
from tests.jobs.program_scenes import SPECS, Player, Said, player, recorded

SAMPLES = SPECS / "dbdumps" / "samples" / "postgresql15"


recordings = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded answers of pgBackRest are not here")


VALID = f"""stanza: shop
status: ok
  archiveId: 15-1, total WAL checked: 14, total valid WAL: 14
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
  backup: {LABEL}, status: valid, total files checked: 4000, total valid files: 4000
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
"""


def pgbackrest(folder: Path, answers: dict[str, Said], **options: object) -> PgBackRestStore:
    told_options = {"stanza": "shop", "program": str(player(folder, answers).path), **options}
    store = PGBACKREST.open(PGBACKREST.options.model_validate(told_options), make_outlet(folder))
    assert isinstance(store, PgBackRestStore)
    return store


def of(store: PgBackRestStore, check: Check) -> Verdict:
    return store.examine(check, store.inventory().copies[0], Part())


class TestPgBackRestKeepsTheContract(BackupContract):
    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        return pgbackrest(folder, {"info": info(*[row(f"{n}F", at, size) for n, (at, size) in enumerate(copies)])})

    def unreachable(self, folder: Path) -> BackupStore:
        return pgbackrest(folder, {"info": Said(err="ERROR: [055]: unable to open missing file", code=55)})


@recordings
@pytest.mark.parametrize(
    ("name", "outcome", "said"),
    [
        ("br_verify_ok_verbose", Outcome.HELD, ""),
        ("br_verify_corrupt", Outcome.BROKEN, f"backup: {LABEL}, status: invalid"),
        ("br_verify_missing", Outcome.BROKEN, "(missing: 1)"),
        ("br_verify_ok", Outcome.UNKNOWN, "said nothing"),
        ("br_verify_corrupt_noout", Outcome.UNKNOWN, "said nothing"),
    ],
)
def test_a14_what_pgbackrest_verifies_is_judged_by_its_text_and_never_by_its_exit_code(
    tmp_path: Path, name: str, outcome: Outcome, said: str
) -> None:
    answers = {"info": recorded(SAMPLES, "br_info"), "verify --output=text --verbose": recorded(SAMPLES, name)}
    verdict = of(pgbackrest(tmp_path, answers), Check.DATA)
    assert verdict.outcome is outcome
    assert said in (told(verdict.reason) if verdict.reason else "")


def test_a14_a_backup_that_is_listed_and_not_found_by_verify_is_damaged_whatever_its_status_says(
    tmp_path: Path,
) -> None:
    none = VALID.partition("  backup:")[0] + "  backup: none found\n"
    store = pgbackrest(tmp_path, {"info": info(row(LABEL, NOW, 9)), "verify": Said(none)})
    verdict = of(store, Check.DATA)
    assert verdict.outcome is Outcome.BROKEN
    assert f"{LABEL}: gone" in told(verdict.reason)
    other = replace(info(row(LABEL, NOW, 9), row("20261122-010101F", NOW, 9)))
    assert of(pgbackrest(tmp_path / "2", {"info": other, "verify": Said(VALID)}), Check.DATA).outcome is Outcome.BROKEN


def test_a14_a_backup_that_is_made_or_expires_meanwhile_is_not_missed(tmp_path: Path) -> None:
    old, new = row("20261101-010101F", NOW, 9), row("20261122-010101F", NOW, 9)
    before, after = info(old, row(LABEL, NOW, 9)), info(row(LABEL, NOW, 9), new)
    late = tmp_path / "late"
    late.write_text(after.out)
    store = pgbackrest(tmp_path, {"info": before, "verify": Said(VALID, does=f"cp {late} {tmp_path}/tool.0.out")})
    (copy,) = [one for one in store.inventory().copies if one.name == LABEL]
    assert store.examine(Check.DATA, copy, Part()).outcome is Outcome.HELD


def test_a14_well_verified_data_is_no_pass_where_the_wal_that_it_needs_is_gone(tmp_path: Path) -> None:
    store = pgbackrest(tmp_path, {"info": info(row(LABEL, NOW, 9), high="2"), "verify": Said(VALID)})
    assert of(store, Check.DATA).outcome is Outcome.BROKEN


@pytest.mark.parametrize("answer", [Said(VALID, code=1), Said("", "ERROR: [041]", 41), Said("status: perhaps\n")])
def test_a14_any_other_answer_of_verify_is_no_pass(tmp_path: Path, answer: Said) -> None:
    store = pgbackrest(tmp_path, {"info": info(row(LABEL, NOW, 9)), "verify": answer})
    assert of(store, Check.DATA).outcome in {Outcome.UNKNOWN, Outcome.BROKEN}


@recordings
def test_a15_the_recorded_backup_of_pgbackrest_has_its_size_and_its_moment(tmp_path: Path) -> None:
    store = pgbackrest(tmp_path, {"info": recorded(SAMPLES, "br_info")})
    (copy,) = store.inventory().copies
    assert (copy.name, copy.size, copy.files) == (LABEL, 220678928, None)
    assert copy.moment == datetime(2026, 11, 21, 18, 34, 58, tzinfo=UTC)
    assert of(store, Check.STRUCTURE).outcome is Outcome.HELD


@recordings
def test_a15_a_stanza_without_a_backup_is_empty_and_one_that_is_missing_is_an_error(tmp_path: Path) -> None:
    empty = pgbackrest(tmp_path / "1", {"info": recorded(SAMPLES, "br_info_nobackup")})
    assert not empty.inventory().copies
    assert empty.examine(Check.STRUCTURE, Copy("x", NOW, 1, None, "x"), Part()).outcome is Outcome.BROKEN
    with pytest.raises(OutsideError, match=r"missing stanza path \(code 1\)"):
        pgbackrest(tmp_path / "2", {"info": recorded(SAMPLES, "br_info_nostanza")}).inventory()


@pytest.mark.parametrize(
    ("stanza", "said"),
    [
        (info(row(LABEL, NOW, 9, error=True)), "wrong checksums"),
        (info(row(LABEL, NOW, 9, reference=["20261101-010101F"])), "needs the backup 20261101-010101F, which is gone"),
        (info(row(LABEL, NOW, 9), high="2"), "is not archived"),
        (info(row(LABEL, NOW, 9), low="3"), "is not archived"),
        (info(row(LABEL, NOW, 9), code=4), "not in order"),
    ],
)
def test_a15_what_the_list_of_pgbackrest_shows_to_be_wrong_is_told(tmp_path: Path, stanza: Said, said: str) -> None:
    verdict = of(pgbackrest(tmp_path, {"info": stanza}), Check.STRUCTURE)
    assert verdict.outcome is Outcome.BROKEN
    assert said in told(verdict.reason)


def test_a25_pgbackrest_is_asked_for_its_list_and_to_verify_and_writes_no_log(tmp_path: Path) -> None:
    answers = {"info": info(row(LABEL, NOW, 9)), "": Said()}
    store = pgbackrest(tmp_path, answers, config="/etc/pgbackrest.conf", repo=2)
    for check in Check:
        of(store, check)
    asked = Player(tmp_path / "tool").asked
    assert {call[0] for call in asked} == {"info", "verify"}
    assert all({"--log-level-file=off", "--config=/etc/pgbackrest.conf", "--repo=2"} <= set(call) for call in asked)


def test_a24_a_program_that_was_ended_for_taking_too_long_leaves_nothing_known() -> None:
    tool = Tool(Program("pgbackrest"), timedelta(hours=2))
    ended = Finished(0, VALID.encode(), b"", Decimal(7200), timed_out=True)
    verdict = tool.failed(ended)
    assert verdict is not None
    assert verdict.outcome is Outcome.UNKNOWN
    with pytest.raises(OutsideError, match="was not done after"):
        tool.answered(ended)


def test_the_doctor_is_told_where_there_is_no_backup(tmp_path: Path) -> None:
    assert "holds no backup yet" in told(pgbackrest(tmp_path / "1", {"info": info(code=2)}).check())
    assert pgbackrest(tmp_path / "2", {"info": info(row(LABEL, NOW - timedelta(hours=1), 9))}).check() is None
