"""The daily forgetting of a daemon at work: what is old goes, what somebody still has to do stays."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from daemon.clock import VirtualClock
from daemon.engine.assigning import Setup
from daemon.engine.shift import open_shift
from daemon.model import Transition
from daemon.spawner import Spawner
from tests.daemon.test_workline import CAKES

EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)


def test_what_stands_open_on_a_line_outlives_retention_and_the_loss_of_its_plug_in(
    setup_of: Callable[[str], Setup], spawner: Spawner
) -> None:
    setup = setup_of('  lamps: {job: fine, at: "21:30"}\n')
    lines = [{"cakes": CAKES}, {}]
    setups = [replace(setup, loaded=replace(setup.loaded, registry=replace(setup.loaded.registry, lines=one)))
              for one in lines]  # fmt: skip

    async def scene(clock: VirtualClock) -> list[list[str]]:
        left = []
        for one in setups:
            async with open_shift(one, spawner, clock) as shift:
                items = shift.engine.ledger.items
                items.move(
                    [Transition(CAKES.kind, f"{n}", "", state) for n, state in enumerate(("mixed", "sold"))],
                    clock.now(),
                )
                clock.moment += timedelta(days=900)
                await shift.reconcile()
                left.append([item.state for item in items.find(CAKES.kind)])
        return left

    assert asyncio.run(scene(VirtualClock(EVENING))) == [["mixed"], ["mixed"]]
