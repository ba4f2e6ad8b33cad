"""What a job may ask of a newsletter system: to keep a draft. There is no verb for sending, on purpose."""

from dataclasses import dataclass
from typing import Protocol

from daemon.api import Kind


@dataclass(frozen=True)
class Issue:
    """One issue, ready to be looked at: `key` makes it unique, `text` and `html` say the same."""

    key: str
    subject: str
    text: str
    html: str


class NewsletterSystem(Protocol):
    """A system that keeps drafts of newsletters until a person sends them."""

    def create_draft(self, issue: Issue) -> str:
        """Keep the issue as a draft and return where it is.

        A draft of the same key is left as it is (a person may have edited it) and its place returned.
        """
        ...

    def find(self, key: str) -> str | None:
        """Return where the draft of this key is, or None where there certainly is none; else raise OutsideError."""
        ...


NEWSLETTER: Kind[NewsletterSystem] = Kind("newsletter")
