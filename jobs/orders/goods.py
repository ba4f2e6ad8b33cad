"""What the products say of the pieces of the orders' lines: weight, tariff code, origin, where they lie. Pure.

A shop keeps this with its products, not with its orders; what an order's own line says goes before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from jobs.kinds.shop import Line, Order, Product, Supply


def supplied(orders: Sequence[Order], products: Iterable[Product]) -> Sequence[Order]:
    """Return the orders with what the products of their lines say; a line is known by its sku."""
    known = {product.sku: product.supply for product in products if product.supply is not None}
    return [_supplied(order, known) for order in orders] if known else orders


def _supplied(order: Order, known: Mapping[str, Supply]) -> Order:
    if not any(line.sku in known for line in order.lines):
        return order
    lines = (_line(line, known[line.sku]) if line.sku in known else line for line in order.lines)
    return replace(order, lines=tuple(lines))


def _line(line: Line, usual: Supply) -> Line:
    own = line.supply
    if own is None:
        return replace(line, supply=usual)
    both = replace(
        own, vendor=own.vendor or usual.vendor, warehouse=own.warehouse or usual.warehouse,
        grams=usual.grams if own.grams is None else own.grams, available=own.available or usual.available,
        tariff=own.tariff or usual.tariff, origin=own.origin or usual.origin,
    )  # fmt: skip
    return replace(line, supply=both)
