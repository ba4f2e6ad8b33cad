"""A CUPS of one's own: real cupsd on loopback with raw queues that keep what comes out of them in files.

    with Cups.start(folder) as cups:
        cups.behave("SLIPS", "stop")
        ...submit to cups.uri("SLIPS")...
        cups.kill()
        cups.restart()
        assert [one.title for one in cups.captured("SLIPS")] == [...]

Nothing of the machine's own CUPS is read or changed: configuration, spool, state, cache and log are below `folder`.
What comes out of a queue is kept by a backend (`capture.sh`), which does what the file `behave` of its queue says at
that moment:

ok        keep the sheet
slow      wait a second, keep the sheet
brief     wait for a twentieth of that, keep the sheet
hang      keep nothing until it is told otherwise, then do that
fail      keep nothing, exit 1: what follows is the queue's error policy (`retry-job` here, as Debian has it: held, and
          tried again after JobRetryInterval)
hold      keep nothing, exit 3: held until somebody releases it
stop      keep nothing, exit 4: the queue stops and the sheet waits
cancel    keep nothing, exit 5: cancelled at the device
late      keep the sheet, then exit 1
paper     say that the paper is out, then as `hang`

Facts about cupsd 2.4.2 that this rests on: it must be root; a backend must be owned by root and not be writable by
others, and with mode 0700 runs as root; a TempDir that is missing ends cupsd without a word, so `cupsd -t` goes first;
`kill -9` leaves the backend of the sheet under way running, which then keeps the sheet all the same.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CUPSD = "/usr/sbin/cupsd"
QUEUES = ("LISTS", "SLIPS", "LABELS")
CLASS = "TWINS"
"""A class of the first two queues."""
PATIENCE = 20.0
"""Seconds anything may take before a test gives up."""
_BACKEND = Path(__file__).with_name("capture.sh")
_CONFIGURATION = Path(__file__).with_name("cupsd.conf.txt")


def why_not() -> str:
    """Return why there can be no cupsd here; empty where there can."""
    if not Path(CUPSD).exists():
        return "no cupsd (cups-daemon) on this machine"
    return "" if os.geteuid() == 0 else "cupsd wants root"


@dataclass(frozen=True)
class Captured:
    """A sheet that came out of a queue."""

    job: int
    title: str
    user: str
    copies: int
    content: bytes


@dataclass
class Cups:
    """One server and its queues; `running` is its process, None after a kill."""

    folder: Path
    port: int
    running: "subprocess.Popen[bytes] | None" = None

    @classmethod
    @contextmanager
    def start(cls, folder: Path, queues: Sequence[str] = QUEUES, **settings: object) -> Iterator["Cups"]:
        """Serve empty queues below `folder` until the end; `settings` are directives of cupsd.conf (MaxJobs=5)."""
        cups = cls(folder, _free_port())
        cups._configure(queues, settings)
        try:
            cups.restart()
            yield cups
        finally:
            cups.end()

    def uri(self, queue: str) -> str:
        """Return the address of a queue, or of the class."""
        return f"ipp://127.0.0.1:{self.port}/{'classes' if queue == CLASS else 'printers'}/{queue}"

    def captured(self, queue: str) -> list[Captured]:
        """Return what came out of a queue, in order."""
        place = self.folder / "out" / queue
        found = []
        for line in (place / "log").read_text(encoding="utf-8").splitlines():
            job, user, copies, name, title = line.split("\t")
            found.append(Captured(int(job), title, user, int(copies), (place / name).read_bytes()))
        return found

    def behave(self, queue: str, how: str) -> None:
        """Make a queue's backend do something else from now on."""
        _replace(self.folder / "out" / queue / "behave", f"{how}\n")

    def begun(self, queue: str) -> int:
        """Return how often the backend of a queue was started, whatever came of it."""
        return len((self.folder / "out" / queue / "begun").read_text(encoding="utf-8").splitlines())

    def kill(self) -> None:
        """End the server as a power cut would (SIGKILL); a backend under way goes on."""
        self._stop(signal.SIGKILL)

    def terminate(self) -> None:
        """End the server as systemd would (SIGTERM); it writes its state down first."""
        self._stop(signal.SIGTERM)

    def restart(self) -> None:
        """Start the server, with whatever it finds of its earlier self."""
        with (self.folder / "cupsd.out").open("ab") as out:
            self.running = subprocess.Popen(
                [CUPSD, "-f", *self._files()], stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self.running.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"cupsd did not start: {self.log()}")
            time.sleep(0.01)

    def reload(self) -> None:
        """Make the server read its configuration again (SIGHUP)."""
        assert self.running is not None
        self.running.send_signal(signal.SIGHUP)

    def end(self) -> None:
        """End the server and every backend that it left behind."""
        if self.running is not None:
            self._stop(signal.SIGTERM)
        for begun in (self.folder / "out").glob("*/begun"):
            for pid in begun.read_text(encoding="utf-8").split():
                if b"capture" in _command_line(int(pid)):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)

    def disable(self, queue: str) -> None:
        """Pause a queue: it takes sheets and prints none (`cupsdisable`)."""
        self._command("cupsdisable", queue)

    def enable(self, queue: str) -> None:
        """Let a queue print again (`cupsenable`)."""
        self._command("cupsenable", queue)

    def reject(self, queue: str) -> None:
        """Make a queue take no sheets (`cupsreject`)."""
        self._command("cupsreject", queue)

    def accept(self, queue: str) -> None:
        """Let a queue take sheets again (`cupsaccept`)."""
        self._command("cupsaccept", queue)

    def hold(self, job: int) -> None:
        """Hold a sheet that waits."""
        self._command("lp", "-i", str(job), "-H", "hold")

    def release(self, job: int) -> None:
        """Release a held sheet."""
        self._command("lp", "-i", str(job), "-H", "resume")

    def release_all(self) -> None:
        """Release every sheet that is held."""
        listed = self._command("lpstat", "-W", "not-completed", "-o")
        for line in listed.splitlines():
            self.release(int(line.split()[0].rpartition("-")[2]))

    def cancel(self, job: int) -> None:
        """Cancel a sheet."""
        self._command("cancel", str(job))

    def log(self) -> str:
        """Return what the server wrote down."""
        files = [self.folder / "cupsd.out", self.folder / "log" / "error_log"]
        return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.exists())

    def _command(self, program: str, *words: str) -> str:
        where = f"127.0.0.1:{self.port}"
        return subprocess.run(
            [program, "-h", where, *words], check=True, capture_output=True, timeout=PATIENCE, text=True,
            env={**os.environ, "CUPS_SERVER": where, "CUPS_USER": "nightclerk"},
        ).stdout  # fmt: skip

    def _stop(self, how: signal.Signals) -> None:
        assert self.running is not None
        self.running.send_signal(how)
        self.running.wait(PATIENCE)
        self.running = None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def _files(self) -> list[str]:
        return ["-c", str(self.folder / "cupsd.conf"), "-s", str(self.folder / "cups-files.conf")]

    def _configure(self, queues: Sequence[str], settings: dict[str, object]) -> None:
        for name in ("root/ssl", "root/ppd", "spool", "tmp", "cache", "state/certs", "log", "bin/backend", "out"):
            (self.folder / name).mkdir(parents=True)
        for part in Path("/usr/lib/cups").iterdir():
            if part.name != "backend":
                (self.folder / "bin" / part.name).symlink_to(part)
        backend = self.folder / "bin" / "backend" / "capture"
        shutil.copyfile(_BACKEND, backend)
        backend.chmod(0o700)
        (self.folder / "cups-files.conf").write_text(_files_of(self.folder), encoding="utf-8")
        more = "".join(f"{name} {value}\n" for name, value in settings.items())
        rules = _CONFIGURATION.read_text(encoding="utf-8")
        (self.folder / "cupsd.conf").write_text(f"Listen 127.0.0.1:{self.port}\n{more}{rules}", encoding="utf-8")
        (self.folder / "root" / "printers.conf").write_text("".join(map(self._queue, queues)), encoding="utf-8")
        members = "".join(f"Printer {queue}\n" for queue in queues[:2])
        twins = f"<Class {CLASS}>\nState Idle\nAccepting Yes\nJobSheets none none\n{members}</Class>\n"
        (self.folder / "root" / "classes.conf").write_text(twins, encoding="utf-8")
        subprocess.run([CUPSD, "-t", *self._files()], check=True, capture_output=True, timeout=PATIENCE)

    def _queue(self, queue: str) -> str:
        place = self.folder / "out" / queue
        place.mkdir()
        for name in ("log", "begun"):
            (place / name).touch()
        self.behave(queue, "ok")
        return (
            f"<Printer {queue}>\nInfo {queue}\nDeviceURI capture:{place}\nState Idle\nAccepting Yes\n"
            "JobSheets none none\nErrorPolicy retry-job\n</Printer>\n"
        )


def _files_of(folder: Path) -> str:
    places = {
        "ServerRoot": "root", "RequestRoot": "spool", "TempDir": "tmp", "CacheDir": "cache", "StateDir": "state",
        "ServerBin": "bin", "AccessLog": "log/access_log", "ErrorLog": "log/error_log", "PageLog": "log/page_log",
    }  # fmt: skip
    lines = [f"{name} {folder / place}" for name, place in places.items()]
    return "\n".join(
        [
            *lines,
            "DataDir /usr/share/cups",
            f"Printcap {folder / 'printcap'}",
            "SystemGroup root",
            "User lp",
            "Group lp",
            "",
        ]
    )


def _replace(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
