"""The catalogues as files: read, brought up to date with the code, written and compiled, the same bytes every time."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from daemon.clock import EPOCH
from daemon.render.languages import LANGUAGES
from tests.catalogues.sources import ROOT, messages
from tests.catalogues.tracing import Sentence

FOLDER = ROOT / "daemon" / "locale"
TRANSLATED = tuple(sorted(set(LANGUAGES) - {"en"}))
"""English is what the messages are written in, so it needs no catalogue."""
DOMAIN = "nightclerk"
_NAME = re.compile(r"\{(\w+(?::\w+)?)\}")
_NOISE = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Last-Translator", "Language-Team", "Report-Msgid")
"""Headers that would differ with every run and every reader."""


def po_of(language: str) -> Path:
    """Return where a language's catalogue stands."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """Return a language's catalogue as it stands, an empty one where there is none."""
    path = po_of(language)
    if not path.is_file():
        return Catalog(locale=language, domain=DOMAIN)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


@cache
def said() -> tuple[Sentence, ...]:
    """Return every message of the program that has words to translate; read once, for it takes seconds."""
    return tuple(one for one in messages() if needs_words(one.id))


def entries(language: str) -> Iterator[tuple[str, str, tuple[str, ...], Message]]:
    """Yield the id, the plural ("" without one) and the translations of each entry, and the entry itself."""
    for entry in _book(language):
        if entry.id:
            one, many = (entry.id, "") if isinstance(entry.id, str) else (entry.id[0], entry.id[1])
            yield one, many, forms(entry), entry


@cache
def _book(language: str) -> Catalog:
    return read(language)


def template(sentences: Iterable[Sentence]) -> Catalog:
    """Return all messages of the program as a catalogue without translations."""
    found = Catalog(domain=DOMAIN)
    for one in sentences:
        file, _, line = one.place.rpartition(":")
        found.add((one.id, one.plural) if one.plural else one.id, locations=[(file, int(line))])
    return found


def needs_words(sentence: str) -> bool:
    """Return whether there is anything to translate beside the names of values."""
    return any(char.isalpha() for char in _NAME.sub("", sentence))


def names(sentence: str) -> set[str]:
    """Return the values that a sentence names, each with its style."""
    return set(_NAME.findall(sentence))


def update(language: str, wanted: Catalog) -> Catalog:
    """Return the language's catalogue with exactly the messages wanted; new ones are empty, reworded ones fuzzy."""
    found = read(language)
    found.update(wanted)
    found.obsolete.clear()
    return found


def po_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as a .po file: sorted by message, files named without lines, no moment of its making."""
    name = catalogue.locale.english_name if catalogue.locale else "Unknown"
    catalogue.header_comment = f"# {name} messages of nightclerk; `make catalogues` brings them up to date."
    catalogue.project, catalogue.version, catalogue.fuzzy = DOMAIN, "", False
    written = BytesIO()
    write_po(written, catalogue, width=120, sort_output=True, include_lineno=False, ignore_obsolete=True)
    lines = written.getvalue().decode("utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(tuple(f'"{name}' for name in _NOISE))).encode("utf-8")


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as gettext reads it; what is fuzzy is left out."""
    catalogue.creation_date = catalogue.revision_date = EPOCH
    written = BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def lacking(catalogue: Catalog) -> list[Message]:
    """Return the messages that a reader would get in English: untranslated in any form, or fuzzy."""
    return [one for one in catalogue if one.id and (one.fuzzy or not all(forms(one)))]


def forms(message: Message) -> tuple[str, ...]:
    """Return the translations of a message, one for each plural form."""
    strings = (message.string,) if isinstance(message.string, str) else message.string
    return tuple(string or "" for string in strings or ("",))
