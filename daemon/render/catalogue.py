"""The messages of the program in the reader's language, from the gettext catalogues in `daemon/locale`.

A catalogue is read when the first mail in its language is made, hence in a child or for an alert, and kept.
"""

import gettext
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "locale"


@lru_cache(maxsize=8)
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("nightclerk", FOLDER, [language], fallback=True)


def translated(language: str, sentence: str, plural: str = "", count: object = None) -> str:
    """Return the sentence in the language, in the form that `count` asks for where a plural is given.

    What no catalogue knows, a plug-in's own message for instance, comes back as it is.
    """
    if not sentence:
        return ""  # gettext would answer with the catalogue's header
    if not plural:
        return _catalogue(language).gettext(sentence)
    return _catalogue(language).ngettext(sentence, plural, _whole(count))


def _whole(count: object) -> int:
    """Return a count for the choice of a plural: of a Decimal only whether it is one: no language asks more."""
    if isinstance(count, int):
        return abs(count)
    return int(isinstance(count, Decimal) and count.is_finite() and count in (1, -1))
