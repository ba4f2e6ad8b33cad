"""Named mornings that every check of the briefing is held against.

    from tests.jobs.briefing import mornings

    mornings.NAMES                                  # normal, well, stale, failed, worst, hostile, first, ...
    mornings.eml("worst", "sv") -> bytes            # the stored bytes of the owner's mail, headers and both parts
    mornings.briefed("stale", "zh") -> Briefed      # the same parsed: subject, preheader, text, html, seen, links
    mornings.briefed("normal", roles=("warehouse",))
    mornings.scene_of("normal") -> Scene            # to change something first, then .brief() or .briefs()

The same name and language give the same bytes. The shop is `Keramik & Glöd` in Europe/Stockholm with pounds; in another
language than English the reader's language changes, the data (product titles, reasons from outside) does not.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from daemon.model import Person, Text, Urgency
from daemon.records import Occurrence, Run, State, Task, Upcoming
from jobs.kinds import facts
from tests.jobs.briefing import usual
from tests.jobs.briefing.scene import LOTTA, SHOP, Briefed, Scene

LANGUAGES = ("en", "sv", "de", "nb", "zh")


def normal(scene: Scene) -> None:
    """An ordinary morning: two findings, a failed routine, three tasks, two drafts, all figures."""
    scene.day(scene.yesterday, 41, "18240.505")
    scene.history()
    usual.found(scene)
    for routine in ("orders", "inventory", "backups", "newsletter", "social", "feeds"):
        scene.ended(routine)
    scene.ended("ledger-export", State.FAILED, "the accounting system answered 401: the token has expired", 2.8)
    scene.ended("price-feed", State.SKIPPED, "the run before was still going", 1.2)
    scene.draft(12, "Instagram: new glaze “Havsgrön” (3 photos)", 26, expires=scene.now + timedelta(days=2))
    scene.draft(13, "Newsletter: the July letter to 412 readers", 5)
    usual.products(scene)
    usual.piles(scene)
    usual.crew(scene)
    usual.backups(scene)
    usual.checked(scene)
    usual.tasks(scene)
    usual.slots(scene)


def well(scene: Scene) -> None:
    """Nothing needs anybody: every figure is there, every run was good, the backup was read back."""
    scene.day(scene.yesterday, 41, "18240.50")
    scene.history()
    for routine in ("orders", "inventory", "backups"):
        scene.ended(routine)
    scene.fact(facts.BACKUP_AGE, 13300, scene.today, connection="shop-db", source="backups")
    scene.fact(facts.BACKUP_VERIFIED, 214, scene.today, connection="shop-db", source="backups")


def stale(scene: Scene) -> None:
    """The orders were read until 14:05 of yesterday and not after."""
    normal(scene)
    until = scene.start_of(scene.yesterday, hour=14) + timedelta(minutes=5)
    scene.night.kept = [
        replace(fact, as_of=until) if fact.day == scene.yesterday and fact.name.startswith("orders.") else fact
        for fact in scene.night.kept
    ]


def failed(scene: Scene) -> None:
    """The routine that reads the orders did not finish: yesterday has no figures at all."""
    normal(scene)
    names = ("orders.", "night.", "pick.", "product.")
    scene.night.kept = [
        f for f in scene.night.kept if f.day < scene.yesterday or not f.name.startswith(names)
    ]  # fmt: skip
    scene.night.past_occurrences = [o for o in scene.night.past_occurrences if o.routine != "orders"]
    scene.ended("orders", State.FAILED, "the shop answered 503 58 times", 4.9)
    scene.missing = ("orders",)


def worst(scene: Scene) -> None:
    """Six hundred things: 60 findings, 240 products, 90 drafts, 90 failed routines of seven causes, 100 tasks, 150 enquiries."""
    normal(scene)
    for number in range(60):
        urgency = list(Urgency)[number % 3]
        title = Text("{it}", {"it": f"Thing number {number} of a very bad night went wrong in the warehouse"})
        detail = Text("{it}", {"it": "word " * 60})
        scene.find(f"worst-{number:02}", urgency, title, detail=detail, stake=Decimal(number))
    for number in range(240):
        name = f"Product {number} with a name that goes on for quite some time until it ends"
        scene.fact(facts.STOCK, number % 5, scene.today, sku=f"S{number}", title=name)
        scene.fact(facts.PICK, 1 + number % 3, scene.today, sku=f"S{number}", title=name)
    for number in range(90):
        scene.draft(100 + number, f"Draft {number} of the pile", number)
        scene.ended(f"routine-{number}", State.FAILED, f"the system {'abcdefg'[number % 7]} refused the token")
        scene.night.slots.append(Upcoming(f"routine-{number}", "s", scene.now + timedelta(minutes=number)))
    created = scene.now - timedelta(days=9)
    scene.night.open_tasks += [
        Task(str(number), f"Task {number}, which says in many words what is to be done about the plates", created)
        for number in range(10, 110)
    ]
    for number in range(150):
        dimensions = {"id": f"m{number}", "subject": f"Question {number}: can you ship it to the Faroe Islands?"}
        scene.fact(facts.ENQUIRY_AGE, 3600 * (number + 1), scene.today, source="inbox", **dimensions)
    scene.fact(facts.ENQUIRIES_OPEN, 150, scene.today, source="inbox")


EVIL = "<script>alert(1)</script>\r\nBcc: x@evil.example\u202e gnp\x92 \ud800" + "W" * 300
FORMULA = "=2+5+cmd|' /C calc'!A0"


def hostile(scene: Scene) -> None:
    """Markup, header breaks, bidi overrides, a lone surrogate, 300 letters without a space, a formula."""
    normal(scene)
    scene.shop = replace(SHOP, name=EVIL[:70])
    scene.people = (Person(EVIL, LOTTA.email, roles=("owner",)),)
    scene.find("evil", Urgency.LOSES_MONEY, Text("{it}", {"it": f"Look at {EVIL}"}), stake=Decimal(10**9),
               detail=Text("{it}", {"it": EVIL}), link='javascript:alert("x")')  # fmt: skip
    scene.find(
        "evil2", Urgency.LOSES_MONEY, Text("{it}", {"it": "Look again"}), link='https://a.example/"><script>x</script>'
    )
    scene.find("evil3", Urgency.LOSES_MONEY, Text("{it}", {"it": FORMULA}), stake=Decimal(9))
    scene.draft(77, EVIL)
    scene.night.open_tasks.append(Task("9", EVIL, scene.now, owner=EVIL))
    scene.fact(facts.STOCK, 1, scene.today, sku=EVIL, title=EVIL)
    scene.fact(facts.PICK, 1, scene.today, sku=FORMULA, title=FORMULA)
    scene.ended("evil", State.FAILED, EVIL)
    scene.night.said.append(Text("{it}", {"it": f"The daemon says {EVIL}"}))


def first(scene: Scene) -> None:
    """The first morning ever: one day of figures, nothing to hold them against."""
    scene.day(scene.yesterday, 3, "88.00")
    scene.ended("orders")


def zero(scene: Scene) -> None:
    """A day without an order, with its history."""
    scene.history()
    scene.day(scene.yesterday, 0, "0")
    scene.ended("orders")


def empty(_scene: Scene) -> None:
    """Nothing has ever run."""


def late(scene: Scene) -> None:
    """The machine was off from 02:10: the mail comes 2 hours 40 minutes late, six routines caught up, two left out."""
    normal(scene)
    scene.due = scene.now - timedelta(hours=2, minutes=40)
    down = (scene.now - timedelta(hours=4, minutes=48), scene.now - timedelta(minutes=8))
    said = Text("nightclerk was not running from {start} to {end}.", {"start": down[0], "end": down[1]})
    scene.night.said.append(said)
    for number in range(6):
        due, begun = down[0] + timedelta(minutes=number), down[1] + timedelta(minutes=1)
        scene.night.past_occurrences.append(Occurrence(f"night-{number}", "s", due, State.OK, tries=1, ended=begun))
        scene.night.past_runs.append(Run(20 + number, f"night-{number}", "s", 1, State.OK, due, begun, begun))
    for number in range(2):
        reason = "missed: the daemon was not running"
        due = down[0] + timedelta(hours=1, minutes=number)
        scene.night.past_occurrences.append(
            Occurrence(f"feed-{number}", "s", due, State.SKIPPED, reason, ended=down[1])
        )


def after_a_day(scene: Scene) -> None:
    """An ordinary morning whose last briefing was made at the same local time the day before."""
    normal(scene)
    scene.night.marks["covered"] = scene.start_of(scene.yesterday, hour=7).isoformat()


MORNINGS: dict[str, tuple[Callable[[Scene], None], datetime | None]] = {
    "normal": (normal, None),
    "well": (well, None),
    "stale": (stale, None),
    "failed": (failed, None),
    "worst": (worst, None),
    "hostile": (hostile, None),
    "first": (first, None),
    "zero": (zero, None),
    "empty": (empty, None),
    "late": (late, None),
    "spring": (after_a_day, datetime(2026, 3, 29, 5, 0, tzinfo=UTC)),
    "after-spring": (after_a_day, datetime(2026, 3, 30, 5, 0, tzinfo=UTC)),
    "autumn": (after_a_day, datetime(2026, 10, 25, 6, 0, tzinfo=UTC)),
    "after-autumn": (after_a_day, datetime(2026, 10, 26, 6, 0, tzinfo=UTC)),
}
"""Each morning by name, with its moment where that is not Tuesday 21 July 2026, 06:58 in Stockholm.

On 29 March and 25 October 2026, 07:00, the window has 23 and 25 hours; on the days after, yesterday had.
"""
NAMES = tuple(MORNINGS)


def scene_of(name: str, folder: Path | None = None) -> Scene:
    """Return a named night, to be changed before it is briefed."""
    fill, now = MORNINGS[name]
    changes = {key: value for key, value in (("folder", folder), ("now", now)) if value is not None}
    scene = Scene(**changes)  # type: ignore[arg-type]
    fill(scene)
    return scene


def briefed(name: str, language: str = "en", roles: tuple[str, ...] = ("owner",)) -> Briefed:
    """Return the mail of a named night to a person with this language and these roles."""
    scene = scene_of(name)
    scene.people = (replace(scene.people[0], language=language, roles=roles),)
    return scene.brief()


def eml(name: str, language: str = "en") -> bytes:
    """Return the bytes of the owner's mail of a named night, as the outbox would send them."""
    return briefed(name, language).stored.content
