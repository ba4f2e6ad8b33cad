"""The one way in which a connector runs a program, tried with small ones."""

import os
import signal
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.api import OutsideError
from daemon.processes import look
from jobs.connectors.command import Finished, Program, masked

SOON = timedelta(seconds=50)
WRITTEN = 'while [ ! -s "${0%/*}/pid" ]; do :; done'
"""What a script waits for until its child has said who it is."""


def program(folder: Path, script: str, **more: object) -> Program:
    """Return a program that is a shell script."""
    path = folder / "tool"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return Program(str(path), **more)  # type: ignore[arg-type]


def ran(folder: Path, script: str, *arguments: str, **more: object) -> Finished:
    return program(folder, script, **more).run(arguments, SOON)


def test_what_a_program_prints_and_how_it_ends_is_told(tmp_path: Path) -> None:
    told = ran(tmp_path, 'echo "out $1"; echo err >&2; exit 7', "word")
    assert (told.text, told.complaint, told.code) == ("out word\n", "err\n", 7)
    assert not told.timed_out
    assert not told.cut
    assert told.seconds > 0


def test_output_that_is_no_text_is_shown_all_the_same(tmp_path: Path) -> None:
    assert ran(tmp_path, r"printf 'a\377b'").text == "a\N{REPLACEMENT CHARACTER}b"


def test_a_program_ended_by_a_signal_says_which(tmp_path: Path) -> None:
    assert ran(tmp_path, "kill -USR1 $$").code == -signal.SIGUSR1


def test_what_is_given_arrives_whole_and_needs_no_reader(tmp_path: Path) -> None:
    many = b"x" * 3_000_000
    assert program(tmp_path, "wc -c").run([], SOON, given=many).text.strip() == "3000000"
    assert program(tmp_path, "exec 0<&-; echo done").run([], SOON, given=many).text == "done\n"


def test_a_program_that_is_given_nothing_finds_its_input_at_an_end_and_no_terminal(tmp_path: Path) -> None:
    told = ran(tmp_path, "cat; (: </dev/tty) 2>/dev/null && echo asked || echo alone")
    assert told.text == "alone\n"


def test_it_runs_in_the_folder_it_is_told_and_its_files_are_nobody_elses(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    told = program(tmp_path, "pwd; : > made; mkdir below").run([], SOON, folder=inside)
    assert told.text.strip() == str(inside)
    assert stat.S_IMODE((inside / "made").stat().st_mode) == 0o600
    assert stat.S_IMODE((inside / "below").stat().st_mode) == 0o700


def test_output_without_end_is_read_and_thrown_away(tmp_path: Path) -> None:
    told = ran(tmp_path, "head -c 5000000 /dev/zero; head -c 3000 /dev/zero >&2; echo late >&2", most=1000)
    assert (len(told.out), len(told.err), told.cut, told.code) == (1000, 1000, True, 0)
    assert not ran(tmp_path, "head -c 1000 /dev/zero", most=1000).cut


@pytest.mark.parametrize("arguments", [[], ["forget"], ["key"], ["key", "add"], ["--json", "check"], ["checks"]])
def test_a25_only_what_is_allowed_is_asked_for(tmp_path: Path, arguments: list[str]) -> None:
    tool = program(tmp_path, f": > {tmp_path}/ran", allowed=frozenset({"check", "key list"}))
    with pytest.raises(ValueError, match="may not be asked to"):
        tool.run(arguments, SOON)
    assert not (tmp_path / "ran").exists()
    tool.run(["key", "list", "--json"], SOON)
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("bad", ["--repair", "--repair=yes", "unlock"])
def test_a25_a_refused_word_stands_nowhere_among_the_arguments(tmp_path: Path, bad: str) -> None:
    tool = program(tmp_path, f": > {tmp_path}/ran", allowed=frozenset({"check"}), refused=frozenset({"--repair", "unlock"}))  # fmt: skip
    with pytest.raises(ValueError, match="may not be given"):
        tool.run(["check", "--json", bad], SOON)
    assert not (tmp_path / "ran").exists()


def test_a_program_is_told_only_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHERS_SECRET", "s3cret")
    monkeypatch.setenv("RESTIC_REPOSITORY", "/somewhere")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    told = ran(tmp_path, "env", environment={"MINE": "given"})
    lines = dict(line.split("=", 1) for line in told.text.splitlines())
    assert lines["MINE"] == "given"
    assert (lines["LANG"], lines["LC_ALL"], lines["TZ"]) == ("C.UTF-8", "C.UTF-8", "Europe/Berlin")
    assert not {"OTHERS_SECRET", "RESTIC_REPOSITORY"} & set(lines)


def test_what_it_is_told_shows_in_no_repr() -> None:
    assert "s3cret" not in repr(Program("tool", environment={"PASSWORD": "s3cret"}))


def test_it_gives_way_to_everything_else(tmp_path: Path) -> None:
    told = ran(
        tmp_path,
        "for n in $(seq 500); do read -r stat </proc/$$/stat; set -- $stat; [ ${19} = 19 ] && echo low && exit; done",
    )
    assert told.text == "low\n"


def test_a_program_that_is_not_there_or_no_program_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no program", encoding="utf-8")
    for path in ("no-such-tool", str(tmp_path / "none"), str(tmp_path / "text"), str(tmp_path), "a\0b"):
        with pytest.raises(
            OutsideError, match=r"^the program .* can't be started \(.*\): install it, or say"
        ) as caught:
            Program(path).run([], SOON)
        assert caught.value.permanent


def test_a_child_that_keeps_the_pipes_is_not_waited_for(tmp_path: Path) -> None:
    """In the program's own group it is ended; in a session of its own it is left, and its pipes with it."""
    told = ran(tmp_path, "sleep 60 & echo $!; echo said")
    pid, said = told.text.split()
    assert said == "said"
    assert not lives(int(pid))
    assert told.seconds < 15
    told = ran(tmp_path, f"setsid sh -c 'echo $$ >{tmp_path}/pid; exec sleep 20' & {WRITTEN}; echo said")
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert told.text == "said\n"
    assert told.seconds < 15


def test_what_a_child_in_another_session_prints_without_end_is_left_after_a_moment(tmp_path: Path) -> None:
    told = ran(tmp_path, f"setsid sh -c 'echo $$ >{tmp_path}/pid; exec yes' & {WRITTEN}; echo said >&2", most=1000)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert told.complaint == "said\n"
    assert told.cut
    assert told.seconds < 15


def test_the_group_is_ended_before_its_number_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a signal could reach a group that only got the same number."""
    seen = list[str]()
    really = os.killpg

    def killpg(group: int, number: int) -> None:
        there = look(group)
        seen.extend([there.state if there else "gone"] if number else [])
        really(group, number)

    monkeypatch.setattr(os, "killpg", killpg)
    ran(tmp_path, "exit 0")
    program(tmp_path, "sleep 60").run([], timedelta(seconds=0.05))
    assert seen[0] == "Z"
    assert "gone" not in seen


def lives(pid: int) -> bool:
    found = look(pid)
    return found is not None and found.lives


def _children() -> set[str]:
    """Return the children of this process, dead ones too: other tests of it may have left some."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {pid for task in tasks for pid in task.read_text(encoding="ascii").split()}


def test_nothing_is_left_open_and_nothing_unreaped(tmp_path: Path) -> None:
    before, children = set(Path("/proc/self/fd").iterdir()), _children()
    for script in ("exit 0", "sleep 60 & exit 0", "exec 1>&- 2>&-"):
        ran(tmp_path, script)
    program(tmp_path, "cat").run([], SOON, given=b"x" * 100_000)
    with pytest.raises(OutsideError):
        Program("no-such-tool").run([], SOON)
    assert set(Path("/proc/self/fd").iterdir()) == before
    assert _children() <= children


def test_a_program_whose_end_cannot_be_watched_is_ended_and_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    def refuse(_pid: int) -> int:
        raise PermissionError("not here")

    children = _children()
    monkeypatch.setattr(os, "pidfd_open", refuse)
    with pytest.raises(PermissionError):
        ran(tmp_path, f"sleep 60; : > {tmp_path}/lived")
    assert _children() <= children


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rest:https://user:pass@host/", "rest:https://***@host/"),
        ("open rest:https://u:p@ss@host:8000/x and s3:https://key@b/", "open rest:https://***@host:8000/x and s3:https://***@b/"),
        ("https://host/path?to=a@b", "https://host/path?to=a@b"),
        ("sftp:user@host:/srv", "sftp:user@host:/srv"),
        ("/srv/restic", "/srv/restic"),
    ],
)  # fmt: skip
def test_a26_no_login_of_an_address_is_shown(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a26_no_secret_is_shown_and_no_word_is_blanked_out() -> None:
    assert (
        masked("key s3cret-longer and s3cret, not a b", ["s3cret", "s3cret-longer", "a", ""])
        == "key *** and ***, not a b"
    )


@given(
    st.text(
        st.characters(blacklist_characters="/ \t\r\n\x1c\x1d\x1e\x1f\x85\xa0", blacklist_categories=("Z", "C")),
        min_size=1,
    )
)
def test_a26_whatever_a_login_is_made_of_it_is_not_shown(login: str) -> None:
    assert masked(f"rest:https://{login}@host/path") == "rest:https://***@host/path"
