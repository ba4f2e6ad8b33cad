"""Safeguards of running programs, of restic repositories and of drills."""

from tests.mutants.mutant import J, Mutant, S

_C, _R = "jobs/connectors", "jobs/connectors/backups/_restic"
_D = "jobs/connectors/backups/_drill.py"

RESTIC = (
    Mutant(
        2, "a program is asked for nothing that is not allowed", f"{_C}/command.py",
        "        if self.allowed and not self.allowed.intersection(", "        if not self and not self.allowed.intersection(",
        f"{J}/test_command.py::test_a25_only_what_is_allowed_is_asked_for",
    ),
    Mutant(
        2, "a refused word stands nowhere", f"{_C}/command.py",
        "        if bad:\n", "        if bad and not bad:\n",
        f"{J}/test_command.py::test_a25_a_refused_word_stands_nowhere_among_the_arguments",
    ),
    Mutant(
        2, "restic can't be asked to unlock or prune", f"{_R}_program.py",
        'ALLOWED = frozenset(\n    {"snapshots",', 'ALLOWED = frozenset(\n    {"unlock", "prune", "snapshots",',
        f"{J}/test_backups_restic_program.py::test_a25_restic_can_be_asked_for_nothing_that_changes_a_backup",
    ),
    Mutant(
        9, "a program is told only what it needs", f"{_C}/command.py",
        "for name in _PASSED_ON if name in os.environ}", "for name in os.environ}",
        f"{J}/test_command.py::test_a_program_is_told_only_what_it_needs",
    ),
    Mutant(
        9, "a login in an address is not shown", f"{_C}/command.py",
        '    return _LOGIN.sub("***@", text)\n', "    return text\n",
        f"{J}/test_command.py::test_a26_no_login_of_an_address_is_shown",
    ),
    Mutant(
        9, "what restic says is shown without secrets", f"{_R}_program.py",
        "        return masked(text, self.secrets)\n", "        return text\n",
        f"{J}/test_backups_restic_program.py::test_a26_no_secret_is_among_the_arguments_and_none_is_shown",
    ),
    Mutant(
        10, "what a program leaves of its group is ended", f"{_C}/command.py",
        "    _signal_group(process.pid, signal.SIGKILL)\n    try:\n", "    try:\n",
        f"{J}/test_command.py::test_a_child_that_keeps_the_pipes_is_not_waited_for",
    ),
    Mutant(
        10, "a program over its time is asked to end first", f"{_C}/command.py",
        "                _signal_group(process.pid, signal.SIGTERM)\n", "",
        f"{S}/test_killing.py::test_a24_a_program_that_is_asked_to_end_gives_its_lock_back",
    ),
    Mutant(
        10, "pipes that somebody else holds are not waited for", f"{_C}/_command_watch.py",
        "while self.is_printing and passed() < LAST_WORDS:", "while self.is_printing:",
        f"{J}/test_command.py::test_a_child_that_keeps_the_pipes_is_not_waited_for",
    ),
    Mutant(
        10, "nothing is asked with a lock that may be waited for for ever", f"{_R}_checks.py",
        'return [] if self.options.lock else ["--no-lock"]', "return []",
        f"{J}/test_backups_restic_program.py::test_a28_nothing_is_asked_with_a_lock_unless_the_owner_wants_it",
    ),
    Mutant(
        7, "a code that no manual knows is no success", f"{_R}_answers.py",
        "_CODES.get(finished.code, Trouble.STRANGE) if finished.code else None", "_CODES.get(finished.code)",
        f"{J}/test_backups_restic.py::test_a04_every_code_is_a_sentence_and_none_but_0_is_well",
    ),
    Mutant(
        7, "success counts only with its word", f"{_R}_answers.py",
        "return Trouble.STRANGE if trouble is None and not _says_fine(finished) else trouble", "return trouble",
        f"{J}/test_backups_restic_checks.py::test_success_without_its_word_is_unknown",
    ),
    Mutant(
        7, "a size that is not told is unknown", f"{_R}_answers.py",
        "return None if summary is None else int", "return 0 if summary is None else int",
        f"{J}/test_backups_restic.py::TestAnOlderResticKeepsTheContract",
    ),
    Mutant(
        7, "an empty part is not called read", f"{_R}_checks.py",
        "len(packs) < of * ENOUGH_PACKS", "not packs",
        f"{J}/test_backups_restic_checks.py::test_a23_a_part_too_small_to_hold_anything_is_never_called_read",
    ),
    Mutant(
        7, "errors are looked at twice", f"{_R}_checks.py",
        "left=left) if left > timedelta() else None", "left=left) if left <= timedelta() else None",
        f"{J}/test_backups_restic_checks.py::test_errors_are_looked_at_twice_where_a_disturbance_may_look_like_damage",
    ),
    Mutant(
        7, "a dead lock hides no damage", f"{_R}_checks.py",
        "lock.exclusive and lock.is_live(place.now) for", "lock.exclusive for",
        f"{J}/test_backups_restic_checks.py::test_errors_while_somebody_prunes_are_asked_again_but_no_dead_lock_hides_damage",
    ),
    Mutant(
        7, "a restore that brought back nothing is none", _D,
        "    if not came.files or not came.bytes:\n", "    if came.files < 0:\n",
        f"{J}/test_backups_drill.py::test_folders_and_empty_files_are_nothing",
    ),
    Mutant(
        7, "a link that came back is not followed", _D,
        "        if not _is_folder(here):\n", "        if not here.is_dir():\n",
        f"{J}/test_backups_drill.py::test_a_link_that_came_back_proves_nothing_about_what_it_points_at",
    ),
    Mutant(
        10, "a drill's folder goes whatever happens", _D,
        "            remove(made)\n", "            pass\n",
        f"{J}/test_backups_drill.py::test_a27_a_scratch_folder_is_ones_own_and_goes_whatever_happens",
    ),
    Mutant(
        10, "a drill that is told to end tidies up", f"{_C}/backups/_held.py",
        "    before = signal.signal(signal.SIGTERM, leave)\n", "    before = signal.getsignal(signal.SIGTERM)\n",
        f"{S}/test_killing.py::test_a27_a_drill_leaves_nothing_when_told_to_end_and_goes_with_the_next_when_killed",
    ),
    Mutant(
        10, "nothing is restored where there is no room", _D,
        "    if free >= needed:\n", "    if free >= 0:\n",
        f"{J}/test_backups_drill.py::test_without_room_or_a_size_there_is_no_drill",
    ),
)  # fmt: skip
