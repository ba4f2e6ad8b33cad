"""The daemon itself: signals, readiness, reload and stop around a shift."""

import asyncio
import hashlib
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from daemon import desk, paths, sdnotify
from daemon.clock import SystemClock
from daemon.config import source
from daemon.config.loading import load
from daemon.control.server import ControlServer
from daemon.desk.people import OWNERS, Actor
from daemon.engine.assigning import Setup
from daemon.engine.shift import Shift, open_shift
from daemon.errors import EXIT_DONE, EXIT_INTERNAL, ConfigError, NightclerkError
from daemon.outbox.transports import TRANSPORTS
from daemon.scheduler import RECONCILE, Alarm, Heart
from daemon.spawner import Spawner

LAST_GOOD = "last-good.yaml"
"""In the state folder: the configuration that last ran, with references instead of secrets."""
MOST_FILES = 3
"""How many changed plug-in files a sentence names."""
SWITCH_SECONDS = 0.001
"""How long the loop and the ledger's thread may hold each other up: of Python's own 5 ms a run would wait many."""
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opening:
    """What `serve` starts with: the file it was told, what is in force, and why the file is not, if so."""

    file: Path
    setup: Setup
    refusal: tuple[str, ...] = ()


def keep_last_good(setup: Setup) -> None:
    """Keep the configuration that runs, for a start with a file that can't be used; a full disk is only said."""
    path = setup.state / LAST_GOOD
    temporary = path.with_suffix(".new")
    try:
        temporary.touch(mode=0o600)
        temporary.write_text(source.dump(setup.loaded.tree), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        _log.error("the configuration is in force, but %s can't be written: %s", path, error.strerror)


class Service:
    """One daemon from its start to its end."""

    def __init__(self, opening: Opening, shift: Shift, notifier: sdnotify.Notifier) -> None:
        self._file, self._shift, self._notifier = opening.file, shift, notifier
        shift.refusal = list(opening.refusal)
        self._stop = asyncio.Event()
        self._alarm = Alarm(shift.engine.changed)
        self._heart = Heart(shift.engine.changed, shift.reconcile, shift.clock)
        self._reloads: set[asyncio.Task[object]] = set()
        self._one_reload = asyncio.Lock()
        self._started_with = shift.setup
        self._plugins = plugin_files(shift.setup)

    async def run(self) -> int:
        """Serve until told to stop; return the exit code."""
        shift = self._shift
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stop.set)
        loop.add_signal_handler(signal.SIGINT, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload_on_signal)
        socket = paths.control_socket(shift.setup.state, os.environ)
        server = ControlServer(socket, shift, self._answer)
        await server.open()
        shift.engine.freed = shift.freed
        self._alarm.start()
        self._follow()
        heart = asyncio.create_task(self._heart.beat(self._after_beat, self._pause), name="heart")
        self._notifier.ready(self._status())
        _log.info("ready: %s", self._status())
        kept = asyncio.create_task(self._keep_last_good(), name="last good")
        try:
            code = await self._until_told(heart)
        finally:
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)
            self._notifier.stopping("ending what runs")
            self._alarm.stop()
            await server.close()
            await kept
        return code

    async def _keep_last_good(self) -> None:
        """Keep the configuration that runs, unless it is the kept one; after READY, for a long one takes its time."""
        if not self._shift.refusal:
            async with self._one_reload:
                await asyncio.to_thread(keep_last_good, self._shift.setup)

    async def _until_told(self, heart: "asyncio.Task[None]") -> int:
        """Wait for a stop, for the spawner's end, or for the heart to fail; return the exit code."""
        stop = asyncio.ensure_future(self._stop.wait())
        gone = asyncio.ensure_future(self._shift.engine.children.gone.wait())
        await asyncio.wait([stop, gone, heart], return_when=asyncio.FIRST_COMPLETED)
        for task in (stop, gone):
            task.cancel()
        if self._stop.is_set():
            return EXIT_DONE
        if heart.done() and heart.exception() is not None:
            _log.error("the reconcile failed", exc_info=heart.exception())
        else:
            _log.error("the spawner has ended; what ran is lost, the daemon ends to be started anew")
        return EXIT_INTERNAL

    def _follow(self) -> None:
        """Ring at the first slot that is not accounted for yet."""
        coming = self._shift.engine.coming()
        self._alarm.set(coming.at if coming else None)

    def _after_beat(self) -> None:
        self._follow()
        self._notifier.alive()
        self._notifier.status(self._status())

    def _pause(self) -> timedelta:
        watchdog = self._notifier.watchdog
        return min(RECONCILE, timedelta(seconds=watchdog)) if watchdog else RECONCILE

    def _status(self) -> str:
        shift = self._shift
        coming = shift.engine.coming()
        zone = shift.engine.timetable.zone
        text = f"next: {coming.routine} at {coming.at.astimezone(zone):%a %H:%M}" if coming else "no routine is due"
        if shift.guard.doubt is not None:
            text = "nothing is started: the clock is wrong"
        if shift.engine.ledger.restoring.standing:
            text += "; the ledger was put back: nightclerk state reconcile"
        return f"{text}; the configuration was refused: {shift.refusal[0]}" if shift.refusal else text

    def _reload_on_signal(self) -> None:
        task: asyncio.Task[object] = asyncio.create_task(self._reload_quietly(), name="reload")
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def _reload_quietly(self) -> None:
        try:
            _log.info(await self.reload())
        except ConfigError:
            _log.debug("the refusal is in the log already")
        except NightclerkError as error:
            _log.error("the configuration could not be put in force: %s", error)

    async def reload(self) -> str:
        """Parse and check the file, and put it in force; raise ConfigError where it is refused, the old one stays."""
        async with self._one_reload:
            self._notifier.reloading(self._shift.clock.monotonic())
            try:
                return await self._reload()
            finally:
                self._notifier.ready(self._status())

    async def _reload(self) -> str:
        shift = self._shift
        loaded = await asyncio.to_thread(load, self._file, lambda _folder: shift.setup.loaded.registry, TRANSPORTS)
        try:
            setup = Setup(loaded, loaded.refuse(), shift.setup.state)
        except ConfigError as error:
            shift.refusal = [str(problem) for problem in error.problems]
            for line in shift.refusal:
                _log.error("the configuration is refused, the earlier one stays in force: %s", line)
            raise
        for problem in loaded.all_problems():
            _log.warning("%s", problem)
        notes = _needs_restart(self._started_with, setup)
        notes += await asyncio.to_thread(_changed_plugins, self._plugins, self._started_with)
        shift.refusal = []
        await shift.adopt(setup)
        self._follow()
        keep_last_good(setup)
        return " ".join([f"reloaded {self._file}: {len(setup.config.routines)} routines.", *notes])

    async def _answer(
        self, command: str, actor: Actor, args: Mapping[str, Any], say: Callable[[str], Awaitable[None]]
    ) -> Any:
        more = {"reload": desk.Command(self._reload_for, OWNERS)}
        return await desk.obey(command, desk.Order(self._shift, actor, args, say), more)

    async def _reload_for(self, order: desk.Order) -> str:
        await order.log("reload", str(self._file))
        return await self.reload()


def _needs_restart(old: Setup, new: Setup) -> list[str]:
    """Return what a reload can't change, as sentences."""
    notes = []
    if old.config.shop.key != new.config.shop.key or old.config.state != new.config.state:
        notes.append("`shop.key` and `state` change with a restart only.")
    if old.config.plugins != new.config.plugins:
        notes.append("`plugins` changes with a restart only.")
    return notes


def plugin_files(setup: Setup) -> dict[Path, str]:
    """Return a digest of every file that plug-ins were imported from, and of all in the folder of your own.

    Nothing is imported: a file that is gone since has an empty digest.
    """
    packages = {module.partition(".")[0] for module in setup.loaded.registry.origins.values()} - {__package__}
    imported = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] in packages]
    files = [Path(file) for module in imported if (file := getattr(module, "__file__", None))]
    own = setup.config.plugins
    return {path: _digest(path) for path in [*files, *(own.glob("*.py") if own else [])]}


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _changed_plugins(known: Mapping[Path, str], setup: Setup) -> list[str]:
    """Return a sentence on the plug-in files that are not what they were at the start; changed code needs a restart."""
    now = plugin_files(setup)
    changed = sorted(path for path in {*known, *now} if known.get(path, "") != now.get(path, _digest(path)))
    if not changed:
        return []
    more = f" and {len(changed) - MOST_FILES} more" if len(changed) > MOST_FILES else ""
    return [f"Plug-in code has changed in {', '.join(map(str, changed[:MOST_FILES]))}{more}: restart to use it."]


async def serve(opening: Opening, spawner: Spawner, notifier: sdnotify.Notifier) -> int:
    """Open the shift and serve it; return the exit code."""
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        async with open_shift(opening.setup, spawner, SystemClock()) as shift:
            return await Service(opening, shift, notifier).run()
    finally:
        _stop_listening()


def _stop_listening() -> None:
    """Ignore signals from here on: a loop that is being closed has no ear left to hear them with, and complains."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)
