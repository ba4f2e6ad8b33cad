"""A command without a daemon: take the state, do it, let go."""

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import Any

from daemon.clock import SystemClock
from daemon.desk import Order, obey
from daemon.desk.people import actor_of
from daemon.engine.assigning import Setup
from daemon.engine.shift import open_shift
from daemon.spawner import Spawner


async def obey_alone(
    setup: Setup, spawner: Spawner, command: str, args: Mapping[str, Any], say: Callable[[str], None]
) -> Any:
    """Return a command's answer, worked out on the state itself; raise BusyError where somebody else holds it."""

    async def tell(text: str) -> None:
        say(text)
        await asyncio.sleep(0)

    async with open_shift(setup, spawner, SystemClock()) as shift:
        shift.nudge = shift.engine.start_one
        actor = actor_of(os.getuid(), os.environ.get("SUDO_USER", ""), setup.config.people)
        answer = await obey(command, Order(shift, actor, args, tell), {})
        await shift.delivered()
        await shift.engine.pinger.settled()
        return answer
