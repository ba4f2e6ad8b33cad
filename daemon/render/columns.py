"""Text measured in terminal columns, not characters: what a plain-text part and a subject line are laid out by.

A wide character (Chinese, most emoji) takes two columns, a combining mark none.
"""

import re

from wcwidth import wcwidth

TEXT_COLUMNS = 72
"""The longest line of a text part; only a bare address may be longer."""

DEEPEST_INDENT = 24

_INDENT = re.compile(r"\s*(?:[-*·] |\d+\. )?")
_BREAKS = re.compile(r"[^\S\u00a0\u2007\u202f]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def columns(text: str) -> int:
    """Return how many columns `text` takes; characters without a width count as none."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(max(wcwidth(char), 0) for char in text)


def cut(text: str, limit: int) -> str:
    """Return `text` within `limit` columns, ended by an ellipsis at a word where it had to be cut."""
    if columns(text) <= limit:
        return text
    head = _fitting(text, limit - 1)
    words, space, _ = head.rpartition(" ")
    return (words if space and columns(words) > limit // 2 else head).rstrip(" ,;:·") + "…"


def _fitting(text: str, limit: int) -> str:
    used = 0
    for index, char in enumerate(text):
        used += max(wcwidth(char), 0)
        if used > limit:
            return text[:index]
    return text


def lay_out(text: str) -> str:
    """Return a rendered text part with its lines wrapped to `TEXT_COLUMNS` and no more than one blank line running.

    A wrapped line goes on under its own words: the indent and the list mark of its first line are kept free. It is
    broken at any space but a no-break one, which keeps the digits of an amount together, and its currency.
    """
    lines = [part for line in text.splitlines() for part in _wrapped(line.rstrip())]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n") + "\n"


def _wrapped(line: str) -> list[str]:
    if columns(line) <= TEXT_COLUMNS or _bare_address(line):
        return [line]
    mark = _mark(line)
    room, rows = TEXT_COLUMNS - columns(mark), list[str]()
    for word in _pieces(line[len(mark) :], room):
        if rows and columns(rows[-1]) + 1 + columns(word) <= room:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    return [f"{' ' * columns(mark) if place else mark}{row}" for place, row in enumerate(rows)]


def _mark(line: str) -> str:
    """Return the indent and the list mark of a line; an indent that leaves no room for words counts as none."""
    found = _INDENT.match(line)
    return found[0] if found and columns(found[0]) <= DEEPEST_INDENT else ""


def _bare_address(line: str) -> bool:
    return line.lstrip().startswith("https://") and " " not in line.strip()


def _pieces(text: str, limit: int) -> list[str]:
    """Return the words of `text`, one wider than `limit` in several pieces."""
    pieces: list[str] = []
    for word in _BREAKS.split(text):
        rest = word
        while columns(rest) > limit:
            head = _fitting(rest, limit)
            pieces.append(head)
            rest = rest[len(head) :]
        pieces.append(rest)
    return [piece for piece in pieces if piece]
