"""Safeguards of backups in a bucket, of drills of archives, and of programs of the owner's."""

from tests.mutants.mutant import J, Mutant, S

_B = "jobs/connectors/backups"
_S3, _REFUSED = f"{J}/test_backups_s3.py", f"{J}/test_backups_s3_refused.py"
_CONFIGURED = f"{J}/test_backups_s3_configured.py"
_DRILL, _OWN, _JOB = f"{J}/test_backups_files_drill.py", f"{J}/test_backups_command.py", f"{J}/test_command_job.py"

OFFSITE = (
    Mutant(
        3, "nothing that changes a bucket is signed", "jobs/connectors/_sigv4.py",
        "        if method not in _READING:\n", "        if not method:\n",
        f"{_REFUSED}::test_a25_no_request_that_could_change_something_ever_leaves",
    ),
    Mutant(
        7, "a sum of parts is no sum of the whole", f"{_B}/_s3_asking.py",
        '.upper() != "FULL_OBJECT":', '.upper() == "":',
        f"{_S3}::test_an_etag_is_no_hash_and_a_sum_of_parts_is_none_of_the_whole",
    ),
    Mutant(
        7, "what was replaced while it was read is not called damaged", f"{_B}/_s3_asking.py",
        '**({"If-Match": head.tag} if head.tag else {})', "**{}",
        f"{_S3}::test_an_object_replaced_while_it_is_read_is_unknown_and_not_damaged",
    ),
    Mutant(
        7, "a list of objects is read to its end", f"{_B}/_s3_asking.py",
        'if page.told("IsTruncated") != "true":', "if page:",
        f"{_S3}::test_every_page_of_the_list_is_read_and_lists_of_sums_and_folders_are_no_backups",
    ),
    Mutant(
        10, "a list of objects has an end", f"{_B}/_s3_asking.py",
        "if not token or token in seen or", "if not token or",
        f"{_REFUSED}::test_a_list_that_is_none_or_never_ends_is_an_error_and_not_empty",
    ),
    Mutant(
        10, "no entity of a document is believed", "jobs/connectors/_xml.py",
        "    parser.StartDoctypeDeclHandler = _refuse\n", "",
        f"{_REFUSED}::test_a_list_that_is_none_or_never_ends_is_an_error_and_not_empty",
    ),
    Mutant(
        7, "a lock that has ended is none", f"{_B}/_s3_checking.py",
        "short = [key for key, lock in locks.items() if lock.until < now + timedelta(days=days)]", "short = list[str]()",
        f"{_CONFIGURED}::test_c12_a_lock_holds_for_as_long_as_the_owner_wants",
    ),
    Mutant(
        7, "a lock that may not be read is unknown", f"{_B}/_s3_asking.py",
        "            if error.code in {NO_LOCK, ODD_BUCKET_LOCK, NO_BUCKET_LOCK}:\n", "            if error.code:\n",
        f"{_CONFIGURED}::test_c12_a_missing_lock_is_a_broken_promise_and_one_that_may_not_be_read_is_unknown",
    ),
    Mutant(
        7, "what was not read back is not called read", f"{_B}/_s3_store.py",
        "        return Verdict(Outcome.NOT_ASKED, shown=verdict.shown)\n", "        return verdict\n",
        f"{_S3}::test_what_costs_no_download_is_said_at_every_run_and_never_called_read",
    ),
    Mutant(
        9, "keys go over no open line", f"{_B}/_s3_options.py",
        'if parts.scheme == "http" and not _is_loopback(parts.hostname):', 'if parts.scheme == "gopher":',
        f"{_CONFIGURED}::test_options_that_could_mean_anything_are_refused",
    ),
    Mutant(
        10, "no name of an archive leads out", f"{_B}/_archives.py",
        '    if not parts or ".." in parts:\n', "    if not parts:\n",
        f"{_DRILL}::test_a_zip_that_leads_out_ends_the_restore",
    ),
    Mutant(
        10, "no link of an archive is made", f"{_B}/_archives.py",
        "        elif not member.isreg():\n            self.left_out += 1\n",
        "        elif not member.isreg():\n            self._place(parts).symlink_to(member.linkname)\n",
        f"{_DRILL}::test_links_devices_and_pipes_are_left_out_and_counted",
    ),
    Mutant(
        10, "an archive fills no disk", f"{_B}/_archives.py",
        "                self.budget.spend(len(piece))\n", "",
        f"{_DRILL}::test_an_archive_that_unpacks_to_more_than_there_is_room_for_is_stopped",
    ),
    Mutant(
        7, "a damaged header is not the end of an archive", f"{_B}/_archives.py",
        "                    _require_end(stream, archive.offset)\n", "",
        f"{_DRILL}::test_a_header_that_is_damaged_in_the_middle_is_no_end",
    ),
    Mutant(
        7, "a database that is encrypted is not called restored", f"{_B}/_updraft_restoring.py",
        '        if path.name.endswith(".crypt"):\n', '        if path.name.endswith(".never"):\n',
        f"{J}/test_backups_updraft_drill.py::test_an_encrypted_database_is_unknown",
    ),
    Mutant(
        7, "an answer counts only from a program that ended well", f"{_B}/command.py",
        "        if finished.code:\n", "        if finished.code > 999:\n",
        f"{_OWN}::test_how_it_ends_counts_as_much_as_what_it_prints",
    ),
    Mutant(
        7, "a program's verdict says what was looked at", f"{_B}/_told_lines.py",
        "    if claim is None and outcome in {Outcome.HELD, Outcome.PARTLY}:\n", "    if claim is None and not outcome:\n",
        f"{_OWN}::test_a_verdict_that_speaks_for_a_backup_says_what_was_looked_at",
    ),
    Mutant(
        2, "no id looks like an option to a program", f"{_B}/_told_lines.py",
        r'_ID = re.compile(r"[^-\0][^\0]*", re.DOTALL)', r'_ID = re.compile(r"[^\0]+", re.DOTALL)',
        f"{_OWN}::test_a_list_with_anything_odd_is_no_list",
    ),
    Mutant(
        9, "a program's last words hold no secret", "jobs/connectors/_own_program.py",
        '    text = masked(stream.decode("utf-8", "replace"), program.secrets)\n',
        '    text = stream.decode("utf-8", "replace")\n',
        f"{_OWN}::test_a_list_that_fails_says_why_and_shows_no_secret",
    ),
    Mutant(
        3, "a program runs only where the connection allows it", "jobs/connectors/program.py",
        '        self.outlet.require_writes(f"the run of {self.options.name}")\n', "",
        f"{_JOB}::TestTheOwnersProgramKeepsTheContract",
    ),
    Mutant(
        3, "a dry run starts no program", "jobs/command.py",
        "    if ctx.dry or ctx.rehearsal:\n", "    if ctx.dry and ctx.rehearsal:\n",
        f"{_JOB}::test_a_dry_run_only_says_what_would_be_run",
    ),
    Mutant(
        2, "a backup cut short is not made again by itself", "jobs/command.py",
        "repeatable=False,", "repeatable=True,",
        f"{_JOB}::test_a_run_that_was_cut_short_is_never_made_again_by_itself",
    ),
    Mutant(
        10, "what a killed drill left goes at the next start", f"{_B}/files.py",
        "            self._drill.sweep()\n", "            pass\n",
        f"{J}/test_backups_files_scratch.py::test_a27_what_a_killed_run_left_goes_at_the_next_start",
    ),
    Mutant(
        10, "a routine's program that hangs is ended with its children", "jobs/connectors/_own_program.py",
        "        [*program.run[1:], *more], program.limit, folder=folder\n",
        "        [*program.run[1:], *more], program.limit * 99, folder=folder\n",
        f"{S}/backups/test_offsite.py::test_a24_a_program_that_a_routine_runs_is_ended_at_its_limit",
    ),
)  # fmt: skip
