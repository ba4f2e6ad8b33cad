"""Safeguards of promises 5 to 11 in the daemon: time, reloads, figures, input, secrets, outliving, upgrades."""

from tests.mutants.mutant import A, D, Mutant, S

UPKEEP = (
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
        10, "a signal reaches the whole group", "daemon/spawner/loop.py",
        "        os.killpg(pid, number)\n", "        os.kill(pid, number)\n",
        f"{D}/test_spawner.py::test_a_signal_reaches_the_whole_group_at_once_also_where_its_first_process_is_deaf",
    ),
    Mutant(
        10, "no child outlives its daemon", "daemon/spawner/birth.py",
        "    _die_with(mine.lifeline)\n", "",
        f"{S}/crash/test_limits.py::test_a_child_never_outlives_its_daemon_into_the_next_ones_work",
    ),
    Mutant(
        10, "what a run moved to another session ends with it", "daemon/spawner/loop.py",
        "        for pid in processes.children(os.getpid()):\n", "        for pid in list[int]():\n",
        f"{D}/test_spawner.py::test_what_moved_to_a_session_of_its_own_ends_with_its_run",
    ),
    Mutant(
        10, "a process that only has a run's pid is not signalled", "daemon/roll.py",
        "there.ticks != entry.ticks", "not there.ticks",
        f"{D}/test_roll.py::test_a_process_of_another_start_or_boot_is_left_alone_and_struck_off",
    ),
    Mutant(
        10, "a stop waits for no watcher", "daemon/engine/pinging.py",
        "asyncio.wait(waiting, timeout=LAST_MOMENT)", "asyncio.wait(waiting)",
        f"{S}/test_stop.py::test_k8_a_watcher_that_never_answers_does_not_hold_up_the_stop",
    ),
    Mutant(
        10, "a stop waits for no full disk", "daemon/engine/stopping.py",
        "timeout=GRACE.total_seconds() + RECORDING", "timeout=None",
        f"{S}/test_stop.py::test_k8_a_stop_on_a_full_disk_says_what_is_not_recorded_and_nothing_is_doubled",
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
        9, "what is still to be done is not forgotten with age", "daemon/engine/shift.py",
        "config.retention, waiting)", "config.retention)",
        f"{D}/test_forgetting.py::test_what_stands_open_on_a_line_outlives_retention_and_the_loss_of_its_plug_in",
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
    Mutant(
        11, "a ledger that did less than its folder is noticed", "daemon/ledger/highwater.py",
        "        return inside.deeds < beside.deeds\n", "        return False\n",
        f"{D}/test_ledger_restored.py::test_a_plain_copy_is_known_as_soon_as_one_thing_was_done_after_it",
    ),
    Mutant(
        11, "keys are copied for their owner only", "daemon/ledger/copying.py",
        "os.O_EXCL, 0o600)", "os.O_EXCL, 0o644)",
        f"{D}/test_ledger_schema.py::test_the_keys_of_routines_are_copied_beside_the_ledger_for_their_owner_only",
    ),
    Mutant(
        11, "a backup knows that it is a copy", "daemon/ledger/copying.py",
        "            copy.execute(_SAY_SO", "            (_SAY_SO",
        f"{D}/test_ledger_restored.py::test_a_backup_that_is_put_back_is_known_wherever_it_is_and_whatever_was_done_since",
    ),
    Mutant(
        11, "an older ledger makes nothing blindly", "daemon/ledger/nights.py",
        "return claimed if covers(self._store.restored, self._run) else None", "return None",
        f"{D}/test_restored_nights.py::test_a_slot_that_is_made_up_after_a_restore_makes_its_effect_no_second_time",
    ),
    Mutant(
        11, "the mail of an older ledger is held", "daemon/ledger/restored.py",
        "        .values(state=MailState.HELD, next_try=None, error=_HELD)\n", "        .values(error=_HELD)\n",
        f"{D}/test_restored_nights.py::test_mail_of_before_is_held_and_mail_of_after_leaves",
    ),
)  # fmt: skip
