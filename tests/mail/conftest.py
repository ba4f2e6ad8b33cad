"""Every named morning in every language as files, and what a browser saw of them; made once for all tests here."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.briefing import mornings
from tests.jobs.briefing.scene import Briefed

HERE = Path(__file__).parent
PICTURED = "en"
"""Every morning is pictured in this language; the ordinary one in all."""


def node_module(name: str) -> Path:
    """Return where a package of package.json lies; skip where it was not installed."""
    found = HERE / "node_modules" / name
    if not shutil.which("node") or not found.exists():
        pytest.skip(f"{name} is not installed: run `npm ci` in tests/mail")
    return found


def browser() -> str:
    """Return the command of the browser; skip where there is none."""
    found = shutil.which("chromium")
    if not found:
        pytest.skip("chromium is not installed: apt install chromium")
    return found


@dataclass(frozen=True)
class Page:
    """One mail: its name, what it says, its HTML part as a file, and the same with every `<style>` taken out."""

    name: str
    mail: Briefed
    page: Path
    bare: Path

    @property
    def pictured(self) -> bool:
        """Whether pictures are kept of it."""
        morning, language = self.name.rsplit(".", 1)
        return language == PICTURED or morning == "normal"


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Page]:
    folder = tmp_path_factory.mktemp("mails")
    return [_page(folder, name, language) for name in mornings.NAMES for language in mornings.LANGUAGES]


def _page(folder: Path, name: str, language: str) -> Page:
    mail = mornings.briefed(name, language)
    page, bare = folder / f"{name}.{language}.html", folder / f"{name}.{language}.bare.html"
    page.write_text(mail.html, encoding="utf-8")
    bare.write_text(re.sub(r"<style.*?</style>", "", mail.html, flags=re.DOTALL), encoding="utf-8")
    return Page(f"{name}.{language}", mail, page, bare)


@pytest.fixture(scope="session")
def pictures() -> Path:
    folder = HERE.parent.parent / "build" / "mail"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def seen(pages: list[Page], pictures: Path) -> list[dict[str, Any]]:
    node_module("playwright-core")
    mails = [{"name": one.name, "page": str(one.page), "bare": str(one.bare), "picture": one.pictured} for one in pages]
    job = pictures / "job.json"
    job.write_text(json.dumps({"chromium": browser(), "pictures": str(pictures), "mails": mails}))
    done = subprocess.run(
        ["node", str(HERE / "browse.mjs"), str(job)], capture_output=True, text=True, timeout=1200, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
