"""Tells what the configuration and the plug-ins have against themselves: refusals, broken routines, failed imports."""

from collections.abc import Iterator

from daemon.desk.doctor.patient import Patient, ill, well
from daemon.records import Diagnosis


def refusal(patient: Patient) -> Iterator[Diagnosis]:
    """Tell what is wrong with a file that is not in force."""
    for line in patient.refusal:
        yield ill("configuration", f"an earlier one is in force: {line}", "correct it, then `nightclerk reload`")


def routines(patient: Patient) -> Iterator[Diagnosis]:
    """Tell which routines can't run; what is wrong with a connection is told where that is tried."""
    loaded = patient.setup.loaded
    for name, problems in loaded.broken.items():
        own = [problem for problem in problems if not problem.path.startswith("connections.")]
        if own:
            yield ill(f"routine {name}", f"it can't run: {own[0]}", "correct that, then `nightclerk reload`")


def plug_ins(patient: Patient) -> Iterator[Diagnosis]:
    """Tell which plug-ins could not be imported."""
    registry = patient.setup.loaded.registry
    for failure in registry.failures:
        sentence = f"{failure.module} ({failure.origin}) {failure.sentence}"
        yield ill("plug-ins", sentence, "mend or remove it, then restart the service")
    if not registry.failures:
        yield well("plug-ins", f"{len(registry.jobs)} jobs and {len(registry.connectors)} connectors are there")
