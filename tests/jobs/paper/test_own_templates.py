"""An owner's template is used where it can be, told of where it can't, and reaches nothing but the files beside it."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from daemon.context import in_english
from jobs.paper.typesetting import Typeset, bound
from tests.jobs import paper_scenes as scenes
from tests.jobs.paper import reading

FRAME = '#import "base.typ": *\n#let document(d, number) = page(width: 90mm, height: 50mm, {{ {body}; sheet-end(number) }})\n'
BROKEN = {
    "not typst": "#let document(d = [",
    "no document": "#let other(d, number) = [x]",
    "a wrong name": FRAME.format(body="d.adress"),
    "a file of the machine": FRAME.format(body='read("/etc/hostname")'),
    "a file above": FRAME.format(body='read("../secret.txt")'),
    "a link to a file above": FRAME.format(body='read("link.typ")'),
    "a folder above": FRAME.format(body='include "../shipped/slip.typ"'),
    "a package": '#import "@preview/tiaoma:0.3.0": *\n' + FRAME.format(body="[x]"),
    "no end of loops": FRAME.format(body="while true {}"),
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a folder of the owner's own templates, with a secret beside it and a link to that in it."""
    folder = tmp_path / "own"
    (folder / "paper").mkdir(parents=True)
    (folder / "secret.txt").write_text("SECRET")
    (folder / "paper" / "link.typ").symlink_to(folder / "secret.txt")
    return folder


def set_with(own: Path, template: str, name: str = "slip") -> Typeset:
    (own / "paper" / f"{name}.typ").write_text(template)
    return bound([scenes.slip(), scenes.address()], scenes.look("a6", own))


def told(made: Typeset) -> str:
    (problem,) = made.problems
    return in_english(problem, "")


@reading.poppler
def test_a_good_template_of_the_owner_is_used(own: Path) -> None:
    made = set_with(own, FRAME.format(body="[Hello ]; say(d.address.name)"))
    assert made.problems == ()
    mine, shipped = reading.pages(made.pdf)
    assert mine.split() == ["Hello", "Anna", "Åkesson"]
    assert "Order 1042" in shipped
    assert round(reading.boxes(made.pdf)[0].width / 72 * 25.4) == 90


@reading.poppler
def test_the_base_alone_may_be_the_owners(own: Path) -> None:
    shipped = Path(scenes.look().folders[-1]) / "paper" / "base.typ"
    made = set_with(own, shipped.read_text().replace("d.words.page", '"Leaf {i}/{m}"'), "base")
    assert made.problems == ()
    assert "Leaf 1/1" in reading.text(made.pdf)


@reading.poppler
@pytest.mark.parametrize("name", BROKEN)
def test_a_template_that_fails_is_told_of_and_the_shipped_one_is_used(own: Path, name: str) -> None:
    made = set_with(own, BROKEN[name])
    sentence = told(made)
    assert sentence.startswith("Your own template could not be used, so this is the built-in one (paper/")
    assert "SECRET" not in sentence
    text = reading.text(made.pdf)
    assert "Delivery slip" in text
    assert "SECRET" not in text


def test_where_a_template_fails_is_told(own: Path) -> None:
    assert "paper/slip.typ:2:" in told(set_with(own, BROKEN["a wrong name"]))
    assert "paper/slip.typ:1: packages are not loaded" in told(set_with(own, BROKEN["a package"]))


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """Yield what reaches the machine's way to the world."""
    heard: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def listen() -> None:
            while True:
                try:
                    one, _ = server.accept()
                except OSError:
                    return
                with one:
                    heard.append(one.recv(200))

        listener = Thread(target=listen)
        listener.start()
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.getsockname()[1]}")
        yield heard
        server.shutdown(socket.SHUT_RDWR)
        listener.join()


def test_a_template_reaches_nobody_whatever_it_imports(own: Path, proxy: list[bytes]) -> None:
    made = set_with(own, '#import ("@" + "preview/tiaoma:0.3.0"): *\n' + FRAME.format(body="[x]"))
    assert told(made).startswith("Your own template could not be used")
    assert proxy == []


@reading.poppler
def test_no_template_can_show_what_a_gift_cost(own: Path) -> None:
    shows = 'd.lines.map(row => row.at("price", default: "none")).join(" "); [ #d.total.]'
    (own / "paper" / "slip.typ").write_text(FRAME.format(body=shows))
    made = bound([scenes.slip(gift=True), scenes.slip()], scenes.look("a6", own))
    gift, other = reading.pages(made.pdf)
    assert gift.split() == ["none", "none", "none", "."]
    assert "101,00" in other
    assert "306,00" in other
