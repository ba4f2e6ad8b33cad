"""What is handed over of a place: its figures, and one sentence for the list of what is fine, no more than was seen."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from daemon.api import Context, FactName, Text, Value
from jobs.backups.groups import Standing
from jobs.backups.marks import Mark, Row, unwell
from jobs.backups.schedule import EVERY
from jobs.backups.seen import Seen
from jobs.kinds import facts
from jobs.kinds.backup import CHECK_WORDS, Check, Copy, Outcome, Verdict

Figure = Decimal | int | str
LATELY = timedelta(hours=1)
"""A check that was made longer ago than this is told with its age."""
WEEK = timedelta(days=7)
AHEAD = timedelta(days=8)
GRACE = timedelta(hours=1)


def keep(ctx: Context, seen: Seen) -> None:
    """Report the figures of a place; what is not known is left out."""
    words = " ".join([seen.mark.value, *(row.check.value for row in unwell(seen.table))])
    _fact(ctx, facts.BACKUP_VERDICT, seen, words)
    if seen.newest is not None and seen.verdict is not None:
        _keep_newest(ctx, seen, seen.newest, seen.verdict)
    _fact(ctx, facts.BACKUP_RPO, seen, _seconds(seen.rpo))
    _fact(ctx, facts.BACKUP_RTO, seen, _seconds(seen.rto))
    drill = seen.memory.drill
    if drill is not None:
        _fact(ctx, facts.BACKUP_RESTORE, seen, drill.seconds, drill.at)
        _fact(ctx, facts.BACKUP_RESTORED, seen, drill.read, drill.at)


def _keep_newest(ctx: Context, seen: Seen, copy: Copy, verdict: Verdict) -> None:
    """Report the figures of the newest copy; how many files held is left out where none was read."""
    _fact(ctx, facts.BACKUP_AGE, seen, max(int((ctx.now - copy.moment).total_seconds()), 0))
    _fact(ctx, facts.BACKUP_SIZE, seen, None if copy.size is None else max(copy.size, 0))
    if verdict.listed and (verdict.held or verdict.broken):
        _fact(ctx, facts.BACKUP_VERIFIED, seen, verdict.held)
        _fact(ctx, facts.BACKUP_UNREAD, seen, max(verdict.listed - verdict.held - len(verdict.broken), 0))


def _fact(ctx: Context, name: FactName, seen: Seen, value: Figure | None, at: datetime | None = None) -> None:
    """Report one figure of a place, as it was `at` a moment or is now; nothing where it is not known."""
    if value is None:
        return
    connection = seen.look.name
    ctx.fact(name, ctx.today, value, as_of=at or ctx.now, source=connection, dimensions={"connection": connection})


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


def keep_awaited(ctx: Context, seen: Iterable[Seen]) -> None:
    """Report by when the second look after this one should be over: without it, silence would look like calm."""
    slots = [one.at for one in ctx.night.upcoming(ctx.now + AHEAD) if one.routine == ctx.routine]
    if not slots:
        return
    second = slots[1] if len(slots) > 1 else slots[0] + max(slots[0] - ctx.now, WEEK)
    for one in seen:
        _fact(ctx, facts.BACKUP_AWAITED, one, (second + GRACE).isoformat())


def keep_group(ctx: Context, standing: Standing) -> None:
    """Report the figures of a group."""
    figures: Mapping[FactName, Figure | None] = {
        facts.BACKUP_COPIES: standing.copies,
        facts.BACKUP_MEDIA: standing.media,
        facts.BACKUP_OFFSITE: standing.offsite,
        facts.BACKUP_IMMUTABLE: standing.immutable,
        facts.BACKUP_RPO: _seconds(standing.rpo),
        facts.BACKUP_RTO: _seconds(standing.rto),
    }
    for name, value in figures.items():
        if value is not None:
            group = {"group": standing.name}
            ctx.fact(name, ctx.today, value, as_of=ctx.now, source=ctx.routine, dimensions=group)


def claim(seen: Seen, newest: Copy, verdict: Verdict) -> Text:
    """Return the sentence for the list of what is fine; it claims what was looked at and nothing else."""
    told: dict[str, Value] = {
        "connection": seen.look.name, "age": seen.look.now - newest.moment,
        "held": verdict.held, "listed": verdict.listed, "left": verdict.listed - verdict.held, "shown": verdict.shown,
        "checks": _in_order(seen),
    }  # fmt: skip
    if verdict.outcome is Outcome.NOT_ASKED and told["checks"] is not None:
        return Text("{connection}: newest copy {age} old; in order: {checks}", told)
    if verdict.shown is not None:
        return Text("{connection}: newest copy {age} old; {shown}", told)
    if verdict.outcome is Outcome.HELD:
        return Text("{connection}: newest copy {age} old, hashes of {held} of {listed} files match the manifest", told)
    if verdict.held:
        return Text(
            "{connection}: newest copy {age} old, hashes of {held} of {listed} files match the manifest, "
            "{left} not read because of verify_limit",
            told,
        )
    if verdict.outcome is Outcome.PARTLY:
        return Text("{connection}: newest copy {age} old; content not verified: larger than verify_limit", told)
    return Text("{connection}: newest copy present, {age} old; content not verified: no manifest", told)


def _in_order(seen: Seen) -> Text | None:
    """Return the checks of a place's own programs that are in order, those not made tonight with their age."""
    good = [seen.rows[check] for check in EVERY if check in seen.rows and seen.rows[check].mark is Mark.OK]
    return _listed([_said(row, seen.look.now) for row in good])


def _said(row: Row, now: datetime) -> Text:
    told: dict[str, Value] = {"check": CHECK_WORDS[row.check], "what": row.reason}
    if row.at is not None and now - row.at > LATELY:
        return Text("{check} ({age} ago)", {**told, "age": now - row.at})
    if row.check is Check.DATA and row.reason is not None:
        return Text("{check} ({what})", told)
    return Text("{check}", told)


def _listed(words: list[Text]) -> Text | None:
    if len(words) < 2:  # noqa: PLR2004 - one needs no list
        return words[0] if words else None
    return Text("{rest}, {last}", {"rest": _listed(words[:-1]), "last": words[-1]})
