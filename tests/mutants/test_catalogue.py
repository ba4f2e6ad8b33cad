"""The list of mutants is about the program as it is; `make mutants` looks whether their tests notice them."""

from pathlib import Path

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.safeguard.replace(" ", "-"))
def test_a_mutant_changes_exactly_one_place_and_its_test_is_there(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1
    assert mutant.old != mutant.new
    file, *names = mutant.test.partition("[")[0].split("::")
    tests = "".join((ROOT / one).read_text(encoding="utf-8") for one in (file, "jobs/testing_printers.py"))
    assert all(f"def {name}(" in tests or f"class {name}(" in tests for name in names)


def test_every_promise_has_a_mutant() -> None:
    assert {mutant.promise for mutant in MUTANTS} == set(range(1, 12))
