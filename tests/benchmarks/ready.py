"""From the command to READY, with few routines and with many."""

from pathlib import Path

from tests.benchmarks.daemons import configure, serving
from tests.benchmarks.measuring import Line, quantile

STARTS = 5
AIM_S = 1.5


def _starts(folder: Path, routines: int) -> list[float]:
    """Return the seconds of warm starts, the first start left out: it makes the ledger."""
    config = configure(folder, routines, 'at: "03:00"')
    found = []
    for _ in range(STARTS + 1):
        with serving(config) as daemon:
            found.append(daemon.ready_after)
    return found[1:]


def ours(folder: Path) -> Line:
    """Start a daemon several times on 10 and on 1,000 routines; the socket of systemd is ours."""
    figures: Line = {}
    for routines in (10, 1000):
        own = folder / str(routines)
        own.mkdir()
        found = _starts(own, routines)
        figures |= {f"routines_{routines}_p50_s": round(quantile(found, 0.5), 2)}
        figures |= {f"routines_{routines}_max_s": round(max(found), 2)}
    met = all(figures[f"routines_{routines}_p50_s"] <= AIM_S for routines in (10, 1000))
    return {**figures, "starts": STARTS, "aim_p50_s": AIM_S, "met": met}
