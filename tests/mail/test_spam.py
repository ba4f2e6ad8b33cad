"""The mails as SpamAssassin's own rules see them, without network and without training."""

import re
import shutil
import subprocess

import pytest

from tests.mail.conftest import Page

pytestmark = pytest.mark.mail
HIGHEST = 0.5
SCORE = re.compile(r"^X-Spam-Status: \w+, score=(-?\d+\.\d+)", re.MULTILINE)


def _scores(mails: list[bytes]) -> list[float]:
    if not shutil.which("spamassassin"):
        pytest.skip("spamassassin is not installed: apt install spamassassin")
    box = b"".join(b"From shop Thu Jan  1 00:00:00 2026\n" + mail.replace(b"\r\n", b"\n") + b"\n" for mail in mails)
    done = subprocess.run(
        ["spamassassin", "-L", "-t", "--mbox"], input=box, capture_output=True, timeout=900, check=True
    )
    return [float(score) for score in SCORE.findall(done.stdout.decode("utf-8", "replace"))]


def test_briefing_43_no_mail_looks_like_spam(pages: list[Page]) -> None:
    scores = _scores([one.mail.stored.content for one in pages])
    assert len(scores) == len(pages)
    worst, name = max(zip(scores, [one.name for one in pages], strict=True))
    print(f"\nhighest score of {len(scores)} mails: {worst} ({name})")
    assert worst <= HIGHEST


def test_briefing_43_a_mail_that_is_spam_is_noticed() -> None:
    gtube = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
    assert max(_scores([b"From: a@shop.example\nTo: b@shop.example\nSubject: Hello\n\n" + gtube + b"\n"])) > HIGHEST
