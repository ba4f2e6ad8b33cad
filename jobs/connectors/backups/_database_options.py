"""What the owner says of a restore drill: into which server, as whom, and what must have come back."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from daemon.api import Duration, Options, Secret

PREFIX = "nightclerk_drill_"
"""What the name of every scratch database begins with; nothing else is ever made or dropped."""
_QUESTION = re.compile(r"\s*(?:SELECT|WITH|TABLE|VALUES)\b", re.IGNORECASE)


def _asks(sql: str) -> str:
    """Return the SQL as it is; raise ValueError where it does more than ask."""
    if not _QUESTION.match(sql) or ";" in sql.rstrip().rstrip(";"):
        raise ValueError("the SQL is one question that begins with SELECT, such as SELECT count(*) FROM orders")
    return sql.rstrip().rstrip(";")


def _plain(text: str) -> str:
    if any(not c.isprintable() for c in text):
        raise ValueError("the value holds characters that can't be printed")
    return text


Question = Annotated[str, AfterValidator(_asks)]
Word = Annotated[str, AfterValidator(_plain)]


class ServerOptions(Options):
    """Where a server is and as whom it is asked."""

    socket: Word = Field(
        "", description="PostgreSQL: the folder of its socket (/var/run/postgresql); MariaDB: the socket itself.",
        json_schema_extra={"format": "path"},
    )  # fmt: skip
    host: Word = Field("", description="Where there is no socket: the server's name or address.")
    port: int | None = Field(None, ge=1, le=65535, description="The server's own where not set (5432, 3306).")
    user: Word = Field(min_length=1, description="The role or user.")
    password: Secret | None = Field(None, description="Its password, as a reference; it is handed over in a file.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.socket) == bool(self.host):
            raise ValueError("a server is named by its socket or by its host: give one of them")
        return self


class LiveOptions(ServerOptions):
    """The live database, asked the same questions as a scratch one; give it a user that may only read."""

    database: Word = Field(min_length=1, description="The live database.")


class CheckOptions(Options):
    """A number that must have come back."""

    sql: Question = Field(description="A question with one number as its answer: SELECT count(*) FROM orders.")
    at_least: int = Field(1, ge=0, description="The least it may be.")
    of_live: bool = Field(False, description="true: it must also be about what the live database says (`live:`).")
    tolerance: Decimal = Field(
        Decimal(1), ge=0, le=100, description="Percent by which it may be away from the live database's answer."
    )


class NewestOptions(Options):
    """How young the youngest row must be."""

    sql: Question = Field(description="A question with one time as its answer: SELECT max(created_at) FROM orders.")
    within: Duration = Field(description="How much older than the backup it may be, such as 26h.")


class Questions(Options):
    """What is asked of a database that came back."""

    tables: list[Word] = Field([], description="Tables that must come back, such as orders or public.orders.")
    checks: list[CheckOptions] = Field([], description="Numbers that must come back.")
    newest: NewestOptions | None = Field(None, description="How young the youngest row must be.")
    live: LiveOptions | None = Field(None, description="The live database, for checks with `of_live: true`.")

    @model_validator(mode="after")
    def _live_where_asked(self) -> Self:
        if self.live is None and any(check.of_live for check in self.checks):
            raise ValueError("a check with `of_live: true` needs `live:`, the database to compare with")
        return self


class DatabaseDrill(Questions, ServerOptions):
    """A restore into a scratch database of a server, which is dropped again."""

    server: Literal["postgresql", "mariadb"] = Field(description="mariadb: MySQL too.")
    client: Word = Field("", description="psql, mariadb or mysql; the one in the path where not set.")
    database_prefix: Literal["nightclerk_drill_"] = Field(
        "nightclerk_drill_", description="What scratch databases are called; nothing else is ever made or dropped."
    )
    template: Word = Field(
        "template0", min_length=1, description="PostgreSQL: what a scratch database is made of, with its extensions."
    )
    data: Word = Field(
        "", description="A folder on the disk of the server's data, so that it is known whether a restore fits.",
        json_schema_extra={"format": "path"},
    )  # fmt: skip
    limit: Duration = Field(
        timedelta(hours=2), gt=timedelta(0), le=timedelta(days=1), description="How long a drill may take."
    )
