"""Repositories that grow night after night, and what is seen of each once it is stale, shrunken, held, full or too new."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.system.backups import borg_ways, listed_ways, pgbackrest_ways, restic_breaking, servers
from tests.system.backups.borg_ways import Row, Scene
from tests.system.backups.shop import fill_postgres, postgres_dumps

pytestmark = pytest.mark.system


def seen(found: Iterable[Row]) -> set[str]:
    """Return which ways at least one check saw."""
    return {row.way for row in found if row.seen}


@pytest.mark.skipif(not restic_breaking.programs(), reason="no restic here")
def test_what_becomes_of_a_repository_of_restics_is_seen(tmp_path: Path) -> None:
    whole = restic_breaking.healthy(restic_breaking.programs()[-1], tmp_path / "whole")
    require_all(list(listed_ways.rows(listed_ways.of_restic(whole))))


@pytest.mark.skipif(not borg_ways.borgs(), reason="no borg here")
def test_what_becomes_of_a_repository_of_borgs_is_seen(tmp_path: Path) -> None:
    whole = Scene(borg_ways.borgs()[-1], tmp_path / "whole").make()
    require_all(list(listed_ways.rows(listed_ways.of_borg(whole))))


@pytest.mark.skipif(not pgbackrest_ways.is_here(), reason="no PostgreSQL with pgBackRest here")
def test_what_becomes_of_a_stanza_of_pgbackrests_is_seen() -> None:
    with pgbackrest_ways.server() as one:
        assert seen(listed_ways.listed(listed_ways.of_pgbackrest(one))) == set(listed_ways.LISTED)


@pytest.mark.skipif(not servers.has_postgresql, reason="no PostgreSQL here")
def test_what_becomes_of_dumps_is_seen(tmp_path: Path) -> None:
    with servers.home() as home, servers.postgresql(home) as server:
        fill_postgres(server)
        for number, dump in enumerate(postgres_dumps(server, tmp_path)):
            growing = listed_ways.of_dump(dump, tmp_path / f"{number}")
            assert seen(listed_ways.listed(growing)) == set(listed_ways.LISTED), dump.target


def require_all(found: list[Row]) -> None:
    """Require that each way was tried and seen; a full disk is tried only where a small one can be mounted."""
    tried = {row.way for row in found}
    assert seen(found) == tried
    assert tried >= set(listed_ways.WAYS) - {"disk full"}
