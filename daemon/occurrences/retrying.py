"""When a run that did not end well is tried again."""

from datetime import datetime, timedelta

from daemon.config import RoutineConfig
from daemon.records import Occurrence, State

LONGEST_WAIT = timedelta(days=1)
"""The wait before another try grows no further than this, or than its own `first`."""


def retry_at(routine: RoutineConfig, ended: Occurrence, now: datetime, chance: float) -> datetime | None:
    """Return when an occurrence whose try just failed is tried again, or None where it is not.

    The wait is first x factor^(tries-1), at most a day, longer by up to `jitter` of itself; `chance` in 0..1 draws
    from it. A `lost` run counts as a failed try; even the last one gets one more within `max_late`, because effects
    are keyed.
    """
    retry = routine.retry
    if ended.state is State.TIMED_OUT and not retry.on_timeout:
        return None
    if ended.state is State.LOST:
        again = ended.tries <= retry.tries and now - ended.due <= routine.max_late
        return now if again else None
    if ended.tries >= retry.tries:
        return None
    first = retry.first.total_seconds()
    wait = min(first * retry.factor ** (ended.tries - 1), max(first, LONGEST_WAIT.total_seconds()))
    return now + timedelta(seconds=wait * (1 + retry.jitter * chance))
