"""The exported key of a borg repository: whole, of this repository, somewhere else, and nobody else's to read."""

import base64
import hashlib
import os
import textwrap
from pathlib import Path

import pytest

from jobs.connectors.backups._borg_key import examined
from jobs.kinds.backup import Check, Outcome, Verdict
from tests.jobs.borg_scenes import REPOSITORY, held, listed, of, opened
from tests.jobs.dump_scenes import told
from tests.jobs.test_backups_borg import ONE, THEN

BLOB = (
    b"\x86\xa9algorithm\xa6sha256\xa4data"
    + bytes(range(200))
    + b"\xa4salt\xda\x00\x20"
    + b"s" * 32
    + b"\xa7version\x01"
)


def plain(repository: str = REPOSITORY, blob: bytes = BLOB) -> str:
    """Return a key as `borg key export` writes it."""
    return f"BORG_KEY {repository}\n" + "\n".join(textwrap.wrap(base64.b64encode(blob).decode(), 70)) + "\n"


def paper(repository: str = REPOSITORY, blob: bytes = BLOB) -> str:
    """Return a key as `borg key export --paper` writes it; the sums of single lines are not looked at."""

    def grouped(digits: str) -> str:
        return " ".join(textwrap.wrap(digits, 6))

    lines = [blob[n : n + 18].hex() for n in range(0, len(blob), 18)]
    head = f"id: {len(lines)} / {grouped(repository[:18])} / {grouped(hashlib.sha256(blob).hexdigest()[:12])} - 0c\n"
    rows = "".join(f"{n:2d}: {grouped(line)} - b4\n" for n, line in enumerate(lines, 1))
    return f"To restore key use borg key import --paper /path/to/repo\n\nBORG PAPER KEY v1\n{head}{rows}"


def key(folder: Path, text: str, mode: int = 0o600) -> Verdict:
    path = folder / "key"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return examined(path, REPOSITORY, None)


@pytest.mark.parametrize("written", [plain, paper])
def test_a_key_that_is_whole_and_of_this_repository_holds_and_its_passphrase_is_not_vouched_for(
    tmp_path: Path, written: object
) -> None:
    assert callable(written)
    verdict = key(tmp_path, written())
    assert verdict.outcome is Outcome.HELD
    assert "its passphrase must be known to you" in told(verdict.shown)


@pytest.mark.parametrize("written", [plain, paper])
def test_a_key_that_was_cut_off_or_belongs_to_another_repository_is_told(tmp_path: Path, written: object) -> None:
    assert callable(written)
    for text in (written()[:-20], written()[: len(written()) // 2], written(blob=BLOB[:-8])):
        if text != paper(blob=BLOB[:-8]):  # a sheet with its own right sum is whole, whatever was printed on it
            assert key(tmp_path, text).outcome is Outcome.BROKEN
    verdict = key(tmp_path, written("f" * 64))
    assert verdict.outcome is Outcome.BROKEN
    assert "belongs to another repository" in told(verdict.reason)


def test_a_digit_of_a_paper_key_that_was_copied_wrongly_is_told(tmp_path: Path) -> None:
    assert key(tmp_path, paper().replace(" 1: 86", " 1: 87")).outcome is Outcome.BROKEN


@pytest.mark.parametrize("text", ["", "correct horse", "BORG_KEY\n", "BORG_KEY " + "0" * 63 + "\nabc", "\x00" * 99])
def test_what_is_no_key_is_told(tmp_path: Path, text: str) -> None:
    assert key(tmp_path, text).outcome is Outcome.BROKEN


def test_a_key_that_others_may_read_is_a_warning(tmp_path: Path) -> None:
    for mode in (0o640, 0o604, 0o644):
        assert key(tmp_path, plain(), mode).outcome is Outcome.WARN
        (tmp_path / "key").chmod(0o600)


def test_a_key_in_the_repository_or_on_its_disk_is_lost_with_it(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    for place, outcome in ((repository / "key", Outcome.BROKEN), (tmp_path / "key", Outcome.WARN)):
        place.write_text(plain(), encoding="utf-8")
        place.chmod(0o600)
        assert examined(place, REPOSITORY, repository).outcome is outcome
    link = tmp_path / "link"
    link.symlink_to(repository / "key")
    assert examined(link, REPOSITORY, repository).outcome is Outcome.BROKEN


def test_a_key_that_is_gone_is_told_and_one_that_can_not_be_read_is_not_known(tmp_path: Path) -> None:
    assert examined(tmp_path / "gone", REPOSITORY, None).outcome is Outcome.BROKEN
    assert examined(tmp_path, REPOSITORY, None).outcome is Outcome.UNKNOWN
    os.mkfifo(tmp_path / "pipe")
    assert examined(tmp_path / "pipe", REPOSITORY, None).outcome is Outcome.UNKNOWN


def test_the_check_looks_at_what_the_owner_named_and_asks_for_no_key_where_nothing_is_encrypted(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(plain(), encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    answers = {"list --json": ONE, "list": held(1)}
    place = {"repository": "ssh://host/./r", "key_export": str(tmp_path / "key")}
    assert of(opened(tmp_path / "1", answers, **place), Check.KEY).outcome is Outcome.HELD
    bare = {"list --json": listed(("shop-1", THEN), mode="none"), "list": held(1)}
    verdict = of(opened(tmp_path / "2", bare, **{**place, "key_export": "/nowhere"}), Check.KEY)
    assert "not encrypted" in told(verdict.shown)
