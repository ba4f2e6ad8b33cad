"""What still works in a scratch folder is ended, in a session of its own or not, and nothing besides."""

import signal
import subprocess
import sys
from pathlib import Path

from jobs.connectors.backups._strays import end_all_in, working_in

DEAF = "import signal, time; signal.signal(signal.SIGQUIT, signal.SIG_IGN); print(flush=True); time.sleep(60)"


def test_what_works_in_a_folder_is_ended_and_nothing_beside_it(tmp_path: Path) -> None:
    inner, beside = tmp_path / "scratch" / "data", tmp_path / "scratch-2"
    for folder in (inner, beside):
        folder.mkdir(parents=True)
    deaf = subprocess.Popen([sys.executable, "-c", DEAF], cwd=inner, start_new_session=True, stdout=subprocess.PIPE)
    with (
        deaf,
        subprocess.Popen(["sleep", "60"], cwd=inner) as plain,
        subprocess.Popen(["sleep", "60"], cwd=beside) as other,
    ):
        assert deaf.stdout is not None
        deaf.stdout.readline()
        assert set(working_in(tmp_path / "scratch")) == {deaf.pid, plain.pid}
        end_all_in(tmp_path / "scratch")
        assert (plain.wait(5), deaf.wait(5)) == (-signal.SIGQUIT, -signal.SIGKILL)
        assert other.poll() is None
        other.kill()


def test_what_works_in_a_folder_that_is_gone_is_ended_too(tmp_path: Path) -> None:
    gone = tmp_path / "scratch" / "data"
    gone.mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"], cwd=gone) as left:
        gone.rmdir()
        end_all_in(tmp_path / "scratch")
        assert left.wait(5) == -signal.SIGQUIT
