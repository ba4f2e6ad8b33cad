"""What a job may ask of a social network."""

from dataclasses import dataclass
from typing import Protocol

from daemon.api import Kind


@dataclass(frozen=True)
class Post:
    """One post: `key` makes it unique; `image` is a file or an address and `alt` says what it shows."""

    key: str
    text: str
    link: str = ""
    image: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Limits:
    """What a network takes: `characters` in its own way of counting.

    `traceable` says that `find` can tell what became of a post whose answer was lost; where it is false such a
    post is shown to a person and never repeated.
    """

    characters: int
    traceable: bool = True


class SocialNetwork(Protocol):
    """A place where posts become public."""

    def limits(self) -> Limits:
        """Return what the network takes."""
        ...

    def length(self, post: Post) -> int:
        """Return how long the post is in the network's own way of counting."""
        ...

    def publish(self, post: Post) -> str:
        """Make the post public and return its address; a post of the same key is never made twice."""
        ...

    def find(self, post: Post) -> str | None:
        """Return the address of this post, or None where it certainly was not made; else raise OutsideError.

        The whole post is given because a network without keys of its own can only compare what it says.
        """
        ...


SOCIAL: Kind[SocialNetwork] = Kind("social")
