"""Nothing outside changes but where the owner wrote that it may."""

import asyncio

import pytest

from daemon.clock import VirtualClock
from daemon.occurrences.asked import Wish
from tests.acceptance.nights import Opened


@pytest.mark.parametrize(
    ("more", "dry", "may"),
    [("", False, "False"), (", writes: false", False, "False"), (", writes: true", False, "True"), (", writes: true", True, "False")],
)  # fmt: skip
def test_a_connection_may_write_only_where_its_entry_says_so_and_never_in_a_dry_run(
    opened: Opened, clock: VirtualClock, more: str, dry: bool, may: str
) -> None:
    routines = f'  asks: {{job: asking, at: "06:00"}}\nconnections: {{front: {{use: door{more}}}}}\n'

    async def work() -> object:
        async with opened(routines, clock) as shift:
            occurrence = await shift.engine.add_manual("asks", "ada", Wish(dry=dry))
            await shift.engine.start_one(occurrence)
            run = (await shift.engine.wait_with_mails(occurrence))[0]
            assert run.summary is not None, run.reason
            return run.summary.values["writes"]

    assert asyncio.run(work()) == may
