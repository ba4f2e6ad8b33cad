"""XML from outside, read into plain elements and within limits.

What makes XML dangerous is refused before it is looked at: a document type, and with it every entity that could grow
or fetch something; too many elements, or ones nested too deeply. Name spaces and attributes are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

MOST = 200_000
"""Elements of one document: a page of an S3 listing has some 10,000."""
DEEPEST = 16


@dataclass
class Element:
    """One element: its name without its name space, its own text, and what stands in it."""

    name: str
    text: str = ""
    inner: list["Element"] = field(default_factory=list)

    def all(self, name: str) -> Iterator["Element"]:
        """Yield the elements of a name that stand directly in this one."""
        return (one for one in self.inner if one.name == name)

    def told(self, name: str) -> str:
        """Return the text of the first element of a name that stands directly in this one; empty where none does."""
        return next((one.text for one in self.all(name)), "")


@dataclass
class _Reading:
    """What was read so far; `open` are the elements that are not closed yet, below one that holds them all."""

    most: int
    open: list[Element] = field(default_factory=lambda: [Element("")])
    seen: int = 0

    def start(self, name: str, _attributes: object) -> None:
        """Open an element."""
        self.seen += 1
        if self.seen > self.most or len(self.open) > DEEPEST:
            raise ValueError("it holds too many elements, or nests them too deeply")
        element = Element(name.rpartition(":")[2])
        self.open[-1].inner.append(element)
        self.open.append(element)

    def end(self, _name: str) -> None:
        """Close the element that is open."""
        self.open.pop()

    def text(self, text: str) -> None:
        """Add to the text of the element that is open."""
        self.open[-1].text += text


def read_xml(content: bytes, most: int = MOST) -> Element:
    """Return the outermost element of a document; raise ValueError where it is none, or one of those refused."""
    reading, parser = _Reading(most), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError) as error:
        raise ValueError(f"it is no XML: {error}") from error
    return reading.open[0].inner[0]


def _refuse(*_: object) -> None:
    raise ValueError("it declares a document type, which no honest answer does")
