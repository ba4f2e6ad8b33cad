"""State folders in which a night is worked, a copy is put back, and the ledger is asked whether it noticed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from daemon.ledger import Ledger, open_ledger
from daemon.model import StoredMail
from daemon.records import EffectState, MailState, Run, State

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
FILE = "ledger.highwater"


@contextmanager
def opened(state: Path, now: datetime = NOW) -> Iterator[Ledger]:
    state.mkdir(exist_ok=True)
    ledger = open_ledger(state, "lamps", ZoneInfo("Europe/Berlin"), now, "1")
    yield ledger
    ledger.close()


def claim(ledger: Ledger, key: str, now: datetime = NOW, slot: str = "") -> EffectState | None:
    """Claim an effect in a run of its own, due at a moment; return how an earlier claim stands."""
    run = Run(1, "posts", slot or f"{now:%H:%M}", 1, State.RUNNING, now, now)
    earlier = ledger.night(run, lambda: now, lambda _until: [], list).claim(key, "a post")
    return earlier.state if earlier else None


def mail(number: int) -> StoredMail:
    return StoredMail(
        f"<{number}@shop>", "clerk@shop.test", "ada@shop.test", f"Night {number}", b"x", date(2026, 11, 20)
    )


def worked(state: Path) -> None:
    """Work a night in a folder: an effect, and a mail that leaves."""
    with opened(state) as ledger:
        assert claim(ledger, "post/1") is None
        ledger.post.add("briefing", [mail(1)], NOW)
        ledger.post.sending(1)
        ledger.post.settle(1, MailState.SENT, "", NOW, None)


def guarded(state: Path) -> bool:
    """Open the ledger of a folder and say whether it takes itself for an older one."""
    with opened(state, NOW + 9 * HOUR) as ledger:
        return ledger.restoring.standing is not None


def put_back(copy: Path, state: Path) -> None:
    """Do what the operating guide says of a restore."""
    state.mkdir(exist_ok=True)
    for old in state.glob("ledger.db*"):
        old.unlink()
    shutil.copy(copy, state / "ledger.db")
