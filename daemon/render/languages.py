"""The languages a reader may have; light, because the configuration asks it and never renders."""

LANGUAGES = ("de", "en", "nb", "sv", "zh")
"""English is the language of the messages themselves; each other one has a complete catalogue in `daemon/locale`."""


def spoken(language: str) -> str:
    """Return the language in which somebody who asks for `language` gets all of their mail: it, or else English."""
    return language if language in LANGUAGES else "en"
