"""Who may give commands is what the kernel says, never what the caller says of themselves."""

import os
import pwd

import pytest

from daemon.config import PersonConfig
from daemon.desk.people import OWNERS, READERS, WORKERS, Actor, actor_of, login_of
from daemon.errors import NightclerkError

NOBODY = next(uid for uid in range(61_000, 65_000) if uid not in {one.pw_uid for one in pwd.getpwall()} | {os.getuid()})
PEOPLE = {
    "ada": PersonConfig(login=str(NOBODY), roles=("staff", "warehouse")),
    "bob": PersonConfig(),
}


def test_a_person_is_known_by_the_login_of_the_process() -> None:
    assert actor_of(NOBODY, "", PEOPLE) == Actor("ada", frozenset({"staff", "warehouse"}))


def test_a_stranger_is_refused_and_told_what_to_do() -> None:
    with pytest.raises(NightclerkError, match="may not give commands here: add `login: "):
        actor_of(NOBODY + 1, "", PEOPLE)


def test_nobody_becomes_somebody_by_naming_them() -> None:
    assert actor_of(NOBODY, "root", PEOPLE).name == "ada"
    with pytest.raises(NightclerkError):
        actor_of(NOBODY + 1, "ada", PEOPLE)


def test_a_person_without_a_login_matches_nobody() -> None:
    with pytest.raises(NightclerkError):
        actor_of(NOBODY, "", {"bob": PersonConfig()})


def test_root_is_admin_and_written_down_as_who_used_sudo() -> None:
    admin = frozenset({"admin"})
    assert actor_of(0, "ada", PEOPLE) == Actor("ada", admin)
    assert actor_of(0, "", PEOPLE) == Actor(login_of(0), admin)
    assert actor_of(0, "a\x1b[2Jda", PEOPLE) == Actor(login_of(0), admin)


def test_the_services_own_user_is_admin_under_their_own_name() -> None:
    assert actor_of(os.getuid(), "", PEOPLE) == Actor(login_of(os.getuid()), frozenset({"admin"}))


def test_a_uid_without_a_name_is_its_number() -> None:
    assert login_of(NOBODY) == str(NOBODY)


def test_whoever_may_do_more_may_do_less() -> None:
    assert OWNERS < WORKERS < READERS
