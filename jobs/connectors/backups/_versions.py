"""Versions of programs, compared by their numbers."""

import re

_NUMBERS = re.compile(r"\d+(?:\.\d+)+")


def version_in(printed: str) -> str:
    """Return the first version in what a program prints of itself, such as 1.4.5; empty where there is none."""
    found = _NUMBERS.search(printed)
    return found[0] if found else ""


def at_least(version: str, wanted: str) -> bool:
    """Return whether a version is `wanted` or newer; numbers that are not given count as 0."""
    one, other = _numbers(version), _numbers(wanted)
    length = max(len(one), len(other))
    return one + [0] * (length - len(one)) >= other + [0] * (length - len(other))


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]
