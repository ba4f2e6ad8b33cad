"""Safeguards of what is said of database dumps, and of the servers that they are tried in."""

from tests.mutants.mutant import J, Mutant

DATABASES = (
    Mutant(
        7, "pg_restore's end with 0 alone speaks for an archive", "jobs/connectors/backups/_archive_reading.py",
        """    if ended.code:
        raise DamagedError(""", """    if ended.code > 1:
        raise DamagedError(""",
        f"{J}/test_backups_archives.py::test_a_folder_as_pg_dump_writes_one_is_read_by_pg_restore",
    ),
    Mutant(
        7, "a tar is followed to its end", "jobs/connectors/backups/_archive_reading.py",
        "    for _ in whole:\n        pass\n", "",
        f"{J}/test_backups_archives.py::test_a_tar_without_its_end_is_damaged_though_pg_restore_ends_with_0",
    ),
    Mutant(
        7, "the files of a folder are read to their end", "jobs/connectors/backups/_archive_folders.py",
        "    if rows and not _ends_rows(head, tail):", "    if False:",
        f"{J}/test_backups_archives.py::test_a19_each_file_of_a_folder_is_read_to_its_end_though_pg_restore_ends_with_0",
    ),
    Mutant(
        7, "a packed archive is read to the end of its packing", "jobs/connectors/backups/_archive_reading.py",
        "            for _ in self.unpacked:\n                pass\n", "            pass\n",
        f"{J}/test_backups_archives.py::test_a_packed_archive_is_read_to_the_end_of_its_packing_whatever_pg_restore_reads",
    ),
    Mutant(
        7, "a pg_restore that is too old says nothing of a dump", "jobs/connectors/backups/_archive_reading.py",
        "here[0] < made[0]:", "here[0] > made[0]:",
        f"{J}/test_backups_archives.py::test_a_pg_restore_that_is_missing_or_older_than_the_dump_says_what_to_install",
    ),
    Mutant(
        3, "no other name than a scratch database's is made or dropped", "jobs/connectors/backups/_database_scratch.py",
        "        if not _NAME.fullmatch(self.text):", "        if not _NAME.match(self.text):",
        f"{J}/test_backups_drills.py::test_a25_no_other_name_can_be_made_or_dropped",
    ),
    Mutant(
        3, "a database that a drill uses is not swept", "jobs/connectors/backups/_database_scratch.py",
        "left = {name for name in ours if _is_free(root / name)}", "left = set(ours)",
        f"{J}/test_backups_drills.py::test_a27_what_was_left_over_is_dropped_and_what_is_in_use_is_not",
    ),
    Mutant(
        3, "a psql that could be made to run programs gets no dump", "jobs/connectors/backups/_database_postgresql.py",
        "        if not restricts(client):", "        if False:",
        f"{J}/test_backups_drills.py::test_a_psql_that_could_be_made_to_run_programs_gets_no_dump",
    ),
    Mutant(
        3, "a dry run makes no scratch database", "jobs/connectors/backups/_database_drill.py",
        "        if self.outlet.dry:", "        if False:",
        f"{J}/test_backups_drills.py::test_a_dry_run_begins_nothing",
    ),
    Mutant(
        3, "the live database's name is never used", "jobs/connectors/backups/_sql_streams.py",
        "                named = found[1]\n                continue\n", "                named = found[1]\n",
        f"{J}/test_backups_drills.py::test_the_name_of_the_live_database_is_never_used",
    ),
    Mutant(
        7, "rows pass whatever they hold", "jobs/connectors/backups/_sql_streams.py",
        "        if not self._quotes.open and line[0]", "        if line[0]",
        f"{J}/test_backups_drills.py::test_within_quotes_nothing_is_a_statement_of_its_own",
    ),
    Mutant(
        9, "a password's file is nobody else's", "jobs/connectors/backups/_database_scratch.py",
        "os.O_TRUNC, 0o600)", "os.O_TRUNC, 0o644)",
        f"{J}/test_backups_drills.py::test_a26_no_secret_stands_in_arguments_environments_or_sentences",
    ),
    Mutant(
        9, "a drill leaves no password", "jobs/connectors/backups/_database_scratch.py",
        "        yield made\n    finally:\n        _empty(made.folder)\n", "        yield made\n    finally:\n",
        f"{J}/test_backups_drills.py::test_a27_a_place_is_nobody_elses_keeps_no_password_and_goes_with_its_database",
    ),
)  # fmt: skip
