"""What an owner says of a stanza of pgBackRest and of restoring from it; light, as it comes with the connector."""

from typing import Self

from pydantic import Field, model_validator

from daemon.api import Size
from jobs.connectors.backups._database_options import Questions, Word
from jobs.connectors.backups._drill_options import AtLeast
from jobs.connectors.backups._tools import ConfigPath, PlainName, ToolOptions


class PgBackRestDrill(Questions):
    """A restore into a scratch folder, and what was restored started there, recovered and asked."""

    at_least: AtLeast = Field(AtLeast(), description="How much must come back.")
    room: Size | None = Field(
        None, ge=1, description="How much room it needs, such as 2G; else 1.3 times the database."
    )
    postgres: ConfigPath = Field(
        "", description="The folder of PostgreSQL's programs (/usr/lib/postgresql/15/bin), to start what came back.",
        json_schema_extra={"format": "path"},
    )  # fmt: skip
    checksums: bool = Field(True, description="Compare the checksums of all its pages, where the database has them.")
    database: Word = Field("", description="Which of its databases is asked.")
    user: Word = Field("", description="A role of it that may read and nothing more; it is asked as that one.")

    @model_validator(mode="after")
    def _started_where_asked(self) -> Self:
        if self.asks and not (self.postgres and self.database and self.user):
            raise ValueError("what is asked (tables, checks, newest) needs `postgres:`, `database:` and `user:`")
        return self

    @property
    def asks(self) -> bool:
        """Whether anything is to be asked of the database."""
        return bool(self.tables or self.checks or self.newest)


class PgBackRestOptions(ToolOptions):
    """Which stanza, and by which configuration."""

    stanza: PlainName = Field(description="The stanza, as pgBackRest's configuration names it.")
    repo: int | None = Field(None, ge=1, le=256, description="Which repository, where there are several; else all.")
    program: str = Field("pgbackrest", min_length=1, description="The program, by its name or its path.")
    drill: PgBackRestDrill | None = Field(
        None, description="How a restore is tried; none is where not set: `{}` will do."
    )

    @property
    def about(self) -> list[str]:
        """The words that name the stanza, without a log file, which belongs to whoever makes the backups."""
        words = [f"--stanza={self.stanza}", "--log-level-file=off"]
        words += [f"--config={self.config}"] if self.config else []
        return words + ([f"--repo={self.repo}"] if self.repo else [])
