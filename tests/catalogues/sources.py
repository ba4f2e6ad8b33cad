"""Every message of the program: those of the Python code and those of the templates."""

from collections.abc import Iterable
from pathlib import Path

from babel.messages.extract import extract

from tests.catalogues.tracing import Sentence, Tracer

ROOT = Path(__file__).parents[2]
CODE = ("daemon", "jobs")
KEYWORDS = {"_": None, "ngettext": (1, 2)}
OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


def messages() -> list[Sentence]:
    """Return every message with its place; raise ValueError that names the places where one can't be read."""
    sentences, riddles = Tracer((path for folder in CODE for path in (ROOT / folder).rglob("*.py")), ROOT).read()
    if riddles:
        places = ", ".join(sorted(set(riddles)))
        raise ValueError(f"write the sentence of Text(...) as a literal, no translator can see it otherwise: {places}")
    return sorted([*sentences, *_in_templates((ROOT / "templates").rglob("*.j2"))], key=lambda one: one.place)


def _in_templates(paths: Iterable[Path]) -> list[Sentence]:
    found = []
    for path in paths:
        with path.open("rb") as file:
            for line, message, _, _ in extract("jinja2", file, KEYWORDS, options=OPTIONS):
                one, many = message if isinstance(message, tuple) else (message, "")
                found.append(Sentence(f"{path.relative_to(ROOT)}:{line}", one, many))
    return found
