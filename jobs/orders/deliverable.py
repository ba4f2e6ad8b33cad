"""Whether a parcel could be addressed: every field there, and a postcode of its country's form. Nothing is looked up.

Forms are those of the Universal Postal Union's addressing sheets (upu.int, "Addressing solutions", by country); of a
country that is not listed here, or not written as its ISO 3166 code, no form is asked.
"""

import re

from jobs.kinds.shop import Address

_FORMS = {
    **dict.fromkeys(("DE", "FR", "ES", "IT", "FI", "EE", "HR", "MX", "TR", "UA"), r"\d{5}"),
    **dict.fromkeys(("AT", "CH", "DK", "NO", "BE", "LU", "HU", "SI", "BG", "CY", "AU", "NZ"), r"\d{4}"),
    **dict.fromkeys(("SE", "CZ", "SK", "GR"), r"\d{3} ?\d{2}"),
    "PL": r"\d{2}-?\d{3}", "PT": r"\d{4}-?\d{3}", "NL": r"\d{4} ?[A-Z]{2}", "RO": r"\d{6}", "CN": r"\d{6}",
    "US": r"\d{5}(-?\d{4})?", "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d", "JP": r"\d{3}-?\d{4}",
    "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", "LV": r"(LV-?)?\d{4}", "LT": r"(LT-?)?\d{5}",
}  # fmt: skip
_WITHOUT_POSTCODE = frozenset({"AE", "AO", "BS", "GH", "HK", "MO", "PA", "QA", "UG", "ZW"})


def troubles(address: Address) -> list[str]:
    """Return what is wrong with an address, a few words each; nothing where it could be written on a parcel."""
    country = address.country.strip().upper()
    needed = {
        "name": address.name, "street": address.street, "postcode": address.postcode, "city": address.city,
        "country": address.country,
    }  # fmt: skip
    if country in _WITHOUT_POSTCODE:
        del needed["postcode"]
    missing = [f"no {what}" for what, text in needed.items() if not text.strip()]
    form = _FORMS.get(country)
    postcode = address.postcode.strip().upper()
    if form is not None and postcode and re.fullmatch(rf"({country}-?)?{form}", postcode) is None:
        missing.append(f"a postcode that {country} does not have")
    return missing
