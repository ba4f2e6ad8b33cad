"""The open orders: how many are ready, held and late, why, what to do about each, and what to pick."""

from datetime import timedelta

from jobs.briefing.gather import Morning
from jobs.briefing.listing import listed
from jobs.briefing.paper import paper
from jobs.briefing.products import sku, title
from jobs.briefing.roles import Share
from jobs.kinds import facts

FEW_PICKS, PICKS = 8, 40
"""Rows of the pick list beside everything else, and in the mail of those who pick by it."""
STUCK = 6
FINDINGS = ("orders:late", "orders:held:")
"""How the keys of the findings begin that say which orders are late or held, why, and what to do."""
DAY = timedelta(days=1)
COUNTED = {"ready": facts.READY, "held": facts.HELD, "late": facts.LATE}
"""The counts of open orders, as the template calls them."""


def open_orders(morning: Morning, share: Share) -> dict[str, object] | None:
    """Return the counts, the late and held orders with reason and next step, and the picks; None where nobody counted.

    `until` is set where the orders were read more than a day ago.
    """
    book, today = morning.book, morning.today
    counts = {word: book.count(name, today) for word, name in COUNTED.items()}
    if all(count is None for count in counts.values()):
        return None
    read = min(fact.as_of for name in COUNTED.values() for fact in book.of(name, today))
    return {
        **counts,
        "until": read if read < morning.now - DAY else None,
        "stuck": listed(_stuck(morning), STUCK),
        "picks": listed(_picks(morning), FEW_PICKS if share.has("numbers") else PICKS),
        "file": _pick_file(morning),
        "paper": paper(morning),
    }


def _pick_file(morning: Morning) -> str:
    """Return where the newest pick list lies, empty where none was written."""
    files = [fact.value for fact in morning.book.of(facts.PICK_FILE, morning.today) if isinstance(fact.value, str)]
    return files[-1] if files else ""


def _stuck(morning: Morning) -> list[dict[str, object]]:
    """Return the late orders before the held ones, the oldest reason first."""
    found = [one for one in morning.findings if one.finding.key.startswith(FINDINGS)]
    found.sort(key=lambda one: (one.finding.key != FINDINGS[0], one.since, one.finding.key))
    return [{"title": one.finding.title, "next_step": one.finding.next_step, "since": one.since} for one in found]


def _picks(morning: Morning) -> list[dict[str, object]]:
    pairs = morning.book.numbers(facts.PICK, morning.today)
    ordered = sorted(pairs, key=lambda pair: (title(pair[0]).casefold(), sku(pair[0])))
    return [{"title": title(fact), "sku": sku(fact), "n": quantity} for fact, quantity in ordered]
