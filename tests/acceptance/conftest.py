"""The shop and the machine of the other tests, with a few more jobs: the acceptance checks play on both."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from daemon import plugins
from daemon.clock import VirtualClock
from tests.acceptance.nights import EVENING
from tests.daemon.conftest import opened, setup_of, spawner
from tests.system.conftest import machine, spawner_of

__all__ = ["clock", "deeds", "machine", "opened", "setup_of", "spawner", "spawner_of"]
_JOBS = (Path(__file__).parents[1] / "daemon" / "fixtures" / "deeds.py", Path(__file__).parent / "fixtures" / "acts.py")


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def deeds() -> plugins.Registry:
    """The jobs of the daemon's own tests and those of fixtures/acts.py."""
    return plugins.build(*map(_module, _JOBS))


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that stands at 21:00 in Berlin, on a Friday."""
    return VirtualClock(EVENING)
