"""Tries every connection, the outbox's own among them, a few at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from daemon.clock import SystemClock
from daemon.config.options import leaves
from daemon.config.wiring import Wire, mail_connection, with_secrets
from daemon.desk.doctor.files import unwritable
from daemon.desk.doctor.patient import Patient, ill, unknown, warn, well
from daemon.desk.doctor.probing import Answer, assignment_for, probe
from daemon.outbox.delivery import open_transport
from daemon.outbox.transports import TRANSPORTS, FileOptions, SmtpOptions
from daemon.records import Diagnosis, State
from daemon.render.say import Voice, say
from daemon.runner import Children, SpawnerGoneError
from daemon.runner.program import printed
from daemon.secrets import SecretError, SecretText, redact

AT_ONCE = 4
PATIENCE = 20.0
"""Seconds one connection may take."""
HAND_OVER = "write its file, then `sudo nightclerk install`, and restart the service"
Tell = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Trials:
    """Tries connections in children; `tell` is told which, `patience` (seconds) is what each may take."""

    patient: Patient
    children: Children
    tell: Tell
    patience: float = PATIENCE

    async def all(self) -> list[Diagnosis]:
        """Return what became of every connection, in the order of the file, and of mail where none carries it."""
        gate = asyncio.Semaphore(AT_ONCE)
        config = self.patient.setup.config
        tried = await asyncio.gather(*(self._within(gate, name) for name in config.connections))
        return [*tried, *([] if mail_connection(config) else [_no_mail(self.patient)])]

    async def _within(self, gate: asyncio.Semaphore, name: str) -> Diagnosis:
        async with gate:
            await self.tell(f"trying the connection {name} …")
            try:
                if self.patient.setup.config.connections[name].use in TRANSPORTS:
                    return await self._mail(name)
                return await self._plug_in(name)
            except SecretError as error:
                return self._no_secret(name, error)
            except SpawnerGoneError:
                return unknown(_what(name), "it was not tried: no process can be started", "restart the service")

    def _no_secret(self, name: str, error: SecretError) -> Diagnosis:
        sentence = f"it was not tried: {error}"
        if isinstance(error.__cause__, PermissionError):
            return self.patient.closed(_what(name), sentence, HAND_OVER)
        return ill(_what(name), sentence, HAND_OVER)

    async def _mail(self, name: str) -> Diagnosis:
        """Try the way out for mail: connect and log in, or look at the folder; no mail is sent."""
        setup = self.patient.setup
        options = setup.mail_options()
        if isinstance(options, FileOptions):
            folder = options.path or setup.state / "mail"
            reason = unwritable(folder)
            remedy = "let the service write there: its owner, its mode, and `ReadWritePaths=` in a drop-in of the unit"
            return (
                self.patient.closed(_what(name), reason, remedy)
                if reason
                else well(_what(name), f"mails go to {folder}")
            )
        try:
            async with asyncio.timeout(self.patience):
                reason = await open_transport(options, setup.state, SystemClock(), printed).check() or ""
        except TimeoutError:
            reason = f"{options.host}: no answer within {self.patience:g} seconds"
        if reason:
            return ill(_what(name), reason, _mail_remedy(name, options))
        return well(_what(name), f"{options.host} takes mail from {options.sender}")

    async def _plug_in(self, name: str) -> Diagnosis:
        setup = self.patient.setup
        connection = setup.config.connections[name]
        keys = setup.loaded.registry.connectors_named(connection.use)
        if len(keys) != 1:
            return ill(_what(name), _no_connector(self.patient, name), "`nightclerk plugins` lists what is there")
        connector = setup.loaded.registry.connectors[keys[0]]
        options = with_secrets(connection.options, setup.secret_places)
        wire = Wire(name, connector.kind.name, keys[0], options)
        answer = await probe(self.children, assignment_for(setup, wire, self.patient.now), self.patience)
        known = [str(value) for _, value in leaves(options) if isinstance(value, SecretText)]
        return self._judged(name, answer, known)

    def _judged(self, name: str, answer: Answer, known: list[str]) -> Diagnosis:
        use = self.patient.setup.config.connections[name].use
        if answer.state is State.FAILED:
            where = f"correct `connections.{name}`, or what it leads to, and try again"
            return ill(_what(name), redact(answer.reason, known), where)
        if answer.summary is not None:
            voice = Voice("en", "", self.patient.setup.config.shop.timezone)
            return ill(_what(name), f"{use} can't be used as it is", redact(say(answer.summary, voice), known))
        if not answer.tried:
            return unknown(_what(name), f"it could be opened; the plug-in {use} has no way to try more")
        return well(_what(name), f"{use} works")


def _what(name: str) -> str:
    return f"connection {name}"


def _no_mail(patient: Patient) -> Diagnosis:
    folder = patient.setup.state / "mail"
    return warn("mail", f"no connection carries mail: mails stay files in {folder}", "add one with `use: smtp`")


def _no_connector(patient: Patient, name: str) -> str:
    """Return what the check of the file said about `use:`."""
    path = f"connections.{name}.use"
    said = [problem.sentence for problem in patient.setup.loaded.all_problems() if problem.path == path]
    return said[0] if said else "there is no connector of this name"


def _mail_remedy(name: str, options: SmtpOptions) -> str:
    if options.oauth is not None:
        return f"look at `connections.{name}.oauth`, and at what the provider lets {options.username} do; mail waits"
    login = "username and password" if options.username else "`username:` and `password:`, if the server wants a login"
    return (
        f"look at `connections.{name}`: host {options.host}, port {options.used_port}, security {options.security}, "
        f"{login}; the mail waits and is sent once this is right"
    )
