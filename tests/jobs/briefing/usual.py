"""What an ordinary morning of the named ones is made of, piece by piece."""

from datetime import timedelta
from decimal import Decimal

from daemon.model import Goal, Horizon, Text, Urgency, Value
from daemon.records import Run, State, Task, Upcoming
from jobs.kinds import facts
from tests.jobs.briefing.scene import Scene

PRODUCTS: list[tuple[str, str, int, str, int | None, str]] = [
    ("GM-1", "Glöd mug, ash", 22, "4180.00", 4, "1.33"),
    ("SP-28", "Serving plate 28 cm, sand", 9, "3555.00", 7, "3.5"),
    ("TB-2", "Tea bowl, havsgrön", 14, "2940.55", 5, "5"),
    ("CH-1", "Candle holder, small", 11, "990.00", None, ""),
    ("VA-3", "Vase, tall", 2, "890.00", None, ""),
    ("XX-1", "Soap dish", 3, "540.00", 0, "0"),
]


def found(scene: Scene) -> None:
    """Find what the jobs orders and inventory find, in their own messages."""
    late: dict[str, Value] = {"orders": "10482, 10485", "day": scene.today - timedelta(days=3), "n": 2}
    scene.find(
        "orders:late", Urgency.LOSES_MONEY, Text("Order {orders} is late", late, "{n} orders are late: {orders}"),
        detail=Text("It should have been sent by {day}", late, "The oldest should have been sent by {day}"),
        next_step=Text("Send it today, or tell the customer", late, "Send them today, or tell the customers"),
        stake=Decimal(1310), since=scene.now - timedelta(hours=15), mornings=3,
        link="https://keramikglod.example/orders?late=1",
    )  # fmt: skip
    low: dict[str, Value] = {
        "title": "Glöd mug, ash",
        "titles": "Glöd mug, ash",
        "sku": "GM-1",
        "lasts": timedelta(hours=32),
        "stock": 4,
        "n": 1,
    }
    title = Text("{title} ({sku}) runs out in {lasts} at the present pace: {stock} left", low,
                 "{n} products run out soon: {titles}")  # fmt: skip
    scene.find(
        "inventory:low", Urgency.DUE_TODAY, title, next_step=Text("Reorder it", low, "Reorder them"),
        due=scene.now + timedelta(hours=5), routine="inventory",
    )  # fmt: skip


def products(scene: Scene) -> None:
    """Yesterday's best sellers, what of them is to be picked and what is left."""
    for sku, title, units, gross, left, cover in PRODUCTS:
        scene.fact(facts.PRODUCT_UNITS, units, sku=sku, title=title)
        scene.fact(facts.PRODUCT_GROSS, Decimal(gross), sku=sku, title=title)
        scene.fact(facts.PICK, units // 3 + 1, scene.today, sku=sku, title=title)
        if left is not None:
            scene.fact(facts.STOCK, left, scene.today, sku=sku, title=title)
            scene.fact(facts.COVER, Decimal(cover), scene.today, sku=sku, title=title)
    scene.fact(facts.STOCK_CHECKED, 214, scene.today)


def piles(scene: Scene) -> None:
    """The night's orders and the open ones."""
    scene.fact(facts.NIGHT_ORDERS, 6, scene.today, **{"from": (scene.now - timedelta(hours=13)).isoformat()})
    scene.fact(facts.NIGHT_GROSS, Decimal("2870.25"), scene.today)
    scene.fact(facts.READY, 9, scene.today)
    scene.fact(facts.HELD, 5, scene.today)
    scene.fact(facts.LATE, 2, scene.today)


def crew(scene: Scene) -> None:
    """What two people did on the line."""
    for who, state, count in (
        ("anna", "picked", 31),
        ("anna", "packed", 30),
        ("ben", "packed", 9),
        ("ben", "shipped", 38),
    ):
        scene.fact(facts.STEPS, count, person=who, state=state)
    for who, count in (("anna", 1), ("ben", 0)):
        scene.fact(facts.ERRORS, count, person=who)
    scene.fact(facts.SHIPPING_TIME, 97200)
    scene.fact(facts.SHIPPED_LATE, 2)


def backups(scene: Scene) -> None:
    """One backup that was read back and one that was not."""
    scene.fact(facts.BACKUP_AGE, 13300, scene.today, connection="shop-db", source="backups")
    scene.fact(facts.BACKUP_SIZE, 1800000000, scene.today, connection="shop-db", source="backups")
    scene.fact(facts.BACKUP_VERIFIED, 214, scene.today, connection="shop-db", source="backups")
    scene.fact(facts.BACKUP_AGE, 20000, scene.today, connection="photos", source="backups")


def checked(scene: Scene) -> None:
    """What a good run found in order."""
    covered = Text("{source} covers all of {last}", {"source": "webshop", "last": scene.yesterday})
    checked = (covered, Text("every record could be read"))
    ended = scene.now - timedelta(hours=2)
    scene.night.past_runs.append(Run(7, "orders", "s", 1, State.OK, scene.now, ended, ended, checked=checked))


def tasks(scene: Scene) -> None:
    """Three tasks."""
    created, due = scene.now - timedelta(days=3), scene.today
    scene.night.open_tasks += [
        Task("3", "Photograph the new plates", created, Goal.CONVERSION, Horizon.SHORT, slipped=2),
        Task("4", "Write to the three cafés", created, Goal.ACQUISITION, Horizon.SHORT, due=due + timedelta(days=3)),
        Task("5", "Tidy the studio", created, due=due - timedelta(days=2)),
    ]


def slots(scene: Scene) -> None:
    """What runs next."""
    tomorrow = scene.start_of(scene.today + timedelta(days=1), hour=7)
    scene.night.slots += [
        Upcoming("inventory", "noon", scene.now + timedelta(hours=5)),
        Upcoming("social", "nine", scene.now + timedelta(hours=2)),
        Upcoming("briefing", "seven", tomorrow),
    ]
