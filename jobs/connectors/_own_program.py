"""A program of the owner's: what is said of it in the configuration, and one way to run it.

It is named from the root and started without a shell, so that nothing in the file is ever taken apart or looked up.
What it is told in confidence goes into its environment, never into its arguments, which everybody can read.
"""

import os
import stat
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, StringConstraints

from daemon.api import Duration, Options, OutsideError, Text
from jobs.connectors.backups.tree import shown
from jobs.connectors.command import GRACE, Finished, Program, masked

MOST = 4 * 1024 * 1024
"""Bytes kept of each stream."""
LONGEST_LINE = 500
"""Characters of a line that are shown."""


def _absolute(command: list[str]) -> list[str]:
    if not command[0].startswith("/"):
        raise ValueError("the program is named from the root, such as /usr/local/bin/backup-now")
    if any("\0" in word for word in command):
        raise ValueError("no word of it can hold a NUL")
    return command


def _concealed(value: object) -> object:
    """Take a secret as well as plain text: neither shows in a repr."""
    return SecretStr(str(value)) if isinstance(value, str) else value


Setting = Annotated[SecretStr, BeforeValidator(_concealed)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class OwnProgram(Options):
    """Which program is run, where, with what, and for how long at most."""

    run: Annotated[list[str], Field(min_length=1), AfterValidator(_absolute)] = Field(
        description="The program, named from the root, and its arguments, each by itself; there is no shell."
    )
    environment: dict[Name, Setting] = Field(
        {}, description="What it finds in its environment besides PATH, HOME, LANG and the like; secrets go here."
    )
    folder: Path | None = Field(
        None, description="The folder it is started in; the root where not set.", json_schema_extra={"format": "path"}
    )
    limit: Duration = Field(timedelta(minutes=10), description="How long it may take before it is ended.")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not show in anything it prints."""
        return tuple(value.get_secret_value() for value in self.environment.values())

    @property
    def name(self) -> str:
        """The program without its folder."""
        return shown(Path(self.run[0]).name)


def started(program: OwnProgram, more: Sequence[str] = (), grace: float = GRACE) -> Finished:
    """Run the program with further arguments and return how it ended; raise OutsideError where it can't be started.

    One that is ended at its limit has `grace` seconds to do it itself.
    """
    advice = unready(program)
    if advice is not None:
        raise OutsideError(advice.id.format_map({n: str(v) for n, v in advice.values.items()}), permanent=True)
    environment = {name: value.get_secret_value() for name, value in program.environment.items()}
    folder = program.folder.expanduser() if program.folder else Path("/")
    return Program(program.run[0], environment=environment, grace=grace, most=MOST).run(
        [*program.run[1:], *more], program.limit, folder=folder
    )


def unready(program: OwnProgram) -> Text | None:
    """Return why the program can't be started, and what to do; None where it can. It is not run."""
    path, folder = Path(program.run[0]), program.folder
    if not path.is_file() or not os.access(path, os.X_OK):
        return Text("{path} is no program that can be run here: correct `run:`, or `chmod +x` it", {"path": str(path)})
    if path.stat().st_mode & stat.S_IWOTH:
        return Text("anybody may change {path}, which runs as the service: `chmod o-w` it", {"path": str(path)})
    if folder is not None and not folder.expanduser().is_dir():
        return Text("{folder} is no folder: make it, or correct `folder:`", {"folder": str(folder)})
    return None


def lines_of(stream: bytes, program: OwnProgram) -> list[str]:
    """Return the lines of a stream that say something, fit to be shown."""
    text = masked(stream.decode("utf-8", "replace"), program.secrets)
    return [shown(line)[:LONGEST_LINE] for line in text.splitlines() if line.strip()]


def last_words(finished: Finished, program: OwnProgram) -> str:
    """Return the last line of its complaints, else of what it printed; empty where it said nothing."""
    return next((lines[-1] for lines in (lines_of(one, program) for one in (finished.err, finished.out)) if lines), "")
