"""The extractor: it finds a sentence wherever it was written, and owns up where it can't."""

from pathlib import Path
from textwrap import dedent

import pytest

from tests.catalogues.tracing import Tracer


def read(folder: Path, code: str) -> tuple[list[tuple[str, str]], list[str]]:
    (folder / "one.py").write_text(dedent(code), encoding="utf-8")
    sentences, riddles = Tracer(folder.glob("*.py"), folder).read()
    return sorted({(one.id, one.plural) for one in sentences}), riddles


@pytest.mark.parametrize(
    "code",
    [
        'Text("one", {"n": n}, "many")',
        'Text("one", plural="many")',
        'ONE, MANY = "one", "many"\nText(ONE, {}, MANY)',
        'TABLE = {1: ("one", "many")}\ndef f(n):\n    one, many = TABLE[n]\n    return Text(one, {}, plural=many)',
        'def say(one, many, n):\n    return Text(one, {"n": n}, many)\nsay("one", "many", 3)',
        'class A:\n    def find(self, one, many):\n        Text(one, {}, many)\nA().find("one", many="many")',
        'class Need:\n    one: str\n    many: str\n\nNEED = Need("one", "many")\nText(NEED.one, {}, NEED.many)',
        'def say(one, many):\n    return tell(one, many)\ndef tell(a, b):\n    return Text(a, {}, b)\nsay("one", "many")',
    ],
)
def test_a_sentence_is_found_where_it_was_written(tmp_path: Path, code: str) -> None:
    assert read(tmp_path, code) == ([("one", "many")], [])


@pytest.mark.parametrize(
    "code",
    [
        'Text("one" if n else "two")',
        'TABLE = {1: "one"}\nText(TABLE.get(n, "two"))',
        'TABLE = {1: "one", 2: "two"}\nText(TABLE[n])',
    ],
)
def test_every_end_of_a_choice_is_a_sentence(tmp_path: Path, code: str) -> None:
    assert read(tmp_path, code) == ([("one", ""), ("two", "")], [])


@pytest.mark.parametrize(
    "code", ['Text(sign + "{n}%")', 'Text(f"{n} left")', "Text(str(error))", "Text(ELSEWHERE)", 'Text("a", {}, many())']
)
def test_a_sentence_that_is_put_together_is_a_riddle(tmp_path: Path, code: str) -> None:
    assert read(tmp_path, code) == ([], ["one.py:1"])


def test_the_id_of_another_message_is_no_riddle(tmp_path: Path) -> None:
    assert read(tmp_path, 'WORDS = Text("one")\nText(WORDS.id, {"n": 1})') == ([("one", "")], [])
