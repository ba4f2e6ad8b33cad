"""Texts of customers before they are set: everything they say stays, nothing they command is obeyed.

A text reaches a template as a value, never as markup, so `#import`, `$x$`, a backslash or `<b>` are letters. What is
left are the characters that command without showing: controls, and those that turn the direction of what follows
(UAX #9, explicit formatting), with which an address could read as another one.
"""

import unicodedata
from collections.abc import Iterator, Mapping

_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_BREAKS = "\n\x0b\x0c\x85\u2028\u2029"
_TAMED = (
    dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *map(ord, _TURNS)])
    | dict.fromkeys(map(ord, _BREAKS), "\n")
    | {ord("\t"): " "}
)
_KANA = range(0x3040, 0x3100)
_HANGUL = (range(0xAC00, 0xD7A4), range(0x1100, 0x1200), range(0x3130, 0x3190))
_CHINESE = {"TW": "TC", "HK": "HK", "MO": "HK", "JP": "JP", "KR": "KR"}


def tamed(value: object) -> object:
    """Return a value with every text in it tamed; lists and mappings keep their shape, a number stays one."""
    if isinstance(value, str):
        return tame(value)
    if isinstance(value, Mapping):
        return {str(key): tamed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [tamed(item) for item in value]
    return value if value is None or isinstance(value, bool | int) else tame(str(value))


def tame(text: str) -> str:
    """Return a text without controls and changes of direction; a line ends with one newline, a tab is a space."""
    whole = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return whole.translate(_TAMED)


def texts(value: object) -> Iterator[str]:
    """Yield every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


def marked(text: str, lacking: frozenset[str]) -> str:
    """Return a text in which each of the `lacking` characters is written as its number, such as `[U+12345]`."""
    return "".join(f"[U+{ord(letter):04X}]" if letter in lacking else letter for letter in text)


def all_marked(value: object, lacking: frozenset[str]) -> object:
    """Return a value with every text in it `marked`."""
    if isinstance(value, str):
        return marked(value, lacking)
    if isinstance(value, Mapping):
        return {key: all_marked(item, lacking) for key, item in value.items()}
    return [all_marked(item, lacking) for item in value] if isinstance(value, list) else value


def shown(letter: str) -> bool:
    """Say whether a character is one that ink shows: no space, and none that only joins or chooses a form."""
    category = unicodedata.category(letter)
    selects = "\ufe00" <= letter <= "\ufe0f" or "\U000e0000" <= letter <= "\U000e0fff" or letter == "\u034f"
    return not (selects or category[0] == "Z" or category in {"Cc", "Cf"})


def han(text: str, country: str) -> str:
    """Return whose forms of Chinese characters a text wants: `SC`, `TC`, `HK`, `JP` or `KR`.

    One number stands for characters that are written differently in China, Taiwan, Japan and Korea (Unicode 15.0,
    section 18.1); kana or hangul beside them says more than the country's code.
    """
    numbers = {ord(letter) for letter in text if letter >= "\u1100"}
    if any(number in _KANA for number in numbers):
        return "JP"
    if any(number in block for block in _HANGUL for number in numbers):
        return "KR"
    return _CHINESE.get(country.strip().upper(), "SC")
