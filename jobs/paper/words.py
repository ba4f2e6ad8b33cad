"""The words that stand on paper, as messages: the caller has them said and hands them over with a document's values."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from daemon.api import Text

WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "slip": Text("Delivery slip"),
        "pick-list": Text("Pick list"),
        "order": Text("Order"),
        "orders": Text("Orders"),
        "wave": Text("Wave"),
        "place": Text("Place"),
        "placed": Text("Ordered"),
        "ship-by": Text("Ship by"),
        "leaves": Text("Leaves"),
        "carrier": Text("Carrier"),
        "carriers": Text("Carriers"),
        "deliver-to": Text("Deliver to"),
        "from": Text("From"),
        "article": Text("Article"),
        "quantity": Text("Quantity"),
        "bin": Text("Shelf"),
        "price": Text("Price"),
        "total": Text("Total"),
        "note": Text("Note"),
        "gift": Text("This is a gift."),
        "with": Text("In the same parcel"),
        "page": Text("Page {i} of {m}", {"i": "{i}", "m": "{m}"}),
        "copy": Text("COPY"),
    }
)
"""By the name that a template asks for. The numbers of `page` are filled in while the pages are set."""


def words(say: Callable[[Text, str], str], language: str = "") -> dict[str, str]:
    """Return the words in a language, said by `ctx.say`; an empty language is the shop's."""
    return {name: say(text, language) for name, text in WORDS.items()}
