"""Safeguards, each as the change that would remove it, and the test that must notice.

`old` stands exactly once in its file: where a safeguard is rewritten, its entry here is rewritten with it.
"""

from dataclasses import dataclass

D, S, A = "tests/daemon", "tests/system", "tests/acceptance"


@dataclass(frozen=True)
class Mutant:
    """A change to one file that takes a safeguard of a promise (1 to 11) away; `test` is the id of a test to go red."""

    promise: int
    safeguard: str
    file: str
    old: str
    new: str
    test: str


MUTANTS = (
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
        2, "claimed before it is made", "daemon/context.py",
        "        earlier = self.night.claim(key, what)\n        if earlier is None:\n            return self._make(key, make)\n",
        "        answer = make()\n        earlier = self.night.claim(key, what)\n        if earlier is None:\n            return self._make(key, lambda: answer)\n",
        f"{D}/test_context.py::test_the_claim_is_kept_before_anything_is_made",
    ),
    Mutant(
        2, "an open claim is never blindly repeated", "daemon/context.py",
        "        if earlier is None:\n", "        if earlier is None or earlier.state is not EffectState.CONFIRMED:\n",
        f"{D}/test_engine.py::test_an_effect_cut_off_between_making_and_confirming_is_asked_for_and_never_blindly_repeated",
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
        3, "a draft waits for a person", "daemon/engine/keeping.py",
        "DraftState.APPROVED if auto else DraftState.WAITING", "DraftState.APPROVED",
        f"{D}/test_engine.py::test_an_approved_draft_is_made_real_once_and_only_then",
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
        f"{D}/test_engine.py::test_a_dry_run_leaves_its_row_and_nothing_else",
    ),
    Mutant(
        4, "one Message-ID is stored once", "daemon/ledger/post.py",
        "insert_or(mails).values(values).on_conflict_do_nothing()", "insert_or(mails).values(values)",
        f"{D}/test_ledger_post.py::test_the_same_message_is_stored_once",
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
    Mutant(
        5, "a repeated time is the first one", "daemon/occurrences/slots.py",
        "return datetime.combine(day, at, zone).astimezone(UTC)",
        "return datetime.combine(day, at.replace(fold=1), zone).astimezone(UTC)",
        f"{D}/test_slots.py::test_t02_a_repeated_time_runs_once_the_first_time",
    ),
    Mutant(
        5, "catching up is capped", "daemon/occurrences/accounting.py",
        "MOST_REPEATED = 24\n", "MOST_REPEATED = 240\n",
        f"{A}/test_clocks.py::test_c2_ten_days_down_make_one_run_or_at_most_twenty_four_in_order",
    ),
    Mutant(
        5, "too late is too late", "daemon/occurrences/accounting.py",
        "    if late > routine.max_late:\n", "    if late > routine.max_late * 99:\n",
        f"{A}/test_clocks.py::test_c1_a_slot_slept_through_is_made_up_within_max_late_or_is_a_row_that_says_so",
    ),
    Mutant(
        6, "a reload moves only what was rescheduled", "daemon/engine/standings.py",
        "            if known is None or known.signature != signed:\n", "            if True:\n",
        f"{A}/test_reload.py::test_r1_a_slot_that_is_due_but_not_started_survives_a_reload_and_runs_once",
    ),
    Mutant(
        6, "a refused file is refused and said", "daemon/service.py",
        "Setup(loaded, loaded.refuse(), shift.setup.state)", "Setup(loaded, loaded.config or shift.setup.config, shift.setup.state)",
        f"{A}/test_reload.py::test_r2_a_broken_file_stays_out_and_is_said_in_log_status_and_briefing",
    ),
    Mutant(
        6, "a start with a bad file keeps the night", "daemon/cli/serving.py",
        "    if earlier is None or earlier.problems:\n", "    if True:\n",
        f"{S}/test_serve.py::test_a_broken_file_never_ends_the_night",
    ),
    Mutant(
        6, "one bad schedule stops no other routine", "daemon/engine/standings.py",
        "            except Exception as error:  # noqa: BLE001 - a defect", "            except KeyError as error:  # noqa: BLE001 - a defect",
        f"{A}/test_crash.py::test_k6_a_schedule_that_raises_stops_its_own_routine_only",
    ),
    Mutant(
        7, "a figure has a declared meaning", "daemon/child.py",
        "    if unknown:\n", "    if not unknown and unknown:\n",
        f"{D}/test_runner.py::test_a_run_that_goes_wrong_is_a_failed_run_that_says_why",
    ),
    Mutant(
        7, "a missing stock figure is not zero", "jobs/inventory/shelves.py",
        "for product in listed if product.stock is not None]", "for product in listed]",
        "tests/jobs/test_inventory.py::test_a_product_without_a_stock_figure_is_not_out_of_stock",
    ),
    Mutant(
        8, "an unknown key is refused", "daemon/config/__init__.py",
        'extra="forbid", hide_input_in_errors=True', 'extra="ignore", hide_input_in_errors=True',
        f"{A}/test_configuration.py::test_y4_a_misspelt_key_gets_its_place_and_the_right_one_and_all_problems_come_at_once",
    ),
    Mutant(
        9, "secrets are taken out of a run's reason", "daemon/runner/__init__.py",
        "reason=redact(reason, known)[:2000]", "reason=reason[:2000]",
        f"{D}/test_runner.py::test_a_secret_shows_neither_in_the_reason_nor_in_the_output",
    ),
    Mutant(
        9, "secrets are silent in a repr", "daemon/secrets.py",
        """        return "'***'"\n""", "        return str.__repr__(self)\n",
        f"{D}/test_secrets.py::test_a_secret_is_silent_in_every_repr",
    ),
    Mutant(
        10, "a signal reaches the whole group", "daemon/spawner.py",
        "        os.killpg(pid, number)\n", "        os.kill(pid, number)\n",
        f"{A}/test_execution.py::test_e1_everything_a_run_started_hears_sigterm_before_anything_is_killed",
    ),
    Mutant(
        10, "no child outlives its daemon", "daemon/spawner.py",
        "            _die_with(lifeline)\n", "",
        f"{S}/crash/test_limits.py::test_a_child_never_outlives_its_daemon_into_the_next_ones_work",
    ),
    Mutant(
        10, "a run over its time is cut off", "daemon/runner/__init__.py",
        "limit.total_seconds(), self.children.kill", "limit.total_seconds() * 99, self.children.kill",
        f"{A}/test_execution.py::test_e1_a_run_over_its_time_leaves_no_process_and_the_next_slot_runs",
    ),
    Mutant(
        10, "what is deaf to SIGTERM is killed", "daemon/runner/__init__.py",
        "self._signal, run, signal.SIGKILL)", "self._signal, run, signal.SIGTERM)",
        f"{A}/test_execution.py::test_e2_a_run_deaf_to_sigterm_is_killed_after_the_grace_with_its_child",
    ),
    Mutant(
        10, "a reconcile that hangs gives no sign of life", "daemon/scheduler.py",
        "            await self._reconcile()\n", "            after()\n            await self._reconcile()\n",
        f"{A}/test_crash.py::test_k7_while_the_reconcile_hangs_no_sign_of_life_is_given",
    ),
    Mutant(
        10, "a missing briefing is replaced", "daemon/engine/bare.py",
        "if _wanted(one) and now - max(one.due, awake) >= limit_of(routines[name], one)", "if False",
        f"{D}/test_bare_briefing.py::test_n4_a_briefing_that_fails_is_replaced_after_half_an_hour_once",
    ),
    Mutant(
        10, "nothing leaves that can't be recorded", "daemon/outbox/delivery.py",
        "        await self._queue.begin(due.id)\n        outcome = await self.transport.send(due.mail)\n",
        "        outcome = await self.transport.send(due.mail)\n        await self._queue.begin(due.id)\n",
        f"{D}/test_mailqueue.py::test_nothing_leaves_that_can_not_be_recorded",
    ),
    Mutant(
        11, "an older program refuses a newer ledger", "daemon/ledger/migrations/__init__.py",
        "    if version > newest:\n", "    if version > newest + 99:\n",
        f"{D}/test_ledger_schema.py::test_an_older_program_refuses_a_newer_ledger",
    ),
    Mutant(
        11, "a copy is put aside before a migration", "daemon/ledger/migrations/__init__.py",
        "    if 0 < version < newest:\n", "    if newest < version:\n",
        f"{D}/test_ledger_schema.py::test_before_a_migration_a_copy_is_put_aside",
    ),
    Mutant(
        11, "a backup overwrites nothing", "daemon/ledger/__init__.py",
        "exist_ok=False", "exist_ok=True",
        f"{D}/test_ledger_schema.py::test_a_copy_never_overwrites_and_is_readable_by_its_owner_only",
    ),
)  # fmt: skip
