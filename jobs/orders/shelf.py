"""Reserving stock for the open orders without touching the shop: who comes first has the goods, who is short is told.

A shop either takes an order's pieces off its stock when the order is placed (WooCommerce, Shopify: `available`), so
that a stock below zero says how many pieces are promised twice; or it counts what lies on the shelf (`on-hand`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from jobs.kinds.shop import Order, Status

Counts = Literal["available", "on-hand"]
Short = dict[str, int]
"""The pieces that are missing, by sku."""


def shortages(orders: Sequence[Order], stock: Mapping[str, int], counts: Counts) -> dict[str, Short]:
    """Return what each order lacks, by its number, where the stock is given out in the order of `orders`.

    An unpaid order takes nothing: no shop has taken its pieces off. A product whose stock nobody counts is never short.
    """
    claiming = [order for order in orders if order.status is not Status.UNPAID]
    left = dict(stock)
    if counts == "available":
        promised = _pieces(claiming)
        left = {sku: pieces + promised[sku] for sku, pieces in stock.items()}
    if all(left[sku] >= pieces for sku, pieces in _pieces(claiming).items() if sku in left):
        return {}
    return {order.number: short for order in claiming if (short := _take(order, left))}


def _pieces(orders: Iterable[Order]) -> Counter[str]:
    wanted: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            wanted[line.sku] += line.quantity
    return wanted


def _take(order: Order, left: dict[str, int]) -> Short:
    """Take an order's pieces from what is left and return how many were not there."""
    short: Short = {}
    for line in order.lines:
        if line.sku not in left:
            continue
        had = min(max(left[line.sku], 0), line.quantity)
        left[line.sku] -= had
        if had < line.quantity:
            short[line.sku] = short.get(line.sku, 0) + line.quantity - had
    return short
