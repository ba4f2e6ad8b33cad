"""The owner's own templates: one file at a time, and never at the price of the morning's mail."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon import paths

BROKEN = [
    ("briefing/body.html.j2", "<p>{{ nosuch }}</p>"),
    ("briefing/body.txt.j2", "{% for row in stock.rows %}"),
    ("briefing/body.txt.j2", "{{ mail.__class__.__mro__ }}"),
    ("briefing/subject.txt.j2", "   \n"),
    ("layout/base.html.j2", "{% block content %}"),
    ("layout/style.j2", "{% set S = {} %}{% set C = {} %}"),
    ("briefing/body.html.j2", '{% include "/etc/passwd" %}'),
    ("briefing/body.txt.j2", "{{ numbers.pop('day') }}"),
]


def own(folder: Path, name: str, text: str) -> tuple[Path, ...]:
    file = folder / "own" / name
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return (folder / "own",)


@pytest.mark.parametrize(("name", "text"), BROKEN)
def test_47_a_broken_override_gives_the_built_in_with_a_notice_on_top(
    at: Callable[[str], Any], tmp_path: Path, name: str, text: str
) -> None:
    scene = at("normal")
    plain = scene.brief()
    scene.folders = own(tmp_path, name, text)
    mail = scene.brief()
    assert mail.subject == plain.subject
    for part in (mail.text, mail.seen):
        head = " ".join(part.split())[:600]
        assert "Your own template could not be used, so this is the built-in one" in head
        assert part.index("Your own template") < part.index("things need you")
    assert "Yesterday in numbers" in mail.text


def test_one_file_is_enough_to_change_the_colours(at: Callable[[str], Any], tmp_path: Path) -> None:
    scene = at("normal")
    built_in = (paths.templates() / "layout/style.j2").read_text()
    scene.folders = own(tmp_path, "layout/style.j2", built_in.replace("#0b5cad", "#2f6b2f"))
    mail = scene.brief()
    assert "#2f6b2f" in mail.html
    assert "#0b5cad" not in mail.html
    assert "Your own template" not in mail.text
    assert "Yesterday in numbers" in mail.seen


def test_the_owners_template_is_escaped_like_the_built_in(at: Callable[[str], Any], tmp_path: Path) -> None:
    scene = at("hostile")
    scene.folders = own(
        tmp_path, "briefing/body.html.j2", "<html><body><p>{{ attention.rows[0].title }}</p></body></html>"
    )
    mail = scene.brief()
    assert "<script" not in mail.html
    assert "&lt;script&gt;" in mail.html


def test_the_built_in_templates_take_their_styles_from_the_dictionary() -> None:
    for file in sorted(paths.templates().rglob("*.html.j2")):
        text = file.read_text()
        assert not re.findall(r'style="(?:[^"{]|\{\{[^}]*\}\}[^"])', text), file
        body = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
        assert not re.findall(r"#[0-9a-f]{6}", body), file
