"""When two addresses are the same place for the same person, however they are spelt, and when they only look like it.

The key forgets spelling (width and case of letters, punctuation, blanks, short forms of street words) and keeps every
letter and number: house number, floor, c/o and parcel locker always count. Nothing here trusts its text: it is what a
customer typed.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from jobs.kinds.shop import Address

Key = tuple[str, str, str, str, str]
"""Name, street, postcode, city and country, each as words with one blank between them."""

LOOKS_ALIKE = 0.85
"""From which likeness of the letters (0 to 1) two addresses are shown to a person as perhaps the same."""
_LONGEST = 200
"""Letters of a name or street that are looked at for likeness, whose cost grows with the square of the length."""
_WORDS: Mapping[str, str] = {
    "str": "strasse", "st": "street", "rd": "road", "ave": "avenue", "av": "avenue", "blvd": "boulevard",
    "bd": "boulevard", "dr": "drive", "ln": "lane", "ct": "court", "sq": "square", "pl": "place", "hwy": "highway",
    "apt": "apartment", "fl": "floor", "ul": "ulica", "al": "aleja", "gt": "gate",
}  # fmt: skip
_GERMAN = (("str", re.compile(r"(?<=[^\W\d_]{2})str(?=[.\s\d]|$)"), "strasse"),)
_ENDINGS: Mapping[str, tuple[tuple[str, re.Pattern[str], str], ...]] = {
    "se": (
        ("g.", re.compile(r"(?<=[^\W\d_]{2})g\.(?=\s*\d)"), "gatan"),
        ("v.", re.compile(r"(?<=[^\W\d_]{2})v\.(?=\s*\d)"), "vägen"),
    ),
    "no": (
        ("gt.", re.compile(r"(?<=[^\W\d_]{2})gt\.(?=\s*\d)"), "gate"),
        ("v.", re.compile(r"(?<=[^\W\d_]{2})v\.(?=\s*\d)"), "veien"),
    ),
    **dict.fromkeys(("de", "at", "ch", "li", "lu"), _GERMAN),
}
"""By country: how a compound word is cut short before the house number; what to look for, where, and the whole word."""
_CALLE = re.compile(r"\bc/(?!\s*o\b)")
_NUMBER = re.compile("[0-9]+")
_TOKEN = re.compile(r"[0-9]+|[^\W\d_][^0-9\s]*")
"""A number, or a word with the marks upon its letters; a mark upon nothing is none."""


def address_key(address: Address) -> Key:
    """Return an address so that spelling does not matter but every letter and number does."""
    country = _plain(address.country)
    street = _folded(address.street)
    for mark, short, whole in _ENDINGS.get(country, ()):
        street = short.sub(whole, street) if mark in street else street
    if country == "es":
        street = _CALLE.sub("calle ", street)
    words = (_WORDS.get(word, word) for word in _tokens(street))
    postcode = _plain(address.postcode).replace(" ", "")
    if country and postcode.startswith(country) and postcode[len(country) :].isdecimal():
        postcode = postcode[len(country) :]
    return _plain(address.name), " ".join(words), postcode, _plain(address.city), country


def numbers_of(address: Address) -> tuple[str, ...]:
    """Return the numbers of an address, postcode first: equal wherever the keys are, and had at a tenth of the cost."""
    return ("".join(_numbers(address.postcode)), *_numbers(address.street))


def _numbers(text: str) -> list[str]:
    if not text.isascii() and any(letter > "\x7f" and not letter.isalpha() for letter in text):
        text = _plain(text)
    return _NUMBER.findall(text)


def is_whole(key: Key) -> bool:
    """Return whether an address names everything that a parcel needs."""
    return all(key)


def looks_alike(one: Key, other: Key) -> bool:
    """Return whether two addresses may be the same place for the same person: for a person to judge, never to act on.

    Country, and postcode or city, are equal, and so is everything in the street that is a number or stands alone as a
    letter (house number, floor, c/o); name and street differ by some letters only (difflib's ratio, after Ratcliff
    and Obershelp, without accents). The standard library is enough: few pairs get here, as they share a customer.
    """
    if not one[1] or not other[1] or one[4] != other[4] or not (one[2] == other[2] or one[3] == other[3]):
        return False
    alike = _signs(one[1]) == _signs(other[1])
    return alike and all(_likeness(a, b) >= LOOKS_ALIKE for a, b in zip(one[:2], other[:2], strict=True))


def _signs(street: str) -> list[str]:
    return sorted(word for word in street.split() if word.isdecimal() or len(word) == 1)


def _likeness(one: str, other: str) -> float:
    """Return how alike two texts are, 0 to 1, the same whichever comes first."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - memory that only a run of this job needs
    from unicodedata import combining, normalize  # noqa: PLC0415

    plain = ("".join(c for c in normalize("NFD", text[:_LONGEST]) if not combining(c)) for text in (one, other))
    first, second = sorted(plain)
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


@lru_cache(4096)
def _plain(text: str) -> str:
    return " ".join(_tokens(_folded(text)))


def _folded(text: str) -> str:
    """Return a text in one width and case (Unicode's NFKC and case folding), its digits 0 to 9.

    A fraction or a raised digit is parted from the number before it: house number 4½ is not 41/2, nor is 4² 42.
    """
    if text.isascii():
        return text.lower()
    from unicodedata import normalize  # noqa: PLC0415 - memory that only a run of this job needs

    plain = normalize("NFKC", "".join(map(_parted, text)))
    return "".join(map(_western, normalize("NFKC", plain.casefold())))


@lru_cache(4096)
def _parted(letter: str) -> str:
    from unicodedata import category  # noqa: PLC0415

    kind = category(letter)
    if kind == "Cf":  # a soft hyphen, a mark of direction: nobody sees it
        return ""
    return f" {letter} " if kind == "No" else letter


@lru_cache(4096)
def _western(letter: str) -> str:
    """Return a digit of any script as 0 to 9, and every other letter as it is."""
    from unicodedata import decimal  # noqa: PLC0415

    return str(decimal(letter)) if letter.isdecimal() else letter


def _tokens(folded: str) -> list[str]:
    """Return the words and numbers of a folded text; 4b are two, as are 4 b and 4-b."""
    return _TOKEN.findall("".join(map(_sounding, folded)))


@lru_cache(4096)
def _sounding(letter: str) -> str:
    """Return a letter, a digit or a mark upon one as it is; punctuation and all else as a blank."""
    if letter.isalnum():
        return letter
    from unicodedata import category  # noqa: PLC0415

    return letter if category(letter).startswith("M") else " "
