"""The job `paper` on a real cupsd: runs that die at drawn commits, servers that die between them, jams; paper judges."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from daemon.api import EffectState
from daemon.clock import stopwatch
from daemon.testing import NOW
from jobs.kinds.paper import SHEETS, Wave
from jobs.paper import work
from jobs.paper.naming import name_of
from jobs.paper.options import PaperJobOptions
from jobs.paper.printing import Pause
from tests.jobs.sheet_scenes import Power, PowerCutError, Shop
from tests.system.printing.cups import Cups, why_not
from tests.system.printing.scene import next_second, opened, titles

pytestmark = [pytest.mark.system, pytest.mark.skipif(bool(why_not()), reason=why_not())]
QUEUES = {"slip": {"printer": "slips"}, "address": {"printer": "labels", "media": "100x150"}}


@dataclass
class RealShop(Shop):
    """A shop whose printers are queues of a real server, opened anew for each run."""

    cups: Cups | None = None
    patience: float = 20.0
    pause: Pause = field(default=time.sleep)

    def prints_but_dies(self, **changes: object) -> object:  # type: ignore[override]
        assert self.cups is not None
        self.printers = {"slips": opened(self.cups, "SLIPS"), "labels": opened(self.cups, "LABELS")}  # type: ignore[dict-item]
        options = PaperJobOptions.model_validate({"queues": QUEUES, "patience": f"{int(self.patience)}s"})
        ctx = self.context(**changes)
        work.run(ctx, options, self.type, work.Time(self.pause, stopwatch()))
        return ctx


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[RealShop]:
    with Cups.start(tmp_path / "cups", DirtyCleanInterval=0) as cups:
        made = RealShop(tmp_path, Power(), cups=cups)
        made.has(1, wave=Wave("before", NOW, NOW), first=99)
        made.prints()
        yield made


def came_out(shop: RealShop) -> Counter[str]:
    assert shop.cups is not None
    return Counter(titles(shop.cups, "SLIPS") + titles(shop.cups, "LABELS"))


def judge(shop: RealShop) -> Counter[str]:
    """Hold what the line says of each sheet against what came out; return how many are said to stand where."""
    counts, states = came_out(shop), Counter[str]()
    for item in (one for one in shop.night.items.values() if one.kind == SHEETS.kind):
        name = name_of(shop.context(), replace(item, data={**item.data, "tries": 0}))
        states[item.state] += 1
        if item.state == "uncertain":
            print(item.id, counts[name], item.data.get("words"))
        if item.state == "printed":
            assert counts[name] == 1, f"{item.id} is printed and came out {counts[name]} times"
        elif item.state in {"waiting", "held", "dropped"}:
            assert counts[name] == 0, f"{item.id} is {item.state} and came out {counts[name]} times"
    return states


def test_a_morning_comes_out_once_and_in_the_same_order_on_both_printers(shop: RealShop) -> None:
    assert shop.cups is not None
    shop.has(12)
    shop.prints()
    assert judge(shop) == {"printed": 26}
    orders = [[title.partition("-")[0] for title in titles(shop.cups, queue)][1:] for queue in ("SLIPS", "LABELS")]
    assert orders[0] == orders[1] == [str(n) for n in range(1, 13)]


@pytest.mark.parametrize("seed", range(4))
def test_runs_that_die_at_any_commit_print_nothing_twice_and_forget_nothing(shop: RealShop, seed: int) -> None:
    chance = random.Random(seed)
    shop.has(8)
    for _ in range(12):
        left = iter(range(chance.randrange(1, 24), -1, -1))
        shop.night.goes = lambda left=left: next(left, -1) == 0  # type: ignore[attr-defined]
        try:
            shop.prints()
        except PowerCutError:
            _claims_end(shop)
    shop.night.goes = lambda: False  # type: ignore[attr-defined]
    shop.prints()
    assert judge(shop) == {"printed": 18}


def test_a_server_that_is_killed_under_the_pile_leaves_each_sheet_printed_once_or_told_of(shop: RealShop) -> None:
    assert shop.cups is not None
    shop.has(10)
    killer = threading.Timer(0.5, shop.cups.kill)
    shop.patience = 3
    killer.start()
    shop.prints()
    killer.join()
    shop.cups.restart()
    next_second()
    shop.patience = 20
    shop.prints()
    states = judge(shop)
    assert set(states) <= {"printed", "uncertain"}
    assert states["uncertain"] <= 2, "at most the sheet that each printer had"


def test_a_queue_that_somebody_stopped_is_waited_for_and_goes_on_where_it_stopped(shop: RealShop) -> None:
    assert shop.cups is not None
    shop.has(4)
    shop.cups.disable("SLIPS")
    shop.patience = 2
    ctx = shop.prints()
    assert "paper:stopped:slips" in {one.key for one in ctx.report.findings}
    assert judge(shop)["printed"] == 6
    shop.cups.enable("SLIPS")
    shop.patience = 20
    shop.prints()
    assert judge(shop) == {"printed": 10}
    assert [title.partition("-")[0] for title in titles(shop.cups, "SLIPS")] == ["99", "1", "2", "3", "4"]


def _claims_end(shop: RealShop) -> None:
    for key, effect in list(shop.night.effects.items()):
        if effect.state is EffectState.CLAIMED:
            shop.night.effects[key] = replace(effect, state=EffectState.UNCERTAIN)
