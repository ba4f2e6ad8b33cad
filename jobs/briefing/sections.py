"""The shorter sections: drafts, the night's orders, open orders, stock, backups, today, what was fine."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

from daemon.api import Draft, Fact, FactName, Run, State, Text
from jobs.briefing.gather import Morning
from jobs.briefing.listing import listed
from jobs.kinds import facts

DRAFTS = 8
PICKS = 30
STOCK = 10
TODAY = 10
FINE = 20
DAY = timedelta(days=1)
NO_COVER = Decimal("Infinity")
BACKUP_FACTS = (facts.BACKUP_AGE, facts.BACKUP_SIZE, facts.BACKUP_VERIFIED)


def drafts(morning: Morning) -> dict[str, object]:
    """Return the drafts that wait, oldest first, with the command that approves each."""
    ordered = sorted(morning.waiting, key=lambda draft: (draft.created, draft.id))
    return listed([_draft(draft) for draft in ordered], DRAFTS)


def _draft(draft: Draft) -> dict[str, object]:
    return {
        "title": draft.draft.title,
        "created": draft.created,
        "expires": draft.draft.expires,
        "command": f"nightclerk approve {draft.id}",
    }


def overnight(morning: Morning) -> dict[str, object] | None:
    """Return the orders since the night's window opened; None where nobody counted them."""
    known = morning.book.of(facts.NIGHT_ORDERS, morning.today)
    if not known:
        return None
    return {
        "orders": morning.book.count(facts.NIGHT_ORDERS, morning.today),
        "gross": list(morning.book.money(facts.NIGHT_GROSS, morning.today)),
        "since": _opened(known[0]),
        "until": min(fact.as_of for fact in known),
    }


def _opened(fact: Fact) -> datetime | None:
    try:
        moment = datetime.fromisoformat(fact.dimensions.get("from", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def open_orders(morning: Morning) -> dict[str, object] | None:
    """Return how many orders are ready, held and late, and what to pick; None where nobody counted them."""
    book, today = morning.book, morning.today
    counts = {
        "ready": book.count(facts.READY, today),
        "held": book.count(facts.HELD, today),
        "late": book.count(facts.LATE, today),
    }
    if all(count is None for count in counts.values()):
        return None
    files = [fact.value for fact in book.of(facts.PICK_FILE, today) if isinstance(fact.value, str)]
    return {**counts, "picks": listed(_picks(morning), PICKS), "file": files[-1] if files else ""}


def _picks(morning: Morning) -> list[dict[str, object]]:
    pairs = morning.book.numbers(facts.PICK, morning.today)
    ordered = sorted(pairs, key=lambda pair: (_title(pair[0]).casefold(), _sku(pair[0])))
    return [{"title": _title(fact), "sku": _sku(fact), "n": quantity} for fact, quantity in ordered]


def stock(morning: Morning) -> dict[str, object]:
    """Return what runs out, soonest first; a product without a known pace comes by its count."""
    book, today = morning.book, morning.today
    cover = {_sku(fact): days for fact, days in book.numbers(facts.COVER, today)}
    ordered = sorted(
        book.numbers(facts.STOCK, today),
        key=lambda pair: (max(pair[1], Decimal(0)) > 0, cover.get(_sku(pair[0]), NO_COVER), pair[1], _sku(pair[0])),
    )
    rows = [{"title": _title(f), "left": left, "days": _tenths(cover.get(_sku(f)))} for f, left in ordered]
    return {**listed(rows, STOCK), "checked": book.count(facts.STOCK_CHECKED, today)}


def _tenths(days: Decimal | None) -> Decimal | None:
    return None if days is None else days.quantize(Decimal("0.1")) if days < DAYS_WORTH_SAYING else DAYS_WORTH_SAYING


DAYS_WORTH_SAYING = Decimal(999)


def _sku(fact: Fact) -> str:
    return fact.dimensions.get("sku", "")


def _title(fact: Fact) -> str:
    return fact.dimensions.get("title") or _sku(fact)


def backups(morning: Morning) -> list[dict[str, object]]:
    """Return one row per backup; `verified` is None unless the newest copy itself was read back."""
    ages, sizes, proofs = (_newest(morning, name) for name in BACKUP_FACTS)
    return [_backup(name, ages[name], sizes.get(name), proofs.get(name), morning) for name in sorted(ages)]


def _newest(morning: Morning, name: FactName) -> dict[str, Fact]:
    """Return the newest fact of each connection."""
    found = morning.book.latest(name, (morning.yesterday, morning.today))
    return {fact.dimensions.get("connection", ""): fact for fact in found}


def _backup(name: str, age: Fact, size: Fact | None, proof: Fact | None, morning: Morning) -> dict[str, object]:
    seconds = _number(age)
    made = None if seconds is None else age.as_of - timedelta(seconds=float(seconds))
    proven = proof is not None and made is not None and proof.as_of >= made
    return {
        "name": name,
        "age": None if made is None else morning.now - made,
        "size": _number(size),
        "verified": _number(proof) if proven else None,
    }


def _number(fact: Fact | None) -> Decimal | None:
    return fact.value if fact is not None and isinstance(fact.value, Decimal) else None


def today(morning: Morning) -> dict[str, object]:
    """Return what happens in the next 24 hours: each routine's first slot with its count, and approved drafts."""
    until = morning.now + DAY
    slots = [slot for slot in morning.upcoming if morning.now <= slot.at <= until]
    times = Counter(slot.routine for slot in slots)
    first = {slot.routine: slot for slot in reversed(slots)}
    rows: list[dict[str, object]] = [
        {"at": slot.at, "what": slot.routine, "times": times[slot.routine], "note": slot.note}
        for slot in first.values()
    ]
    rows += [
        {"at": d.draft.not_before, "what": d.draft.title, "times": 1, "note": Text("approved")}
        for d in morning.approved
        if d.draft.not_before is not None and morning.now <= d.draft.not_before <= until
    ]
    rows.sort(key=_moment)
    return listed(rows, TODAY)


def _moment(row: dict[str, object]) -> tuple[str, str]:
    return str(row["at"]), str(row["what"])


def fine(morning: Morning) -> dict[str, object]:
    """Return the checks that ran well in each routine's last good run and found nothing, each once."""
    last: dict[str, Run] = {run.routine: run for run in morning.runs if run.state is State.OK}
    found: list[Text] = []
    for routine in sorted(last):
        found += [text for text in last[routine].checked if text not in found]
    return listed(found, FINE)
