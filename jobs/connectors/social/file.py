"""A network that is a file: every post one line of JSON, to try a queue out or to feed a program of the owner's.

The file is the owner's own, so `writes:` is not asked for: nothing outside of this machine changes, and in a dry
run no effect is made at all. Two processes may publish at a time; a lock keeps their lines whole and apart.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from pydantic import Field

from daemon.api import Connector, Options, Outlet, OutsideError, Text
from jobs.connectors._rights import unreadable, unwritable, unwritable_file
from jobs.kinds.social import SOCIAL, Limits, Post, SocialNetwork


class FileSocialOptions(Options):
    """Where the posts go."""

    path: Path | None = Field(None, description="The file to append to; below the state folder where not set.")
    characters: int = Field(500, ge=1, description="How many characters a post may have.")


def _record(line: bytes) -> dict[str, Any]:
    """Return what a line holds; nothing where it is no record, such as one cut short by a power cut."""
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


@dataclass(frozen=True)
class FileNetwork(SocialNetwork):
    """A file of posts; the address of a post is the file and the number of its line."""

    path: Path
    characters: int
    outlet: Outlet

    def limits(self) -> Limits:
        """Return the characters that the options allow."""
        return Limits(self.characters)

    def length(self, post: Post) -> int:
        """Count characters; a link stands behind a blank."""
        return len(post.text) + (len(post.link) + 1 if post.link else 0)

    def publish(self, post: Post) -> str:
        """Append the post unless its key is there already, and return its file and line."""
        if self.length(post) > self.characters:
            raise OutsideError(f"the post has more than {self.characters} characters: shorten it", permanent=True)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked("a+b") as file:
                return self._seek(file, post.key) or self._append(file, post)
        except OSError as error:
            raise self._refused(error) from error

    def find(self, post: Post) -> str | None:
        """Return the file and line of the post's key; no file means no post."""
        try:
            with self._locked("rb") as file:
                return self._seek(file, post.key)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refused(error) from error

    def check(self) -> Text | None:
        """Return what to do where no post can be appended, else None; makes nothing."""
        if not self.path.exists():
            return unwritable(self.path.parent)
        return unreadable(self.path) or unwritable_file(self.path)

    def _refused(self, error: OSError) -> OutsideError:
        return OutsideError(f"{self.path} can't be used for posts ({error.strerror}): let the service write there")

    @contextmanager
    def _locked(self, mode: str) -> Iterator[IO[bytes]]:
        with self.path.open(mode) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _seek(self, file: IO[bytes], key: str) -> str | None:
        file.seek(0)
        found = (number for number, line in enumerate(file, 1) if _record(line).get("key") == key)
        number = next(found, None)
        return None if number is None else f"{self.path}:{number}"

    def _append(self, file: IO[bytes], post: Post) -> str:
        file.seek(0)
        lines = file.read().split(b"\n")
        torn = b"\n" if lines[-1] else b""
        record = {**asdict(post), "published": self.outlet.now.isoformat()}
        file.write(torn + json.dumps(record).encode("ascii") + b"\n")
        file.flush()
        os.fsync(file.fileno())
        return f"{self.path}:{len(lines) + len(torn)}"


def _open(options: FileSocialOptions, outlet: Outlet) -> SocialNetwork:
    return FileNetwork(options.path or outlet.folder / "posts.jsonl", options.characters, outlet)


FILE_SOCIAL = Connector("file", SOCIAL, "Posts as lines of JSON in a file", FileSocialOptions, _open, FileNetwork.check)
