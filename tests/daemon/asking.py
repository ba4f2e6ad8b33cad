"""A run that asks the ledger, as the child of a real one does."""

from datetime import UTC, datetime

from daemon.ledger import Ledger
from daemon.model import Text
from daemon.night import Night
from daemon.records import Occurrence, Run, State, Upcoming

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


def started(ledger: Ledger, now: datetime, routine: str = "routine") -> Run:
    """Account for an occurrence of a routine and start it."""
    slot = f"slot {len(ledger.history.occurrences())}"
    occurrence = Occurrence(routine, slot, now, State.PENDING)
    ledger.history.account([], [occurrence])
    run = ledger.history.start(occurrence, now, "boot")
    assert run is not None
    return run


def ask(ledger: Ledger, run: Run, upcoming: tuple[Upcoming, ...] = (), said: tuple[Text, ...] = ()) -> Night:
    """Return what such a run may ask of the ledger, at NOW."""
    return ledger.night(run, lambda: NOW, lambda until: [u for u in upcoming if u.at <= until], lambda: list(said))
