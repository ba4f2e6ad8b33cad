"""What is asked of a database after a restore: its tables, numbers, and how young its youngest row is."""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation

from daemon.api import Text, Value
from jobs.connectors.backups._database_options import CheckOptions, NewestOptions, Questions
from jobs.connectors.backups._database_server import AnswerError, Asked
from jobs.connectors.backups._outcomes import DamagedError, UnknownError, first_words
from jobs.kinds.backup import Copy

_FRACTION = re.compile(r"\.\d+")
_SHOWN_SQL = 80


@dataclass(frozen=True)
class Assessed:
    """How many tables came back, and how many things were asked and hold."""

    tables: int
    checks: int


def assess(server: Asked, database: str, options: Questions, copy: Copy, live: Asked | None, zone: tzinfo) -> Assessed:
    """Ask all that the owner wants to know; raise DamagedError for an answer that is wrong, UnknownError for none."""
    tables = server.tables(database)
    if not tables:
        raise DamagedError(Text("no table came back from the restore"))
    missing = [table for table in options.tables if table not in tables]
    if missing:
        raise DamagedError(Text("the table {table} did not come back from the restore", {"table": missing[0]}))
    for check in options.checks:
        _require_number(server, database, check, _live_answer(live, options, check))
    if options.newest is not None:
        _require_young(server, database, options.newest, copy.moment, zone)
    bare = {table for table in tables if "." not in table} or tables
    asked = len(options.tables) + len(options.checks) + (options.newest is not None)
    return Assessed(len(bare), asked)


def answered(found: Assessed) -> Text:
    """Return what is told of the questions, where some were asked."""
    return Text("{n} question about it is answered as it should be", {"n": found.checks},
                "{n} questions about it are answered as they should be")  # fmt: skip


def judge_number(found: Decimal, check: CheckOptions, live: Decimal | None) -> Text | None:
    """Return what is wrong with a number that came back; None where nothing is."""
    values: dict[str, Value] = {
        "sql": first_words(check.sql, _SHOWN_SQL), "found": found, "least": check.at_least, "live": live,
    }  # fmt: skip
    if found < check.at_least:
        return Text("{sql} gave {found} after the restore, where at least {least} is expected", values)
    if live is not None and abs(found - live) > live * check.tolerance / 100:
        return Text(
            "{sql} gave {found} after the restore, and {live} in the live database: more than {percent} % apart",
            {**values, "percent": check.tolerance},
        )
    return None


def judge_age(found: str, newest: NewestOptions, made: datetime, zone: tzinfo) -> Text | None:
    """Return what is wrong with the time of the youngest row; None where nothing is. Raise UnknownError for no time."""
    if not found:
        return Text("{sql} found no row after the restore", {"sql": first_words(newest.sql, _SHOWN_SQL)})
    try:
        moment = datetime.fromisoformat(_FRACTION.sub("", found))
    except ValueError as error:
        told = {"sql": first_words(newest.sql, _SHOWN_SQL), "found": first_words(found, _SHOWN_SQL)}
        raise UnknownError(Text("{sql} gave {found}, which is no time: correct it", told)) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if made - moment <= newest.within:
        return None
    return Text(
        "the youngest row after the restore is {age} older than the backup; {limit} is the limit",
        {"age": made - moment, "limit": newest.within},
    )


def _require_number(server: Asked, database: str, check: CheckOptions, live: Decimal | None) -> None:
    wrong = judge_number(_number(_asked(server, database, check.sql), check.sql), check, live)
    if wrong:
        raise DamagedError(wrong)


def _require_young(server: Asked, database: str, newest: NewestOptions, made: datetime, zone: tzinfo) -> None:
    wrong = judge_age(_asked(server, database, newest.sql), newest, made, zone)
    if wrong:
        raise DamagedError(wrong)


def _live_answer(live: Asked | None, options: Questions, check: CheckOptions) -> Decimal | None:
    if live is None or options.live is None or not check.of_live:
        return None
    try:
        return _number(live.ask(options.live.database, check.sql), check.sql)
    except AnswerError as error:
        values = {"sql": first_words(check.sql, _SHOWN_SQL), "error": str(error)}
        raise UnknownError(Text("the live database can't answer {sql}: {error}", values)) from error


def _asked(server: Asked, database: str, sql: str) -> str:
    try:
        return server.ask(database, sql)
    except AnswerError as error:
        told = Text(
            "{sql} can't be answered after the restore: {error}",
            {"sql": first_words(sql, _SHOWN_SQL), "error": str(error)},
        )
        raise (DamagedError(told) if error.missing else UnknownError(told)) from error


def _number(answer: str, sql: str) -> Decimal:
    try:
        number = Decimal(answer)
    except InvalidOperation as error:
        told = {"sql": first_words(sql, _SHOWN_SQL), "found": first_words(answer, _SHOWN_SQL)}
        raise UnknownError(Text("{sql} gave {found}, which is no number: correct it", told)) from error
    if not number.is_finite():
        raise UnknownError(Text("{sql} gave no finite number", {"sql": first_words(sql, _SHOWN_SQL)}))
    return number
