"""The first thing read: the verdict, the sentence under it, and what may not be trusted this morning."""

from datetime import timedelta
from typing import Literal

from daemon.api import MailState, MailStatus, Money, State, Text, Value
from jobs.briefing.gather import Morning
from jobs.briefing.numbers import Figures, only
from jobs.briefing.rank import Item
from jobs.briefing.routines import BAD

LATE = timedelta(minutes=15)
NOT_ENDED = "{routine} did not finish before this was written; what it finds is not in here."
STALE = "Orders were read until {until} and not after; the figures are up to then."
HEADLINES = {
    (True, True): ("1 order, {gross:coded} (≤ {until:time})", "{n} orders, {gross:coded} (≤ {until:time})"),
    (True, False): ("1 order (≤ {until:time})", "{n} orders (≤ {until:time})"),
    (False, True): ("1 order, {gross:coded}", "{n} orders, {gross:coded}"),
    (False, False): ("1 order", "{n} orders"),
}
"""The figures of a subject by whether the day is partial and whether gross is shown."""
SubjectFigures = Literal["full", "counts", "none"]


def incomplete(morning: Morning, day: Figures) -> Text | None:
    """Return why this briefing can't be whole; None where all it rests on is there."""
    if day.partial:
        return Text("Incomplete: orders read until {until:time}", {"until": day.read})
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


def needs_you(items: list[Item]) -> Text:
    """Return the verdict of a whole briefing."""
    if not items:
        return Text("All is well")
    return Text("1 thing needs you", {"n": len(items)}, plural="{n} things need you")


def subject(morning: Morning, day: Figures, items: list[Item], figures: SubjectFigures) -> list[Text]:
    """Return the parts of the subject line, the most important first; what does not fit is left out later."""
    lacking = incomplete(morning, day)
    parts = [lacking] if lacking else []
    if items or not lacking:
        parts.append(needs_you(items))
    headline = _headline(day, figures)
    return [*parts, *([headline] if headline else []), Text("{day}", {"day": morning.today})]


def _headline(day: Figures, figures: SubjectFigures) -> Text | None:
    if figures == "none" or day.orders is None:
        return None
    if day.orders == 0:
        return Text("no orders")
    gross = only(day.gross) if figures == "full" else None
    one, many = HEADLINES[day.partial, gross is not None]
    return Text(one, {"n": day.orders, "gross": gross, "until": day.read}, plural=many)


def lead(morning: Morning, day: Figures, change: object, items: list[Item]) -> list[Text]:
    """Return the sentences under the verdict: yesterday in one, and on a quiet day what the calm rests on."""
    sentences = [_yesterday(day)]
    if isinstance(change, Text):
        sentences.append(Text("That is {change}.", {"change": change}))
    if not items and incomplete(morning, day) is None:
        sentences += evidence(morning)
    return sentences


def _yesterday(day: Figures) -> Text:
    values = {"n": day.orders, "day": day.day, "gross": _sum(day.gross), "until": day.read}
    if day.orders is None:
        return Text("The figures of {day:weekday} are not available.", values)
    if day.partial:
        return Text(
            "1 order, {gross} on {day:weekday} until {until:time}; later orders were not read.",
            values,
            plural="{n} orders, {gross} on {day:weekday} until {until:time}; later orders were not read.",
        )
    if day.orders == 0:
        return Text("No orders on {day:weekday}.", values)
    return Text("1 order, {gross} on {day:weekday}.", values, plural="{n} orders, {gross} on {day:weekday}.")


def _sum(amounts: tuple[Money, ...]) -> Text | Money | None:
    """Return amounts as one value to say: several currencies stand side by side, never added."""
    if len(amounts) < 2:  # noqa: PLR2004 - one currency needs no list
        return only(amounts)
    return Text("{rest} and {last}", {"rest": _sum(amounts[:-1]), "last": amounts[-1]})


def evidence(morning: Morning) -> list[Text]:
    """Return what "all is well" rests on: how many runs ended well and that nothing waits."""
    good = sum(1 for one in morning.ended if one.state is State.OK)
    if not good:
        return [Text("No routine ended since the last briefing, and nothing waits for you.")]
    return [
        Text(
            "1 run ended well and nothing waits for you.",
            {"n": good},
            plural="{n} runs ended well and nothing waits for you.",
        )
    ]


def preheader(morning: Morning, items: list[Item], sentences: list[Text]) -> list[Text]:
    """Return what a mail program shows beside the subject: the top two things, or the evidence of a quiet day."""
    titles = [item.seen.finding.title for item in items[:2]]
    return [*(titles or evidence(morning)), *sentences[:1]]


def honesty(morning: Morning, day: Figures) -> list[Text]:
    """Return the sentences of the banner: what is late, missing or stale, and what the daemon itself says."""
    late = morning.now - morning.due
    said = [Text("This briefing is {late} late.", {"late": late})] if late >= LATE else []
    said += [Text(NOT_ENDED, {"routine": routine}) for routine in morning.missing]
    if day.partial:
        said.append(Text(STALE, {"until": day.read}))
    elif day.orders is None and _expected(morning):
        said.append(Text("There is no record of the orders of {day}: its figures are not available.", {"day": day.day}))
    return [*said, *_mail_trouble(morning), *morning.notices]


def _mail_trouble(morning: Morning) -> list[Text]:
    uncertain = [mail for mail in morning.mails if mail.state is MailState.UNCERTAIN]
    refused = [mail for mail in morning.mails if mail.state is MailState.REFUSED]
    return [
        *(
            Text("The mail “{subject}” may have arrived twice or not at all.", {"subject": m.subject})
            for m in uncertain
        ),
        *(Text("The mail “{subject}” to {to} was refused: {why}", _refusal(m)) for m in refused),
    ]


def _refusal(mail: MailStatus) -> dict[str, Value]:
    return {"subject": mail.subject, "to": mail.recipient, "why": mail.error}
