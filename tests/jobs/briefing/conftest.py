"""Mornings to brief on, each as a night in memory, and what a reader gets of them."""

import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from daemon.model import Fact, FactName, Finding, NewDraft, Person, Shop, StoredMail, Text, Urgency
from daemon.records import Draft, DraftState, Occurrence, Run, SeenFinding, State, Upcoming
from daemon.render.page import House, compose
from daemon.testing import FakeNight, make_context, names_in, travelled
from jobs.briefing import BriefingOptions, briefing
from jobs.kinds import facts

SHOP = Shop("glod", "Keramik & Glöd", "Europe/Stockholm", "GB", "GBP", "en")
NOW = datetime(2026, 7, 21, 4, 58, tzinfo=UTC)
TODAY = date(2026, 7, 21)
YESTERDAY = TODAY - timedelta(days=1)
LOTTA = Person("Lotta Berg", "lotta@keramikglod.example")
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
    """One briefing as it leaves: stored bytes, and the parts a reader sees."""

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
        found = re.search(r"mso-hide:all;\">(.*?)</div>", self.html, re.DOTALL)
        assert found
        return unescape(found[1].replace("&#8199;&#847;", "")).strip()


@dataclass
class Scene:
    """A night to brief on; change it before `brief` is called."""

    folder: Path
    night: FakeNight = field(default_factory=lambda: FakeNight(now=NOW))
    shop: Shop = SHOP
    now: datetime = NOW
    due: datetime | None = None
    people: tuple[Person, ...] = (LOTTA,)
    missing: tuple[str, ...] = ()
    options: BriefingOptions = field(default_factory=BriefingOptions)
    folders: tuple[Path, ...] = ()

    def fact(self, name: FactName, value: Decimal | int | str, day: date = YESTERDAY, **more: Any) -> None:
        exact = Decimal(value) if isinstance(value, int) else value
        unit = more.pop("unit", "GBP" if name.unit == "money" else name.unit)
        as_of = more.pop("as_of", self.now - timedelta(minutes=3))
        source = more.pop("source", "webshop")
        new = Fact(name.name, day, exact, unit, as_of, source, more)
        same = (new.name, day, more)
        self.night.kept = [f for f in self.night.kept if (f.name, f.day, f.dimensions) != same] + [new]

    def day(self, day: date, orders: int, gross: str, **more: Any) -> None:
        self.fact(facts.ORDERS, orders, day, **more)
        self.fact(facts.GROSS, Decimal(gross), day, **more)
        self.fact(facts.UNITS, orders * 3, day, **more)
        self.fact(facts.RETURNS, Decimal("120.50") if orders else 0, day, **more)
        self.fact(facts.CANCELLATIONS, 2 if orders else 0, day, **more)

    def history(self, days: int = 56) -> None:
        for ago in range(1, days + 1):
            day = YESTERDAY - timedelta(days=ago)
            gross = Decimal(GROSS[ago % 7] + ago * 1717 * (-1) ** (ago // 7)) / 100
            if ago != 4:
                self.day(day, 20 + ago % 17, str(gross), as_of=NOW - timedelta(days=ago))

    def find(self, key: str, urgency: Urgency, title: Text, **more: Any) -> None:
        mornings = more.pop("mornings", 1)
        since = more.pop("since", NOW - timedelta(hours=3))
        found = more.pop("found", NOW - timedelta(hours=1))
        self.night.seen.append(SeenFinding("orders", 1, found, since, mornings, Finding(key, urgency, title, **more)))

    def ended(self, routine: str, state: State = State.OK, reason: str = "", ago: float = 2.0) -> None:
        due = NOW - timedelta(hours=ago)
        self.night.past_occurrences.append(Occurrence(routine, str(due), due, state, reason, 1, ended=due))

    def draft(self, number: int, title: str, hours: float = 14, **more: Any) -> None:
        new = NewDraft(f"key-{number}", Text("{title}", {"title": title}), "preview", {}, **more)
        self.night.all_drafts.append(Draft(number, "social", DraftState.WAITING, new, NOW - timedelta(hours=hours)))

    def brief(self) -> Briefed:
        context = make_context(
            self.folder, names_in(facts), shop=self.shop, routine="briefing", now=self.now, due=self.due or self.now,
            night=self.night, people=self.people, missing=self.missing, version="0.1.0", run_id=1234,
        )  # fmt: skip
        briefing.run(context, self.options)
        mail = travelled(context.report.mails[0])
        stored = compose(mail, self.house())
        return as_read(stored, dict(mail.document.values))

    def house(self) -> House:
        return House(
            shop=self.shop, sender="briefing@keramikglod.example", moment=self.now, run_id=1234, version="0.1.0",
            folders=self.folders, reply_to="lotta@keramikglod.example",
        )  # fmt: skip


def as_read(stored: StoredMail, values: dict[str, Any]) -> Briefed:
    message = email.message_from_bytes(stored.content, policy=email.policy.strict)
    assert isinstance(message, EmailMessage)
    plain, html = list(message.iter_parts())
    source = html.get_content().replace("\r\n", "\n")
    tags = _Tags()
    tags.feed(source)
    links = [attrs.get("href") or "" for tag, attrs in tags.found if tag == "a"]
    text = plain.get_content().replace("\r\n", "\n")
    return Briefed(stored, message, values, str(message["Subject"]), source, text, visible(source), links, tags.found)


PRODUCTS: list[tuple[str, str, int, str, int | None, str]] = [
    ("GM-1", "Glöd mug, ash", 22, "4180.00", 4, "1.33"),
    ("SP-28", "Serving plate 28 cm, sand", 9, "3555.00", 7, "3.5"),
    ("TB-2", "Tea bowl, havsgrön", 14, "2940.55", 5, "5"),
    ("CH-1", "Candle holder, small", 11, "990.00", None, ""),
    ("VA-3", "Vase, tall", 2, "890.00", None, ""),
    ("XX-1", "Soap dish", 3, "540.00", 0, "0"),
]


def _normal(scene: Scene) -> None:
    scene.day(YESTERDAY, 41, "18240.505")
    scene.history()
    scene.find(
        "late", Urgency.LOSES_MONEY, Text("{n} paid orders have missed their dispatch promise", {"n": 2}),
        detail=Text("#10482 (3 days) and #10485 (2 days): no customs label was made."), stake=Decimal(1310),
        next_step=Text("Print the two customs labels and pack them first."), since=NOW - timedelta(hours=15),
        link="https://keramikglod.example/orders?late=1", mornings=3,
    )  # fmt: skip
    scene.find(
        "cover", Urgency.DUE_TODAY, Text("“{title}” sells out tomorrow", {"title": "Glöd mug, ash"}),
        detail=Text("4 left, selling 3 a day; the supplier needs 9 days."),
        next_step=Text("Order 40 from Lera AB before noon."), due=NOW + timedelta(hours=5),
    )  # fmt: skip
    for routine in ("orders", "inventory", "backups", "newsletter", "social", "feeds"):
        scene.ended(routine)
    scene.ended("ledger-export", State.FAILED, "the accounting system answered 401: the token has expired", 2.8)
    scene.ended("price-feed", State.SKIPPED, "the run before was still going", 1.2)
    scene.draft(12, "Instagram: new glaze “Havsgrön” (3 photos)", 26, expires=NOW + timedelta(days=2))
    scene.draft(13, "Newsletter: the July letter to 412 readers", 5)
    for sku, title, units, gross, left, cover in PRODUCTS:
        scene.fact(facts.PRODUCT_UNITS, units, sku=sku, title=title)
        scene.fact(facts.PRODUCT_GROSS, Decimal(gross), sku=sku, title=title)
        scene.fact(facts.PICK, units // 3 + 1, TODAY, sku=sku, title=title)
        if left is not None:
            scene.fact(facts.STOCK, left, TODAY, sku=sku, title=title)
            scene.fact(facts.COVER, Decimal(cover), TODAY, sku=sku, title=title)
    scene.fact(facts.STOCK_CHECKED, 214, TODAY)
    scene.fact(facts.NIGHT_ORDERS, 6, TODAY, **{"from": "2026-07-20T16:00:00+00:00"})
    scene.fact(facts.NIGHT_GROSS, Decimal("2870.25"), TODAY)
    scene.fact(facts.READY, 9, TODAY)
    scene.fact(facts.HELD, 5, TODAY)
    scene.fact(facts.LATE, 2, TODAY)
    scene.fact(facts.BACKUP_AGE, 13300, TODAY, connection="shop-db", source="backups")
    scene.fact(facts.BACKUP_SIZE, 1800000000, TODAY, connection="shop-db", source="backups")
    scene.fact(facts.BACKUP_VERIFIED, 214, TODAY, connection="shop-db", source="backups")
    scene.fact(facts.BACKUP_AGE, 20000, TODAY, connection="photos", source="backups")
    checked = (Text("every order of the night has a payment"), Text("{n} prices match the feed", {"n": 214}))
    ok = Run(7, "orders", "s", 1, State.OK, NOW, NOW - timedelta(hours=2), NOW - timedelta(hours=2), checked=checked)
    scene.night.past_runs.append(ok)
    scene.night.slots += [
        Upcoming("inventory", "2026-07-21T12:00", NOW + timedelta(hours=5)),
        Upcoming("social", "2026-07-21T09:00", NOW + timedelta(hours=2)),
        Upcoming("briefing", "2026-07-22T07:00", datetime(2026, 7, 22, 5, 0, tzinfo=UTC)),
    ]


def _well(scene: Scene) -> None:
    scene.day(YESTERDAY, 41, "18240.50")
    scene.history()
    for routine in ("orders", "inventory", "backups"):
        scene.ended(routine)


def _stale(scene: Scene) -> None:
    _normal(scene)
    scene.night.kept = [
        replace(fact, as_of=datetime(2026, 7, 20, 12, 5, tzinfo=UTC))
        if fact.day == YESTERDAY and fact.name.startswith("orders.") else fact for fact in scene.night.kept
    ]  # fmt: skip


def _missing(scene: Scene) -> None:
    _normal(scene)
    scene.night.kept = [f for f in scene.night.kept if not (f.day == YESTERDAY and f.name.startswith("orders."))]
    scene.missing = ("orders",)


def _worst(scene: Scene) -> None:
    _normal(scene)
    for number in range(60):
        urgency = list(Urgency)[number % 3]
        title = Text("Thing number {n} of a very bad night went wrong in the warehouse", {"n": number})
        detail = Text("word " * 60)
        scene.find(f"worst-{number:02}", urgency, title, detail=detail, stake=Decimal(number))
    for number in range(240):
        name = f"Product {number} with a name that goes on for quite some time until it ends"
        scene.fact(facts.STOCK, number % 5, TODAY, sku=f"S{number}", title=name)
        scene.fact(facts.PICK, 1 + number % 3, TODAY, sku=f"S{number}", title=name)
    for number in range(90):
        scene.draft(100 + number, f"Draft {number} of the pile", number)
        scene.ended(f"routine-{number}", State.FAILED, f"reason number {number % 7}")
        scene.night.slots.append(Upcoming(f"routine-{number}", "s", NOW + timedelta(minutes=number)))


EVIL = "<script>alert(1)</script>\r\nBcc: x@evil.example\u202e gnp\x92 \ud800" + "W" * 300


def _hostile(scene: Scene) -> None:
    _normal(scene)
    scene.shop = replace(SHOP, name=EVIL[:70])
    scene.people = (Person(EVIL, "lotta@keramikglod.example"),)
    scene.find("evil", Urgency.LOSES_MONEY, Text("Look at {it}", {"it": EVIL}), stake=Decimal(10**9),
               detail=Text("{it}", {"it": EVIL}), link='javascript:alert("x")')  # fmt: skip
    scene.find("evil2", Urgency.LOSES_MONEY, Text("Look again"), link='https://a.example/"><script>x</script>')
    scene.draft(77, EVIL)
    scene.ended("evil", State.FAILED, EVIL)
    scene.night.said.append(Text("The daemon says {it}", {"it": EVIL}))


def _first(scene: Scene) -> None:
    scene.day(YESTERDAY, 3, "88.00")
    scene.ended("orders")


def _zero(scene: Scene) -> None:
    scene.history()
    scene.day(YESTERDAY, 0, "0")
    scene.ended("orders")


SCENES: dict[str, Callable[[Scene], None]] = {
    "normal": _normal, "well": _well, "stale": _stale, "missing": _missing, "worst": _worst, "hostile": _hostile,
    "first": _first, "zero": _zero, "empty": lambda scene: None,
}  # fmt: skip


def named(name: str, folder: Path) -> Scene:
    scene = Scene(folder)
    SCENES[name](scene)
    return scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """An empty night to fill by hand."""
    return Scene(tmp_path)


@pytest.fixture
def at(tmp_path: Path) -> Callable[[str], Scene]:
    """A named night: normal, well, stale, missing, worst, hostile, first, zero, empty."""
    return lambda name: named(name, tmp_path)


@pytest.fixture(scope="session", params=sorted(SCENES))
def any_briefing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Briefed:
    """Every named night in turn, briefed once."""
    return named(request.param, tmp_path_factory.mktemp("night")).brief()
