"""Safeguards of what is asked of a Shopify shop and written into it.

Their tests need Shopify's published schema: without it they are skipped, would notice nothing, and are not tried.
"""

from pathlib import Path

from tests.mutants.mutant import J, Mutant

_SHOPS = "jobs/connectors/shops"
_SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "specs" / "shopify-admin-graphql"

_ALL = (
    Mutant(
        2, "a refusal within an answer that says all is well is an error", f"{_SHOPS}/_shopify_asking.py",
        "        if any(found != [] for found in errors.values()):\n", "        if not errors:\n",
        f"{J}/test_shopify_writes.py::test_an_error_within_an_answer_that_says_all_is_well_is_an_error",
    ),
    Mutant(
        2, "a change at Shopify is sent once", f"{_SHOPS}/_shopify_asking.py",
        "_call(operation, variables, idempotent=False)", "_call(operation, variables, idempotent=True)",
        f"{J}/test_shopify_writes.py::test_a_change_is_never_repeated_by_itself",
    ),
    Mutant(
        2, "half a shipment is not called undone", f"{_SHOPS}/_shopify_writes.py",
        "error.nothing_done = error.nothing_done and not made", "pass",
        f"{J}/test_shopify_writes.py::test_the_second_of_two_shipments_that_is_refused_leaves_the_first",
    ),
    Mutant(
        2, "a tracking number that stands is not overwritten", f"{_SHOPS}/_shopify_writes.py",
        'if sent and not any(one.get("number") for one in _parts(sent[-1], "trackingInfo")):', "if sent:",
        f"{J}/test_shopify_writes.py::test_a_number_that_somebody_wrote_is_never_overwritten",
    ),
    Mutant(
        3, "the customer of a shipment is not mailed", f"{_SHOPS}/_shopify_writes.graphql",
        "lineItemsByFulfillmentOrder: $parts, notifyCustomer: false", "lineItemsByFulfillmentOrder: $parts, notifyCustomer: true",
        f"{J}/test_shopify_writes.py::test_goods_of_two_places_are_two_shipments",
    ),
    Mutant(
        3, "a dry run begins nothing at Shopify", f"{_SHOPS}/_shopify_shop.py",
        "None if self.outlet.dry else Exporter(", "Exporter(",
        f"{J}/test_shopify_bulk.py::test_a_dry_run_begins_no_export",
    ),
    Mutant(
        7, "a field that Shopify does not have is caught", f"{_SHOPS}/_shopify.graphql",
        "  displayFinancialStatus\n", "  financialStatus\n",
        f"{J}/test_shopify_schema.py::test_every_operation_in_the_tree_is_valid_in_the_version_that_is_pinned",
    ),
    Mutant(
        7, "an earlier version of Shopify is not asked", f"{_SHOPS}/_shopify_asking.py",
        'VERSION = "2026-10"', 'VERSION = "2026-07"',
        f"{J}/test_shopify_schema.py::test_the_version_that_is_asked_for_is_that_of_the_schema",
    ),
    Mutant(
        7, "an answer in another version of Shopify is not read", f"{_SHOPS}/_shopify_asking.py",
        "        if version != VERSION:\n", "        if not version:\n",
        f"{J}/test_shopify_budget.py::test_an_answer_of_another_version_is_not_read",
    ),
    Mutant(
        7, "part of a file is not a history", f"{_SHOPS}/_shopify_bulk.py",
        "        return given == export.orders\n", "        return True\n",
        f"{J}/test_shopify_bulk.py::test_a_file_that_is_not_whole_is_never_taken_for_the_history",
    ),
    Mutant(
        7, "what changes while a file is written is read after it", f"{_SHOPS}/_shopify_feed.py",
        """        self._read(f"updated_at:>='{bound(after)}'", "updatedAt", after, end)\n""", "",
        f"{J}/test_shopify_bulk.py::test_what_changed_while_the_file_was_written_is_read_after_it",
    ),
    Mutant(
        7, "an order held at Shopify is held as it is elsewhere", f"{_SHOPS}/_shopify_rows.py",
        '"ON_HOLD": Status.HELD', '"ON_HOLD": Status.OPEN',
        f"{J}/test_shops_alike.py::test_open_orders_are_the_same_bytes",
    ),
    Mutant(
        7, "a pause is no longer than the budget needs", f"{_SHOPS}/_shopify_asking.py",
        "return max(min(wanted, self.maximum) - held, 0.0) / self.restore", "return self.maximum / self.restore",
        f"{J}/test_shopify_budget.py::test_a_throttled_shop_is_read_to_its_end_without_idling",
    ),
    Mutant(
        7, "a checkout that was finished is not abandoned", f"{_SHOPS}/_shopify_checkouts.py",
        ' and node.get("completedAt") is None:', ":",
        f"{J}/test_orders_checkouts.py::test_one_that_was_finished_after_all_is_no_abandoned_one",
    ),
    Mutant(
        9, "the shop's token does not go where its files lie", f"{_SHOPS}/_shopify_door.py",
        "signed = lambda _method, _url: Signed(address)  # noqa: E731",
        'signed = lambda _method, _url: Signed(address, self._signed().site.sign("", "").headers)  # noqa: E731',
        f"{J}/test_shopify_bulk.py::test_what_a_file_says_is_what_pages_say_for_a_fraction_of_the_points",
    ),
)  # fmt: skip

SHOPIFY = _ALL if _SCHEMAS.exists() else ()
