"""Chance that is the same for ever: drawn from a seed and a name, on every machine and every version of Python."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random
from typing import TypeVar

T = TypeVar("T")


@dataclass
class Dice:
    """A sequence of draws named by `name`; only Random.random is used, which Python promises never to change."""

    name: str
    _random: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        seed = int.from_bytes(blake2b(self.name.encode(), digest_size=16).digest(), "big")
        self._random = Random(seed)  # noqa: S311 - a demo shop keeps no secrets

    def below(self, count: int) -> int:
        """Return a whole number from 0 to `count` - 1."""
        return int(self._random.random() * count)

    def one_of(self, things: Sequence[T]) -> T:
        """Return one of the things, each as likely as the others."""
        return things[self.below(len(things))]

    def happens(self, percent: int) -> bool:
        """Say yes in so many cases of a hundred."""
        return self._random.random() * 100 < percent
