"""A shop with real children: every run of these tests is a process of its own, forked by a real spawner."""

import contextlib
import importlib.util
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from daemon import plugins
from daemon.child import make_child
from daemon.clock import Clock, SystemClock
from daemon.config.loading import load
from daemon.engine.assigning import Setup
from daemon.engine.shift import Shift, open_shift
from daemon.outbox.transports import TRANSPORTS
from daemon.spawner import Spawner, start_spawner

SHOP = "shop: {name: Lamps, timezone: Europe/Berlin}\npeople: {ada: {email: ada@lamps.example}}\nsecrets: keys\n"


def _deeds() -> plugins.Registry:
    path = Path(__file__).parent / "fixtures" / "deeds.py"
    spec = importlib.util.spec_from_file_location("deeds", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return plugins.build(module)


@pytest.fixture(scope="session")
def deeds() -> plugins.Registry:
    """The registry of the jobs in fixtures/deeds.py."""
    return _deeds()


@pytest.fixture(scope="session")
def spawner(deeds: plugins.Registry) -> Iterator[Spawner]:
    """A spawner that lives as long as the tests do."""
    started = start_spawner(make_child(deeds))
    yield started
    started.close()


@pytest.fixture
def setup_of(tmp_path: Path, deeds: plugins.Registry) -> Callable[[str], Setup]:
    """Return the setup of a configuration whose `routines:` are given as YAML; `WORLD` is a file of the test."""

    def setup(routines: str) -> Setup:
        (tmp_path / "keys").mkdir(exist_ok=True)
        (tmp_path / "keys" / "till").write_text("sesame-1234")
        text = f"{SHOP}routines:\n{routines}".replace("WORLD", str(tmp_path / "world"))
        (tmp_path / "config.yaml").write_text(text)
        loaded = load(tmp_path / "config.yaml", lambda _folder: deeds, TRANSPORTS)
        return Setup(loaded, loaded.refuse(), tmp_path / "state")

    return setup


@pytest.fixture
def opened(setup_of: Callable[[str], Setup], spawner: Spawner) -> Callable[..., AbstractAsyncContextManager[Shift]]:
    """Open a shift on `routines:` in YAML, with the machine's clock and the shared spawner unless told otherwise."""

    @contextlib.asynccontextmanager
    async def open_it(routines: str, clock: Clock | None = None, forks: Spawner | None = None) -> AsyncIterator[Shift]:
        async with open_shift(setup_of(routines), forks or spawner, clock or SystemClock()) as shift:
            yield shift

    return open_it
