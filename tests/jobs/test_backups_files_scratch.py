"""The scratch folder of a drill: for nobody else to read, gone afterwards, and with room enough or not begun."""

import io
import os
import shutil
import signal
import stat
import tarfile
from pathlib import Path

import pytest

from jobs.connectors.backups import _drill, _file_drill
from jobs.connectors.backups._archives import Unpacking
from jobs.connectors.backups._outcomes import Budget, UnknownError
from jobs.kinds.backup import Check, Copy, Outcome
from tests.jobs.archive_scenes import THEN, content, opened, restored, stays, tarred
from tests.jobs.dump_scenes import put


def test_files_are_restored_for_nobody_else_to_read(tmp_path: Path) -> None:
    member = tarfile.TarInfo("deep/setuid")
    member.mode, member.size = 0o4777, 1
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(member, io.BytesIO(b"x"))
    Unpacking(tmp_path, Budget(10_000_000)).file(io.BytesIO(out.getvalue()))
    assert stat.S_IMODE((tmp_path / "deep/setuid").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) == 0o700


def test_a27_a_drill_leaves_nothing_after_success_failure_and_sigterm(tmp_path: Path) -> None:
    store = opened(tmp_path)
    put(tmp_path / "nas" / "shop.tar", tarred(content()), THEN)
    (copy,) = store.inventory().copies
    drill = store._drill

    def unpack(ended: str) -> object:
        def work(_: Copy, unpacking: Unpacking) -> None:
            (unpacking.into / "half").write_bytes(b"x")
            if ended == "sigterm":
                os.kill(os.getpid(), signal.SIGTERM)
            if ended == "failure":
                raise UnknownError(_file_drill._TOO_LARGE)

        return work

    for ended in ("success", "failure"):
        drill.restored([copy], copy, unpack(ended))  # type: ignore[arg-type]
        assert stays(tmp_path) == []
    with pytest.raises(SystemExit):
        drill.restored([copy], copy, unpack("sigterm"))  # type: ignore[arg-type]
    assert stays(tmp_path) == []


def test_a27_what_a_killed_run_left_goes_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "nas").mkdir()
    put(tmp_path / "own" / _drill._BELOW / "tmpdead" / "customers.sql", b"names")
    opened(tmp_path).inventory()
    assert stays(tmp_path) == []


def test_room_is_twice_the_newest_copy_and_a_tenth_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "nas" / "shop.tar", b"x" * 400, THEN)
    for total, free, outcome in (
        (1000, 1000, Outcome.HELD),
        (1000, 799, Outcome.WARN),
        (1000, 800, Outcome.HELD),
        (10_000, 999, Outcome.WARN),
    ):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, t=total, f=free: Usage(t, f))
        told = restored(tmp_path, Check.ROOM)
        assert told.outcome is outcome


class Usage:
    def __init__(self, total: int, free: int) -> None:
        self.total, self.free = total, free
