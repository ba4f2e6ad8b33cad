"""Examines everything a night depends on, says what to do about each failure, and changes nothing.

Every check is a function from the patient to diagnoses. A check that can't be made says so; it never ends the rest.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence

from daemon.clock import SystemClock
from daemon.desk.doctor import configured, files, machine
from daemon.desk.doctor.connections import Tell, Trials
from daemon.desk.doctor.ledger import ledger
from daemon.desk.doctor.patient import Patient, unknown
from daemon.desk.doctor.unit import unit
from daemon.engine.assigning import Setup
from daemon.engine.shift import Shift
from daemon.records import Diagnosis
from daemon.runner import Children
from daemon.spawner import Spawner

Check = Callable[[Patient], Iterator[Diagnosis]]
CHECKS: Sequence[tuple[str, Check]] = (
    ("program", machine.programs),
    ("service", unit),
    ("clock", machine.clock),
    ("zone data", machine.zone_data),
    ("disk", machine.room),
    ("state folder", files.state_folder),
    ("ledger", ledger),
    ("configuration", files.configuration),
    ("configuration", configured.refusal),
    ("templates", files.templates),
    ("secrets", files.secrets),
    ("plug-ins", configured.plug_ins),
    ("routines", configured.routines),
)
"""What each check looks at, and the check."""


def look(patient: Patient) -> list[Diagnosis]:
    """Return what everything but the connections shows; reads files and may take seconds."""
    return [one for what, check in CHECKS for one in _guarded(what, check, patient)]


def _guarded(what: str, check: Check, patient: Patient) -> list[Diagnosis]:
    try:
        return list(check(patient))
    except PermissionError as error:
        return [patient.closed(what, f"{error.filename} may not be looked at by this user", "give it that right")]
    except OSError as error:
        return [unknown(what, f"it could not be looked at: {error}")]


async def examine(patient: Patient, children: Children, tell: Tell) -> list[Diagnosis]:
    """Return what is to be said of the machine and of every connection; `tell` hears what is being tried."""
    machine_side = await asyncio.to_thread(look, patient)
    return [*machine_side, *await Trials(patient, children, tell).all()]


async def examine_shift(shift: Shift, tell: Tell) -> list[Diagnosis]:
    """Examine what a daemon works with, as its user and behind its walls."""
    patient = Patient(shift.setup, shift.clock.now(), serving=True, refusal=tuple(shift.refusal))
    return await examine(patient, shift.engine.children, tell)


async def examine_alone(setup: Setup, spawner: Spawner, say: Callable[[str], None]) -> list[Diagnosis]:
    """Examine a configuration without a daemon; its state is only read and nothing is made."""

    async def tell(text: str) -> None:
        say(text)
        await asyncio.sleep(0)

    children = Children(spawner)
    try:
        return await examine(Patient(setup, SystemClock().now(), serving=False), children, tell)
    finally:
        children.close()
