"""Safeguards of what is asked of borg, pgBackRest, barman, WAL-G and xtrabackup, and of what is made of the answers."""

from tests.jobs.borg_scenes import THERE
from tests.mutants.mutant import J, Mutant

_B = "jobs/connectors/backups"

_ALL = (
    Mutant(
        7, "a check of borg's that ends with a warning found damage", f"{_B}/_borg_checks.py",
        "if ended.code == WARNED and", "if ended.code == WARNED + 1 and",
        f"{J}/test_backups_borg_checks.py::test_a09_only_a_check_that_ends_with_0_is_a_pass",
    ),
    Mutant(
        7, "an end of borg's that nobody explains is no pass", f"{_B}/_borg_told.py",
        "    if ended.code == 0:\n        return None\n", "    if ended.code == 0 or not ended.complaint:\n        return None\n",
        f"{J}/test_backups_borg_checks.py::test_a09_only_a_check_that_ends_with_0_is_a_pass",
    ),
    Mutant(
        5, "borg is told the zone by which it is read", f"{_B}/_borg_asking.py",
        '"TZ": self.options.zone, ', "",
        f"{J}/test_backups_borg.py::test_a10_borg_is_told_the_zone_by_which_it_is_read_whatever_zone_the_machine_is_in",
    ),
    Mutant(
        7, "errors of borg's are told by name where the code says nothing", f"{_B}/_borg_told.py",
        '    name = named.name or _CODES.get(ended.code, "")\n', '    name = _CODES.get(ended.code, "")\n',
        f"{J}/test_backups_borg.py::test_a12_each_error_has_its_sentence_whatever_the_exit_code",
    ),
    Mutant(
        7, "all data is decrypted, not only listed", f"{_B}/_borg_checks.py",
        '"--archives-only", "--verify-data"', '"--archives-only"',
        f"{J}/test_backups_borg_checks.py::test_all_data_is_verified_and_not_only_the_list_of_archives",
    ),
    Mutant(
        7, "each archive falls into one part", f"{_B}/_borg_checks.py",
        "int(copy.id[:8], 16) % part.of", "self.listed.copies.index(copy) % part.of",
        f"{J}/test_backups_borg_checks.py::test_a23_an_archive_stays_in_its_part_whatever_comes_and_goes",
    ),
    Mutant(
        7, "a size that borg does not tell is not zero", f"{_B}/_borg_store.py",
        "        if self.borg.trouble(ended) or ended.cut:\n            return None\n", "",
        f"{J}/test_backups_borg.py::test_a_size_that_borg_does_not_tell_is_unknown_and_not_zero",
    ),
    Mutant(
        9, "borg may not be asked to change anything", f"{_B}/_borg_asking.py",
        'ALLOWED = frozenset({"list",', 'ALLOWED = frozenset({"delete", "list",',
        f"{J}/test_backups_borg.py::test_a25_borg_is_asked_to_list_to_check_and_to_extract_and_nothing_else",
    ),
    Mutant(
        9, "a login in a repository's address is not shown", f"{_B}/_borg_asking.py",
        "masked(self.options.repository)", "self.options.repository",
        f"{J}/test_backups_borg.py::test_a26_an_error_shows_no_login_of_the_repository",
    ),
    Mutant(
        9, "a repository that is not encrypted does not stand in for one that is", f"{_B}/_borg_asking.py",
        'return "no" if has_passphrase and self.options.encrypted else "yes"', 'return "yes"',
        f"{J}/test_backups_borg.py::test_a_repository_that_is_not_encrypted_is_refused_where_a_passphrase_is_configured",
    ),
    Mutant(
        7, "silence of pgbackrest's verify is no pass", f"{_B}/_pgbackrest_reading.py",
        "    if status is None:\n        return None\n", '    if status is None:\n        return Verified("ok", {}, "", 0)\n',
        f"{J}/test_backups_pgbackrest.py::test_a14_what_pgbackrest_verifies_is_judged_by_its_text_and_never_by_its_exit_code",
    ),
    Mutant(
        7, "a backup that pgbackrest lists and does not find is damaged", f"{_B}/_pgbackrest_reading.py",
        'if verified.backups.get(one) != "valid"', 'if verified.backups.get(one, "valid") != "valid"',
        f"{J}/test_backups_pgbackrest.py::test_a14_a_backup_that_is_listed_and_not_found_by_verify_is_damaged_whatever_its_status_says",
    ),
    Mutant(
        7, "pages with wrong checksums are told", f"{_B}/_pgbackrest_reading.py",
        '    if row.get("error"):\n', '    if row.get("errors"):\n',
        f"{J}/test_backups_pgbackrest.py::test_a15_what_the_list_of_pgbackrest_shows_to_be_wrong_is_told",
    ),
    Mutant(
        7, "one of barman's checks that failed is a failure", f"{_B}/barman.py",
        'if one["status"] != "OK"', 'if one["status"] == "FAIL"',
        f"{J}/test_backups_servers.py::test_a29_one_check_of_barmans_that_failed_is_a_failure_and_its_hint_is_told",
    ),
    Mutant(
        7, "a check that WAL-G does not answer is not known", f"{_B}/walg.py",
        "_OUTCOMES.get(state, Outcome.UNKNOWN)", "_OUTCOMES.get(state, Outcome.HELD)",
        f"{J}/test_backups_servers.py::test_a30_walgs_warning_warns_its_failure_fails_and_what_is_missing_is_not_known",
    ),
    Mutant(
        7, "an incremental backup without the one before it is damaged", f"{_B}/_xtrabackup_reading.py",
        "one.to_lsn == here.from_lsn and ", "",
        f"{J}/test_backups_xtrabackup.py::test_an_incremental_backup_needs_each_one_before_it",
    ),
)  # fmt: skip

BORG = tuple(one for one in _ALL if THERE or ("_a12_" not in one.test and "_a14_what_" not in one.test))
"""Two of the tests need recorded answers: without them they are skipped, would notice nothing, and are not tried."""
