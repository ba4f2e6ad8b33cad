"""The job `command` runs a program of the owner's and believes how it ended; it never runs one that it may not."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon.api import OutsideError
from daemon.context import in_english
from daemon.secrets import SecretText
from daemon.testing import make_context, make_outlet
from jobs.command import COMMAND, CommandOptions
from jobs.connectors.program import LAST_LINES, OWN_PROGRAM
from jobs.kinds.program import Ended, Runnable
from jobs.testing_programs import ProgramContract
from tests.jobs.own_program_scenes import saying, script


class Fake(Runnable):
    """A program that ends as it is told, and counts how often it ran."""

    def __init__(self, ended: Ended) -> None:
        self.ended, self.runs = ended, 0

    @property
    def shown(self) -> str:
        return "/usr/local/bin/backup-now --all"

    def run(self) -> Ended:
        self.runs += 1
        return self.ended


def done(ended: Ended, expect: str = "exit") -> str:
    """Return what a run of the job says of itself."""
    ctx = make_context(Path(), opened={"program": {"now": Fake(ended)}})
    said = COMMAND.run(ctx, CommandOptions.model_validate({"expect": expect}))
    assert said is not None
    return in_english(said)


def failed(ended: Ended, expect: str = "exit") -> str:
    with pytest.raises(OutsideError) as caught:
        done(ended, expect)
    return str(caught.value)


def opened(program: Path, *, writes: bool = True, **options: object) -> Runnable:
    given = {"run": [str(program)], **options}
    return OWN_PROGRAM.open(OWN_PROGRAM.options.model_validate(given), make_outlet(Path(), writes=writes))


class TestTheOwnersProgramKeepsTheContract(ProgramContract):
    def program(self, folder: Path, code: int, printed: str) -> Runnable:
        return opened(script(folder, f"touch {folder / 'ran'}", saying(printed), f"exit {code}"))

    def missing(self, folder: Path) -> Runnable:
        return opened(folder / "gone")

    def unwritable(self, folder: Path) -> Runnable:
        return opened(script(folder, f"touch {folder / 'ran'}"), writes=False)


def test_a_program_that_ends_well_is_said_with_what_it_printed(capsys: pytest.CaptureFixture[str]) -> None:
    said = done(Ended(0, ("made shop.tar", "done"), ("a warning",), "done", Decimal("61.5")))
    assert said == "/usr/local/bin/backup-now --all ended well after 61 s"
    assert capsys.readouterr().out.splitlines() == ["made shop.tar", "done", "a warning"]


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        (Ended(3, ("started",), ("no space left",)), "the program ended with 3: no space left"),
        (Ended(3, ("started", "gave up")), "the program ended with 3: gave up"),
        (Ended(1), "the program ended with 1: it said nothing"),
        (Ended(-9, ("started",)), "the program was ended by signal 9: started"),
        (Ended(0, timed_out=True, seconds=Decimal(7)), "the program was ended after 7 s, its limit: it said nothing"),
    ],
)
def test_a_program_that_ends_otherwise_is_a_failed_run_with_its_last_line(ended: Ended, reason: str) -> None:
    assert failed(ended) == reason


def test_what_it_printed_is_kept_of_a_failed_run_too(capsys: pytest.CaptureFixture[str]) -> None:
    failed(Ended(1, ("started",), ("no space left",)))
    assert "no space left" in capsys.readouterr().out


def test_a_line_of_json_gives_the_summary() -> None:
    told = '{"summary": "2 databases, 31 files\\u001b[2J", "more": 1}'
    assert done(Ended(0, (), (), told, Decimal(5)), "json") == "2 databases, 31 files [2J (after 5 s)"
    assert done(Ended(0, (), (), "{}"), "json").endswith("ended well after 0 s")


@pytest.mark.parametrize("line", ["", "done", "[1]", '{"summary": 7}', '{"ok": "no"}', "[" * 100_000])
def test_a_last_line_that_is_not_as_expected_is_a_failed_run(line: str) -> None:
    assert "its last line is no JSON object" in failed(Ended(0, answer=line), "json")


def test_a_program_may_say_that_it_failed() -> None:
    assert (
        failed(Ended(0, answer='{"ok": false, "summary": "1 of 2"}'), "json")
        == "the program says that it failed: 1 of 2"
    )


@pytest.mark.parametrize("how", ["dry", "rehearsal"])
def test_a_dry_run_only_says_what_would_be_run(how: str) -> None:
    fake = Fake(Ended(0))
    changes: dict[str, Any] = {how: True, "opened": {"program": {"now": fake}}}
    ctx = make_context(Path(), **changes)
    said = COMMAND.run(ctx, CommandOptions())
    assert said is not None
    assert in_english(said) == "would run /usr/local/bin/backup-now --all"
    assert fake.runs == 0


def test_a_run_that_was_cut_short_is_never_made_again_by_itself() -> None:
    assert COMMAND.repeatable is False


def test_the_last_lines_of_both_streams_are_kept_without_secrets(tmp_path: Path) -> None:
    program = script(tmp_path, "seq 300", 'printf "with %s\\n\\033[2J" "$TOKEN" >&2')
    ended = opened(program, environment={"TOKEN": SecretText("s3cret-token")}).run()
    assert len(ended.printed) == LAST_LINES
    assert ended.printed[-1] == "300"
    assert ended.complained[0] == "with ***"
    assert all(line.isprintable() for line in ended.complained)


def test_it_starts_where_and_with_what_the_owner_says(tmp_path: Path) -> None:
    program = script(tmp_path / "bin", 'pwd; echo "$1/$PLAIN"')
    ended = opened(program, run=[str(program), "a b; $(x) *"], folder=str(tmp_path), environment={"PLAIN": "x"}).run()
    assert ended.printed == (str(tmp_path), "a b; $(x) */x")


def test_what_would_be_run_holds_no_secret_and_no_control_sign(tmp_path: Path) -> None:
    shown = opened(tmp_path / "x", run=["/bin/x", "a b", "\x1b[2J"], environment={"T": SecretText("s3cret")}).shown
    assert shown == "/bin/x 'a b' '\N{REPLACEMENT CHARACTER}[2J'"


def test_doctor_looks_at_the_program_and_does_not_run_it(tmp_path: Path) -> None:
    assert OWN_PROGRAM.check is not None
    program = script(tmp_path, f"touch {tmp_path / 'ran'}")
    assert OWN_PROGRAM.check(opened(program)) is None
    assert OWN_PROGRAM.check(opened(tmp_path / "gone")) is not None
    assert not (tmp_path / "ran").exists()
