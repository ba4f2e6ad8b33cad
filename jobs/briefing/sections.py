"""The shorter sections: drafts, the night's orders, stock, enquiries, the day ahead, what was fine."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from daemon.api import Draft, Fact, Run, SeenFinding, State, Text
from jobs.briefing.gather import Morning
from jobs.briefing.listing import listed
from jobs.briefing.products import sku, title
from jobs.kinds import facts

DRAFTS = 6
STOCK = 8
ENQUIRIES = 5
TODAY = 10
FINE = 20
DAY = timedelta(days=1)
EVENING = timedelta(hours=8)
"""How long before midnight a night may begin."""
NO_COVER = Decimal("Infinity")


def drafts(morning: Morning) -> dict[str, object]:
    """Return the drafts that wait, oldest first, with the command that approves each and the machine it runs on."""
    ordered = sorted(morning.waiting, key=lambda draft: (draft.created, draft.id))
    return {**listed([_draft(draft) for draft in ordered], DRAFTS), "host": morning.host}


def _draft(draft: Draft) -> dict[str, object]:
    return {
        "title": draft.draft.title,
        "created": draft.created,
        "expires": draft.draft.expires,
        "command": f"nightclerk approve {draft.id}",
    }


def overnight(morning: Morning) -> dict[str, object] | None:
    """Return the orders since the night's window opened; None where nobody counted them.

    A window that opened before the evening holds much of yesterday again, so it is not called the night.
    """
    known = morning.book.of(facts.NIGHT_ORDERS, morning.today)
    if not known:
        return None
    opened = _opened(known[0])
    is_night = opened is not None and opened >= morning.start_of(morning.today) - EVENING
    return {
        "title": Text("Overnight") if is_night else Text("New since the last count"),
        "orders": morning.book.count(facts.NIGHT_ORDERS, morning.today),
        "gross": list(morning.book.money(facts.NIGHT_GROSS, morning.today)),
        "since": opened,
        "until": min(fact.as_of for fact in known),
    }


def _opened(fact: Fact) -> datetime | None:
    try:
        moment = datetime.fromisoformat(fact.dimensions.get("from", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def stock(morning: Morning) -> dict[str, object]:
    """Return what runs out, soonest first; a product without a known pace comes by its count.

    `until` is set where the stock was read more than a day ago; then nobody has counted since.
    """
    book, today = morning.book, morning.today
    cover = {sku(fact): days for fact, days in book.numbers(facts.COVER, today)}
    ordered = sorted(
        book.numbers(facts.STOCK, today),
        key=lambda pair: (max(pair[1], Decimal(0)) > 0, cover.get(sku(pair[0]), NO_COVER), pair[1], sku(pair[0])),
    )
    rows = [{"title": title(f), "left": left, "days": _tenths(cover.get(sku(f)))} for f, left in ordered]
    return {**listed(rows, STOCK), "checked": book.count(facts.STOCK_CHECKED, today), "until": _old(morning)}


def _old(morning: Morning) -> datetime | None:
    """Return up to when the stock is known, where nobody has counted it in the last 24 hours."""
    read = [fact.as_of for fact in morning.book.latest(facts.STOCK_CHECKED, (morning.yesterday, morning.today))]
    counted = morning.book.of(facts.STOCK_CHECKED, morning.today)
    return max(read) if read and (not counted or max(read) < morning.now - DAY) else None


def enquiries(morning: Morning) -> dict[str, object] | None:
    """Return the unanswered enquiries, the longest waiting first; None where no source tells of any."""
    book, today = morning.book, morning.today
    count = book.count(facts.ENQUIRIES_OPEN, today)
    if count is None:
        return None
    ordered = sorted(
        book.numbers(facts.ENQUIRY_AGE, today), key=lambda pair: (-pair[1], pair[0].dimensions.get("id", ""))
    )
    rows = [{"subject": f.dimensions.get("subject", ""), "age": timedelta(seconds=int(age))} for f, age in ordered]
    shown = rows[:ENQUIRIES]
    return {"rows": shown, "more": max(int(count) - len(shown), 0), "total": count}


def _tenths(days: Decimal | None) -> Decimal | None:
    return None if days is None else days.quantize(Decimal("0.1")) if days < DAYS_WORTH_SAYING else DAYS_WORTH_SAYING


DAYS_WORTH_SAYING = Decimal(999)


def today(morning: Morning, seen: Sequence[SeenFinding]) -> dict[str, object]:
    """Return what the rest of the local day holds: what runs, which of the shown findings fall due, which posts go out.

    A routine that runs often is one row, at its first slot, with its count.
    """
    until = morning.start_of(morning.today + DAY)
    rows = _slots(morning, until)
    rows += [_row(one.finding.due, one.finding.title, Text("last moment")) for one in seen]
    rows += [_row(one.draft.not_before, one.draft.title, Text("approved")) for one in morning.approved]
    due = [row for row in rows if isinstance(row["at"], datetime) and morning.now <= row["at"] < until]
    due.sort(key=_moment)
    return listed(due, TODAY)


def _slots(morning: Morning, until: datetime) -> list[dict[str, object]]:
    """Return a row for each routine that runs before a moment."""
    slots = [slot for slot in morning.upcoming if morning.now <= slot.at < until]
    times = Counter(slot.routine for slot in slots)
    first = {slot.routine: slot for slot in reversed(slots)}
    return [
        {"at": slot.at, "what": slot.routine, "times": times[slot.routine], "note": slot.note}
        for slot in first.values()
    ]


def _row(at: datetime | None, what: Text, note: Text) -> dict[str, object]:
    return {"at": at, "what": what, "times": 1, "note": note}


def _moment(row: dict[str, object]) -> tuple[str, str]:
    return str(row["at"]), str(row["what"])


def fine(morning: Morning) -> dict[str, object]:
    """Return the checks that ran well in each routine's last good run and found nothing, each once."""
    last: dict[str, Run] = {run.routine: run for run in morning.runs if run.state is State.OK}
    found: list[Text] = []
    for routine in sorted(last):
        found += [text for text in last[routine].checked if text not in found]
    return listed(found, FINE)
