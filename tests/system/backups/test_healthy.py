"""A few of the healthy rounds; `python -m tests.system.backups.healthy` makes two hundred of each target."""

import pytest

from tests.system.backups import healthy

pytestmark = [pytest.mark.system, pytest.mark.slow]
ROUNDS = [1, 2, 3, healthy.NIGHTS_EACH]


@pytest.mark.parametrize("name", list(healthy.targets()))
def test_nothing_is_found_fault_with_in_what_is_healthy(name: str) -> None:
    found = dict(healthy.tried(healthy.targets()[name], seed=2, rounds=ROUNDS))
    assert found == {number: [] for number in ROUNDS}
