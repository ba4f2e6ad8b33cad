"""The queue of prepared posts: those of the options, then the text files of a folder in the order of their names.

A file may begin with lines such as `slot: 2026-11-24T09:00`, `link: https://…`, `image: …` or `alt: …` and an empty
line; the rest is the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import Field, ValidationError, field_validator

from daemon.api import Options, Text, Value

LARGEST_FILE = 64 * 1024
_UNREADABLE = "it can't be read: {error}"
_FRONT = re.compile(r"(slot|link|image|alt):[ \t]*(.*)")


class QueuedPost(Options):
    """One prepared post."""

    text: str = Field(min_length=1, description="What the post says.")
    slot: datetime | None = Field(
        None, description="Local time to post it at, such as 2026-11-24T09:00; the next free slot where not set."
    )
    link: str = Field("", pattern=r"^(https?://\S+)?$", description="The address the post leads to.")
    image: str = Field("", description="A file or an address of a picture.")
    alt: str = Field("", description="What the picture shows, for those who can't see it.")

    @field_validator("slot")
    @classmethod
    def _local(cls, slot: datetime | None) -> datetime | None:
        if slot is not None and slot.tzinfo is not None:
            raise ValueError("a slot is a local time without a zone, such as 2026-11-24T09:00")
        return slot


@dataclass(frozen=True)
class Prepared:
    """A post of the queue and where it stands: `posts[2]` or the name of a file."""

    source: str
    post: QueuedPost


@dataclass(frozen=True)
class Unusable:
    """A file of the queue that is no post, and why."""

    source: str
    reason: Text


def read_queue(posts: Sequence[QueuedPost], folder: Path | None) -> tuple[list[Prepared], list[Unusable]]:
    """Return the posts in their order, and what can't be used; a folder that can't be read is one such thing."""
    read: list[Prepared | Unusable] = [Prepared(f"posts[{i}]", post) for i, post in enumerate(posts)]
    if folder is not None:
        read += _folder(folder)
    good = [one for one in read if isinstance(one, Prepared)]
    return good, [one for one in read if isinstance(one, Unusable)]


def _folder(folder: Path) -> list[Prepared | Unusable]:
    try:
        paths = sorted(p for p in folder.iterdir() if p.suffix in {".txt", ".md"} and not p.name.startswith("."))
    except OSError as error:
        return [Unusable(str(folder), Text(_UNREADABLE, {"error": error.strerror}))]
    return [_file(path) for path in paths]


def _file(path: Path) -> Prepared | Unusable:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:
            return Unusable(path.name, Text("it is no file of at most {n} bytes", {"n": LARGEST_FILE}))
        return Prepared(path.name, parse_post(path.read_text(encoding="utf-8-sig")))
    except ValidationError as error:
        first = error.errors()[0]
        told: dict[str, Value] = {"field": ".".join(map(str, first["loc"])), "error": first["msg"]}
        return Unusable(path.name, Text("{field}: {error}", told))
    except UnicodeDecodeError:
        return Unusable(path.name, Text("it is not UTF-8 text"))
    except OSError as error:
        return Unusable(path.name, Text(_UNREADABLE, {"error": error.strerror}))


def parse_post(content: str) -> QueuedPost:
    """Return the post a file holds; raise ValidationError where it is none."""
    front, blank, rest = content.lstrip("\n").partition("\n\n")
    lines = [_FRONT.fullmatch(line.rstrip()) for line in front.split("\n")]
    if not blank or not all(lines):
        return QueuedPost(text=content.strip())
    fields = {match[1]: match[2] for match in lines if match}
    return QueuedPost.model_validate({**fields, "text": rest.strip()})
