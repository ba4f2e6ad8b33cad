"""Safeguards of the table that says what is seen of a broken backup, and what is not."""

from tests.mutants.mutant import J, Mutant

TABLE = (
    Mutant(
        7, "what nothing sees is told with its reason, or is wrong", "tests/system/backups/table.py",
        "if caught.startswith(NOT_SEEN) and (target, way) not in UNSEEN:", "if not caught:",
        f"{J}/test_backups_destruction_table.py::test_a_healthy_target_that_fails_a_way_that_is_missing_and_damage_without_a_reason_are_told",
    ),
    Mutant(
        7, "what was seen once of three times is not called seen", "tests/system/backups/table.py",
        "if seen and not missed and not first:", "if seen and not first:",
        f"{J}/test_backups_destruction_table.py::test_what_nothing_saw_or_only_sometimes_is_called_not_seen",
    ),
)  # fmt: skip
