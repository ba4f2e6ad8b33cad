"""The job `command` runs a program of the owner's: a backup made now, by hand or each night, that the next look judges.

It knows nothing of what the program does, so a run that was cut short is never made again by itself. How the program
ended is all that is believed of it; whether there is a backup is for the job `backups` to see.
"""

import json
from typing import Any, Literal

from pydantic import Field

from daemon.api import Context, Job, Need, Options, OutsideError, Text, Value
from jobs.kinds.program import PROGRAM, Ended

LONGEST_SUMMARY = 300
"""Characters."""


class CommandOptions(Options):
    """By what the program is judged."""

    expect: Literal["exit", "json"] = Field(
        "exit", description='exit: that it ends with 0; json: also a last line of JSON, such as {"summary": "..."}.'
    )


def _run(ctx: Context, options: CommandOptions) -> Text:
    program = ctx.connection(PROGRAM)
    if ctx.dry or ctx.rehearsal:
        return Text("would run {program}", {"program": program.shown})
    ended = program.run()
    for line in (*ended.printed, *ended.complained):
        print(line)  # noqa: T201 - the run's output is what a person reads
    _require_good(ended)
    told: dict[str, Value] = {"seconds": int(ended.seconds), "program": program.shown}
    summary = _summary(ended.answer) if options.expect == "json" else ""
    if summary:
        return Text("{summary} (after {seconds} s)", {**told, "summary": summary})
    return Text("{program} ended well after {seconds} s", told)


def _require_good(ended: Ended) -> None:
    """Raise OutsideError unless the program ended by itself and with 0."""
    last = next((lines[-1] for lines in (ended.complained, ended.printed) if lines), "it said nothing")
    if ended.timed_out:
        raise OutsideError(f"the program was ended after {ended.seconds} s, its limit: {last}")
    if ended.code < 0:
        raise OutsideError(f"the program was ended by signal {-ended.code}: {last}")
    if ended.code:
        raise OutsideError(f"the program ended with {ended.code}: {last}")


def _summary(line: str) -> str:
    """Return what a program says of its work; raise OutsideError where it says that it failed, or nothing readable."""
    told = _object(line)
    if told is None or not isinstance(told.get("summary", ""), str) or not isinstance(told.get("ok", True), bool):
        raise OutsideError("the program ended with 0, but its last line is no JSON object with a text `summary`")
    summary = "".join(sign if sign.isprintable() else " " for sign in told.get("summary", "")).strip()
    if not told.get("ok", True):
        raise OutsideError(f"the program says that it failed: {summary[:LONGEST_SUMMARY] or 'it gives no summary'}")
    return summary[:LONGEST_SUMMARY]


def _object(line: str) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


COMMAND = Job(
    "command", "Runs a program of your own, such as one that makes a backup", CommandOptions, _run,
    needs=(Need(PROGRAM),), repeatable=False,
)  # fmt: skip
