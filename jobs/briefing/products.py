"""What a fact about a product calls it; a product without a title goes by its number."""

from daemon.api import Fact


def sku(fact: Fact) -> str:
    """Return the product's number in the shop, empty where the fact names none."""
    return fact.dimensions.get("sku", "")


def title(fact: Fact) -> str:
    """Return what a reader is told the product is called."""
    return fact.dimensions.get("title") or sku(fact)
