"""A night in memory to brief on, and what a reader gets of it; named nights are in `mornings`."""

import email
import email.policy
import re
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from email.message import EmailMessage
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from daemon.model import Fact, FactName, Finding, Mail, NewDraft, Person, Shop, StoredMail, Text, Urgency
from daemon.records import Draft, DraftState, Occurrence, SeenFinding, State
from daemon.render.page import House, compose
from daemon.testing import FakeNight, make_context, names_in, travelled
from jobs.briefing import BriefingOptions, briefing
from jobs.kinds import facts

SHOP = Shop("glod", "Keramik & Glöd", "Europe/Stockholm", "GB", "GBP", "en")
NOW = datetime(2026, 7, 21, 4, 58, tzinfo=UTC)
LOTTA = Person("Lotta Berg", "lotta@keramikglod.example", "lotta", ("owner",))
GROSS = [1631055, 1189000, 1410000, 1500000, 1745025, 2410000, 2601010, 1201000]


class _Tags(HTMLParser):
    """Collects every element with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def visible(html: str) -> str:
    """Return the text that a reader sees: no head, no preview line, no markup."""
    body = re.sub(r"<!--.*?-->|<div style=\"display:none.*?</div>", "", html[html.index("<body") :], flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "", re.sub(r"</(p|td|th|h\d)>|<br>", "\n", body)))


@dataclass(frozen=True)
class Briefed:
    """One briefing as it leaves: stored bytes, and the parts a reader sees.

    `values` is what the template was given, `html` and `text` are the parts, `seen` the HTML part's visible text,
    `links` every `href`, `tags` every element with its attributes.
    """

    stored: StoredMail
    message: EmailMessage
    values: dict[str, Any]
    subject: str
    html: str
    text: str
    seen: str
    links: list[str]
    tags: list[tuple[str, dict[str, str | None]]]

    @property
    def preheader(self) -> str:
        """The hidden line that a mail program shows beside the subject."""
        found = re.search(r"mso-hide:all;\">(.*?)</div>", self.html, re.DOTALL)
        assert found
        return unescape(found[1].replace("&#8199;&#847;", "")).strip()


@dataclass
class Scene:
    """A night to brief on; change it before `brief` is called. Moments are UTC, days are the shop's."""

    folder: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))
    now: datetime = NOW
    night: FakeNight = field(default_factory=lambda: FakeNight(now=NOW))
    shop: Shop = SHOP
    due: datetime | None = None
    people: tuple[Person, ...] = (LOTTA,)
    missing: tuple[str, ...] = ()
    options: BriefingOptions = field(default_factory=BriefingOptions)
    folders: tuple[Path, ...] = ()
    host: str = "shop-pc"

    def __post_init__(self) -> None:
        self.night.now = self.now

    @property
    def today(self) -> date:
        """The local day of the mail."""
        return self.now.astimezone(ZoneInfo(self.shop.timezone)).date()

    @property
    def yesterday(self) -> date:
        """The local day that the figures are of."""
        return self.today - timedelta(days=1)

    def start_of(self, day: date, hour: int = 0) -> datetime:
        """Return the instant (UTC) of a local hour of a day."""
        return datetime.combine(day, time(hour), ZoneInfo(self.shop.timezone)).astimezone(UTC)

    def fact(self, name: FactName, value: Decimal | int | str, day: date | None = None, **more: Any) -> None:
        """Keep a fact of yesterday or `day`; what is not unit, as_of or source is a dimension."""
        exact = Decimal(value) if isinstance(value, int) else value
        unit = more.pop("unit", self.shop.currency if name.unit == "money" else name.unit)
        as_of = more.pop("as_of", self.now - timedelta(minutes=3))
        source = more.pop("source", "webshop")
        new = Fact(name.name, day or self.yesterday, exact, unit, as_of, source, more)
        same = (new.name, new.day, more)
        self.night.kept = [f for f in self.night.kept if (f.name, f.day, f.dimensions) != same] + [new]

    def day(self, day: date, orders: int, gross: str, **more: Any) -> None:
        """Keep the figures of a day."""
        self.fact(facts.ORDERS, orders, day, **more)
        self.fact(facts.GROSS, Decimal(gross), day, **more)
        self.fact(facts.UNITS, orders * 3, day, **more)
        self.fact(facts.RETURNS, Decimal("120.50") if orders else 0, day, **more)
        self.fact(facts.CANCELLATIONS, 2 if orders else 0, day, **more)

    def history(self, days: int = 56) -> None:
        """Keep the figures of the days before yesterday, one of them missing."""
        for ago in range(1, days + 1):
            day = self.yesterday - timedelta(days=ago)
            gross = Decimal(GROSS[ago % 7] + ago * 1717 * (-1) ** (ago // 7)) / 100
            if ago != 4:
                self.day(day, 20 + ago % 17, str(gross), as_of=self.now - timedelta(days=ago))

    def find(self, key: str, urgency: Urgency, title: Text, **more: Any) -> None:
        """Let a run have found something; `since`, `found`, `mornings` and `routine` say when and who."""
        mornings = more.pop("mornings", 1)
        since = more.pop("since", self.now - timedelta(hours=3))
        found = more.pop("found", self.now - timedelta(hours=1))
        routine = more.pop("routine", "orders")
        self.night.seen.append(SeenFinding(routine, 1, found, since, mornings, Finding(key, urgency, title, **more)))

    def ended(self, routine: str, state: State = State.OK, reason: str = "", ago: float = 2.0) -> None:
        """Let an occurrence have ended `ago` hours before the mail."""
        due = self.now - timedelta(hours=ago)
        self.night.past_occurrences.append(Occurrence(routine, str(due), due, state, reason, 1, ended=due))

    def draft(self, number: int, title: str, hours: float = 14, **more: Any) -> None:
        """Let a draft wait since so many hours."""
        new = NewDraft(f"key-{number}", Text("{title}", {"title": title}), "preview", {}, **more)
        created = self.now - timedelta(hours=hours)
        self.night.all_drafts.append(Draft(number, "social", DraftState.WAITING, new, created))

    def brief(self) -> Briefed:
        """Return the first person's mail."""
        return self.briefs()[0]

    def briefs(self) -> list[Briefed]:
        """Return everybody's mail, in the order of `people`, as it left."""
        mails = travelled(self.mails())
        return [as_read(compose(mail, self.house()), dict(mail.document.values)) for mail in mails]

    def mails(self) -> list[Mail]:
        """Return everybody's mail before it is rendered."""
        context = make_context(
            self.folder, names_in(facts), shop=self.shop, routine="briefing", now=self.now, due=self.due or self.now,
            night=self.night, people=self.people, missing=self.missing, version="0.1.0", run_id=1234, host=self.host,
        )  # fmt: skip
        briefing.run(context, self.options)
        return context.report.mails

    def house(self) -> House:
        """Return what the mails of this night share."""
        return House(
            shop=self.shop, sender="briefing@keramikglod.example", moment=self.now, run_id=1234, version="0.1.0",
            folders=self.folders, reply_to="lotta@keramikglod.example",
        )  # fmt: skip


def as_read(stored: StoredMail, values: dict[str, Any]) -> Briefed:
    """Return stored bytes as a reader gets them."""
    message = email.message_from_bytes(stored.content, policy=email.policy.strict)
    assert isinstance(message, EmailMessage)
    plain, html = list(message.iter_parts())
    source = html.get_content().replace("\r\n", "\n")
    tags = _Tags()
    tags.feed(source)
    links = [attrs.get("href") or "" for tag, attrs in tags.found if tag == "a"]
    text = plain.get_content().replace("\r\n", "\n")
    return Briefed(stored, message, values, str(message["Subject"]), source, text, visible(source), links, tags.found)
