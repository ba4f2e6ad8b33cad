"""Safeguards of a restore by pgBackRest: it goes nowhere but into a scratch folder, and half a restore is none."""

from tests.mutants.mutant import J, Mutant

_RESTORING = "jobs/connectors/backups/_pgbackrest_restoring.py"
_TESTS = f"{J}/test_backups_pgbackrest_drill.py"
_BELOW = f"{_TESTS}::test_everything_goes_below_the_scratch_folder_whatever_the_configuration_says"
PGBACKREST = (
    Mutant(7, "a link of the configuration leads nowhere", _RESTORING, '"--reset-link-map", ', "", _BELOW),
    Mutant(7, "tablespaces land in the scratch folder", _RESTORING, '"--reset-tablespace-map",\n', "\n", _BELOW),
    Mutant(7, "a drill takes no lock of the backups'", _RESTORING, 'f"--lock-path={tree}/lock",', "", _BELOW),
    Mutant(
        7, "nothing is written over by a restore", _RESTORING,
        'frozenset({"--delta", "--force", "--link-all"})', "frozenset()",
        f"{_TESTS}::test_a25_nothing_that_could_write_over_something_is_ever_begun",
    ),
    Mutant(
        7, "half a restore of a server is none", _RESTORING, "if not is_below(data, _LAST):", "if False:",
        f"{_TESTS}::test_a08_success_that_brings_back_too_little_is_a_failure",
    ),
    Mutant(
        7, "what lies with this machine is no damage", _RESTORING,
        "if ended.code in _DAMAGE and not ended.timed_out:", "if ended.code:",
        f"{_TESTS}::test_only_a_stored_file_that_is_not_as_it_was_written_is_damage",
    ),
    Mutant(
        7, "left-overs of a killed drill of pgBackRest go", "jobs/connectors/backups/pgbackrest.py",
        "            sweep(self.outlet.folder)\n", "",
        f"{_TESTS}::test_what_a_killed_run_left_is_removed_by_the_next",
    ),
)  # fmt: skip
