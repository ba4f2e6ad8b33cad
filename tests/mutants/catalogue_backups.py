"""Safeguards of the job `backups` and of what is told of it."""

from tests.mutants.mutant import J, Mutant

BACKUPS = (
    Mutant(
        7, "a part of the data that failed is read again", "jobs/backups/schedule.py",
        "    if MARK_OF[outcome] not in {Mark.OK, Mark.WARN}:\n        return begun\n", "",
        f"{J}/test_backups_rotation.py::test_a23_a_part_that_failed_or_gave_no_answer_comes_again",
    ),
    Mutant(
        7, "a day is a local day", "jobs/backups/schedule.py",
        "now.astimezone(zone).date() - last.at.astimezone(zone).date() >= rhythm.every", "now - last.at >= rhythm.every",
        f"{J}/test_backups_rotation.py::test_every_day_is_a_day_whatever_the_clocks_do",
    ),
    Mutant(
        7, "a check keeps out of its quiet hours", "jobs/backups/schedule.py",
        "        return When.QUIET\n", "        return When.NOW\n",
        f"{J}/test_backups_checks.py::test_a_check_keeps_out_of_its_quiet_hours_and_is_made_after_them",
    ),
    Mutant(
        7, "a copy that was seen is missed when it is gone", "jobs/backups/judging.py",
        "    if gone and not inventory.unreadable:\n", "    if gone and inventory.unreadable:\n",
        f"{J}/test_backups_remembered.py::test_a13_a_copy_that_was_seen_and_is_gone_before_its_time_has_vanished",
    ),
    Mutant(
        7, "what was accepted covers no later loss", "jobs/backups/work.py",
        "known.accepted is not None and at <= known.accepted", "known.accepted == at and not known.gone",
        f"{J}/test_backups_remembered.py::test_a13_what_a_person_accepts_may_be_gone_and_the_next_loss_is_told_again",
    ),
    Mutant(
        7, "a size that deviates does not become usual", "jobs/backups/sizes.py",
        ".mark in {Mark.OK, Mark.SKIPPED} and copy.size:", ".mark in Mark and copy.size:",
        f"{J}/test_backups_remembered.py::test_a22_what_deviates_never_becomes_usual_by_coming_every_night",
    ),
    Mutant(
        7, "the size a person saw is the one they accept", "jobs/backups/sizes.py",
        "levels={**memory.levels, **memory.newest}", "levels=dict(memory.levels)",
        f"{J}/test_backups_remembered.py::test_a22_a_level_that_a_person_accepts_is_the_usual_one_from_then_on",
    ),
    Mutant(
        7, "a size nobody tells is not zero", "jobs/backups/judging.py",
        "    if newest.size == 0 or newest.files == 0:\n", "    if not newest.size or newest.files == 0:\n",
        f"{J}/test_backups_checks.py::test_a02_a_size_that_nobody_tells_is_unknown_and_never_zero",
    ),
    Mutant(
        7, "a place of which nothing was read is not sound", "jobs/backups/marks.py",
        "    return heaviest.mark if heaviest.mark is not Mark.OK or read else Mark.UNKNOWN\n",
        "    return heaviest.mark\n",
        f"{J}/test_backups_checks.py::test_nothing_read_and_nothing_found_is_not_sound",
    ),
    Mutant(
        7, "not to know for long is worse than a warning", "jobs/backups/marks.py",
        "        return 4 if row.unknown >= STUBBORN else 2\n", "        return 2\n",
        f"{J}/test_backups_checks.py::test_not_to_know_for_two_runs_weighs_more_than_a_warning",
    ),
    Mutant(
        7, "a lock of a day is a failure", "jobs/backups/examining.py",
        "    mark = Mark.FAIL if last.at - busy >= BUSY_AT_MOST else last.mark\n", "    mark = last.mark\n",
        f"{J}/test_backups_checks.py::test_a04_a_lock_is_no_damage_is_tried_again_and_fails_after_a_day",
    ),
    Mutant(
        7, "a check that says nothing is told", "jobs/backups/schedule.py",
        "    return rhythm.enabled and now - heard > PERIODS * max(rhythm.every, DAY)\n", "    return False\n",
        f"{J}/test_backups_checks.py::test_a36_a_check_that_is_due_and_says_nothing_for_two_periods_is_told",
    ),
    Mutant(
        7, "a warning comes before the failure", "jobs/backups/judging.py",
        "    if age >= look.options.warns:\n", "    if age > limit:\n",
        f"{J}/test_backups_checks.py::test_a34_a_copy_warns_at_four_fifths_of_its_age_and_fails_beyond",
    ),
    Mutant(
        7, "a doubtful copy does not count as one of three", "jobs/backups/groups.py",
        "    return not any(row.mark in {Mark.FAIL, Mark.UNKNOWN} for row in place.table if row.check in _AGAINST)\n",
        "    return True\n",
        f"{J}/test_backups_groups.py::test_a_copy_that_is_damaged_or_not_known_counts_for_nothing",
    ),
    Mutant(
        7, "a backup is green only where all its checks are well", "jobs/briefing/backups.py",
        '    if (whole or newest) and row["verdict"] in {None, "ok"}:\n', "    if whole or newest:\n",
        f"{J}/briefing/test_briefing_backups.py::test_a_place_is_green_only_where_all_of_its_checks_are_well",
    ),
    Mutant(
        7, "a place that nobody looks at any more is told", "jobs/briefing/backups.py",
        "    return [*unread, *unknown, *_unheard(morning)]\n", "    return [*unread, *unknown]\n",
        f"{J}/briefing/test_briefing_backups.py::test_a36_a_place_that_nobody_looked_at_for_two_periods_is_told",
    ),
    Mutant(
        7, "who takes a backup as it is may approve", "daemon/desk/lines.py",
        "    rights.require(order, line_of(order).takes, own=True)\n", "",
        "tests/daemon/test_desk_lines.py::test_a_line_may_ask_more_of_who_confirms",
    ),
)  # fmt: skip
