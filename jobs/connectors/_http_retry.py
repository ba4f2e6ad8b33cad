"""Whether, and after how long, a request is made again (pure).

Pauses grow by doubling and are drawn from the upper half, so that many who failed together do not come back
together ("equal jitter"). What a server asks for in Retry-After (RFC 9110, 10.2.3) is kept: a pause is never shorter,
and where it asks for more than the longest pause the call ends instead of asking too early.
"""

import math
from datetime import datetime
from email.utils import parsedate_to_datetime

from jobs.connectors._http_errors import HttpError
from jobs.connectors._http_values import Call, Limits

_SPREAD = 0.1
"""Part of an asked-for pause that is added at most, by chance."""


def retry_after(value: str, date: str) -> float | None:
    """Return the seconds that a Retry-After names, as a number or as a moment; None where it can't be read.

    A moment is held against the answer's own `Date`, as the two clocks may differ.
    """
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value, date)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _until(value: str, date: str) -> float:
    try:
        moments: tuple[datetime, datetime] = (parsedate_to_datetime(value), parsedate_to_datetime(date))
        return (moments[0] - moments[1]).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return math.nan


def pause(call: Call, error: HttpError, limits: Limits, tried: int, waited: float, chance: float) -> float | None:
    """Return the seconds to wait before the next try; None where there must not be one.

    `tried` counts the tries made, `waited` the seconds already waited for this call, `chance` is in [0, 1).
    """
    if not (error.passes and call.repeatable) or tried >= limits.tries:
        return None
    asked = error.refusal.wait
    if asked is not None:
        seconds = asked * (1 + _SPREAD * chance)
        too_long = asked > limits.longest
    else:
        seconds = min(limits.first * 2 ** (tried - 1), limits.longest) * (1 + chance) / 2
        too_long = False
    return None if too_long or waited + seconds > limits.patience else seconds
