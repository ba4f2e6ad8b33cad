"""Two daemons never work on one state folder, and the second is told who is first."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.errors import EXIT_BUSY, BusyError, LedgerError
from daemon.ledger import StateLock

HOLD = """
import sys
from pathlib import Path
from daemon.ledger import StateLock
lock = StateLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_the_second_process_is_told_the_first_ones_number_until_that_dies(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=f"in use by the process {holder.pid}$") as busy:
            StateLock(tmp_path)
        assert busy.value.exit_code == EXIT_BUSY
        with pytest.raises(BusyError, match=str(holder.pid)):
            StateLock(tmp_path)
        holder.kill()
        holder.wait()
    StateLock(tmp_path).close()


def test_a_lock_given_free_can_be_taken_and_names_its_new_holder(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("99999999\n")
    first = StateLock(tmp_path)
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    with pytest.raises(BusyError, match=f"process {os.getpid()}$"):
        StateLock(tmp_path)
    first.close()
    StateLock(tmp_path).close()


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="can't be used: No such file or directory"):
        StateLock(tmp_path / "nowhere")
