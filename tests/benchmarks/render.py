"""What does one morning mail cost, from its values to the bytes that leave?"""

import time
from collections.abc import Callable
from pathlib import Path

from daemon.model import StoredMail
from daemon.render.page import compose
from daemon.testing import travelled
from tests.benchmarks.measuring import Line, seconds, spread
from tests.jobs.briefing.mornings import scene_of

TIMES = 30
AIM_MS = 60.0
NORMAL_BYTES, WORST_BYTES = 30_000, 45_000


def ours(_folder: Path) -> Line:
    """Render the ordinary and the worst morning, warm; the median of both parts and the MIME of one mail.

    `cpu_ms` is the mean of the processor's time alone, which other work on the machine does not lengthen. `html_bytes` and `worst_html_bytes` are the HTML parts; Gmail cuts a mail off at 102 KB.
    """
    figures = {name: _spread(name) for name in ("normal", "worst")}
    sizes = {name: len(scene_of(name).brief().html.encode()) for name in figures}
    fits = sizes["normal"] <= NORMAL_BYTES and sizes["worst"] <= WORST_BYTES
    return {
        **figures["normal"], "cpu_ms": _cpu_ms("normal"), "worst_p50_ms": figures["worst"]["p50_ms"], "html_bytes": sizes["normal"],
        "worst_html_bytes": sizes["worst"], "aim_p50_ms": AIM_MS, "met": fits and figures["normal"]["p50_ms"] <= AIM_MS,
    }  # fmt: skip


def _spread(name: str) -> Line:
    make = _maker(name)
    return spread([seconds(make) for _ in range(TIMES)])


def _cpu_ms(name: str) -> float:
    make = _maker(name)
    before = time.process_time()
    for _ in range(TIMES):
        make()
    return round((time.process_time() - before) / TIMES * 1000, 2)


def _maker(name: str) -> Callable[[], StoredMail]:
    """Return what makes the bytes of a named morning, warm."""
    scene = scene_of(name)
    mail, house = travelled(scene.mails()[0]), scene.house()
    compose(mail, house)
    return lambda: compose(mail, house)
