"""Safeguards of printers: no sheet twice or denied, nothing printed that may not be, nothing believed too easily."""

from tests.mutants.mutant import Mutant

_P, _T = "jobs/connectors/printers", "tests/printers"

PRINTERS = (
    Mutant(
        2, "a sheet is sent once, whatever becomes of its answer", f"{_P}/_ipp_door.py",
        "idempotent=operation != ipp.PRINT_JOB", "idempotent=True",
        f"{_T}/test_ipp_fates.py::test_a_sheet_whose_answer_is_lost_or_nonsense_is_uncertain_and_sent_once",
    ),
    Mutant(
        2, "a lost answer leaves a sheet uncertain", f"{_P}/_ipp_door.py",
        "            if error.nothing_done:\n                raise\n", "            raise\n",
        f"{_T}/test_ipp_fates.py::test_a_sheet_whose_answer_is_lost_or_nonsense_is_uncertain_and_sent_once",
    ),
    Mutant(
        2, "a server that failed over a sheet may have printed it", f"{_P}/_ipp_door.py",
        "nothing_done=status not in _HALF_DONE", "nothing_done=True",
        f"{_T}/test_ipp_fates.py::test_a_server_that_fails_over_a_sheet_may_have_printed_it",
    ),
    Mutant(
        2, "another sheet with the number of ours is not ours", f"{_P}/_ipp_printer.py",
        "        if job is None or numbers.identity(job) != known.identity:\n", "        if job is None:\n",
        f"{_T}/test_ipp_fates.py::test_a_number_that_another_sheet_has_now_is_forgotten_and_not_taken_for_ours",
    ),
    Mutant(
        2, "a sheet that two lives of a server had is torn", f"{_P}/_ipp_printer.py",
        "created is None or created < seen.since:\n", "created is None:\n",
        f"{_T}/test_ipp_restarts.py::test_a_sheet_that_was_under_way_at_a_restart_is_torn_once_it_is_done",
    ),
    Mutant(
        2, "a watch that is gone means a restart", f"{_P}/_ipp_printer.py",
        "        if seen is None or created is None or", "        if seen is None:\n            return Standing(Fate.PRINTED)\n        if created is None or",
        f"{_T}/test_ipp_restarts.py::test_a_watch_that_was_lost_with_the_servers_memory_means_a_restart",
    ),
    Mutant(
        2, "a server that numbers its events anew is asked for all of them", f"{_P}/_ipp_watch.py",
        "        if known and events[:1] != known:\n", "        if False:\n",
        f"{_T}/test_ipp_restarts.py::test_a_server_whose_events_are_numbered_anew_is_not_mistaken_for_the_one_before",
    ),
    Mutant(
        2, "a sheet that was begun twice is not plainly printed", f"{_P}/_ipp_printer.py",
        "seen.begun.get(known.id) == 1", "seen.begun",
        f"{_T}/test_ipp_restarts.py::test_a_sheet_that_was_begun_twice_or_longer_ago_than_anybody_knows_is_not_plainly_printed",
    ),
    Mutant(
        2, "a sheet that a server lost track of is not waited for", f"{_P}/_ipp_printer.py",
        "        if idle and known.watched and ", "        if not idle and known.watched and ",
        f"{_T}/test_ipp_restarts.py::test_a_sheet_that_a_restarted_server_lost_track_of_is_not_waited_for_for_ever",
    ),
    Mutant(
        2, "a printer that was switched off tore what it had", f"{_P}/_ipp_printer.py",
        "return _TORN if _switched_off(job) else", "return",
        f"{_T}/test_ipp_restarts.py::test_a_printer_of_the_network_that_was_switched_off_in_between_tore_the_sheet",
    ),
    Mutant(
        2, "a gap in a history says nothing", f"{_P}/_ipp_jobs.py",
        '            return "it has forgotten sheets"\n', '            return ""\n',
        f"{_T}/test_ipp_find.py::test_with_a_sheet_forgotten_in_between_it_may_have_been_that",
    ),
    Mutant(
        2, "a restarted server never says no", f"{_P}/_ipp_printer.py",
        " or self._restarted(past, before)\n", "\n",
        f"{_T}/test_ipp_find.py::test_after_a_restart_the_last_sheet_may_have_been_lost_without_a_trace",
    ),
    Mutant(
        2, "two sheets of one name are told", f"{_P}/_ipp_printer.py",
        "        if len(found) > 1:\n", "        if False:\n",
        f"{_T}/test_ipp_find.py::test_two_of_one_name_are_told_to_a_person",
    ),
    Mutant(
        2, "a hidden name may be ours", f"{_P}/_ipp_jobs.py",
        'if hidden else ""', 'if hidden and not hidden else ""',
        f"{_T}/test_ipp_find.py::test_a_hidden_name_in_our_queue_may_be_the_sheet_and_one_in_another_queue_is_not",
    ),
    Mutant(
        2, "an answer that breaks off is no answer", f"{_P}/_ipp_wire.py",
        '        raise ValueError("it breaks off")\n', "        return body[at:], len(body)\n",
        f"{_T}/test_ipp_wire.py::test_an_answer_that_breaks_off_is_no_answer",
    ),
    Mutant(
        2, "a sheet in a folder that never got to its place is not there", f"{_P}/folder.py",
        " and not _exists(self._unfinished(name))\n", "\n",
        f"{_T}/test_folder.py::test_a_crash_before_the_sheet_was_in_its_place_leaves_it_to_be_printed",
    ),
    Mutant(
        2, "a sheet that was taken away is not written again", f"{_P}/folder.py",
        "        return _exists(self.notes / name) and", "        return False and",
        f"{_T}/test_folder.py::test_a_sheet_that_somebody_took_away_was_printed_and_is_not_printed_again",
    ),
    Mutant(
        3, "nothing is printed where the connection may only read", f"{_P}/_ipp_printer.py",
        '        self.outlet.require_writes(f"the sheet {printout.name}")\n', "",
        f"{_T}/test_ipp_fates.py::test_without_writes_nothing_is_printed_and_no_subscription_made",
    ),
    Mutant(
        8, "a name that would not come back is refused", f"{_P}/_names.py",
        "    if not NAME.fullmatch(printout.name):\n", "    if not printout.name:\n",
        f"{_T}/test_contract.py::TestQueuesOfCups::test_a_name_that_would_not_come_back_is_refused",
    ),
    Mutant(
        9, "a sheet in a folder is for its owner only", f"{_P}/folder.py",
        "_OWNER_ONLY = 0o600\n", "_OWNER_ONLY = 0o644\n",
        f"{_T}/test_folder.py::test_only_the_owner_may_read_a_sheet_and_nothing_unfinished_is_left",
    ),
    Mutant(
        9, "a link that lies in wait is not written through", f"{_P}/folder.py",
        " | os.O_NOFOLLOW\n", "\n",
        f"{_T}/test_folder.py::test_a_link_that_lies_in_wait_is_not_written_through",
    ),
    Mutant(
        9, "a password goes over no network unencrypted", f"{_P}/ipp.py",
        "        if self.password and ", "        if self.password and not self.password and ",
        f"{_T}/test_ipp_options.py::test_a_password_goes_over_no_network_unencrypted",
    ),
)  # fmt: skip
