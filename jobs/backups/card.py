"""What a person sees of a place with `nightclerk backups`, in English as all commands are, and where it stands."""

from datetime import timedelta
from typing import Any

from daemon.api import Context, Hand, Text, Transition, WorkItem, noted, written
from jobs.backups import line
from jobs.backups.groups import Standing
from jobs.backups.line import BACKUPS_LINE, HELD, KIND, STATE_OF
from jobs.backups.marks import Row, unwell
from jobs.backups.seen import Seen

ACCEPTABLE = (line.SHRUNKEN, line.GROWN, line.VANISHED)


def step(ctx: Context, seen: Seen, item: WorkItem | None, groups: list[Standing]) -> Transition:
    """Return the step that writes down how a place stands tonight; the history holds changes of its state only."""
    reasons = deviations(seen)
    state = HELD if reasons else STATE_OF[seen.mark]
    data: dict[str, Any] = {
        "number": seen.look.name,
        "routine": ctx.routine,
        "card": written(card(ctx, seen, groups)),
        "history": item.data.get("history", []) if item is not None else [],
        **({"reasons": reasons} if reasons else {}),
    }
    if item is None:
        return Transition(KIND, seen.look.name, "", state, {**data, "history": noted({}, ctx.now, state)})
    if item.state == state:
        return Transition(KIND, item.id, state, state, data, item.changed)
    return BACKUPS_LINE.step(item, state, data, Hand("", ctx.now, ctx.zone))


def deviations(seen: Seen) -> list[str]:
    """Return what only the owner of a place can judge, as the reasons of the line."""
    found = {finding.key.rpartition("/")[2] for finding in seen.findings}
    return [reason for reason in ACCEPTABLE if reason in found]


def card(ctx: Context, seen: Seen, groups: list[Standing]) -> dict[str, Any]:
    """Return the card of a place; what is not known is None."""
    newest, drill = seen.newest, seen.memory.drill
    return {
        "verdict": seen.mark.value,
        "unwell": [row.check.value for row in unwell(seen.table)],
        "looked": seen.look.now.isoformat(),
        "limit": seen.look.options.max_age.total_seconds(),
        "newest": newest.moment.isoformat() if newest is not None else None,
        "name": newest.name[:200] if newest is not None else None,
        "size": newest.size if newest is not None else None,
        "copies": seen.copies,
        "rpo": _seconds(seen.rpo),
        "rto": _seconds(seen.rto),
        "restored": drill.at.isoformat() if drill is not None else None,
        "checks": [_row(ctx, row) for row in seen.table],
        "groups": {one.name: _group(ctx, one) for one in groups},
    }


def _row(ctx: Context, row: Row) -> list[Any]:
    """Return one line of the table: check, mark, when, seconds, what is to be told of it."""
    told = _english(ctx, row.reason)[:300] if row.reason is not None else ""
    seconds = str(row.seconds) if row.seconds is not None else None
    return [row.check.value, row.mark.value, row.at.isoformat() if row.at is not None else None, seconds, told]


def _group(ctx: Context, one: Standing) -> dict[str, Any]:
    return {
        "line": _english(ctx, one.line), "whole": one.whole, "copies": one.copies, "media": one.media,
        "offsite": one.offsite, "immutable": one.immutable, "rpo": _seconds(one.rpo), "rto": _seconds(one.rto),
        "not counted": list(one.uncounted),
    }  # fmt: skip


def _english(ctx: Context, text: Text) -> str:
    return ctx.say(text, "en")


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())
