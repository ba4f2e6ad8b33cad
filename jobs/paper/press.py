"""The one door to typst, which the first sheet of a run loads and nothing else does (34 MB of machine code).

Templates see the files beside them and nothing else of the machine: typst keeps to its root (a folder of copies that
is made for the run), packages are refused before a template is read, and what would fetch one is led nowhere.
Facts about typst 0.15 and its Python package 0.15.2: a text in a value is never read as markup; fonts are chosen by
their `cmap`, and a character that none has becomes an empty box without a word.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from daemon.api import NightclerkError, Text
from jobs.paper import fonts, plain

if TYPE_CHECKING:
    import typst

FOLDER = "paper"
"""Where the templates of paper stand in a folder of templates."""
_KINDS = frozenset({".typ", ".svg", ".png", ".jpg", ".ttf", ".otf"})
_LARGEST = 5_000_000
"""Bytes of a file beside the templates, such as a logo."""
_PACKAGE = re.compile(r"[\"']@\w+/")
_PLACE = re.compile(r"┌─ (?:.*/)?([\w.-]+\.typ:\d+:\d+)")
_COUNT = re.compile(rb"/Type/Pages/Count (\d+)")
_NOWHERE = "http://127.0.0.1:9"
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")
_ROWS_OF_A_PAGE = 6
"""Up to so many rows a sheet is first set as if it were one page, which spares typst a second look at all pages."""
_MOST_SHOWN = 200
_OWN, _SHIPPED = "own", "shipped"


class Refused(Exception):  # noqa: N818 - it is what the template was, not a fault of ours
    """A template, or a PDF in it, that typst does not take; says why and where."""


@dataclass(frozen=True)
class Printed:
    """Sheets as one PDF; which page is the last of each, if that is known; what was wrong with the owner's template."""

    pdf: bytes
    ends: tuple[int, ...]
    told: Text | None = None


class Press:
    """typst with its fonts and the templates of one run."""

    def __init__(self, folder: Path, folders: Sequence[Path]) -> None:
        self._roots = {_SHIPPED: folder / _SHIPPED} | ({_OWN: folder / _OWN} if folders[:-1] else {})
        self._own = [own / FOLDER for own in folders[:-1] if (own / FOLDER).is_dir()]
        _copy([folders[-1] / FOLDER], self._roots[_SHIPPED])
        if _OWN in self._roots:
            _copy([folders[-1] / FOLDER, *reversed(self._own)], self._roots[_OWN])
        self._refusals = {name: _packages(root) for name, root in self._roots.items()}
        self._fonts: dict[bool, typst.Fonts] = {}
        self._wide = False
        self._drawn, self._lacking = set[str](), set[str]()

    def keep(self, name: str, content: bytes) -> None:
        """Put a file beside the templates."""
        for root in self._roots.values():
            (root / name).write_bytes(content)

    def lacking(self, letters: set[str]) -> frozenset[str]:
        """Return the characters that no font has; the machine's own fonts are read where ours do not do."""
        new = {letter for letter in letters - self._drawn - self._lacking if plain.shown(letter)}
        left = fonts.lacking(new, self._files(wide=False))
        if left:
            nowhere = fonts.lacking(left, self._files(wide=True))
            self._wide |= left != nowhere
            self._lacking |= nowhere
        self._drawn |= letters - self._lacking
        return frozenset(letters & self._lacking)

    def _files(self, *, wide: bool) -> Iterator[tuple[Path, int]]:
        for font in self._loaded(wide).fonts():
            if font.path:
                yield Path(font.path), font.index

    def _loaded(self, wide: bool) -> "typst.Fonts":  # noqa: FBT001 - which of two sets of fonts
        if wide not in self._fonts:
            import typst  # noqa: PLC0415 - see above

            places: list[Path] = [*self._own, *fonts.packaged()]
            self._fonts[wide] = typst.Fonts(include_system_fonts=wide, font_paths=places)
        return self._fonts[wide]

    def set(self, sheets: list[dict[str, object]]) -> Printed:
        """Return the sheets as one PDF.

        Raises NightclerkError where a shipped template fails, which is a fault of this program.
        """
        told = None
        if self._own:
            try:
                return self._set(sheets, _OWN)
            except Refused as error:
                told = _told(error)
        try:
            return replace(self._set(sheets, _SHIPPED), told=told)
        except Refused as error:
            raise NightclerkError(f"a shipped template of paper failed: {error}") from error

    def _set(self, sheets: list[dict[str, object]], root: str) -> Printed:
        source = _main(sorted({str(sheet["document"]) for sheet in sheets}))
        inputs = {"sheets": json.dumps(sheets, ensure_ascii=False)}
        count = len(sheets)
        if root == _SHIPPED and max(_rows(sheet) for sheet in sheets) <= _ROWS_OF_A_PAGE:
            pdf = self.compile(source, root, inputs | {"single": "yes"})
            if _pages(pdf) == count:
                return Printed(pdf, tuple(range(1, count + 1)))
        pdf = self.compile(source, root, inputs)
        return Printed(pdf, (_pages(pdf),) if count == 1 else self._ends(source, root, inputs, count))

    def _ends(self, source: str, root: str, inputs: Mapping[str, str], count: int) -> tuple[int, ...]:
        """Return the last page of each of so many sheets; nothing where a template does not mark each of them."""
        marks = self._query(source, "<leaf>", root, inputs)
        ends = dict(marks) if isinstance(marks, list) else {}
        return tuple(ends[number] for number in range(count)) if ends.keys() == set(range(count)) else ()

    def compile(self, source: str, root: str = _SHIPPED, inputs: Mapping[str, str] | None = None, **how: Any) -> bytes:
        """Return what typst makes of a source (PDF, or PNG of one page with `format`); raises Refused."""
        import typst  # noqa: PLC0415 - see above

        if self._refusals[root]:
            raise Refused(self._refusals[root])
        content = source.encode()
        arguments: dict[str, Any] = {"format": "pdf", "pdf_tags": False, "timestamp": 0} | how
        with _refusing(), _led_nowhere():
            compiler = typst.Compiler(content, root=str(self._roots[root]), font_paths=self._loaded(self._wide))
            made = compiler.compile(content, sys_inputs=dict(inputs or {}), **arguments)
        return made if isinstance(made, bytes) else b"".join(made or ())

    def ask(self, expression: str) -> object:
        """Return the value of an expression that looks at the page; raises Refused."""
        answers = self._query(f"#context [#metadata({expression}) <answer>]", "<answer>", _SHIPPED, {})
        return answers[0] if isinstance(answers, list) else answers

    def _query(self, source: str, what: str, root: str, inputs: Mapping[str, str]) -> Any:
        import typst  # noqa: PLC0415 - see above

        with _refusing(), _led_nowhere():
            compiler = typst.Compiler(
                source.encode(),
                root=str(self._roots[root]),
                font_paths=self._loaded(self._wide),
                sys_inputs=dict(inputs),
            )
            return json.loads(compiler.query(what, field="value"))


@contextmanager
def press(folders: Sequence[Path], room: Path | None = None) -> Iterator[Press]:
    """Give a press for a run, its copies of the templates in a folder (below `room`) that is gone afterwards.

    Raises NightclerkError where typst is not installed or no font is.
    """
    if find_spec("typst") is None or not fonts.packaged():
        raise NightclerkError("paper needs typst and fonts, which are an extra: pip install 'nightclerk[paper]'")
    if room is not None:
        room.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="nightclerk-paper-", dir=room) as folder:
        yield Press(Path(folder), folders)


def _rows(sheet: Mapping[str, object]) -> int:
    rows = sheet.get("lines") or sheet.get("rows")
    return len(rows) if isinstance(rows, list) else 0


def _pages(pdf: bytes) -> int:
    found = _COUNT.search(pdf)
    return int(found[1]) if found else 0


def _copy(folders: list[Path], root: Path) -> None:
    """Copy what templates are made of, the later folder over the earlier one; links out of it are not followed."""
    root.mkdir()
    for file in (one for folder in folders for one in sorted(folder.iterdir())):
        if file.suffix in _KINDS and file.is_file() and not file.is_symlink() and file.stat().st_size <= _LARGEST:
            shutil.copyfile(file, root / file.name)


def _main(names: list[str]) -> str:
    """Return the source that sets each of the sheets with its template."""
    imports = "".join(f'#import "{name}.typ" as {name}\n' for name in names)
    choice = ", ".join(f'"{name}": {name}.document' for name in names)
    loop = "#for (n, d) in json(bytes(sys.inputs.sheets)).enumerate() { (documents.at(d.document))(d, n) }\n"
    return f"{imports}#let documents = ({choice})\n{loop}"


def _packages(root: Path) -> str:
    """Return where a template asks for a package, which it would be fetched for; empty where none does."""
    for file in sorted(root.glob("*.typ")):
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if _PACKAGE.search(line):
                return f"{file.name}:{number}: packages are not loaded: copy what you need beside the template"
    return ""


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what typst raises into Refused, a panic of its machine code too, which is no Exception."""
    try:
        yield
    except BaseException as error:
        kind = type(error).__name__
        if kind not in {"TypstError", "PanicException", "RuntimeError"}:
            raise
        place = _PLACE.search(str(getattr(error, "diagnostic", "")))
        why = " ".join(str(error).split())[:_MOST_SHOWN]
        raise Refused(f"{place[1]}: {why}" if place else why) from error


@contextmanager
def _led_nowhere() -> Iterator[None]:
    """Lead whatever typst would fetch to a port where nobody listens; a run is one thread, so nobody else is led."""
    before = {name: os.environ.get(name) for name in _PROXIES}
    os.environ.update(dict.fromkeys(_PROXIES, _NOWHERE))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _told(error: Refused) -> Text:
    where, _, why = str(error).partition(": ")
    return Text(
        "Your own template could not be used, so this is the built-in one ({where}: {why}).",
        {"where": f"{FOLDER}/{where}", "why": why},
    )
