"""The HTML part as a validator reads it."""

import subprocess

import pytest

from tests.mail.conftest import HERE, Page, node_module

pytestmark = pytest.mark.mail


def _validated(*files: str) -> subprocess.CompletedProcess[str]:
    command = ["node", str(node_module("html-validate") / "bin" / "html-validate.mjs"), "--config"]
    return subprocess.run(
        [*command, str(HERE / "htmlvalidate.json"), *files], capture_output=True, text=True, timeout=300, check=False
    )


def test_briefing_37_the_markup_of_every_mail_is_valid(pages: list[Page]) -> None:
    done = _validated(*[str(one.page) for one in pages])
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


def test_briefing_37_a_table_that_is_not_closed_is_noticed(pages: list[Page]) -> None:
    broken = pages[0].page.with_name("broken.html")
    broken.write_text(pages[0].mail.html.replace("</table>", "", 1), encoding="utf-8")
    assert _validated(str(broken)).returncode == 1
