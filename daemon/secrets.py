"""Secrets come by reference (`!secret NAME`) and are looked up at the last moment.

A secret is searched in `$CREDENTIALS_DIRECTORY` (systemd.exec(5), LoadCredential=) and then in the folder the
configuration names under `secrets:`. Its text never shows in a repr.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from daemon.errors import NightclerkError

DEFAULT_FOLDER = Path("/etc/nightclerk/secrets")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_REMEDY = "for the service, `nightclerk install` and a restart hand it over"
SHORTEST_REDACTED = 4
"""Characters; shorter secrets are not searched for in text, they would blank out ordinary words."""


@dataclass(frozen=True)
class SecretRef:
    """A secret's name as the configuration writes it."""

    name: str


class SecretText(str):
    """A secret's text: usable as a string, silent in a repr."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class SecretError(NightclerkError):
    """A secret can't be had; the sentence names it and where it was looked for, never its value."""


def folders(configured: Path | None) -> list[Path]:
    """Return where secrets are looked for, in order."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    return [*([Path(credentials)] if credentials else []), configured or DEFAULT_FOLDER]


def valid_name(name: str) -> bool:
    """Say whether `name` may name a secret: no path, no hidden file."""
    return _NAME.fullmatch(name) is not None


def read(ref: SecretRef, places: list[Path]) -> SecretText:
    """Return the secret's text without the line end that editors leave; raise SecretError with what to do.

    A file without text is an error and not an empty secret: systemd's SetCredential= leaves a lone newline.
    """
    if not valid_name(ref.name):
        raise SecretError(f"the secret name {ref.name!r} is no plain file name")
    for folder in places:
        path = folder / ref.name
        try:
            text = path.read_text(encoding="utf-8").rstrip("\r\n")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except PermissionError as error:
            raise SecretError(f"the secret {ref.name} in {folder} may not be read by this user: {_REMEDY}") from error
        except (OSError, UnicodeDecodeError) as error:
            raise SecretError(f"the secret {ref.name} in {folder} can't be read: {error}") from error
        if not text.strip():
            raise SecretError(
                f"the secret {ref.name} in {folder} is empty: write it into the file {places[-1] / ref.name}; {_REMEDY}"
            )
        return SecretText(text)
    looked = " and ".join(str(folder) for folder in places)
    raise SecretError(
        f"the secret {ref.name} is missing: put it in the file {places[-1] / ref.name} (looked in {looked})"
    )


def redact(text: str, known: list[str]) -> str:
    """Return `text` with every known secret replaced by `***`."""
    for secret in sorted(known, key=len, reverse=True):
        if len(secret) >= SHORTEST_REDACTED:
            text = text.replace(secret, "***")
    return text
