"""What an owner says about the backups that UpdraftPlus makes of a WordPress site."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from daemon.api import Options, Size
from jobs.connectors.backups._copies import usable_path
from jobs.connectors.backups._drill_options import DrillOptions
from jobs.connectors.backups._zones import ZoneName

Entity = Literal["db", "plugins", "themes", "uploads", "others", "mu-plugins", "wpcore", "more"]


def _usable_or_none(path: str) -> str:
    return usable_path(path) if path else path


OptionalPath = Annotated[str, AfterValidator(_usable_or_none)]


class UpdraftOptions(Options):
    """Where UpdraftPlus's files lie, and what a backup consists of."""

    path: Annotated[str, AfterValidator(usable_path)] = Field(
        description="The folder with UpdraftPlus's files, such as /srv/www/shop/wp-content/updraft or a copy of it.",
        json_schema_extra={"format": "path"},
    )
    zone: ZoneName = Field(
        "", description="The time zone of the site, by which the files are named; the shop's where not set."
    )
    expects: list[Entity] = Field(
        ["db", "plugins", "themes", "uploads", "others"], min_length=1,
        description="What a backup must hold; one that holds none of it is passed over: [db] is for daily databases.",
    )  # fmt: skip
    history: OptionalPath = Field(
        "", description="A copy of the option updraft_backup_history as JSON, for checksums and whole lists of files.",
        json_schema_extra={"format": "path"},
    )  # fmt: skip
    last_backup: OptionalPath = Field(
        "", description="A copy of the option updraft_last_backup as JSON, which says whether the last one succeeded.",
        json_schema_extra={"format": "path"},
    )  # fmt: skip
    verify_limit: Size = Field(
        10 * 1024**3,
        ge=0,
        description="The most to read of a backup, unpacked, such as 10G; the briefing says what was left unread.",
        json_schema_extra={"default": "10G"},
    )
    drill: DrillOptions | None = Field(None, description="How a restore is tried; none is where not set: `{}` will do.")
