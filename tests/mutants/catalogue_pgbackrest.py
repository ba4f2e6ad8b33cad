"""Safeguards of a restore by pgBackRest, and of the PostgreSQL that is started on what came back."""

from tests.mutants.mutant import J, Mutant

_P = "jobs/connectors/backups/_pgbackrest"
_DRILL, _CLUSTER = f"{J}/test_backups_pgbackrest_drill.py", f"{J}/test_backups_pgbackrest_cluster.py"
_WORDS = f"{_DRILL}::test_a25_every_word_that_could_lead_to_the_live_cluster_is_said_anew_or_put_back"
_SETTINGS = f"{_CLUSTER}::test_it_runs_with_settings_of_our_own_and_with_none_that_came_back"

PGBACKREST = (
    Mutant(
        2, "a restore goes into an empty scratch folder only", f"{_P}_ground.py",
        "if not is_scratch(self.folder, self.own) or any", "if any",
        f"{_DRILL}::test_a25_a_restore_goes_nowhere_but_into_an_empty_scratch_folder",
    ),
    Mutant(
        2, "a scratch folder is no link to elsewhere", "jobs/connectors/backups/_drill.py",
        "    return _is_folder(made) and made.resolve() ==", "    return made.parent / made.name ==",
        f"{_DRILL}::test_a25_a_restore_goes_nowhere_but_into_an_empty_scratch_folder",
    ),
    Mutant(
        2, "the spool of the live cluster is not removed", f"{_P}_ground.py",
        ", f\"--spool-path={aside / 'spool'}\",", ",", _WORDS,
    ),
    Mutant(
        2, "the configuration's map of tablespaces leads nowhere", f"{_P}_ground.py",
        ' "--reset-tablespace-map",', "", _WORDS,
    ),
    Mutant(2, "a scratch cluster archives nothing", f"{_P}_cluster.py", '"archive_mode": "off"', '"archive_mode": "on"', _SETTINGS),
    Mutant(
        2, "a scratch cluster asks no other server for changes", f"{_P}_cluster.py",
        '"max_logical_replication_workers": "0"', '"max_logical_replication_workers": "4"', _SETTINGS,
    ),
    Mutant(
        2, "settings that came back are not used", f"{_P}_cluster.py",
        "        automatic.unlink(missing_ok=True)\n", "", _SETTINGS,
    ),
    Mutant(
        2, "what leads out of the scratch folder is not started", f"{_P}_drill.py",
        "        require_inside(ground)\n", "", f"{_CLUSTER}::test_what_came_back_as_a_link_to_elsewhere_is_not_started",
    ),
    Mutant(
        9, "no question is asked with the rights to run programs", f"{_P}_drill.py",
        "        if excess:\n", "        if not excess:\n", f"{_CLUSTER}::test_a_role_that_could_run_programs_is_not_asked_as",
    ),
    Mutant(
        7, "a full disk is no damage", f"{_P}_told.py",
        " and _FULL not in ended.complaint", "",
        f"{_DRILL}::test_a08_a_restore_that_fails_is_damage_only_where_pgbackrest_says_what_is_damaged",
    ),
    Mutant(
        7, "a backup that was expired meanwhile is no damage", "jobs/connectors/backups/pgbackrest.py",
        "        if verdict.outcome is Outcome.BROKEN and copy.id not in self._stanza().labels:\n", "        if False:\n",
        f"{_DRILL}::test_a08_a_backup_that_was_expired_meanwhile_is_not_damaged",
    ),
    Mutant(
        7, "WAL that can't be fetched is no damage", f"{_P}_told.py",
        "        error = DamagedError if _is_damage(int(code), said) else UnknownError\n", "        error = DamagedError\n",
        f"{_CLUSTER}::test_a_recovery_that_fails_is_damage_only_where_what_is_needed_is_gone_or_damaged",
    ),
    Mutant(
        7, "a restore without its last file is damage", f"{_P}_drill.py",
        ', "data/global/pg_control"]', "]",
        f"{_DRILL}::test_a08_a_restore_that_ends_well_without_what_makes_a_cluster_is_broken",
    ),
    Mutant(
        10, "all processes of a scratch cluster end with the drill", f"{_P}_cluster.py",
        "                end_all_in(self.ground.data)\n", "                pass\n",
        f"{_CLUSTER}::test_a27_a_drill_that_is_told_to_end_while_it_recovers_leaves_neither_process_nor_folder",
    ),
    Mutant(
        10, "a server that a killed run left is ended", "jobs/connectors/backups/_drill.py",
        "            end_all_in(left)\n", "", f"{_CLUSTER}::test_a27_a_server_that_a_killed_run_left_is_ended_by_the_next",
    ),
    Mutant(
        10, "a recovery has its time", f"{_P}_cluster.py",
        "            if self.deadline.is_over:\n", "            if self.deadline.is_over and watch.ended_within(9):\n",
        f"{_CLUSTER}::test_a24_a_recovery_that_does_not_end_is_ended_with_all_that_it_started",
    ),
    Mutant(
        10, "who ignores being asked to end is ended", "jobs/connectors/backups/_strays.py",
        ", (signal.SIGKILL, DYING))", ",)", f"{J}/test_backups_strays.py::test_what_works_in_a_folder_is_ended_and_nothing_beside_it",
    ),
)  # fmt: skip
