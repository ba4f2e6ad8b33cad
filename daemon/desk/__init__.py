"""What people can ask of a shift: one function per command, the same with and without a daemon."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from daemon import __version__
from daemon.desk import absences, briefing, copies, joining, lines, restoring, tasks
from daemon.desk.order import Command, Order, Say
from daemon.desk.people import OWNERS, READERS, WORKERS
from daemon.desk.rights import refuse_strangers
from daemon.desk.running import run
from daemon.engine.telling import put_back
from daemon.errors import NightclerkError, UsageError
from daemon.ledger.copying import keys_beside
from daemon.records import Diagnosis, DraftState, Run

__all__ = ["COMMANDS", "Command", "Order", "Say", "obey"]


async def status(order: Order) -> dict[str, Any]:
    """Say how the night is going."""
    shift, engine = order.shift, order.shift.engine
    now, restored = shift.clock.now(), engine.ledger.restoring.standing
    return {
        "version": __version__,
        "shop": shift.setup.config.shop.name,
        "timezone": shift.setup.config.shop.timezone,
        "now": now,
        "state": str(shift.setup.state),
        "refused": list(shift.refusal),
        "clock": shift.guard.doubt,
        "restored": put_back(restored) if restored else None,
        "broken": engine.broken(),
        "paused": engine.paused(),
        "running": engine.active_runs(),
        "next": engine.timetable.first(now, 5),
        "failed": await order.ledger(engine.ledger.history.last_failures, now),
        "drafts": len(await order.ledger(engine.ledger.drafts.standing, [DraftState.WAITING])),
        "mails_waiting": await order.ledger(engine.ledger.post.waiting),
        "mail_trouble": shift.outbox.troubles,
        "notes": list(shift.setup.loaded.notes),
    }


async def days_off(order: Order) -> list[date]:
    """Return the days that `except: holidays` leaves out, as far as they are known."""
    return sorted(order.shift.engine.days_off)


async def runs(order: Order) -> list[Run]:
    """List past runs, newest first."""
    routine = order.routine() if order.args.get("routine") else None
    found: list[Run] = await order.ledger(
        order.shift.engine.ledger.history.runs, routine, int(order.args.get("limit", 20))
    )
    return found


async def _run_of(order: Order, number: int) -> Run:
    found: Run | None = await order.ledger(order.shift.engine.ledger.history.run, number)
    if found is None:
        raise UsageError(f"there is no run {number}: `nightclerk runs` lists them")
    return found


async def show(order: Order) -> dict[str, Any]:
    """Show one run with its output and what it found."""
    run = await _run_of(order, int(order.args["run"]))
    return {"run": run, "findings": await order.ledger(order.shift.engine.ledger.reports.findings_of, run.id)}


async def cancel(order: Order) -> str:
    """End a run that is going on."""
    number = int(order.args["run"])
    if not order.shift.engine.cancel(number, order.actor.name):
        found = await _run_of(order, number)
        raise NightclerkError(f"run {number} is not going on: it is {found.state}")
    await order.log("cancel", str(number))
    return f"run {number} is being ended"


async def pause(order: Order) -> str:
    """Pause one routine or all."""
    routine = order.routine() if order.args.get("routine") else None
    until: datetime | None = order.args.get("until")
    if until is not None and until <= order.shift.clock.now():
        raise UsageError(f"{until:%Y-%m-%d %H:%M} UTC is past: a pause ends at a moment to come")
    await order.shift.engine.pause(routine, until, paused=True)
    await order.log("pause", routine or "everything")
    return f"{routine or 'everything'} is paused" + (f" until {until:%Y-%m-%d %H:%M} UTC" if until else "")


async def resume(order: Order) -> str:
    """Resume one routine or all."""
    engine = order.shift.engine
    if not order.args.get("routine"):
        return await _resume_all(order)
    routine = order.routine()
    await engine.pause(routine, None, paused=False)
    await order.log("resume", routine)
    if "*" in engine.paused():
        return f"everything is paused still, {routine} too: `nightclerk resume` ends that"
    return f"{routine} goes on; what fell into the pause stays skipped"


async def _resume_all(order: Order) -> str:
    """End every pause, and believe the clock again where it was doubted."""
    order.shift.guard.trust()
    for name in order.shift.engine.paused():
        await order.shift.engine.pause(None if name == "*" else name, None, paused=False)
    await order.log("resume", "everything")
    return "everything goes on; what fell into the pause stays skipped"


async def drafts(order: Order) -> Any:
    """List the drafts that wait, or all."""
    states = () if order.args.get("all") else (DraftState.WAITING, DraftState.APPROVED, DraftState.UNCERTAIN)
    return await order.ledger(order.shift.engine.ledger.drafts.standing, states)


async def _decide(order: Order, after: DraftState) -> str:
    number = int(order.args["draft"])
    ledger = order.shift.engine.ledger
    now = order.shift.clock.now()
    if not await order.ledger(ledger.drafts.move, number, DraftState.WAITING, after, order.actor.name, now):
        found = [d for d in await order.ledger(ledger.drafts.standing) if d.id == number]
        if not found:
            raise UsageError(f"there is no draft {number}: `nightclerk drafts` lists them")
        by = f" by {found[0].decided_by}" if found[0].decided_by else ""
        raise NightclerkError(f"draft {number} is {found[0].state}{by} already")
    await order.log("approve" if after is DraftState.APPROVED else "reject", str(number))
    order.shift.engine.changed.set()
    return f"draft {number} is {after}"


async def approve(order: Order) -> str:
    """Approve a draft: it is made real once, now or at its own moment."""
    return await _decide(order, DraftState.APPROVED)


async def reject(order: Order) -> str:
    """Reject a draft: it never leaves the house."""
    return await _decide(order, DraftState.REJECTED)


async def outbox(order: Order) -> Any:
    """List stored mails, newest first."""
    return await order.ledger(order.shift.engine.ledger.post.status, None, int(order.args.get("limit", 20)))


async def retry(order: Order) -> str:
    """Try mails again now: one by number, or all that wait."""
    number = order.args.get("mail")
    ledger = order.shift.engine.ledger
    count = await order.ledger(ledger.post.retry, number, order.shift.clock.now())
    if number is not None and not count:
        raise NightclerkError(f"mail {number} is not waiting: `nightclerk outbox` lists them")
    await order.log("outbox retry", str(number or "all"))
    order.shift.engine.changed.set()
    return f"{count} mails are tried again"


async def backup(order: Order) -> str:
    """Copy the ledger cleanly to a file, and the keys that belong to it beside that."""
    target = Path(str(order.args["file"]))
    keys = await order.ledger(order.shift.engine.ledger.backup, target)
    await order.log("state backup", str(target))
    return f"the ledger is copied to {target}" + (f", its keys to {keys_beside(target)}" if keys else "")


async def doctor(order: Order) -> list[Diagnosis]:
    """Try every connection and look at the machine, as the daemon that works here."""
    from daemon.desk.doctor import examine_shift  # noqa: PLC0415 - memory that an idle daemon does without

    return await examine_shift(order.shift, order.say)


COMMANDS: Mapping[str, Command] = {
    "status": Command(status, READERS),
    "days_off": Command(days_off, READERS),
    "runs": Command(runs, READERS),
    "show": Command(show, READERS),
    "drafts": Command(drafts, READERS),
    "outbox": Command(outbox, READERS),
    "doctor": Command(doctor, WORKERS),
    "run": Command(run, WORKERS),
    "cancel": Command(cancel, WORKERS),
    "pause": Command(pause, WORKERS),
    "resume": Command(resume, WORKERS),
    "approve": Command(approve, function="approve"),
    "reject": Command(reject, function="approve"),
    "retry": Command(retry, WORKERS),
    "backup": Command(backup, OWNERS),
    **briefing.COMMANDS,
    **tasks.COMMANDS,
    **lines.COMMANDS,
    **joining.COMMANDS,
    **copies.COMMANDS,
    **absences.COMMANDS,
    **restoring.COMMANDS,
}


async def obey(name: str, order: Order, more: Mapping[str, Command]) -> Any:
    """Do a command and return its answer; raise NightclerkError where it is unknown or not theirs to give."""
    command = COMMANDS.get(name) or more.get(name)
    if command is None:
        raise NightclerkError(f"the daemon knows no command {name}: it may be older than this program, restart it")
    refuse_strangers(command, order)
    return await command.do(order)
