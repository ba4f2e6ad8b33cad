"""What an owner says about a restic repository: where it is, how it is opened, which of its copies count."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from daemon.api import Duration, Options, Secret
from jobs.connectors.backups._drill_options import DrillOptions

_PLACES = ("rest:", "sftp:", "s3:", "b2:", "azure:", "gs:", "swift:", "rclone:")
_NAMES = ("AWS_", "B2_", "AZURE_", "GOOGLE_", "RESTIC_REST_", "OS_", "ST_")
"""How the names begin that a place in a cloud may need; everything else would change what restic does."""
_VERSION = r"^\d+(\.\d+){0,2}$"


def _open_place(place: str) -> str:
    if re.search(r"://[^/\s]*:[^/\s]*@", place):
        raise ValueError(
            "an address with a password is written as a reference, such as !secret shop-repository; "
            "or leave the login out and give RESTIC_REST_USERNAME and RESTIC_REST_PASSWORD under `environment:`"
        )
    if not place.startswith(("/", *_PLACES)):
        raise ValueError(
            f"it is a folder from the root, such as /srv/restic, or begins with one of {' '.join(_PLACES)}"
        )
    return place


class ResticOptions(Options):
    """A restic repository; the program is asked to list, check and restore, and for nothing else."""

    repository: Secret | Annotated[str, AfterValidator(_open_place)] = Field(
        description="A folder, or an address as restic takes it, such as rest:https://host/shop or s3:https://host/shop.",
        union_mode="left_to_right",
    )
    password: Secret | None = Field(None, description="The repository's password, as a reference.")
    password_file: Path | None = Field(
        None, description="A file with the password, in place of `password:`.", json_schema_extra={"format": "path"}
    )
    environment: dict[str, Secret] = Field(
        {}, description="What a cloud wants, such as AWS_ACCESS_KEY_ID, as references."
    )
    program: str = Field("restic", min_length=1, description="The program, where it is not simply `restic`.")
    minimum_version: str = Field("0.14.0", pattern=_VERSION, description="The oldest restic that is good enough.")
    host: str = Field("", description="Only copies of this machine count.")
    tags: list[str] = Field([], description="Only copies with all of these tags count.")
    paths: list[str] = Field([], description="Only copies of all of these paths count.")
    lock: bool = Field(False, description="Whether checks lock the repository: nobody can back up meanwhile.")
    limit: Duration = Field(timedelta(hours=1), description="How long one check may take before it is ended.")
    key_file: Path | None = Field(
        None, description="A copy of the password or the key that is kept elsewhere; that it is there is looked at.",
        json_schema_extra={"format": "path"},
    )  # fmt: skip
    drill: DrillOptions | None = Field(None, description="How a restore is tried; none is where not set: `{}` will do.")

    @field_validator("environment")
    @classmethod
    def _of_a_cloud(cls, value: dict[str, Secret]) -> dict[str, Secret]:
        strange = [name for name in value if not name.startswith(_NAMES) or not name.isidentifier()]
        if strange:
            raise ValueError(f"{strange[0]} can't be set here: names begin with one of {' '.join(_NAMES)}")
        return value

    @field_validator("tags")
    @classmethod
    def _single(cls, value: list[str]) -> list[str]:
        if any("," in tag or not tag for tag in value):
            raise ValueError("a tag has no comma: write a list of tags")
        return value

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if (self.password is None) == (self.password_file is None):
            raise ValueError("give `password:` or `password_file:`, one of them")
        return self

    @property
    def place(self) -> str:
        """The repository as restic takes it; it may hold a password."""
        return self.repository if isinstance(self.repository, str) else self.repository.get_secret_value()

    @property
    def folder(self) -> Path | None:
        """The repository's folder where it is on this machine."""
        return Path(self.place) if self.place.startswith("/") else None

    @property
    def filters(self) -> list[str]:
        """The arguments that choose copies."""
        host = [f"--host={self.host}"] if self.host else []
        tags = [f"--tag={','.join(self.tags)}"] if self.tags else []
        return [*host, *tags, *(f"--path={path}" for path in self.paths)]
