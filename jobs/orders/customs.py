"""What a customs declaration needs of each line that leaves the shop's territory, and what of it is missing. Pure.

A territory here is where goods travel without a declaration: customs and value-added tax are one. For the Union that is
Regulation (EU) No 952/2013, article 4, less the places of Directive 2006/112/EC, article 6, with Monaco (article 7);
for Switzerland and Liechtenstein their treaty of 29 March 1923; for Great Britain and Man the Isle of Man Act 1979; for
the United States 19 CFR 101.1. As of 2026-11. A place that is not listed is a territory of its own: better one
declaration too many than a parcel that comes back.
"""

import re
from collections.abc import Mapping, Sequence

from jobs.kinds.shop import Address, Line, Order, Supply
from jobs.orders.watching import Need

_UNION = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK"
TERRITORIES: Mapping[str, str] = {
    **dict.fromkeys(_UNION.split(), "EU"),
    **dict.fromkeys(("GB", "IM"), "GB"), **dict.fromkeys(("CH", "LI"), "CH"), **dict.fromkeys(("US", "PR"), "US"),
}  # fmt: skip
"""By country (ISO 3166-1), where it is one territory with others."""
OUTSIDE: Mapping[str, tuple[str, ...]] = {
    "DE": ("27498", "78266"), "ES": ("35", "38", "51", "52"), "FI": ("22",), "FR": ("971", "972", "973", "974", "976"),
    "GR": ("63086",), "IT": ("23041",),
}  # fmt: skip
"""How the postcodes of these countries begin that lie outside: Heligoland and Büsingen; the Canary Islands, Ceuta and
Melilla; Åland; the overseas departments; Mount Athos; Livigno."""
_TARIFF = re.compile(r"\d{6,13}", re.ASCII)
"""The Harmonized System's six digits, and what a country adds to them."""
_COUNTRY = re.compile(r"[A-Z]{2}")
_SEPARATORS = str.maketrans("", "", " .")
_UNTOLD = Supply()
_WORDS: Mapping[Need, str] = {"tariff": "no tariff code", "origin": "no origin", "weight": "no weight"}


def territory(country: str, postcode: str = "") -> str:
    """Return the customs territory that a place lies in; places outside of every list have one of their own."""
    name = country.strip().upper()
    if "".join(filter(str.isdecimal, postcode)).startswith(OUTSIDE.get(name, ())):
        return f"{name} outside"
    return TERRITORIES.get(name, name)


def exported(address: Address | None, home: str) -> bool:
    """Say whether an address lies in another territory than the shop; of one without country that can't be said."""
    if address is None or not address.country.strip() or not home.strip():
        return False
    return territory(address.country, address.postcode) != territory(home)


def missing(order: Order, home: str, needs: Sequence[Need]) -> list[list[str]]:
    """Return each line that leaves the territory with what is not known of it; nothing where all can be declared.

    `home` is the shop's country. The weight of the whole order stands for those of its lines.
    """
    whole = order.delivery is not None and order.delivery.grams is not None
    asked = [need for need in needs if not (need == "weight" and whole)]
    leaving = [line for line in order.lines if exported(_goes_to(order, line), home)]
    rows = {line.sku or line.title: _unknown(line, asked) for line in leaving}
    return [[name, ", ".join(words)] for name, words in rows.items() if words]


def _goes_to(order: Order, line: Line) -> Address | None:
    return (line.supply.address if line.supply else None) or order.address


def _unknown(line: Line, asked: Sequence[Need]) -> list[str]:
    return [_WORDS[need] for need in asked if not _known(line, need)]


def _known(line: Line, need: Need) -> bool:
    supply = line.supply or _UNTOLD
    if need == "tariff":
        return _TARIFF.fullmatch(supply.tariff.translate(_SEPARATORS)) is not None
    if need == "origin":
        return _COUNTRY.fullmatch(supply.origin.strip().upper()) is not None
    return supply.grams is not None and supply.grams > 0
