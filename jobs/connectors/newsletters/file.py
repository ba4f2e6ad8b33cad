"""Newsletter drafts as files in a folder: an .eml that a mail program opens as unsent, and the page as .html.

The folder is the owner's own, so `writes:` is not asked for: nothing outside of this machine changes, and in a dry
run no effect is made at all. The .eml is written last; where it is, the draft is whole.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from daemon.api import Connector, Options, Outlet, OutsideError, Text
from jobs.connectors._rights import unwritable
from jobs.kinds.newsletter import NEWSLETTER, Issue, NewsletterSystem

if TYPE_CHECKING:
    from email.message import EmailMessage

_SAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 80


class FileNewsletterOptions(Options):
    """Where the drafts go."""

    path: Path | None = Field(None, description="The folder for the drafts; below the state folder where not set.")
    sender: str = Field("", pattern=r"^(?:[^@\s]+@[^@\s]+)?$", description="The address in From.")


def file_stem(key: str) -> str:
    """Return a file name for a key; two keys never share one, whatever they hold."""
    safe = _SAFE.sub("-", key).strip(".-")[:_LONGEST_NAME]
    return safe if safe == key else f"{safe}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def _sound(text: str) -> str:
    """Return the text without the half characters that no encoding can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _one_line(text: str) -> str:
    return " ".join(_sound(text).split())


def _write(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step: a reader sees all of it or nothing, also after a power cut."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


@dataclass(frozen=True)
class FileNewsletter(NewsletterSystem):
    """A folder of drafts."""

    folder: Path
    sender: str
    outlet: Outlet

    def create_draft(self, issue: Issue) -> str:
        """Write both files, the .eml last, and return its path; raise OutsideError where that can't be done."""
        path = self._path(issue.key)
        if not path.exists():
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                _write(path.with_suffix(".html"), _sound(issue.html).encode("utf-8"))
                _write(path, self._message(issue).as_bytes())
            except OSError as error:
                raise OutsideError(
                    f"no draft can be written to {self.folder} ({error.strerror}): let the service write there",
                    nothing_done=True,
                ) from error
        return str(path)

    def find(self, key: str) -> str | None:
        """Return the path of the draft; one that is written is certainly there, another certainly not."""
        path = self._path(key)
        return str(path) if path.exists() else None

    def check(self) -> Text | None:
        """Return what to do where no draft can be written, else None; makes nothing."""
        return unwritable(self.folder)

    def _path(self, key: str) -> Path:
        return self.folder / f"{file_stem(key)}.eml"

    def _message(self, issue: Issue) -> "EmailMessage":
        from email import policy  # noqa: PLC0415 - memory that only a draft needs
        from email.message import EmailMessage  # noqa: PLC0415
        from email.utils import format_datetime  # noqa: PLC0415

        message = EmailMessage(policy=policy.SMTP)
        message["Subject"] = _one_line(issue.subject)
        message["Date"] = format_datetime(self.outlet.now)
        message["X-Unsent"] = "1"
        message["X-Nightclerk-Issue"] = _one_line(issue.key)
        if self.sender:
            message["From"] = self.sender
        message.set_content(_sound(issue.text), cte="quoted-printable")
        message.add_alternative(_sound(issue.html), subtype="html", cte="quoted-printable")
        return message


def _open(options: FileNewsletterOptions, outlet: Outlet) -> NewsletterSystem:
    return FileNewsletter(options.path or outlet.folder, options.sender, outlet)


FILE_NEWSLETTER = Connector(
    "file",
    NEWSLETTER,
    "Newsletter drafts as .eml and .html files in a folder",
    FileNewsletterOptions,
    _open,
    FileNewsletter.check,
)
