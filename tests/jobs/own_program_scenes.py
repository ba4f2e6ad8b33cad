"""Programs of an owner's: small shell scripts that say what a test wants."""

import json
import shlex
from pathlib import Path


def script(folder: Path, *lines: str, name: str = "own") -> Path:
    """Write a program and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def saying(told: object) -> str:
    """Return a line of a script that prints a value as one line of JSON; text goes out as it is."""
    return f"printf '%s\\n' {shlex.quote(told if isinstance(told, str) else json.dumps(told))}"


def answering(folder: Path, listed: object, verdict: object, code: int = 0) -> Path:
    """Write a program that lists, and says one thing of every backup; it notes what it was asked beside itself."""
    return script(
        folder,
        f"printf '%s\\n' \"$*\" >> {folder / 'asked'}",
        f'case "$*" in *list) {saying(listed)}; exit 0;; esac',
        saying(verdict),
        f"exit {code}",
    )
