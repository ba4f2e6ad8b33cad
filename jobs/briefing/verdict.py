"""The first thing read: subject, verdict, the sentences under it, and the line a mail program shows beside them."""

from daemon.api import Money, State, Text
from jobs.briefing.backups import FULL, backups
from jobs.briefing.comparing import change_of_gross
from jobs.briefing.gather import Morning
from jobs.briefing.numbers import Figures, only
from jobs.briefing.part import Part
from jobs.briefing.plan import SubjectFigures
from jobs.briefing.provenance import next_briefing, why
from jobs.briefing.remarks import warnings
from jobs.kinds import facts


def verdict(part: Part) -> Text:
    """Return the one line that says how things stand."""
    return part.lacking or needs_you(part)


def needs_you(part: Part) -> Text:
    """Return the verdict of a whole briefing: all is well only where all was looked at and nothing was found."""
    if part.items:
        return Text("1 thing needs you", {"n": len(part.items)}, plural="{n} things need you")
    if part.notes:
        return Text("1 notice to read", {"n": len(part.notes)}, plural="{n} notices to read")
    return Text("All is well") if part.share.whole else Text("Nothing needs you")


def subject(part: Part, figures: SubjectFigures) -> list[Text]:
    """Return the parts of the subject line, the most important first; what does not fit is left out later."""
    day = part.day
    parts = [part.lacking] if part.lacking else []
    if part.items or not part.lacking:
        parts.append(needs_you(part))
    headline = None
    if figures != "none" and part.share.has("numbers"):
        headline = _headline(day, only(day.gross) if figures == "full" else None)
    return [*parts, *([headline] if headline else []), Text("{day}", {"day": part.morning.today})]


def _headline(day: Figures, gross: Money | None) -> Text | None:
    """Return the day's orders and, where it is given, its gross; a partial day says up to when."""
    if day.orders is None:
        return None
    values = {"n": day.orders, "gross": gross, "until": day.read}
    if day.orders == 0:
        return Text("no orders (≤ {until:time})", values) if day.partial else Text("no orders")
    if gross is None and day.partial:
        return Text("1 order (≤ {until:time})", values, plural="{n} orders (≤ {until:time})")
    if gross is None:
        return Text("1 order", values, plural="{n} orders")
    if day.partial:
        return Text(
            "1 order, {gross:coded} (≤ {until:time})", values, plural="{n} orders, {gross:coded} (≤ {until:time})"
        )
    return Text("1 order, {gross:coded}", values, plural="{n} orders, {gross:coded}")


def lead(part: Part) -> list[Text]:
    """Return the sentences under the verdict, and on a quiet day what the calm rests on.

    They are yesterday against the week before, or for those who are not shown the numbers how much there is to pack.
    """
    said = [*_first(part), *(evidence(part.morning) if part.quiet else [])]
    return said or [Text("The day's plan is below.")]


def _first(part: Part) -> list[Text]:
    if part.share.has("numbers"):
        change = change_of_gross(part.morning, part.day)
        compared = [Text("That is {change}.", {"change": change})] if change else []
        return [_yesterday(part.day), *compared, *warnings(part.morning, part.day)]
    return _work(part.morning) if part.share.has("orders") else []


def _yesterday(day: Figures) -> Text:
    values = {"n": day.orders, "day": day.day, "gross": _sum(day.gross), "until": day.read}
    if day.orders is None:
        return Text("The figures of {day:weekday} are not available.", values)
    if day.partial:
        return Text(
            "1 order, {gross} on {day:weekday} (≤ {until:time}); later orders were not read.",
            values,
            plural="{n} orders, {gross} on {day:weekday} (≤ {until:time}); later orders were not read.",
        )
    if day.orders == 0:
        return Text("No orders on {day:weekday}.", values)
    return Text("1 order, {gross} on {day:weekday}.", values, plural="{n} orders, {gross} on {day:weekday}.")


def _sum(amounts: tuple[Money, ...]) -> Text | Money | None:
    """Return amounts as one value to say: several currencies stand side by side, never added."""
    if len(amounts) < 2:  # noqa: PLR2004 - one currency needs no list
        return only(amounts)
    return Text("{rest} and {last}", {"rest": _sum(amounts[:-1]), "last": amounts[-1]})


def _work(morning: Morning) -> list[Text]:
    ready = morning.book.count(facts.READY, morning.today)
    if ready is None:
        return [Text("Which orders can be packed is not available.")]
    return [Text("1 order can be packed now.", {"n": ready}, plural="{n} orders can be packed now.")]


def evidence(morning: Morning) -> list[Text]:
    """Return what "all is well" rests on: routines that ran well, backups that were read back, nothing that waits."""
    good = len({one.routine for one in morning.ended if one.state is State.OK})
    if not good:
        return [Text("No routine ended since the last briefing, and nothing waits for you.")]
    rows = backups(morning)
    if rows and all(row["proof"] == FULL for row in rows):
        return [
            Text(
                "1 routine ran well, every backup was read back and checked, nothing waits for you.",
                {"n": good},
                plural="{n} routines ran well, every backup was read back and checked, nothing waits for you.",
            )
        ]
    return [
        Text(
            "1 routine ran well and nothing waits for you.",
            {"n": good},
            plural="{n} routines ran well and nothing waits for you.",
        )
    ]


def preheader(part: Part, sentences: list[Text]) -> list[Text]:
    """Return what a mail program shows beside the subject: the top two things, or what a quiet day rests on.

    What follows only fills the line where those are short; the template cuts it.
    """
    titles = [item.seen.finding.title for item in part.items[:2]]
    first = titles or (evidence(part.morning) if part.quiet else list(part.notes[:1]))
    return [*first, *(one for one in sentences if one not in first), next_briefing(part.morning), why(part.morning)]
