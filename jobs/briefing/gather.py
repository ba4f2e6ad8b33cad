"""What the briefing reads of the night, taken once: everything after this is a pure function of a `Morning`."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from daemon.api import (
    HOLIDAY,
    SOURCE_RECORDS,
    Context,
    Draft,
    DraftState,
    Fact,
    FactName,
    MailStatus,
    Matrix,
    Money,
    Occurrence,
    Run,
    SeenFinding,
    Shop,
    Task,
    Text,
    Upcoming,
)
from jobs.briefing.plan import Plan
from jobs.kinds import facts

DAY = timedelta(days=1)
DAYS_BACK = 56
"""Eight weeks, so that there are eight days of the same weekday."""
FAR_BACK = 126
"""Eighteen weeks of orders and gross: what a forecast of a month is tested on."""
HOLIDAYS_AHEAD = timedelta(days=32)
"""To the end of the month and a day more, whatever the day."""
NEXT_BRIEFING = timedelta(days=8)
FINDINGS_KEPT = timedelta(days=8)
"""A weekly routine's findings stand until its next run."""
LONGEST_WINDOW = timedelta(days=7)
AWAITED_BACK = 40
"""Days for which it is said that nobody looks at a backup any more: then its owner knows, or has taken it away."""
ROUTINES_BACK = timedelta(days=3)
WATERMARK = "covered"

FAR_FACTS = (facts.ORDERS, facts.GROSS)
DAY_FACTS = (*FAR_FACTS, facts.FOREIGN_GROSS, facts.UNITS, facts.RETURNS, facts.CANCELLATIONS)
WEEK_FACTS = (
    facts.CUSTOMERS_NEW, facts.CUSTOMERS_RETURNING, facts.CUSTOMERS_UNKNOWN, facts.CUSTOMERS_SINCE, SOURCE_RECORDS,
    facts.CHECKOUTS, facts.CHECKOUTS_VALUE,
)  # fmt: skip
"""Of these the last eight days are enough: each fact that is read costs every briefing time."""
PRODUCT_FACTS = (facts.PRODUCT_UNITS, facts.PRODUCT_GROSS)
CREW_FACTS = (facts.STEPS, facts.ERRORS, facts.SHIPPING_TIME, facts.SHIPPED_LATE)
MORNING_FACTS = (
    facts.NIGHT_ORDERS, facts.NIGHT_GROSS, facts.READY, facts.HELD, facts.LATE, facts.PICK, facts.PICK_FILE,
    facts.SHEETS, facts.STOCK, facts.COVER, facts.STOCK_CHECKED, facts.ENQUIRIES_OPEN, facts.ENQUIRY_AGE,
    facts.BACKUP_AGE, facts.BACKUP_SIZE, facts.BACKUP_VERIFIED, facts.BACKUP_UNREAD, facts.BACKUP_VERDICT,
    facts.BACKUP_RPO, facts.BACKUP_RTO, facts.BACKUP_RESTORE, facts.BACKUP_COPIES, facts.BACKUP_MEDIA,
    facts.BACKUP_OFFSITE, facts.BACKUP_IMMUTABLE,
)  # fmt: skip


@dataclass(frozen=True)
class Book:
    """Facts by name and day. A number that is not there is None or an empty tuple, never 0."""

    facts: tuple[Fact, ...]
    currency: str

    @cached_property
    def _index(self) -> dict[tuple[str, date], list[Fact]]:
        index: dict[tuple[str, date], list[Fact]] = defaultdict(list)
        for fact in self.facts:
            index[fact.name, fact.day].append(fact)
        return index

    def of(self, name: FactName, day: date) -> list[Fact]:
        """Return the facts of a name and a local day."""
        return self._index.get((name.name, day), [])

    def numbers(self, name: FactName, day: date) -> list[tuple[Fact, Decimal]]:
        """Return the facts whose value is a finite number, with that number."""
        return [(f, f.value) for f in self.of(name, day) if isinstance(f.value, Decimal) and f.value.is_finite()]

    def count(self, name: FactName, day: date) -> Decimal | None:
        """Return the sum over all dimensions, or None where nothing is known."""
        values = [value for _, value in self.numbers(name, day)]
        return sum(values, Decimal(0)) if values else None

    def money(self, name: FactName, day: date) -> tuple[Money, ...]:
        """Return one exact sum per currency, by currency code; empty where nothing is known."""
        sums: dict[str, Decimal] = {}
        for fact, value in self.numbers(name, day):
            code = self.currency if fact.unit in {"", "money"} else fact.unit
            sums[code] = sums.get(code, Decimal(0)) + value
        return tuple(Money(amount, code) for code, amount in sorted(sums.items()))

    def latest(self, name: FactName, days: tuple[date, ...]) -> list[Fact]:
        """Return for each set of dimensions the fact with the newest `as_of`, in the order of the dimensions."""
        found: dict[tuple[tuple[str, str], ...], Fact] = {}
        for fact in (fact for day in days for fact in self.of(name, day)):
            key = tuple(sorted(fact.dimensions.items()))
            if key not in found or fact.as_of >= found[key].as_of:
                found[key] = fact
        return [found[key] for key in sorted(found)]


@dataclass(frozen=True)
class Morning:
    """Everything the briefing is made of. `since` opens its window, `now` closes it; both are UTC."""

    shop: Shop
    routine: str
    now: datetime
    due: datetime
    since: datetime
    today: date
    yesterday: date
    runs: tuple[Run, ...]
    occurrences: tuple[Occurrence, ...]
    findings: tuple[SeenFinding, ...]
    waiting: tuple[Draft, ...]
    approved: tuple[Draft, ...]
    mails: tuple[MailStatus, ...]
    upcoming: tuple[Upcoming, ...]
    notices: tuple[Text, ...]
    missing: tuple[str, ...]
    host: str
    book: Book
    holidays: tuple[Fact, ...] = ()
    awaited: tuple[Fact, ...] = ()
    tasks: tuple[Task, ...] = ()
    matrix: Matrix = field(default_factory=Matrix)
    plan: Plan = field(default_factory=Plan)

    def start_of(self, day: date) -> datetime:
        """Return the instant (UTC) at which a local day begins; days of 23 and 25 hours are what they are."""
        return datetime.combine(day, time(), ZoneInfo(self.shop.timezone)).astimezone(UTC)

    @property
    def ended(self) -> tuple[Occurrence, ...]:
        """The occurrences that ended within the window, dry ones left out."""
        return tuple(o for o in self.occurrences if o.state.ended and not o.dry and (o.ended or o.due) >= self.since)


def gather(ctx: Context, plan: Plan) -> Morning:
    """Read the night once and return it as a value, with what the owner has said of it."""
    night, today = ctx.night, ctx.today
    yesterday = today - DAY
    since = _window_start(ctx)
    waiting = night.drafts([DraftState.WAITING])
    return Morning(
        shop=ctx.shop,
        routine=ctx.routine,
        now=ctx.now,
        due=ctx.due,
        since=since,
        today=today,
        yesterday=yesterday,
        runs=tuple(run for run in night.runs(since) if not run.dry),
        occurrences=tuple(night.occurrences(min(since, ctx.now - ROUTINES_BACK))),
        findings=tuple(night.findings(ctx.now - FINDINGS_KEPT)),
        waiting=tuple(d for d in waiting if d.draft.expires is None or d.draft.expires > ctx.now),
        approved=tuple(night.drafts([DraftState.APPROVED])),
        mails=tuple(night.mails(since)),
        upcoming=tuple(night.upcoming(ctx.now + NEXT_BRIEFING)),
        notices=tuple(night.notices()),
        missing=ctx.missing,
        host=ctx.host,
        book=Book(_facts(ctx, yesterday), ctx.shop.currency),
        tasks=tuple(night.tasks()),
        matrix=ctx.matrix,
        awaited=tuple(night.facts([facts.BACKUP_AWAITED.name], today - AWAITED_BACK * DAY, today)),
        holidays=tuple(night.facts([HOLIDAY.name], yesterday - FAR_BACK * DAY, today + HOLIDAYS_AHEAD)),
        plan=plan,
    )


def _facts(ctx: Context, yesterday: date) -> tuple[Fact, ...]:
    """Return the figures of each kind of fact as far back as somebody looks at them, oldest first."""
    near, far = yesterday - DAYS_BACK * DAY, yesterday - FAR_BACK * DAY
    spans = (
        (FAR_FACTS, far, near - DAY),
        (DAY_FACTS, near, yesterday),
        (WEEK_FACTS, yesterday - 7 * DAY, yesterday),
        ((*PRODUCT_FACTS, *CREW_FACTS, *MORNING_FACTS), yesterday, ctx.today),
    )
    return tuple(
        fact for names, first, last in spans for fact in ctx.night.facts([name.name for name in names], first, last)
    )


def _window_start(ctx: Context) -> datetime:
    """Return when the last good briefing was made, but at least a day and at most a week ago.

    The day is one of the wall clock: after the clocks changed it has 23 or 25 hours.
    """
    mark = ctx.night.watermark(WATERMARK)
    usual = (ctx.now.astimezone(ctx.zone) - timedelta(days=1)).astimezone(UTC)
    try:
        last = datetime.fromisoformat(mark) if mark else usual
    except ValueError:
        last = usual
    return max(min(last if last.tzinfo else usual, usual), ctx.now - LONGEST_WINDOW)
