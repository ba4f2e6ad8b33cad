"""One server of each kind for all tests of databases."""

from collections.abc import Iterator

import pytest

from tests.system.backups import servers
from tests.system.backups.shop import fill_maria, fill_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """A PostgreSQL of one's own with a shop in it."""
    if not servers.has_postgresql:
        pytest.skip("needs postgresql")
    with servers.home() as folder, servers.postgresql(folder) as server:
        fill_postgres(server)
        yield server


@pytest.fixture(scope="session")
def maria() -> Iterator[servers.Maria]:
    """A MariaDB of one's own with a shop in it."""
    if not servers.has_mariadb:
        pytest.skip("needs mariadb-server")
    with servers.home() as folder, servers.mariadb(folder) as server:
        fill_maria(server)
        yield server
