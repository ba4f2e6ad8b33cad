"""Safeguards of the check that holds stored copies against their first reading, and of the lock that is left behind."""

from tests.mutants.mutant import J, Mutant

_SUMS = "jobs/connectors/backups/_kept_sums.py"
_TESTS = f"{J}/test_backups_unchanged.py"
UNCHANGED = (
    Mutant(
        8, "a copy that changed by itself is told", _SUMS,
        "changed = before.sha256 != held.sha256", "changed = False",
        f"{_TESTS}::test_a_turned_bit_is_seen_at_the_next_reading_and_named",
    ),
    Mutant(
        8, "a copy that changed is held against its first reading, not against its last", _SUMS,
        "known[copy.name] = replace(before, last=held.last, changed=changed)", "known[copy.name] = held",
        f"{_TESTS}::test_it_is_told_until_the_spoilt_copy_is_gone_though_others_have_their_turn",
    ),
    Mutant(
        8, "a copy that changed is read again before all others", _SUMS,
        "calm = kept is None or not kept.changed", "calm = True",
        f"{_TESTS}::test_it_is_told_until_the_spoilt_copy_is_gone_though_others_have_their_turn",
    ),
    Mutant(
        8, "a copy that somebody wrote to is another copy", _SUMS,
        "if before is None or before.stamp != held.stamp:", "if before is None:",
        f"{_TESTS}::test_a_copy_that_somebody_wrote_to_is_another_copy",
    ),
    Mutant(
        8, "the newest copy is read on the day it came", _SUMS,
        "known = kept is not None or copy != newest", "known = True",
        f"{_TESTS}::test_the_newest_copy_is_read_on_the_day_it_came",
    ),
    Mutant(
        8, "what is too large takes no turn from others", _SUMS,
        "return [copy for copy in copies if (copy.size or 0) <= limit]", "return list(copies)",
        f"{_TESTS}::test_a_copy_over_the_limit_is_counted_and_nothing_is_claimed_of_it",
    ),
    Mutant(
        8, "a dry run keeps nothing", _SUMS,
        "if self.outlet.dry:", "if False:",
        f"{_TESTS}::test_a_dry_run_keeps_nothing",
    ),
    Mutant(
        8, "that a copy did not change is no proof that it is any good", "jobs/backups/marks.py",
        "CONTENT = frozenset({Check.WHOLE,", "CONTENT = frozenset({Check.UNCHANGED, Check.WHOLE,",
        f"{_TESTS}::test_unchanged_is_no_proof_that_a_copy_was_any_good",
    ),
    Mutant(
        8, "a lock that nobody renews is told", "jobs/connectors/backups/_restic_checks.py",
        "if not lock.is_live(place.now)), None)", "if False), None)",
        f"{J}/test_backups_restic_checks.py::test_a_lock_that_nobody_renews_is_told_and_left_alone",
    ),
)  # fmt: skip
