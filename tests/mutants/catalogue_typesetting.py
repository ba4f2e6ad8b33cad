"""Safeguards of paper as it is set: nothing lost or cut off, nothing obeyed, no label distorted, no template that reaches out."""

from tests.mutants.mutant import Mutant

_P, _W, _T = "jobs/paper", "templates/paper", "tests/jobs/paper"

TYPESETTING = (
    Mutant(
        8, "a letter that no font has is told and stands as its number", f"{_P}/typesetting.py",
        "plain.all_marked(value, lacking) for name", "value for name",
        f"{_T}/test_texts.py::test_a_letter_that_no_font_has_stands_as_its_number_and_is_told",
    ),
    Mutant(
        8, "controls and turns of direction are gone", f"{_P}/plain.py",
        "return whole.translate(_TAMED)", "return whole",
        f"{_T}/test_texts.py::test_what_commands_without_showing_is_gone_and_the_rest_stays_in_order",
    ),
    Mutant(
        8, "a word too long for a line is broken", f"{_W}/base.typ",
        'chunks(4).map(c => c.join()).join("\\u{200b}"))', 'chunks(4).map(c => c.join()).join(""))',
        f"{_T}/test_texts.py::test_no_word_leaves_its_page[a6]",
    ),
    Mutant(
        8, "a name too long for the foot of a page ends in dots there", f"{_W}/base.typ",
        "letters.len() > most {", "false {",
        f"{_T}/test_texts.py::test_nothing_is_cut_off_however_long_it_is[a6]",
    ),
    Mutant(
        8, "an address that is too long goes on on the next page", f"{_W}/address.typ",
        "_to(a, if size == none { last } else { size })", "block(height: room, _to(a, if size == none { last } else { size }))",
        f"{_T}/test_texts.py::test_nothing_is_cut_off_however_long_it_is[a6]",
    ),
    Mutant(
        8, "what is read from the right is set from the right", f"{_W}/base.typ",
        "if s.contains(_right) { rtl } else { ltr }", "ltr",
        f"{_T}/test_pages.py::test_an_address_from_the_right_begins_at_the_right",
    ),
    Mutant(
        2, "each page of a copy says so", f"{_W}/base.typ",
        "[#if there(d.copy) [#tag(size: 7pt, d.words.copy) ]#title", "[#title",
        f"{_T}/test_pages.py::test_every_page_says_its_place_in_the_pile_and_that_it_is_a_copy[a6]",
    ),
    Mutant(
        2, "a label that is a copy says so", f"{_W}/label.typ",
        "[#if there(d.copy) [#tag(size: 6pt, d.words.copy) ]#d.words.order", "[#d.words.order",
        f"{_T}/test_labels.py::test_whose_label_it_is_stands_beside_it_on_every_page[a6]",
    ),
    Mutant(
        8, "each page says its place in the pile", f"{_W}/base.typ",
        "(place-of(d), if d.look.height", '("", if d.look.height',
        f"{_T}/test_pages.py::test_every_page_says_its_place_in_the_pile_and_that_it_is_a_copy[a6]",
    ),
    Mutant(
        8, "a roll that is too long for a printer is parted", f"{_P}/typesetting.py",
        "LONGEST_ROLL = Decimal(2000)", "LONGEST_ROLL = Decimal(20000)",
        f"{_T}/test_pages.py::test_a_roll_is_one_piece_until_it_is_too_long_for_a_printer",
    ),
    Mutant(
        8, "bars end with the character that checks them", f"{_P}/barcode.py",
        "enumerate(values[1:], 1)", "enumerate(values[1:], 2)",
        f"{_T}/test_pages.py::test_the_bars_of_every_document_are_read_from_the_page[a6]",
    ),
    Mutant(
        9, "a gift's slip has no prices, whatever its template does", f"{_P}/typesetting.py",
        '    if values.get("gift") and isinstance(rows, list):\n', "    if False and isinstance(rows, list):\n",
        f"{_T}/test_own_templates.py::test_no_template_can_show_what_a_gift_cost",
    ),
    Mutant(
        9, "a template asks nobody for a package", f"{_P}/press.py",
        '_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")', "_PROXIES: tuple[str, ...] = ()",
        f"{_T}/test_own_templates.py::test_a_template_reaches_nobody_whatever_it_imports",
    ),
    Mutant(
        9, "a template reads no file through a link", f"{_P}/press.py",
        " and not file.is_symlink()", "",
        f"{_T}/test_own_templates.py::test_a_template_that_fails_is_told_of_and_the_shipped_one_is_used[a link to a file above]",
    ),
    Mutant(
        10, "where the owner's template fails the shipped one is used", f"{_P}/press.py",
        "            except Refused as error:\n                told = _told(error)\n",
        "            except Refused as error:\n                raise NightclerkError(str(error)) from error\n",
        f"{_T}/test_own_templates.py::test_a_template_that_fails_is_told_of_and_the_shipped_one_is_used[a wrong name]",
    ),
    Mutant(
        8, "a label is never stretched", f"{_P}/carrier.py",
        "        page.height * scale,\n", "        page.height * scale * 0.9,\n",
        f"{_T}/test_labels.py::test_labels_are_not_distorted_and_their_bars_are_read[a6]",
    ),
    Mutant(
        8, "a label is never made larger", f"{_P}/carrier.py",
        "    upright = min(1.0, room", "    upright = min(room",
        f"{_T}/test_labels.py::test_labels_are_not_distorted_and_their_bars_are_read[a6]",
    ),
    Mutant(
        8, "a label that breaks off is no empty page", f"{_P}/carrier.py",
        '    if b"%%EOF" not in pdf[-_TAIL:]:\n', "    if False:\n",
        f"{_T}/test_labels.py::test_what_is_no_label_is_a_sentence_and_costs_no_other_sheet[half]",
    ),
    Mutant(
        8, "a label of many pages is not printed", f"{_P}/carrier.py",
        "    if len(pages) > MOST_PAGES:\n", "    if False:\n",
        f"{_T}/test_labels.py::test_why_a_label_is_none_is_told[many pages]",
    ),
    Mutant(
        8, "a label as large as a field is not set", f"{_P}/carrier.py",
        "_SMALLEST_POINTS, _LARGEST_POINTS = 20.0, 6000.0", "_SMALLEST_POINTS, _LARGEST_POINTS = 0.0, 6e9",
        f"{_T}/test_labels.py::test_what_is_no_label_is_a_sentence_and_costs_no_other_sheet[a field]",
    ),
)  # fmt: skip
