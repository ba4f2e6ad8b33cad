"""What happens inside a run's own process: options, connections, the job, and the report at its end.

The child opens no database and reads no configuration file; everything it knows came in its assignment, and
everything it asks goes over one socket. When that socket closes, the child ends its whole group.
"""

import gc
import os
import select
import signal
import socket
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from daemon import paths, wire
from daemon.assignment import Assignment
from daemon.context import Context, Report
from daemon.errors import NightclerkError, UncertainError
from daemon.model import TEST_EDITION, Fact, Mail, StoredMail, Text
from daemon.night import Night
from daemon.plugin import Job, Outlet
from daemon.plugins import Registry
from daemon.remote import Line, RemoteNight

_CIRCLES_AFTER = (100_000, 20, 100)
"""How seldom a run looks for circles of values, new and old: over 100,000 orders that was a quarter of its time."""


@dataclass
class Tally:
    """How many requests a run's connectors have made over a network."""

    made: int = 0

    def count(self) -> None:
        """Count one more."""
        self.made += 1


def _end_group_when_orphaned(sock: socket.socket) -> None:
    """Wait in a thread for the parent's end to close, then end the whole group: nobody would take the report."""

    def _watch() -> None:
        poll = select.poll()
        poll.register(sock, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        poll.poll()
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=_watch, name="orphan-watch", daemon=True).start()


def _outlet(assignment: Assignment, wire_: Mapping[str, Any]) -> Outlet:
    """Return what a connection is given, but for what earlier runs kept."""
    return Outlet(
        name=wire_["name"], shop=assignment.shop, now=assignment.now,
        writes=bool(wire_["writes"]) and not (assignment.dry or assignment.rehearsal),
        folder=Path(assignment.state) / "connections" / wire_["name"], dry=assignment.dry or assignment.rehearsal,
    )  # fmt: skip


def _open(
    assignment: Assignment, registry: Registry, night: Night, report: Report, tally: Tally
) -> dict[str, dict[str, object]]:
    """Return the run's opened connections by kind and name."""
    opened: dict[str, dict[str, object]] = {}
    for wire_ in assignment.wires:
        connector = registry.connectors[wire_["connector"]]
        bare = _outlet(assignment, wire_)
        outlet = replace(bare, facts=night.facts, keep=report.facts.append, requested=tally.count)
        options = connector.options.model_validate(wire_["options"])
        opened.setdefault(wire_["kind"], {})[wire_["name"]] = connector.open(options, outlet)
    return opened


def attempt(assignment: Assignment, registry: Registry) -> dict[str, Any]:
    """Try the assignment's connection; `summary` is what to do about it, `tried` whether its plug-in can be asked."""
    (wire_,) = assignment.wires
    connector = registry.connectors[wire_["connector"]]
    opened = connector.open(connector.options.model_validate(wire_["options"]), _outlet(assignment, wire_))
    advice = None if connector.check is None else connector.check(opened)
    return {"state": "ok", "reason": "", "summary": advice, "tried": connector.check is not None}


def answer(assignment: Assignment, registry: Registry) -> dict[str, Any]:
    """Ask a line's plug-in whether items may be joined, or for the parts of one; `told` is what it says."""
    line, asked = registry.lines[assignment.line], assignment.question
    if asked["what"] == "joins" and line.joins is not None:
        told = [line.joins(asked["items"], assignment.options)]
    elif asked["what"] == "parts" and line.parts is not None:
        told = list(line.parts(asked["items"][0], asked["by"], assignment.options))
    else:
        raise NightclerkError(f"{line.name} know no {asked['what']}")
    return {"state": "ok", "reason": "", "summary": None, "told": told}


def _context(assignment: Assignment, registry: Registry, night: Night, tally: Tally) -> Context:
    report = Report()
    return Context(
        shop=assignment.shop, routine=assignment.routine, slot=assignment.slot, now=assignment.now, due=assignment.due,
        run_id=assignment.run_id, dry=assignment.dry, rehearsal=assignment.rehearsal, night=night,
        people=tuple(assignment.people), staff=tuple(assignment.staff),
        missing=tuple(assignment.missing), folder=Path(assignment.state) / "routines" / assignment.routine,
        version=assignment.version, host=assignment.host, matrix=assignment.matrix,
        templates=(*_own_templates(assignment), paths.templates()), say=partial(_said, assignment),
        opened=_open(assignment, registry, night, report, tally),
        declared=frozenset(registry.facts), report=report,
    )  # fmt: skip


def _own_templates(assignment: Assignment) -> tuple[Path, ...]:
    return (Path(assignment.templates),) if assignment.templates else ()


def _said(assignment: Assignment, text: Text, language: str = "") -> str:
    """Return a message in a language, empty: the shop's."""
    from daemon.render.say import Voice, say  # noqa: PLC0415 - memory that only a run which writes needs

    shop = assignment.shop
    day = assignment.now.astimezone(ZoneInfo(shop.timezone)).date()
    return say(text, Voice(language or shop.language, shop.country, shop.timezone, day))


def _call(job: Job[Any], context: Context, assignment: Assignment) -> Text | None:
    options = job.options.model_validate(dict(assignment.options))
    if assignment.draft is None:
        return job.run(context, options)
    if job.apply is None:
        raise NightclerkError(f"the job {job.name} can't apply drafts: reject the draft {assignment.draft.id}")
    return job.apply(context, options, assignment.draft)


def undeclared(facts: list[Fact], declared: frozenset[str]) -> list[str]:
    """Return the names of facts that nobody declared, each once."""
    return sorted({fact.name for fact in facts} - declared)


def _letters(report: Report, assignment: Assignment) -> list[StoredMail]:
    """Return the mails' bytes; one that can't be mailed (a bad address, say) is said and costs nobody else theirs."""
    if not report.mails:
        return []
    from daemon.render.page import House, compose  # noqa: PLC0415 - 4 MB that only a run with mail needs

    house = House(
        shop=assignment.shop,
        sender=assignment.sender,
        reply_to=assignment.reply_to,
        moment=assignment.now,
        run_id=assignment.run_id,
        folders=_own_templates(assignment),
        version=assignment.version,
        cache=_template_cache(assignment),
        routine=assignment.routine,
    )
    letters = []
    refused: list[NightclerkError] = []
    for mail in report.mails:
        try:
            letters.append(compose(_edition(mail, assignment.edition), house))
        except NightclerkError as error:
            refused.append(error)
            print(str(error), file=sys.stderr)  # noqa: T201 - the run's output is what a person reads later
    if refused and not letters:
        raise refused[0]
    return letters


def _template_cache(assignment: Assignment) -> Path | None:
    folder = Path(assignment.state) / "cache"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return folder


def _edition(mail: Mail, edition: int) -> Mail:
    """Return the mail as the edition that was asked for; one with a key of its own replaces nothing of the day."""
    if mail.document.values.get("key") and edition != TEST_EDITION:
        return mail
    return replace(mail, edition=max(mail.edition, edition) if edition != TEST_EDITION else TEST_EDITION)


def work(assignment: Assignment, registry: Registry, night: Night, tally: Tally | None = None) -> dict[str, Any]:
    """Do the run and return what it hands over: a state, a reason and, where it went well, the report."""
    if assignment.line:
        return answer(assignment, registry)
    if not assignment.job:
        return attempt(assignment, registry)
    job = registry.jobs[assignment.job]
    context = _context(assignment, registry, night, tally or Tally())
    summary = _call(job, context, assignment)
    report = context.report
    unknown = undeclared(report.facts, context.declared)
    if unknown:
        raise NightclerkError(f"the facts {', '.join(unknown)} are not declared: declare each as a FactName")
    return {
        "state": "ok", "reason": "", "summary": summary, "findings": report.findings, "facts": report.facts,
        "watermarks": report.watermarks, "drafts": report.drafts, "checked": report.checked,
        "mails": _letters(report, assignment),
    }  # fmt: skip


def _failure(error: BaseException) -> Mapping[str, Any]:
    """Return the end of a run that failed; a failure of the job's code leaves its traceback in the output."""
    if isinstance(error, NightclerkError):
        print(str(error), file=sys.stderr)  # noqa: T201 - the run's output is what a person reads later
        return {"state": "failed", "reason": str(error), "uncertain": isinstance(error, UncertainError)}
    if isinstance(error, ValidationError):
        fields = "; ".join(
            f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors(include_input=False)
        )
        return {"state": "failed", "reason": f"the options are not what the job takes: {fields}"}
    traceback.print_exception(error)
    return {"state": "failed", "reason": f"{type(error).__name__}: {error}"}


def make_child(registry: Registry) -> Callable[[socket.socket], None]:
    """Return the main function of every child that the spawner forks; call it before the fork: it learns the types."""
    wire.learn_types()

    def main(sock: socket.socket) -> None:
        """Do one run, from its assignment to its report."""
        gc.set_threshold(*_CIRCLES_AFTER)
        _end_group_when_orphaned(sock)
        line = Line(sock)
        assignment = Assignment.read(wire.receive(sock))
        tally = Tally()
        try:
            ending = work(assignment, registry, RemoteNight(line), tally)  # type: ignore[arg-type]
        except Exception as error:  # noqa: BLE001 - the border of a plug-in: whatever it raises ends its run only
            ending = dict(_failure(error))
        ending["requests"] = tally.made
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            line.ask("end", ending)
        except (wire.WireError, NightclerkError, struct.error) as error:
            line.ask("end", {"state": "failed", "reason": f"the run's report was refused: {error}"})

    return main
