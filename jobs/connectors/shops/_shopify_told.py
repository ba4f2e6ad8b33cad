"""What Shopify tells beside an order's sums (pure): whether it may be a fraud, and what a declaration needs."""

from collections.abc import Iterable, Mapping

from jobs.connectors.shops._rows import Row
from jobs.connectors.shops._shopify_values import text
from jobs.connectors.shops._weights import grams
from jobs.kinds.shop import Danger, Risk, Supply

_DANGERS: Mapping[str, Danger] = {"LOW": Danger.LOW, "MEDIUM": Danger.MEDIUM, "HIGH": Danger.HIGH}
"""NONE is no judgement, and PENDING none yet."""
_ORDER = tuple(_DANGERS.values())
_UNITS: Mapping[str, str] = {"GRAMS": "g", "KILOGRAMS": "kg", "OUNCES": "oz", "POUNDS": "lbs"}
_UNTOLD = Supply()


def risks(nodes: Iterable[Row]) -> dict[str, Risk]:
    """Return the judgement of each order that has one, by the order's id: the worst of Shopify's and its apps'.

    Its reasons are what speaks against the order, in the words of whoever judged.
    """
    found = {}
    for node in nodes:
        assessments = _list(node.get("risk"), "assessments")
        dangers = [_DANGERS[word] for one in assessments if (word := str(one.get("riskLevel"))) in _DANGERS]
        if dangers and text(node.get("id")):
            facts = [fact for one in assessments for fact in _list(one, "facts")]
            against = (text(fact.get("description")) for fact in facts if fact.get("sentiment") == "NEGATIVE")
            found[text(node["id"])] = Risk(max(dangers, key=_ORDER.index), tuple(dict.fromkeys(filter(None, against))))
    return found


def supply(node: Row) -> Supply | None:
    """Return what a variant's inventory item tells of each piece; None where it tells nothing."""
    item = _part(node, "inventoryItem")
    weight = _part(_part(item, "measurement"), "weight")
    found = Supply(
        grams=grams(weight.get("value"), _UNITS.get(str(weight.get("unit")), "")),
        tariff=text(item.get("harmonizedSystemCode")),
        origin=text(item.get("countryCodeOfOrigin")),
    )
    return None if found == _UNTOLD else found


def _part(node: Row, name: str) -> Row:
    found = node.get(name)
    return found if isinstance(found, dict) else {}


def _list(node: object, name: str) -> list[Row]:
    found = node.get(name) if isinstance(node, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
