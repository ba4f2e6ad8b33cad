"""Backups that a program of the owner's knows about: what is believed of its one line, and what never is."""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from daemon.api import OutsideError
from daemon.secrets import SecretText
from daemon.testing import NOW, make_outlet
from jobs.connectors.backups._told_lines import OddError, inventory_of, verdict_of
from jobs.connectors.backups.command import COMMAND, CommandStore
from jobs.kinds.backup import BackupStore, Check, Copy, Outcome, Part, Verdict
from jobs.testing_kinds import BackupContract
from tests.jobs.own_program_scenes import answering, saying, script
from tests.jobs.s3_scenes import said

COPY = {"name": "night.tar", "moment": "2026-11-20T02:00:00+01:00", "size": 10, "files": 2}
LIST = {"copies": [COPY]}
HELD = {"verdict": "held", "shown": "all 3 volumes opened", "held": 3, "listed": 3}


def opened(program: Path, **options: object) -> CommandStore:
    given = {"run": [str(program)], "verify": True, **options}
    store = COMMAND.open(COMMAND.options.model_validate(given), make_outlet(Path()))
    assert isinstance(store, CommandStore)
    return store


def asked(program: Path, check: Check | None = None, **options: object) -> Verdict:
    store = opened(program, **options)
    newest = store.inventory().copies[0]
    return store.verify(newest) if check is None else store.examine(check, newest, Part(2, 7))


class TestTheCommandKeepsTheContract(BackupContract):
    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        rows = [
            {"name": f"copy-{n}", "moment": at.astimezone().isoformat(), "size": size}
            for n, (at, size) in enumerate(copies)
        ]
        return opened(answering(folder, {"copies": rows}, HELD))

    def unreachable(self, folder: Path) -> BackupStore:
        return opened(script(folder, "echo the disk is gone >&2", "exit 3"))


def test_what_a_program_lists_is_taken_as_it_says() -> None:
    found = inventory_of(
        json.dumps({"copies": [COPY, {**COPY, "id": "x", "series": "db"}], "unreadable": ["b\x1b"]}).encode()
    )
    assert found.copies[0].moment == NOW - timedelta(hours=3)
    assert (found.copies[0].size, found.copies[0].files) == (10, 2)
    assert {(copy.id, copy.series) for copy in found.copies} == {("night.tar", ""), ("x", "db")}
    assert list(found.unreadable) == ["b\N{REPLACEMENT CHARACTER}"]


def test_what_a_program_does_not_know_stays_unknown() -> None:
    (copy,) = inventory_of(json.dumps({"copies": [{"name": "a", "moment": "2026-11-20T02:00:00Z"}]}).encode()).copies
    assert (copy.size, copy.files) == (None, None)


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "[]",
        "null",
        "{}",
        "copies: none",
        json.dumps(LIST) + "\n" + json.dumps(LIST),
        "starting\n" + json.dumps(LIST),
        '{"copies": [], "copies": []}',
        '{"copies": NaN}',
        '{"copies": [], "more": 1}',
        "[" * 100_000,
        "\xff\xfe",
        *(
            json.dumps({"copies": [{**COPY, **odd}]})
            for odd in (
                {"name": ""},
                {"name": 7},
                {"name": None},
                {"id": ""},
                {"id": "--delete"},
                {"moment": "2026-11-20T02:00:00"},
                {"moment": "yesterday"},
                {"moment": 1700000000},
                {"size": -1},
                {"size": 1.5},
                {"size": True},
                {"size": "10"},
                {"files": 10**30},
                {"colour": "red"},
            )
        ),
        json.dumps({"copies": ["night.tar"]}),
        json.dumps({"copies": [COPY, COPY]}),
        json.dumps({"copies": [], "unreadable": "all"}),
    ],
)
def test_a_list_with_anything_odd_is_no_list(printed: str) -> None:
    with pytest.raises(OddError):
        inventory_of(printed.encode("latin-1"))


@pytest.mark.parametrize(
    "odd",
    [
        {"verdict": "fine"},
        {"verdict": None},
        {"held": 4},
        {"held": -1},
        {"shown": ""},
        {"shown": 7},
        {"extra": 1},
        {"broken": "a"},
        {"broken": [1]},
        {"verdict": "broken"},
        {"verdict": "unknown"},
    ],
)
def test_a_verdict_with_anything_odd_is_none(odd: dict[str, Any]) -> None:
    with pytest.raises(OddError):
        verdict_of(json.dumps({**HELD, **odd}).encode())


def test_a_verdict_that_speaks_for_a_backup_says_what_was_looked_at() -> None:
    with pytest.raises(OddError, match="what was looked at"):
        verdict_of(b'{"verdict": "held"}')
    assert verdict_of(b'{"verdict": "not-asked"}').outcome is Outcome.NOT_ASKED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60)
@given(st.binary() | st.text().map(str.encode) | JSON.map(lambda told: json.dumps(told).encode()))
def test_whatever_a_program_prints_is_read_or_called_odd(printed: bytes) -> None:
    for read in (inventory_of, verdict_of):
        with suppress(OddError):
            assert read(printed) is not None


def test_a_program_is_asked_by_its_arguments(tmp_path: Path) -> None:
    program = answering(tmp_path, {"copies": [{**COPY, "id": "a b;reboot $(x)"}]}, HELD)
    options = {"run": [str(program), "--site", "shop"], "checks": ["restore", "data"]}
    store = opened(program, **options)
    newest = store.inventory().copies[0]
    store.verify(newest)
    assert store.offers == {Check.RESTORE, Check.DATA}
    assert store.examine(Check.RESTORE, newest, Part()).outcome is Outcome.HELD
    assert store.examine(Check.DATA, newest, Part(2, 7)).outcome is Outcome.HELD
    assert store.examine(Check.KEY, newest, Part()).outcome is Outcome.NOT_ASKED
    assert (tmp_path / "asked").read_text().splitlines() == [
        "--site shop list",
        "--site shop verify a b;reboot $(x)",
        "--site shop restore a b;reboot $(x)",
        "--site shop data a b;reboot $(x) 2 7",
    ]


def answering_whatever(folder: Path, verdict: object, code: int) -> Path:
    return script(
        folder, f"if [ $1 = list ]; then {saying(LIST)}; exit 0; fi", saying(verdict), "echo why >&2", f"exit {code}"
    )


@pytest.mark.parametrize(
    ("verdict", "code", "outcome"),
    [
        (HELD, 0, Outcome.HELD),
        (HELD, 1, Outcome.UNKNOWN),
        ({**HELD, "verdict": "partly"}, 9, Outcome.UNKNOWN),
        ({"verdict": "not-asked"}, 1, Outcome.UNKNOWN),
        ({"verdict": "broken", "reason": "volume 2 is missing"}, 0, Outcome.BROKEN),
        ({"verdict": "broken", "reason": "volume 2 is missing"}, 1, Outcome.BROKEN),
        ({"verdict": "warn", "reason": "one disk of two"}, 0, Outcome.WARN),
        ("", 0, Outcome.UNKNOWN),
        ("all is well", 0, Outcome.UNKNOWN),
        ({"verdict": "fine"}, 0, Outcome.UNKNOWN),
    ],
)
def test_how_it_ends_counts_as_much_as_what_it_prints(
    tmp_path: Path, verdict: object, code: int, outcome: Outcome
) -> None:
    told = asked(answering_whatever(tmp_path, verdict, code))
    assert told.outcome is outcome
    if outcome is Outcome.UNKNOWN and code:
        assert f"it ended with {code} (why)" in said(told)


def test_a_program_that_prints_without_end_is_not_believed(tmp_path: Path) -> None:
    program = script(
        tmp_path, f"if [ $1 = list ]; then {saying(LIST)}; exit 0; fi", saying(HELD), "head -c 5000000 /dev/zero"
    )
    assert asked(program).outcome is Outcome.UNKNOWN


def test_a_list_that_fails_says_why_and_shows_no_secret(tmp_path: Path) -> None:
    program = script(tmp_path, 'echo "no entry with $TOKEN at https://me:word@nas/" >&2', "exit 4")
    with pytest.raises(OutsideError) as caught:
        opened(program, environment={"TOKEN": SecretText("s3cret-token")}).inventory()
    assert "it ended with 4 (no entry with *** at https://***@nas/)" in str(caught.value)


def test_a26_secrets_reach_it_in_its_environment_only(tmp_path: Path) -> None:
    program = script(
        tmp_path,
        f'printf "%s\\n" "$*" > {tmp_path / "seen"}; env >> {tmp_path / "seen"}',
        f"if [ $1 = list ]; then {saying(LIST)}; else {saying(HELD)}; fi",
    )
    asked(program, environment={"TOKEN": SecretText("s3cret-token"), "PLAIN": "text"})
    arguments, *environment = (tmp_path / "seen").read_text().splitlines()
    assert arguments == "verify night.tar"
    assert {"TOKEN=s3cret-token", "PLAIN=text"} <= set(environment)
    options = COMMAND.options.model_validate({"run": ["/x"], "environment": {"TOKEN": SecretText("s3cret-token")}})
    assert "s3cret-token" not in repr(options)


@pytest.mark.parametrize(
    "options",
    [
        {"run": []},
        {"run": ["backup"]},
        {"run": "/bin/backup --now"},
        {"run": ["/bin/x", "a\0b"]},
        {"run": ["/bin/x"], "environment": {"A B": "x"}},
        {"run": ["/bin/x"], "checks": ["prune"]},
    ],
)
def test_options_that_could_mean_anything_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        COMMAND.options.model_validate(options)


def test_a_copy_that_was_not_listed_is_never_asked_about(tmp_path: Path) -> None:
    store = opened(answering(tmp_path, LIST, HELD), checks=["whole"])
    store.inventory()
    assert store.examine(Check.WHOLE, Copy("x", NOW, 1, 1, "--delete-all"), Part()).outcome is Outcome.UNKNOWN
    assert (tmp_path / "asked").read_text().splitlines() == ["list"]


def test_doctor_says_what_is_wrong_with_the_program(tmp_path: Path) -> None:
    assert COMMAND.check is not None
    program = answering(tmp_path, {"copies": []}, HELD)
    assert "lists no backup" in str(COMMAND.check(opened(program)))
    program.chmod(0o757)
    assert "chmod o-w" in str(COMMAND.check(opened(program)))
    program.chmod(0o644)
    assert "chmod +x" in str(COMMAND.check(opened(program)))
    assert "no program" in str(COMMAND.check(opened(tmp_path / "gone")))
    assert "no folder" in str(COMMAND.check(opened(answering(tmp_path, LIST, HELD), folder=str(tmp_path / "gone"))))
    assert COMMAND.check(opened(answering(tmp_path, LIST, HELD))) is None
