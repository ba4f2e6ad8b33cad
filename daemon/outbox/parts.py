"""The readable parts of a stored mail."""

import email
import email.policy


def part(content: bytes, kind: str) -> str:
    """Return the `plain` or `html` part of a mail's bytes, or nothing where it has none."""
    body = email.message_from_bytes(content, policy=email.policy.default).get_body((kind,))
    return "" if body is None else str(body.get_content())
