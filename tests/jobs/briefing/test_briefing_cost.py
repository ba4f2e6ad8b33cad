"""What making a mail costs the run that makes it, measured in a process of its own."""

import json
import subprocess
import sys

MEASURE = """
import json, statistics, sys, time
sys.path.insert(0, "")
from pathlib import Path
from dataclasses import replace
from tests.jobs.briefing import mornings
from daemon.render.page import compose

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

scene = mornings.scene_of("normal")
(mail,) = scene.mails()
before, costs = resident(), []
for language in mornings.LANGUAGES:
    reader = replace(mail, to=replace(mail.to, language=language))
    compose(reader, scene.house())
    for _ in range(9):
        start = time.process_time()
        compose(reader, scene.house())
        costs.append(time.process_time() - start)
print(json.dumps({"median_ms": statistics.median(costs) * 1000, "grown_kb": resident() - before}))
"""


def test_44_a_mail_costs_little_time_and_memory_in_five_languages() -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, timeout=120, check=True)
    figures = json.loads(done.stdout)
    print(f"\nrendered in {figures['median_ms']:.1f} ms of CPU (median), {figures['grown_kb'] / 1024:.1f} MB more")
    assert figures["median_ms"] <= 60
    assert figures["grown_kb"] <= 35 * 1024
