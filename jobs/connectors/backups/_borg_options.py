"""What an owner says about a repository of borg 1.x."""

import re
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic.config import JsonDict

from daemon.api import Duration, Options, Secret
from jobs.connectors.backups._drill_options import DrillOptions
from jobs.connectors.backups._zones import ZoneName

_REMOTE = re.compile(r"(?:ssh|file)://\S+|(?:[^@\s/]+@)?[^:\s/]+:\S.*")
_VERSION = re.compile(r"\d+(?:\.\d+){0,2}")


def _repository(place: str) -> str:
    if "::" in place:
        raise ValueError("name the repository alone, without ::archive; `archives:` chooses among those in it")
    if not place.startswith("/") and not _REMOTE.fullmatch(place):
        raise ValueError("write a path from the root, or ssh://user@host/./path")
    return place


def _from_root(path: str) -> str:
    if path and not path.startswith("/"):
        raise ValueError("the path is given from the root")
    return path


def _version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        raise ValueError("a version is written as 1.2.4")
    return text


FromRoot = Annotated[str, AfterValidator(_from_root)]
_PATH: JsonDict = {"format": "path"}


class BorgOptions(Options):
    """Where the repository lies, what opens it, and how long borg may take."""

    repository: Annotated[str, AfterValidator(_repository)] = Field(
        description="The repository: a path on this machine, or ssh://user@host/./path."
    )
    passphrase: Secret | None = Field(None, description="What opens its key, as a reference such as !secret borg-shop.")
    passphrase_file: FromRoot = Field(
        "", description="A file that holds the passphrase alone, instead of `passphrase:`.", json_schema_extra=_PATH
    )
    key_file: FromRoot = Field(
        "", description="The key, where the repository was made with keyfile and holds none.", json_schema_extra=_PATH
    )
    key_export: FromRoot = Field(
        "",
        description="What `borg key export` wrote, kept elsewhere than the repository: the check `key` looks at it.",
        json_schema_extra=_PATH,
    )
    encrypted: bool = Field(
        True, description="false: made with borg's mode `authenticated`, whose passphrase does not encrypt it."
    )
    archives: str = Field("", description="Which archives count, such as shop-*; all where it is not set.")
    program: str = Field("borg", min_length=1, description="The program, by its name or its path.")
    ssh: str = Field("ssh -o BatchMode=yes", min_length=1, description="What borg calls to reach another machine.")
    minimum_version: Annotated[str, AfterValidator(_version)] = Field(
        "1.2.0", description="The oldest borg that will do."
    )
    limit: Duration = Field(timedelta(hours=2), description="How long one run of borg may take before it is ended.")
    lock_wait: Duration = Field(
        timedelta(seconds=5), description="How long to wait for a lock that another borg holds; then it is busy."
    )
    bypass_lock: bool = Field(
        False,
        description="Read without a lock, for a repository that can't be written to and that nobody else writes to.",
    )
    check_for: Duration | None = Field(
        None,
        description="Let borg check segments for so long at a time; it notes in the repository where it goes on.",
    )
    drill: DrillOptions | None = Field(None, description="How a restore is tried; without it none is.")
    zone: ZoneName = Field(
        "UTC",
        min_length=1,
        description="The zone borg is made to tell times in; another only where `program` is a wrapper with one.",
    )

    @model_validator(mode="after")
    def _one_passphrase(self) -> Self:
        if self.passphrase is not None and self.passphrase_file:
            raise ValueError("passphrase and passphrase_file are two ways of saying the same: keep one")
        return self

    @property
    def is_local(self) -> bool:
        """Whether the repository is a folder of this machine."""
        return self.repository.startswith("/")
