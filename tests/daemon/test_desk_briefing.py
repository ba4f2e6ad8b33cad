"""Who a test of the briefing goes to, and which words of the command go together."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.cli.briefing import briefing_command
from daemon.config import PersonConfig
from daemon.desk.briefing import asking
from daemon.errors import UsageError

ADA = PersonConfig(email="ada@x.example", login="al")
BO = PersonConfig(email="bo@x.example")
MUTE = PersonConfig(login="root")


@pytest.mark.parametrize(
    ("actor", "address"), [("ada", "ada@x.example"), ("al", "ada@x.example"), ("bo", "bo@x.example")]
)
def test_whoever_asks_is_known_by_name_or_login(actor: str, address: str) -> None:
    assert asking(actor, {"ada": ADA, "bo": BO}).email == address


def test_where_one_person_has_an_address_a_test_goes_there_whoever_asks() -> None:
    assert asking("root", {"ada": ADA, "mute": MUTE}) is ADA


@pytest.mark.parametrize("people", [{"ada": ADA, "bo": BO, "mute": MUTE}, {"mute": MUTE}, {}])
def test_nobody_is_guessed(people: dict[str, PersonConfig]) -> None:
    with pytest.raises(UsageError, match="no address is known for root: add `login: root`"):
        asking("root", people)


@pytest.mark.parametrize(
    "words",
    [
        ("--send", "--preview"),
        ("--send-test", "--send"),
        ("--send", "--date", "2026-07-21"),
        ("--preview", "--date", "2026-07-21"),
        ("--send", "--out", "x"),
        ("--send-test", "--out", "x"),
    ],
)
def test_words_that_contradict_each_other_are_refused_before_anything_is_done(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    done = CliRunner().invoke(briefing_command, [*words, "-c", str(tmp_path / "no.yaml")])
    assert done.exit_code == 2
    assert "Usage:" in done.output
