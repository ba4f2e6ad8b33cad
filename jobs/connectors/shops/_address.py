"""The address of a shop as its owner writes it down."""

from urllib.parse import urlsplit


def shop_address(value: str, keys: str) -> str:
    """Return the address as it was written; raise ValueError where it is none, or holds what belongs into `keys`."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("the address begins with https:// and ends before any ? or #")
    if parts.username or parts.password:
        raise ValueError(f"the address holds no password: the keys go into {keys}")
    return value
