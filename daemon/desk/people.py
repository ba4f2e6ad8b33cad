"""Who is giving a command, and whether they may: known by the kernel's word on the socket, not by their own."""

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass

from daemon.config import PersonConfig
from daemon.errors import NightclerkError

READERS = frozenset({"admin", "owner", "staff", "warehouse", "pre-sales", "in-sales", "after-sales"})
WORKERS = frozenset({"admin", "owner", "staff"})
OWNERS = frozenset({"admin", "owner"})
ADMINS = frozenset({"admin"})


@dataclass(frozen=True)
class Actor:
    """A person at the other end of the control socket; `name` is what the ledger writes down."""

    name: str
    roles: frozenset[str]


def login_of(uid: int) -> str:
    """Return the login name of a uid, or the number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def actor_of(uid: int, sudo_user: str, people: Mapping[str, PersonConfig]) -> Actor:
    """Return who stands behind a uid; raise NightclerkError for a stranger.

    Root and the service's own user are admin; root acting for somebody (`$SUDO_USER`) is written down as them.
    """
    login = login_of(uid)
    if uid in {0, os.getuid()}:
        return Actor(sudo_user if uid == 0 and sudo_user.isprintable() and sudo_user else login, frozenset({"admin"}))
    for name, person in people.items():
        if person.login == login:
            return Actor(name, frozenset(person.roles))
    raise NightclerkError(
        f"the login {login} may not give commands here: add `login: {login}` to a person under `people:`, or use sudo"
    )
