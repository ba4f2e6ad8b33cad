"""Safeguards of the paper of a morning: what is made once, printed once, and never printed of what is no longer so."""

from tests.mutants.mutant import D, J, Mutant

PRINTED, CUT, BOUND = (f"{J}/test_paper_{name}.py" for name in ("printed", "cut_short", "bound"))
ORDERS, CARRIERS, COPIES = f"{J}/test_orders_paper.py", f"{J}/test_orders_carriers.py", f"{D}/test_desk_copies.py"
SHEETS = (
    Mutant(
        2, "a sheet is sent before it is handed over", "jobs/paper/lanes.py",
        "            sent = self.bench.take(item, SENT, mine)\n", "            sent = item\n",
        f"{CUT}::test_the_power_may_go_at_any_moment_and_nothing_is_printed_twice_or_forgotten",
    ),
    Mutant(
        2, "a sheet whose answer was lost is asked for by its name", "jobs/paper/lanes.py",
        "lambda: self.printer.find(printout.name, before)", "lambda: None",
        f"{PRINTED}::test_a_lost_answer_is_asked_for_and_not_repeated",
    ),
    Mutant(
        2, "the next sheet waits for the one before", "jobs/paper/lanes.py",
        "len(self.flying) < self.printer.ahead and", "len(self.flying) < 9 and",
        f"{PRINTED}::test_only_so_many_lie_with_the_printer_as_it_may_have",
    ),
    Mutant(
        2, "what nobody can tell of is uncertain, not waiting", "jobs/paper/lanes.py",
        'self.bench.move(flight.item, UNCERTAIN, {"words": self._words(why), JOB: flight.number})', "self.bench.move(flight.item, WAITING)",
        f"{PRINTED}::test_what_nobody_can_tell_of_is_uncertain_and_never_repeated",
    ),
    Mutant(
        2, "a run that died leaves a number to ask back to", "jobs/paper/printing.py",
        "    last = _last(bench.ctx, name) or ", "    last = ",
        f"{CUT}::test_a_printer_is_asked_back_to_the_newest_number_it_gave_also_to_a_run_that_died",
    ),
    Mutant(
        2, "what a run that goes on sent is its own", "jobs/paper/printing.py",
        "        if one.run not in others:\n", "        if True:\n",
        f"{CUT}::test_what_a_run_that_goes_on_sent_is_left_to_it",
    ),
    Mutant(
        2, "a try that a person allowed has a key of its own", "jobs/paper/naming.py",
        '    return f"print/{item.id}" + (f"#{tries}" if tries else "")\n', '    return f"print/{item.id}"\n',
        f"{PRINTED}::test_a_held_sheet_that_is_let_go_is_handed_over_as_another",
    ),
    Mutant(
        3, "the sheet of a changed order is not printed", "jobs/paper/judging.py",
        'if item is None or item.data.get("mark") != mark:\n', "if item is None:\n",
        f"{PRINTED}::test_an_order_that_was_stopped_or_changed_meanwhile_is_not_printed",
    ),
    Mutant(
        2, "the sheets of a file are in it all at once", "jobs/paper/bundles.py",
        "    made = _moved(bench, [items[entry.id] for entry in entries], BOUND, {})\n",
        "    made = [one for entry in entries for one in _moved(bench, [items[entry.id]], BOUND, {})]\n",
        f"{BOUND}::test_the_power_may_go_and_no_sheet_is_in_two_files",
    ),
    Mutant(
        2, "the paper of a wave is made whole or not at all", "jobs/orders/issuing.py",
        "steps = [_step(ctx, one, known.get(one.id), load.wave.name) for one in made]",
        'steps = [_step(ctx, one, known.get(one.id), "") for one in made]',
        f"{ORDERS}::test_half_a_wave_is_never_made",
    ),
    Mutant(
        3, "no price stands on the slip of a present", "jobs/orders/sheets.py",
        "    priced = desk.options.prices and not gift\n", "    priced = desk.options.prices\n",
        f"{ORDERS}::test_no_price_stands_on_the_slip_of_a_present_or_where_the_owner_wants_none",
    ),
    Mutant(
        2, "a file for the carrier is written once", "jobs/orders/carriers.py",
        '    raise UncertainError(f"{path} may have been written and taken away: look whether its labels were bought")\n',
        "    return None  # type: ignore[return-value]\n",
        f"{CARRIERS}::test_a_file_that_may_have_been_taken_away_is_not_written_again",
    ),
    Mutant(
        8, "no cell of a carrier's file is a formula", "jobs/orders/carriers.py",
        'safe_cell(" ".join(cells[cell].split()))', '" ".join(cells[cell].split())',
        f"{CARRIERS}::test_a_file_for_the_carrier_is_written_once_a_wave",
    ),
    Mutant(
        3, "a paper that is out of date is refused", "daemon/arranging.py",
        'if not str(item.data.get(line.seal, "")).startswith(seal):', 'if line.seal == "":',
        f"{COPIES}::test_the_code_on_a_paper_is_read_and_an_old_one_refused",
    ),
)  # fmt: skip
