"""Safeguards of all promises in the jobs and connectors that come with the program."""

from tests.mutants.mutant import J, Mutant

JOBS = (
    Mutant(
        2, "a shop's note is found by its whole key", "jobs/connectors/shops/_woo_writes.py",
        ".rstrip().endswith(_mark(key))", '.rstrip().endswith(key[1:] + "]")',
        f"{J}/test_woocommerce_traps.py::test_a_note_with_a_key_that_only_ends_alike_is_another",
    ),
    Mutant(
        2, "what changes something is sent once", "jobs/connectors/_http_retry.py",
        "if not (error.passes and call.repeatable) or", "if not error.passes or",
        f"{J}/test_http_client.py::test_what_changes_something_is_sent_once_whatever_happens",
    ),
    Mutant(
        3, "a status nobody allowed is not set", "jobs/connectors/shops/_woo_writes.py",
        "        word = self._allowed(order, after)\n", "        word = _WORDS[after]\n",
        f"{J}/test_woocommerce_traps.py::test_a_status_that_is_not_in_the_file_is_not_set",
    ),
    Mutant(
        3, "an order edited after it was picked waits for a person", "jobs/orders/moving.py",
        "CHANGED in known.reasons or told.mark != known.mark\n", "CHANGED in known.reasons\n",
        f"{J}/test_orders_line.py::test_an_order_edited_after_it_was_picked_stops_until_somebody_confirms_the_difference",
    ),
    Mutant(
        3, "an order that may be a fraud waits for a person", "jobs/orders/checks.py",
        "        (line.RISK, lambda order: dangerous(order, rules.fraud)),\n", "",
        f"{J}/test_orders_fraud.py::test_an_order_that_the_shop_calls_dangerous_waits_for_a_person_and_once_released_goes_on",
    ),
    Mutant(
        3, "an export that can't be declared waits", "jobs/orders/checks.py",
        "        (line.CUSTOMS, lambda order: order.number in undeclared),\n", "",
        f"{J}/test_orders_customs.py::test_an_export_waits_with_what_is_missing_on_its_card_until_the_shop_knows_it",
    ),
    Mutant(
        3, "an order in a parcel stops with the others", "jobs/orders/company.py",
        "if any(one.state in _STOPPED for one in mates) else mine", "if not mates else mine",
        f"{J}/test_orders_parcels.py::test_an_order_cancelled_in_the_shop_stops_its_mates_and_leaves_them",
    ),
    Mutant(
        3, "a split order that was edited stops all of its parts", "jobs/orders/moving.py",
        "    standing += [CHANGED] if known.bound and not same else []\n", "",
        f"{J}/test_orders_parted.py::test_a_change_in_the_shop_stops_every_part_and_its_confirmation_makes_the_order_whole",
    ),
    Mutant(
        7, "a missing stock figure is not zero", "jobs/inventory/shelves.py",
        "for product in listed if product.stock is not None]", "for product in listed]",
        "tests/jobs/test_inventory.py::test_a_product_without_a_stock_figure_is_not_out_of_stock",
    ),
    Mutant(
        7, "the last page of a list is read", "jobs/connectors/shops/_woo_pages.py",
        "            while page * MOST < count(answer):\n", "            while (page + 1) * MOST < count(answer):\n",
        f"{J}/test_woocommerce_upsets.py::test_a_row_that_a_deletion_pulls_to_a_page_already_read_is_not_lost",
    ),
    Mutant(
        7, "a list that shrank while it was read is read again", "jobs/connectors/shops/_woo_pages.py",
        "                whole = whole and counted >= self.total\n", "",
        f"{J}/test_woocommerce_upsets.py::test_a_row_that_a_deletion_pulls_to_a_page_already_read_is_not_lost",
    ),
    Mutant(
        7, "a shop's moments are GMT", "jobs/connectors/shops/_woo_rows.py",
        'bound(moment_in(row, "date_created_gmt")),\n        **_only', 'bound(moment_in(row, "date_created")),\n        **_only',
        f"{J}/test_woocommerce_rows.py::test_the_repeated_hour_is_told_apart_by_gmt_alone",
    ),
    Mutant(
        7, "bounds are asked for in GMT", "jobs/connectors/shops/_woo_feed.py",
        '_GMT: Params = (("dates_are_gmt", "true"),)', "_GMT: Params = ()",
        f"{J}/test_woocommerce_traps.py::test_moments_are_asked_for_in_gmt_without_a_zone",
    ),
    Mutant(
        7, "the first second of a window is in it", "jobs/connectors/shops/_woo_feed.py",
        '(("after", bound(first - _SECOND)), *', '(("after", bound(first)), *',
        f"{J}/test_woocommerce_traps.py::test_the_order_at_the_very_first_second_of_a_window_is_in_it",
    ),
    Mutant(
        7, "what is sent is not open", "jobs/connectors/shops/_woo_rules.py",
        '"completed": Status.SHIPPED', '"completed": Status.OPEN',
        f"{J}/test_woocommerce_nights.py::test_what_changed_by_day_is_seen_at_night",
    ),
    Mutant(
        7, "a basket is no order", "jobs/connectors/shops/_woo_rules.py",
        'NO_ORDERS = frozenset({"checkout-draft", ', "NO_ORDERS = frozenset({",
        f"{J}/test_woocommerce_rows.py::test_baskets_that_nobody_ordered_are_no_orders",
    ),
    Mutant(
        7, "the seconds around the last reading are read twice", "jobs/connectors/shops/_pages.py",
        "OVERLAP = timedelta(minutes=10)", "OVERLAP = timedelta(0)",
        f"{J}/test_woocommerce_nights.py::test_a_change_in_the_very_second_of_the_last_reading_is_not_lost",
    ),
    Mutant(
        7, "an order deleted for good is missed", "jobs/connectors/shops/_woo_feed.py",
        " or self._counted(since, began) != self._known(since, began):", ":",
        f"{J}/test_woocommerce_nights.py::test_an_order_deleted_for_good_is_gone_the_next_night",
    ),
    Mutant(
        2, "what the shop could not be told is told later", "jobs/orders/telling.py",
        "min([ctx.now, *(item.changed for item, _ in failed)])", "ctx.now",
        f"{J}/test_orders_telling.py::test_a_shop_that_is_deaf_costs_the_night_nothing_and_is_told_later",
    ),
    Mutant(
        9, "credentials go to no other host", "jobs/connectors/http.py",
        " or _origin(following) != _origin(url):", ":",
        f"{J}/test_http_trust.py::test_credentials_go_to_no_other_host",
    ),
    Mutant(
        9, "a server does not get the secret into a sentence", "jobs/connectors/_http_showing.py",
        '        text = text.replace(form, "***")\n', "        pass\n",
        f"{J}/test_http_trust.py::test_a_server_that_says_the_secret_back_does_not_get_it_into_a_sentence",
    ),
)  # fmt: skip
