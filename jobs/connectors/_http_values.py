"""What is asked of a web server, what it answers, and within which limits, as frozen values."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

SAFE = frozenset({"GET", "HEAD"})
JSON = "application/json"
ANYTHING = "*/*"
"""The `media` of stored content: a good answer may hold anything, a page for people too."""
Params = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Signed:
    """One try as it goes out: the whole address and the headers that prove who asks."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


Sign = Callable[[str, str], Signed]
"""Adds the credentials to (method, address); called anew for every try, as a signature holds once."""


def unsigned(_method: str, url: str) -> Signed:
    """Add no credentials."""
    return Signed(url)


@dataclass(frozen=True)
class Limits:
    """How long and how much, in seconds, bytes and requests.

    `connect` and `read` bound each step, `whole` one try in all, its body included (the look-up of the name has
    limits of its own, the resolver's). `tries` counts the first one. Pauses begin with `first` and double; one is at
    most `longest`, all pauses of a call together at most `patience`. `largest` bounds an unpacked body. `requests`
    are those of one run.
    """

    connect: float = 10
    read: float = 60
    whole: float = 180
    tries: int = 4
    first: float = 1
    longest: float = 60
    patience: float = 120
    largest: int = 32 * 1024 * 1024
    requests: int = 5000


@dataclass(frozen=True)
class Call:
    """One request: `path` goes behind the site's base. `idempotent` says that twice does no more than once.

    `media` is what a good answer holds; anything but JSON is given back as it came, and is the caller's to judge.
    """

    method: str
    path: str
    params: Params = ()
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    idempotent: bool = False
    media: str = JSON

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again without asking what the first time did."""
        return self.idempotent or self.method in SAFE


def reading(path: str, params: Params = ()) -> Call:
    """Return a request that changes nothing."""
    return Call("GET", path, params)


def writing(method: str, path: str, data: object) -> Call:
    """Return a request that carries `data` as JSON; it is never repeated by itself."""
    body = json.dumps(data, ensure_ascii=False).encode()
    return Call(method, path, body=body, headers={"Content-Type": "application/json; charset=utf-8"})


@dataclass(frozen=True)
class Answer:
    """A good answer, complete; header names are in small letters."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @cached_property
    def data(self) -> Any:
        """The body's JSON, numbers with decimals exact; ValueError where it is none."""
        try:
            return json.loads(self.body, parse_float=Decimal, parse_constant=_no_number)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def told_as_json(answer: Answer) -> Mapping[str, Any]:
    """Return what a server says in JSON; nothing where it says nothing so."""
    try:
        said = answer.data
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


Told = Callable[[Answer], Mapping[str, Any]]


@dataclass(frozen=True)
class Site:
    """A server as a connection names it: `base` ends in a slash, `authority` is a file of certificates of one's own.

    `secrets` are the texts that must never show, in whatever the server or a library says. `told` reads the `code` and
    the `message` of an answer that refuses something, where the server says that otherwise than as JSON.
    """

    name: str
    base: str
    sign: Sign = field(default=unsigned, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    authority: str = ""
    told: Told = told_as_json

    @property
    def host(self) -> str:
        """Host and, where it is not the usual one, port."""
        return urlsplit(self.base).netloc.rpartition("@")[2]


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")
