"""A night on a real machine: the daemon starts, works, mails, reloads and stops; the mail server's own record judges."""

import contextlib
import os
import signal
import socket
import sqlite3
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from daemon import paths
from daemon.clock import SystemClock

pytestmark = pytest.mark.system
PASSWORD = "correct horse"
PATIENCE = 80.0
SHOP = (
    "shop: {name: Lamps & Leaf, timezone: Europe/Berlin, country: DE}\npeople: {lotta: {email: lotta@lamps.example}}\n"
)


class Post:
    """A mail server on loopback with STARTTLS and log-in; `taken` is its own record."""

    def __init__(self, folder: Path, port: int) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self.tls)
        self.port = port
        self.taken: list[Envelope] = []
        self._controller: Controller | None = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.taken.append(envelope)
        return "250 taken"

    def _log_in(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=data.login == b"shop" and data.password == PASSWORD.encode(), handled=False)

    def open(self) -> None:
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, require_starttls=True, auth_required=True,
            authenticator=self._log_in, tls_context=self.tls,
        )  # fmt: skip
        self._controller.start()

    def close(self) -> None:
        if self._controller is not None:
            self._controller.stop()


@pytest.fixture
def post(tmp_path: Path, machine: Any) -> Iterator[Post]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made = Post(tmp_path, free.getsockname()[1])
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    (keys / "smtp").write_text(PASSWORD, encoding="ascii")
    machine.env["SSL_CERT_FILE"] = str(tmp_path / "ca.pem")
    yield made
    made.close()


def mail_through(post: Post) -> str:
    return f"""\
secrets: keys
connections:
  shop: {{use: demo}}
  mail:
    use: smtp
    host: localhost
    port: {post.port}
    username: shop
    password: !secret smtp
    from: Night shift <night@lamps.example>
"""


def stored(state: Path) -> list[tuple[str, str, bytes]]:
    """Return message ids, states and contents of all mails in the ledger."""
    with contextlib.closing(sqlite3.connect(state / "ledger.db")) as ledger:
        return [(row[0], row[1], row[2]) for row in ledger.execute("select message_id, state, content from mails")]


def wait_until(true: Callable[[], bool]) -> None:
    clock = SystemClock()
    end = clock.monotonic() + PATIENCE
    while not true():
        assert clock.monotonic() < end, "it never came true"
        signal.sigtimedwait([], 0.05)


def test_a_night_from_ready_to_the_mail_server_and_to_its_stop(machine: Any, post: Post) -> None:
    due = (SystemClock().now() + timedelta(seconds=64)).astimezone(ZoneInfo("Europe/Berlin"))
    routines = (
        f'routines:\n  orders: {{job: orders, at: "{due:%H:%M}"}}\n  morning: {{job: briefing, after: [orders]}}\n'
    )
    machine.configure(SHOP + mail_through(post) + routines)
    post.open()
    daemon, _ = machine.serve()
    wait_until(lambda: bool(post.taken))
    reloaded = machine.run("reload")
    runs = machine.run("runs", "--json")
    code, seconds = machine.stop(daemon)

    assert reloaded.returncode == 0
    assert reloaded.stdout.startswith(f"reloaded {machine.config}: 2 routines.")
    assert runs.stdout.count('"state": "ok"') == 2
    assert machine.log().count("ended well") == 2
    assert "job store" not in machine.log()
    assert code == 0
    assert seconds < 5
    ((message_id, state, content),) = stored(machine.state)
    assert state == "sent"
    assert [envelope.content for envelope in post.taken] == [content]
    assert post.taken[0].rcpt_tos == ["lotta@lamps.example"]
    assert message_from_bytes(content)["Message-ID"] == message_id


def test_mail_waits_for_a_server_that_is_down_and_leaves_exactly_once(machine: Any, post: Post) -> None:
    machine.configure(SHOP + mail_through(post) + 'routines: {morning: {job: briefing, at: "06:00"}}')
    daemon, _ = machine.serve()
    assert machine.run("run", "morning").returncode == 0
    wait_until(lambda: "mail waits" in machine.log())
    assert "mail: " in machine.run("status").stdout
    assert machine.run("outbox", "retry").returncode == 0
    post.open()
    machine.run("outbox", "retry")
    wait_until(lambda: bool(post.taken) and stored(machine.state)[0][1] == "sent")
    machine.run("outbox", "retry")
    assert machine.stop(daemon)[0] == 0
    assert [envelope.content for envelope in post.taken] == [stored(machine.state)[0][2]]
    assert machine.log().count("mail waits") == 1
    assert machine.log().count("mail leaves again") == 1


def test_a_mail_server_that_never_answers_does_not_hold_up_the_stop(machine: Any, post: Post) -> None:
    machine.configure(SHOP + mail_through(post) + 'routines: {morning: {job: briefing, at: "06:00"}}')
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", post.port))
        silent.listen()
        daemon, _ = machine.serve()
        machine.run("run", "morning")
        code, seconds = machine.stop(daemon)
    assert code == 0
    assert seconds < 5


@pytest.fixture
def shipped(machine: Any) -> Any:
    """A machine with the configuration that is shipped."""
    machine.configure(paths.example().read_text(encoding="utf-8"))
    return machine


def test_a_second_daemon_is_told_which_process_holds_the_state(shipped: Any) -> None:
    daemon, _ = shipped.serve()
    second = shipped.run("serve")
    assert second.returncode == 75
    assert f"in use by the process {daemon.pid}" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_killed_spawner_ends_the_daemon_to_be_started_anew(shipped: Any, spawner_of: Callable[[int], int]) -> None:
    daemon, _ = shipped.serve()
    os.kill(spawner_of(daemon.pid), signal.SIGKILL)
    assert daemon.wait(10) == 70


def test_a_broken_file_never_ends_the_night(shipped: Any) -> None:
    good = shipped.config.read_text(encoding="utf-8")
    broken = f"shop: [unclosed\nstate: {shipped.state}\n"
    daemon, _ = shipped.serve()
    shipped.config.write_text(broken, encoding="utf-8")
    refused = shipped.run("reload")
    assert (refused.returncode, refused.stdout) == (78, "")
    assert "config.yaml:1:7: " in refused.stderr
    assert "refused configuration" in shipped.run("status").stdout
    assert "the configuration was refused" in shipped.wait_for_notice("refused")
    assert shipped.stop(daemon)[0] == 0

    daemon, _ = shipped.serve()
    assert "goes on with the configuration that last ran" in shipped.log()
    shipped.config.write_text(good, encoding="utf-8")
    assert shipped.run("reload").returncode == 0
    assert "refused" not in shipped.run("status").stdout
    assert shipped.stop(daemon)[0] == 0


@pytest.mark.parametrize("how", ["missing", "unreadable"])
def test_a_file_that_can_not_be_had_does_not_end_the_night_either(shipped: Any, how: str) -> None:
    daemon, _ = shipped.serve()
    assert shipped.stop(daemon)[0] == 0
    shipped.config.unlink()
    if how == "unreadable":
        shipped.config.symlink_to("/proc/self/mem")  # a regular file that nobody can read from its start, not even root
    shipped.env["STATE_DIRECTORY"] = str(shipped.state)
    daemon, _ = shipped.serve()
    assert "config.yaml:1:1: " in shipped.log()
    assert "goes on with the configuration that last ran" in shipped.log()
    assert "the configuration was refused" in shipped.wait_for_notice("refused")
    assert shipped.stop(daemon)[0] == 0


def test_without_a_file_and_without_a_night_before_the_start_ends_with_78(machine: Any) -> None:
    ended = machine.run("serve")
    assert ended.returncode == 78
    assert "there is no configuration file" in ended.stderr


def test_a_first_start_with_a_broken_file_ends_with_78_and_its_place(machine: Any) -> None:
    machine.configure("shop: [unclosed")
    ended = machine.run("serve")
    assert ended.returncode == 78
    assert "config.yaml:1:7: " in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_daemon_that_was_killed_is_followed_by_one_that_accounts_for_its_runs(machine: Any) -> None:
    plugins = machine.folder / "plugins"
    plugins.mkdir(mode=0o755)
    (plugins / "slow.py").write_text(
        "import signal\nfrom daemon.api import Job, NoOptions\n"
        "slow = Job('slow', 'Never ends.', NoOptions, lambda ctx, options: signal.pause())\n",
        encoding="utf-8",
    )
    machine.configure(SHOP + 'routines: {slow: {job: slow, at: "06:00"}}\nplugins: plugins')
    daemon, _ = machine.serve()
    asking = machine.launch_command("run", "slow")
    wait_until(lambda: '"running"' in machine.run("runs", "--json").stdout)
    daemon.kill()
    daemon.wait(10)
    assert asking.wait(10) == 1
    daemon, _ = machine.serve()
    assert '"state": "lost"' in machine.run("runs", "--json").stdout
    assert machine.stop(daemon)[0] == 0
