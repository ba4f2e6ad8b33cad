"""What may not be trusted this morning: how late the mail is, what is missing or stale, what the daemon says."""

from datetime import timedelta

from daemon.api import MailState, State, Text
from jobs.briefing.gather import Morning
from jobs.briefing.numbers import Figures
from jobs.briefing.routines import BAD

LATE = timedelta(minutes=15)
"""What starts later than this after its moment is late, and said to be."""
MISSED = "missed"
"""How the reason of a slot begins that fell while nobody was there to run it."""


def incomplete(morning: Morning, day: Figures) -> Text | None:
    """Return why this briefing can't be whole; None where all it rests on is there."""
    if day.partial:
        return Text("Incomplete: orders read ≤ {until:time}", {"until": day.read})
    if morning.missing:
        return Text(
            "Incomplete: {routine} did not finish",
            {"routine": ", ".join(morning.missing), "n": len(morning.missing)},
            plural="Incomplete: {n} routines did not finish",
        )
    if day.orders is None and not morning.ended:
        return Text("Incomplete: no routine has run yet")
    if day.orders is None and _expected(morning):
        return Text("Incomplete: no figures for {day}", {"day": day.day})
    return None


def _expected(morning: Morning) -> bool:
    """Whether somebody should have counted: there were figures before, or something did not end well."""
    known = any(fact.day < morning.yesterday for fact in morning.book.facts)
    return known or any(one.state in BAD for one in morning.ended)


def doubts(morning: Morning, day: Figures) -> list[Text]:
    """Return what everybody must know of the mail they read: lateness, what is missing, what is stale."""
    late = morning.now - morning.due
    said = [Text("This briefing is {late} late.", {"late": late})] if late >= LATE else []
    said += [
        Text("{routine} did not finish before this was written; what it finds is not in here.", {"routine": routine})
        for routine in morning.missing
    ]
    if day.partial:
        values = {"until": day.read, "day": day.day}
        said.append(
            Text("Orders were read until {until} and not after; the figures are up to then (≤ {until:time}).", values)
        )
    elif day.orders is None and _expected(morning):
        said.append(Text("There is no record of the orders of {day}: its figures are not available.", {"day": day.day}))
    return said


def notices(morning: Morning) -> list[Text]:
    """Return what the daemon says of itself, what it caught up, and how its mails fared."""
    return [*morning.notices, *_caught_up(morning), *_mail_trouble(morning)]


def _caught_up(morning: Morning) -> list[Text]:
    """Return how many routines were run late and how many slots were left out, where any were missed."""
    skipped = sum(1 for o in morning.ended if o.state is State.SKIPPED and o.reason.startswith(MISSED))
    late = {run.routine for run in morning.runs if run.attempt == 1 and run.started - run.due >= LATE}
    caught = late - {morning.routine}
    if not skipped and not (caught and morning.now - morning.due >= LATE):
        return []
    return [Text("Routines caught up: {caught}, skipped: {skipped}.", {"caught": len(caught), "skipped": skipped})]


def _mail_trouble(morning: Morning) -> list[Text]:
    """Return the mails whose fate is unknown or bad; by their moment, as a subject may hold figures."""
    said = []
    for mail in morning.mails:
        if mail.state is MailState.UNCERTAIN:
            text = Text("The mail of {queued} to {to} may have arrived twice or not at all.",
                        {"queued": mail.queued, "to": mail.recipient})  # fmt: skip
            said.append(text)
        if mail.state is MailState.REFUSED:
            text = Text("The mail of {queued} to {to} was refused: {why}",
                        {"queued": mail.queued, "to": mail.recipient, "why": mail.error})  # fmt: skip
            said.append(text)
    return said
