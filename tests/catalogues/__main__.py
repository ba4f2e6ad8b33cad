"""Brings the catalogues up to date with the code and compiles them; run by `make catalogues`.

Prints every message that still wants a translation, with its place. Exit code 1 where there is one.
"""

import sys

from tests.catalogues import books
from tests.catalogues.sources import ROOT


def main() -> int:
    """Update, write and compile every catalogue."""
    wanted, open_ones = books.template(books.said()), 0
    for language in books.TRANSLATED:
        path = books.po_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(books.po_bytes(books.update(language, wanted)))
        catalogue = books.read(language)
        path.with_suffix(".mo").write_bytes(books.mo_bytes(catalogue))
        for one in books.lacking(catalogue):
            open_ones += 1
            print(f"{path.relative_to(ROOT)}:{one.lineno}: {'fuzzy' if one.fuzzy else 'untranslated'}: {one.id!r}")
    return 1 if open_ones else 0


if __name__ == "__main__":
    sys.exit(main())
