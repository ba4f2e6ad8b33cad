"""The Internet Printing Protocol as bytes (pure): only what a sheet needs, encoded as RFC 8010 has it.

An attribute to be sent is made by `keyword`, `integer` and their neighbours and is bytes already; an answer is read
into groups of plain values. What a printer answers is hostile: lengths are checked, collections are stepped over, and
an answer that does not come to its own end is no answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

MEDIA_TYPE = "application/ipp"
PRINT_JOB, GET_JOB_ATTRIBUTES, GET_JOBS, GET_PRINTER_ATTRIBUTES = 0x0002, 0x0009, 0x000A, 0x000B
CREATE_SUBSCRIPTIONS, GET_SUBSCRIPTIONS, RENEW_SUBSCRIPTION, GET_NOTIFICATIONS = 0x0016, 0x0019, 0x001A, 0x001C
"""RFC 3995, 11, and RFC 3996, 5."""
CUPS_GET_PRINTERS = 0x4002
OPERATION, JOB, END, PRINTER, SUBSCRIPTION, EVENT = 0x01, 0x02, 0x03, 0x04, 0x06, 0x07
"""What begins a group of attributes, and what ends them all."""

_INTEGER, _BOOLEAN, _ENUM, _OCTETS = 0x21, 0x22, 0x23, 0x30
_COLLECTION, _COLLECTION_END, _MEMBER = 0x34, 0x37, 0x4A
_NAME, _KEYWORD, _URI, _CHARSET, _LANGUAGE, _MIME = 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
_IN_A_LANGUAGE = frozenset({0x35, 0x36})
_TEXTS = frozenset({0x41, _NAME, _KEYWORD, _URI, 0x46, _CHARSET, _LANGUAGE, _MIME})
_FIRST_VALUE = 0x10
_NO_VALUES = range(_FIRST_VALUE, 0x20)
_HEAD = 8
_VERSION = b"\x01\x01"
_MOST_VALUES = 200_000
"""Of one answer; 500 jobs with what is asked of each have some 4,000."""

Value = int | bool | str | bytes | None


@dataclass(frozen=True)
class Group:
    """The attributes of one job, printer, subscription or event. What is missing, or of another type, is not had."""

    tag: int
    values: Mapping[str, Sequence[Value]] = field(default_factory=dict)

    def number(self, name: str) -> int | None:
        """Return a whole number."""
        found = self._first(name)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def flag(self, name: str) -> bool | None:
        """Return a yes or no."""
        found = self._first(name)
        return found if isinstance(found, bool) else None

    def text(self, name: str) -> str:
        """Return a text; empty where there is none."""
        found = self._first(name)
        return found if isinstance(found, str) else ""

    def octets(self, name: str) -> bytes:
        """Return bytes; none where there are none."""
        found = self._first(name)
        return found if isinstance(found, bytes) else b""

    def words(self, name: str) -> tuple[str, ...]:
        """Return every text of a list."""
        return tuple(one for one in self.values.get(name, ()) if isinstance(one, str))

    def _first(self, name: str) -> Value:
        return next(iter(self.values.get(name, ())), None)


@dataclass(frozen=True)
class Reply:
    """What was answered: IPP's own status and the groups in their order."""

    status: int
    groups: Sequence[Group] = ()

    def of(self, tag: int) -> list[Group]:
        """Return the groups of one kind."""
        return [group for group in self.groups if group.tag == tag]

    @property
    def message(self) -> str:
        """The server's own words on the status; empty where it has none."""
        return next((group.text("status-message") for group in self.of(OPERATION)), "")


def request(operation: int, attributes: bytes, data: bytes = b"") -> bytes:
    """Return a request; `attributes` are those behind charset and language, `data` is the document."""
    told = attribute(_CHARSET, "attributes-charset", b"utf-8")
    told += attribute(_LANGUAGE, "attributes-natural-language", b"en")
    head = _VERSION + operation.to_bytes(2) + (1).to_bytes(4)
    return head + bytes((OPERATION,)) + told + attributes + bytes((END,)) + data


def group(tag: int) -> bytes:
    """Begin another group: what follows is said of the job, or of the subscription."""
    return bytes((tag,))


def attribute(tag: int, name: str, *values: bytes) -> bytes:
    """Return one attribute with its values, each of them as bytes of the type `tag`."""
    names = [name.encode("ascii"), *([b""] * (len(values) - 1))]
    return b"".join(
        bytes((tag,)) + len(name).to_bytes(2) + name + len(value).to_bytes(2) + value
        for name, value in zip(names, values, strict=True)
    )


def keyword(name: str, *values: str) -> bytes:
    """Return an attribute of keywords."""
    return attribute(_KEYWORD, name, *(value.encode("ascii") for value in values))


def named(name: str, value: str) -> bytes:
    """Return an attribute that is a name."""
    return attribute(_NAME, name, value.encode("utf-8"))


def uri(name: str, value: str) -> bytes:
    """Return an attribute that is an address."""
    return attribute(_URI, name, value.encode("ascii"))


def mime(name: str, value: str) -> bytes:
    """Return an attribute that is a media type."""
    return attribute(_MIME, name, value.encode("ascii"))


def integer(name: str, value: int) -> bytes:
    """Return an attribute that is a whole number of 32 bits."""
    return attribute(_INTEGER, name, value.to_bytes(4, signed=True))


def boolean(name: str, value: bool) -> bytes:  # noqa: FBT001 - the value is what is sent
    """Return an attribute that is a yes or no."""
    return attribute(_BOOLEAN, name, bytes((value,)))


def octets(name: str, value: bytes) -> bytes:
    """Return an attribute of bytes that mean nothing to the server."""
    return attribute(_OCTETS, name, value)


def collection(name: str, *members: bytes) -> bytes:
    """Return an attribute made of others (RFC 8010, 3.1.6), each made by `integer` or `collection`."""
    inner = b"".join(map(_member, members))
    return attribute(_COLLECTION, name, b"") + inner + attribute(_COLLECTION_END, "", b"")


def _member(one: bytes) -> bytes:
    """Return an attribute as a member: its name goes before it as a value of its own."""
    length = int.from_bytes(one[1:3])
    name, rest = one[3 : 3 + length], one[3 + length :]
    return attribute(_MEMBER, "", name) + one[:1] + b"\x00\x00" + rest


def read(body: bytes) -> Reply:
    """Return what an answer says; raise ValueError where it is no whole answer."""
    if len(body) < _HEAD:
        raise ValueError("shorter than the head of an answer")
    groups: list[Group] = []
    name, values = "", dict[str, list[Value]]()
    for tag, given, value in _pieces(body):
        if tag < _FIRST_VALUE:
            name, values = "", {}
            groups.append(Group(tag, values))
        else:
            name = given or name
            if not (groups and name):
                raise ValueError("a value that belongs to nothing")
            values.setdefault(name, []).append(_value(tag, value))
    return Reply(int.from_bytes(body[2:4]), groups)


def _pieces(body: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Yield the begin of each group and each value (tag, name, bytes) outside of collections, up to the end."""
    at, depth = _HEAD, 0
    for _ in range(_MOST_VALUES):
        tag, at = _taken(body, at, 1)
        if tag[0] == END:
            return
        if tag[0] < _FIRST_VALUE:
            yield tag[0], "", b""
            continue
        name, at = _counted(body, at)
        value, at = _counted(body, at)
        if not depth:
            yield tag[0], name.decode("ascii", "replace"), b"" if tag[0] == _COLLECTION else value
        depth += {_COLLECTION: 1, _COLLECTION_END: -1}.get(tag[0], 0)
        if depth < 0:
            raise ValueError("a collection that ends and never began")
    raise ValueError(f"more than {_MOST_VALUES} values")


def _counted(body: bytes, at: int) -> tuple[bytes, int]:
    length, at = _taken(body, at, 2)
    return _taken(body, at, int.from_bytes(length))


def _taken(body: bytes, at: int, length: int) -> tuple[bytes, int]:
    if at + length > len(body):
        raise ValueError("it breaks off")
    return body[at : at + length], at + length


def _value(tag: int, value: bytes) -> Value:
    if tag in {_INTEGER, _ENUM}:
        return int.from_bytes(value, signed=True)
    if tag == _BOOLEAN:
        return value != b"\x00"
    if tag in _TEXTS:
        return value.decode("utf-8", "replace")
    if tag in _IN_A_LANGUAGE:
        return _counted(value, _counted(value, 0)[1])[0].decode("utf-8", "replace")
    return None if tag in _NO_VALUES else value
