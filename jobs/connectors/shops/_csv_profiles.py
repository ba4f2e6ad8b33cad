"""Which column of an export holds which of our fields, and what its status words mean.

A field lists the headers it may have, the first that the file has counts. Sources: Shopify's order export
(columns `Name` to `Source`) and the CSV of the usual order export plug-ins of WooCommerce, whose headers are
`Order Number` or `order_number` and so on. Order-level fields may stand on the first row of an order only.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from jobs.kinds.shop import Status

Field = Literal[
    "number", "placed", "sku", "title", "quantity", "price", "currency", "customer", "status", "financial",
    "fulfillment", "cancelled", "shipped", "ship_by", "total", "note", "name", "surname", "street", "postcode",
    "city", "country", "carrier", "vendor", "tariff", "origin", "grams", "billed_in", "risk",
]  # fmt: skip
NEEDED: tuple[Field, ...] = ("number", "placed", "quantity", "price")
TELLING: tuple[Field, ...] = ("status", "fulfillment")
"""The fields of which one must be known before an order may be called open."""
ADDRESS: tuple[Field, ...] = ("street", "postcode", "city", "country")

Headers = Mapping[Field, tuple[str, ...]]

SHOPIFY: Headers = {
    "number": ("Name",), "placed": ("Created at",), "sku": ("Lineitem sku",), "title": ("Lineitem name",),
    "quantity": ("Lineitem quantity",), "price": ("Lineitem price",), "currency": ("Currency",),
    "customer": ("Email",), "financial": ("Financial Status",), "fulfillment": ("Fulfillment Status",),
    "cancelled": ("Cancelled at",), "shipped": ("Fulfilled at",), "total": ("Total",), "note": ("Notes",),
    "name": ("Shipping Name",), "street": ("Shipping Street", "Shipping Address1"), "postcode": ("Shipping Zip",),
    "city": ("Shipping City",), "country": ("Shipping Country",), "carrier": ("Shipping Method",),
    "vendor": ("Vendor",), "billed_in": ("Billing Country",), "risk": ("Risk Level",),
}  # fmt: skip

WOOCOMMERCE: Headers = {
    "number": ("Order Number", "order_number", "Order ID", "order_id"),
    "placed": ("Order Date", "order_date", "Date"),
    "sku": ("SKU", "item_sku", "Item SKU"), "title": ("Item Name", "Name", "item_name", "Product Name"),
    "quantity": ("Quantity", "item_quantity", "Item Quantity"),
    "price": ("Item Cost", "item_price", "Item Price"), "currency": ("Order Currency", "order_currency", "Currency"),
    "customer": ("Email (Billing)", "billing_email", "customer_email", "Billing Email"),
    "status": ("Order Status", "order_status", "status", "Status"),
    "total": ("Order Total Amount", "order_total", "Order Total"),
    "note": ("Customer Note", "customer_note", "Customer Notes"),
    "name": ("First Name (Shipping)", "shipping_first_name", "Shipping First Name"),
    "surname": ("Last Name (Shipping)", "shipping_last_name", "Shipping Last Name"),
    "street": ("Address 1&2 (Shipping)", "shipping_address_1", "Shipping Address 1"),
    "postcode": ("Postcode (Shipping)", "shipping_postcode", "Shipping Postcode"),
    "city": ("City (Shipping)", "shipping_city", "Shipping City"),
    "country": ("Country Code (Shipping)", "shipping_country", "Shipping Country"),
    "carrier": ("Shipping Method Title", "shipping_method", "Shipping Method"),
    "billed_in": ("Country Code (Billing)", "billing_country", "Billing Country"),
}  # fmt: skip

PROFILES: Mapping[str, Headers] = {"shopify": SHOPIFY, "woocommerce": WOOCOMMERCE, "none": {}}

_WORDS = {
    Status.UNPAID: ("unpaid", "pending", "pending payment", "on-hold", "on hold", "failed", "awaiting payment"),
    Status.OPEN: ("open", "paid", "processing", "unfulfilled", "unshipped", "partial", "partially_fulfilled"),
    Status.HELD: ("held", "hold"),
    Status.SHIPPED: ("shipped", "completed", "complete", "fulfilled", "delivered"),
    Status.CANCELLED: ("cancelled", "canceled", "refunded", "voided", "trash", "checkout-draft", "draft"),
}
_STATUS = {word: status for status, words in _WORDS.items() for word in words}
_UNPAID = frozenset({"pending", "partially_paid", "expired", "unpaid"})


def status_of(cell: Callable[[Field], str]) -> Status:
    """Return where an order stands from its cells; UNKNOWN for a word nobody taught us."""
    if cell("cancelled"):
        return Status.CANCELLED
    told = _STATUS.get(cell("status").lower().removeprefix("wc-"), Status.UNKNOWN)
    financial, fulfillment = cell("financial").lower(), cell("fulfillment").lower()
    if not financial and not fulfillment:
        return told
    if financial in {"refunded", "voided"}:
        return Status.CANCELLED
    if fulfillment in {"fulfilled", "shipped"}:
        return Status.SHIPPED
    if fulfillment in {"on_hold", "on hold"}:
        return Status.HELD
    return Status.UNPAID if financial in _UNPAID else Status.OPEN
