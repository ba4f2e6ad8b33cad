"""Safeguards of promises 1 to 4 in the daemon: once, no double effect, approval, mail."""

from tests.mutants.mutant import A, D, Mutant, S

EFFECTS = (
    Mutant(
        1, "of two who start an occurrence one gets it", "daemon/ledger/history.py",
        "            if claimed.rowcount != 1:\n", "            if claimed.rowcount > 1:\n",
        f"{D}/test_ledger_history.py::test_of_two_who_start_it_one_gets_it",
    ),
    Mutant(
        1, "a slot gets one row", "daemon/ledger/history.py",
        "insert_or(occurrences).on_conflict_do_nothing()", 'insert_or(occurrences).prefix_with("OR REPLACE")',
        f"{D}/test_ledger_history.py::test_a_slot_that_is_named_again_keeps_the_row_it_has",
    ),
    Mutant(
        1, "runs of a dead daemon are accounted for", "daemon/engine/__init__.py",
        "history.runs, None, 1000, [State.RUNNING])", "history.runs, None, 1000, [State.LOST])",
        f"{A}/test_crash.py::test_k1_a_run_that_was_cut_off_is_lost_and_one_that_may_not_be_repeated_is_not",
    ),
    Mutant(
        1, "a job that may not be repeated is not", "daemon/engine/keeping.py",
        " or run.dry or not setup.loaded.registry.jobs[wiring.job].repeatable:", " or run.dry:",
        f"{A}/test_crash.py::test_k1_a_run_that_was_cut_off_is_lost_and_one_that_may_not_be_repeated_is_not",
    ),
    Mutant(
        1, "one daemon a state", "daemon/ledger/lock.py",
        "fcntl.LOCK_EX | fcntl.LOCK_NB", "fcntl.LOCK_SH | fcntl.LOCK_NB",
        f"{D}/test_ledger_lock.py::test_the_second_process_is_told_the_first_ones_number_until_that_dies",
    ),
    Mutant(
        1, "an orphan is ended before the night is taken up", "daemon/engine/shift.py",
        "            await end_orphans(roll, GRACE)\n", "",
        f"{S}/test_processes.py::test_k2_an_orphan_that_let_go_of_its_lifeline_is_ended_before_anything_runs_again",
    ),
    Mutant(
        1, "an item that was changed since it was read stays as it is", "daemon/ledger/items.py",
        " or (step.seen is not None and step.seen != item.changed):\n", ":\n",
        f"{D}/test_ledger_items.py::test_an_item_that_was_changed_since_it_was_read_stays_as_it_is",
    ),
    Mutant(
        1, "steps that go along with each other are all made or none", "daemon/ledger/items.py",
        "None if step.along in torn else ", "",
        f"{D}/test_ledger_items.py::test_steps_that_go_along_with_each_other_are_all_made_or_none",
    ),
    Mutant(
        2, "claimed before it is made", "daemon/context.py",
        "        earlier = self.night.claim(key, what)\n        if earlier is None:\n            return self._make(key, make)\n",
        "        answer = make()\n        earlier = self.night.claim(key, what)\n        if earlier is None:\n            return self._make(key, lambda: answer)\n",
        f"{D}/test_context.py::test_the_claim_is_kept_before_anything_is_made",
    ),
    Mutant(
        2, "an open claim is never blindly repeated", "daemon/context.py",
        "        if earlier is None:\n", "        if earlier is None or earlier.state is not EffectState.CONFIRMED:\n",
        f"{D}/test_engine_effects.py::test_an_effect_cut_off_between_making_and_confirming_is_asked_for_and_never_blindly_repeated",
    ),
    Mutant(
        2, "a claim is given back only where nothing was done", "daemon/context.py",
        "            if error.nothing_done:\n", "            if True:\n",
        f"{D}/test_context.py::test_an_effect_that_may_have_happened_keeps_its_claim",
    ),
    Mutant(
        2, "what nobody can answer for is uncertain", "daemon/ledger/history.py",
        "    if not again:\n        _doubt_open_claims", "    if again:\n        _doubt_open_claims",
        f"{D}/test_ledger_effects.py::test_after_the_last_try_an_effect_without_an_answer_is_uncertain",
    ),
    Mutant(
        2, "a report is kept whole or not at all", "daemon/ledger/reports.py",
        "            end_run(self._store, connection, run, None)\n",
        "            end_run(self._store, connection, run, None)\n        with self._store.begin() as connection:\n",
        f"{D}/test_ledger_reports.py::test_where_the_disk_refuses_one_part_nothing_is_kept",
    ),
    Mutant(
        2, "an uncertain effect is not given back", "daemon/errors.py",
        "        self.nothing_done = False\n", "",
        f"{D}/test_context.py::test_what_is_uncertain_never_counts_as_certainly_not_done",
    ),
    Mutant(
        3, "a draft waits for a person", "daemon/engine/keeping.py",
        "DraftState.APPROVED if auto else DraftState.WAITING", "DraftState.APPROVED",
        f"{D}/test_engine_effects.py::test_an_approved_draft_is_made_real_once_and_only_then",
    ),
    Mutant(
        3, "only what was approved is applied", "daemon/ledger/drafts.py",
        "self.standing([DraftState.APPROVED])", "self.standing([DraftState.APPROVED, DraftState.WAITING])",
        f"{D}/test_ledger_drafts.py::test_only_the_approved_whose_moment_has_come_are_ripe",
    ),
    Mutant(
        3, "a connection without writes may not write", "daemon/child.py",
        'writes=bool(wire_["writes"]) and not', "writes=not",
        f"{A}/test_gates.py::test_a_connection_may_write_only_where_its_entry_says_so_and_never_in_a_dry_run",
    ),
    Mutant(
        3, "writing is off until it is written", "daemon/config/connecting.py",
        'self.entry.get("writes") is True', 'self.entry.get("writes") is not False',
        f"{A}/test_gates.py::test_a_connection_may_write_only_where_its_entry_says_so_and_never_in_a_dry_run",
    ),
    Mutant(
        3, "a dry run makes no effect", "daemon/context.py",
        "        if self.dry or self.rehearsal:\n", "        if self.rehearsal:\n",
        f"{A}/test_execution.py::test_e10_a_dry_run_reads_but_changes_nothing_outside_and_calls_no_mail_server",
    ),
    Mutant(
        3, "a dry run leaves nothing but its row", "daemon/engine/keeping.py",
        "Ending(run) if run.dry else Ending(", "Ending(run) if False else Ending(",
        f"{D}/test_engine_effects.py::test_a_dry_run_leaves_its_row_and_nothing_else",
    ),
    Mutant(
        4, "one Message-ID is stored once", "daemon/ledger/post.py",
        "insert_or(mails).values(values).on_conflict_do_nothing()", "insert_or(mails).values(values)",
        f"{D}/test_ledger_post.py::test_the_same_message_is_stored_once",
    ),
    Mutant(
        4, "a scheduled briefing is not lost to an earlier one", "daemon/ledger/post.py",
        ", mails.c.queued >= since)", ")",
        f"{A}/briefing/test_corrections.py::test_a_briefing_made_up_for_yesterday_does_not_cost_today_its_own",
    ),
    Mutant(
        4, "several mornings caught up are one mail", "daemon/engine/editions.py",
        "        return FIRST\n    return await next_edition(", "        pass\n    return await next_edition(",
        f"{A}/briefing/test_corrections.py::test_of_several_mornings_caught_up_one_is_mailed_and_the_others_say_that_they_were_not",
    ),
    Mutant(
        4, "after DATA silence is uncertain", "daemon/outbox/smtp.py",
        "        return Kind.UNCERTAIN, Blame.SERVER\n", "        return Kind.RETRY, Blame.SERVER\n",
        f"{D}/test_outbox.py::test_each_failure_is_told_by_how_far_it_got",
    ),
    Mutant(
        4, "a permanent refusal is not retried", "daemon/outbox/smtp.py",
        "    if permanent:\n        return Kind.REFUSED, Blame.MAIL\n", "    if permanent:\n        return Kind.RETRY, Blame.MAIL\n",
        f"{D}/test_outbox.py::test_each_failure_is_told_by_how_far_it_got",
    ),
    Mutant(
        4, "a mail that was leaving when the daemon died is in doubt", "daemon/ledger/post.py",
        "mails.c.next_try <= now, mails.c.state != MailState.SENDING", "mails.c.next_try <= now",
        f"{D}/test_ledger_post.py::test_a_mail_on_its_way_is_not_due_again",
    ),
)  # fmt: skip
