"""The work of one run: every place in turn, then what their copies are worth together, then what a person is told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain

from daemon.api import CONFIRM, Context, OutsideError, Text, Transition, WorkItem
from jobs.backups import examining, groups, judging, memory, reading, sizes, telling
from jobs.backups.card import step
from jobs.backups.examining import Examination
from jobs.backups.line import BACKUPS_LINE, GONE, KIND
from jobs.backups.look import Look
from jobs.backups.marks import Mark, Row, unwell, weight
from jobs.backups.memory import Memory
from jobs.backups.options import BackupOptions
from jobs.backups.seen import Seen, silence_row
from jobs.kinds.backup import BACKUP, BackupStore, Check, Inventory
from jobs.kinds.facts import BACKUP_SIZE

LOOK_BACK = timedelta(days=60)
_LISTED = (Check.FRESH, Check.FILLED, Check.SIZE, Check.KEPT)


def run(ctx: Context, options: BackupOptions) -> Text:
    """Look at every place and at every group, and return how many there were in one sentence."""
    items = {item.id: item for item in ctx.night.work_items(KIND, [], [])}
    seen = {
        name: _looked_at(ctx, name, store, options, items.get(name)) for name, store in ctx.connections(BACKUP).items()
    }
    seen, standings = _together(seen, options, ctx.now)
    for one in seen.values():
        _hand_over(ctx, one)
    for standing in standings.values():
        _hand_over_group(ctx, standing)
    telling.keep_awaited(ctx, seen.values())
    if not ctx.dry:
        ctx.night.move(_steps(ctx, seen, items, standings))
    return Text(
        "{n} place of backups looked at, {troubled} with findings",
        {"n": len(seen), "troubled": sum(bool(one.findings) for one in seen.values())},
        "{n} places of backups looked at, {troubled} with findings",
    )


def _together(
    seen: Mapping[str, Seen], options: BackupOptions, now: datetime
) -> tuple[dict[str, Seen], dict[str, groups.Standing]]:
    """Return the places with what each is worth as an off-site copy, and how their groups stand."""
    standings = {name: groups.judge(name, group, seen, options, now) for name, group in options.groups.items()}
    rows = {name: groups.offsite_row(name, options.groups, standings, now) for name in seen}
    return {name: one.with_row(rows[name]) for name, one in seen.items()}, standings


def _steps(
    ctx: Context, seen: Mapping[str, Seen], items: Mapping[str, WorkItem], standings: Mapping[str, groups.Standing]
) -> list[Transition]:
    """Return a step for each place, and one for each that this routine looks at no more."""
    mine = {
        name: [one for key, one in standings.items() if name in one.counted or name in one.uncounted] for name in seen
    }
    written = [step(ctx, one, items.get(name), mine[name]) for name, one in seen.items()]
    left = [
        Transition(KIND, item.id, item.state, GONE, {**item.data, "reasons": []}, item.changed)
        for item in items.values()
        if item.id not in seen and item.state not in BACKUPS_LINE.done and item.data.get("routine") == ctx.routine
    ]
    return [*written, *left]


def _hand_over(ctx: Context, seen: Seen) -> None:
    """Report what was seen of a place; it is in the list of what is fine only where nothing speaks against it."""
    for finding in seen.findings:
        ctx.find(finding)
    telling.keep(ctx, seen)
    ctx.mark(_mark(seen.look.name), memory.write(seen.memory))
    if seen.newest is not None and seen.verdict is not None and not seen.findings and not unwell(seen.table):
        ctx.checked(telling.claim(seen, seen.newest, seen.verdict))


def _hand_over_group(ctx: Context, standing: groups.Standing) -> None:
    telling.keep_group(ctx, standing)
    finding = groups.lacking(standing)
    if finding is None:
        ctx.checked(standing.line)
    else:
        ctx.find(finding)


def _mark(name: str) -> str:
    return f"place/{name}"


def _looked_at(ctx: Context, name: str, store: BackupStore, options: BackupOptions, item: WorkItem | None) -> Seen:
    known = memory.read(ctx.night.watermark(_mark(name)))
    look = Look(name, ctx.now, ctx.zone, options, known, [] if known.sizes else _past_sizes(ctx, name))
    try:
        inventory = store.inventory()
    except OutsideError as error:
        return _silenced(_unseen(look, str(error)))
    look = _accepting(look, item)
    return _silenced(_judged(look, store, inventory))


def _past_sizes(ctx: Context, name: str) -> list[Decimal]:
    """Return the sizes (bytes) that earlier days found at a place, oldest first."""
    found = ctx.night.facts([BACKUP_SIZE.name], ctx.today - LOOK_BACK, ctx.today - timedelta(days=1))
    return [f.value for f in found if f.dimensions.get("connection") == name and isinstance(f.value, Decimal)]


def _accepting(look: Look, item: WorkItem | None) -> Look:
    """Take what a person accepted since the last run as it was then: the sizes, and the copies that were gone."""
    at, known = accepted_at(item), look.memory
    if at is None or (known.accepted is not None and at <= known.accepted):
        return look
    there = {name: moment for name, moment in known.known.items() if name not in known.gone}
    return replace(look, memory=replace(sizes.levelled(known), known=there, gone=(), accepted=at))


def accepted_at(item: WorkItem | None) -> datetime | None:
    """Return when a person last confirmed how a place is."""
    history: object = item.data.get("history", []) if item is not None else []
    steps = history if isinstance(history, list) else []
    return max((datetime.fromisoformat(at) for at, _, _, deed in steps if deed == CONFIRM), default=None)


def _unseen(look: Look, error: str) -> Seen:
    """Return a place that could not be looked at: nothing is known of its copies, and its last answers stand."""
    unknown = {check: Row(check, Mark.UNKNOWN, reason=judging.UNREAD) for check in _LISTED}
    rows = {**examining.standing(look), **unknown, Check.REACHABLE: judging.unreachable(look, error)}
    return Seen(look, look.memory, rows)


def _judged(look: Look, store: BackupStore, inventory: Inventory) -> Seen:
    """Return a place after all its checks."""
    rows = {row.check: row for row in (judging.reachable(look, inventory), judging.fresh(look, inventory))}
    copies = tuple(look.past_copies(inventory))
    examined, known = examining.examine(Examination(look, store, copies))
    if not copies:
        rows |= {check: Row(check, Mark.UNKNOWN, reason=judging.NO_COPY) for check in _LISTED[1:]}
        return Seen(look, known, _merged(examined, rows), copies=len(inventory.copies))
    newest = copies[0]
    read, verdict, known = reading.read(look, store, newest, known)
    found = (judging.filled(look, newest, verdict), sizes.size(look, inventory), judging.kept(look, inventory), read)
    rows |= {row.check: row for row in found}
    known = replace(known, known=judging.remembered(look, inventory), gone=tuple(judging.vanished(look, inventory)))
    known = sizes.learned(replace(look, memory=known), inventory)
    return Seen(look, known, _merged(examined, rows), newest, len(inventory.copies), verdict)


def _merged(examined: Mapping[Check, Row], rows: Mapping[Check, Row]) -> dict[Check, Row]:
    """Return all rows; where a check was made in two ways the heavier answer stands, with the findings of both."""
    both = {**examined, **rows}
    for check in examined.keys() & rows.keys():
        one, other = sorted((examined[check], rows[check]), key=weight)
        both[check] = replace(other, findings=tuple(chain(one.findings, other.findings)))
    return both


def _silenced(seen: Seen) -> Seen:
    """Return the place with what is to be said of checks that have said nothing for too long."""
    quiet = examining.silence(seen.look, seen.memory.checks, seen.memory)
    heard = [_heard(seen.memory, check) for check in quiet]
    return seen.with_row(silence_row(seen.look, quiet, min(heard, default=seen.look.now)))


def _heard(known: Memory, check: Check) -> datetime:
    last = known.checks.get(check)
    return (last.answered if last is not None else None) or known.since[check]
