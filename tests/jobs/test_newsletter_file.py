from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.testing import make_outlet
from jobs.connectors.newsletters.file import FILE_NEWSLETTER, FileNewsletterOptions
from jobs.kinds.newsletter import Issue, NewsletterSystem
from jobs.testing_kinds import ISSUE, NewsletterContract


def opened(folder: Path, **options: object) -> NewsletterSystem:
    return FILE_NEWSLETTER.open(FileNewsletterOptions.model_validate(options), make_outlet(folder))


def mail(path: str) -> EmailMessage:
    read = message_from_bytes(Path(path).read_bytes(), policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


class TestFilesKeepTheContract(NewsletterContract):
    def system(self, folder: Path) -> NewsletterSystem:
        return opened(folder)


def test_the_draft_opens_as_an_unsent_mail_with_both_texts(tmp_path: Path) -> None:
    draft = mail(opened(tmp_path, sender="shop@shop.test").create_draft(ISSUE))
    text, html = draft.get_body(("plain",)), draft.get_body(("html",))
    assert text is not None
    assert html is not None
    assert (draft["X-Unsent"], draft["From"], draft["X-Nightclerk-Issue"]) == ("1", "shop@shop.test", ISSUE.key)
    assert text.get_content().replace("\r\n", "\n") == ISSUE.text
    assert html.get_content().strip() == ISSUE.html


def test_a_subject_cannot_add_a_header(tmp_path: Path) -> None:
    draft = mail(opened(tmp_path).create_draft(ISSUE))
    assert draft["X-Header"] is None
    assert "X-Header: no" in draft["Subject"]


def test_the_page_lies_beside_the_mail_and_nothing_unfinished_is_left(tmp_path: Path) -> None:
    opened(tmp_path, path=str(tmp_path / "out")).create_draft(Issue("2026-W47", "s", "t", "<p>page</p>"))
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"2026-W47.eml", "2026-W47.html"}
    assert (tmp_path / "out/2026-W47.html").read_text() == "<p>page</p>"


def test_what_a_person_changed_in_the_draft_stays(tmp_path: Path) -> None:
    path = Path(opened(tmp_path).create_draft(ISSUE))
    path.write_text("edited")
    opened(tmp_path).create_draft(ISSUE)
    assert path.read_text() == "edited"


def test_a_key_never_leaves_the_folder(tmp_path: Path) -> None:
    path = Path(opened(tmp_path / "out").create_draft(Issue("../../etc/x", "s", "t", "h")))
    assert path.parent == tmp_path / "out"


def test_half_a_character_does_not_stop_the_issue(tmp_path: Path) -> None:
    assert mail(opened(tmp_path).create_draft(Issue("k", "s\ud800", "t\ud800", "h\ud800")))["Subject"] == "s?"


def test_a_folder_that_cannot_be_made_says_so_and_gives_the_effect_back(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutsideError, match="let the service write there") as caught:
        opened(tmp_path, path=str(tmp_path / "file")).create_draft(ISSUE)
    assert caught.value.nothing_done
