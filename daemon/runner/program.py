"""The one program that the daemon itself starts: the owner's `token_command`, without a shell, cut off in time.

What it prints is a secret, so that neither its output nor its complaints are shown. It is told nothing but where
programs, its home and the service's credentials are.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from pathlib import Path

from daemon.errors import OutsideError

PATIENCE = 30.0
"""Seconds: it may ask a provider and write a cache."""
LAST_GASP = 2.0
"""Seconds that the pipe of a program that was ended may stay open."""
LARGEST_OUTPUT = 64 * 1024
_PASSED_ON = ("PATH", "HOME", "LANG", "TZ", "CREDENTIALS_DIRECTORY", "SSL_CERT_FILE", "https_proxy", "no_proxy")


async def printed(argv: Sequence[str], patience: float = PATIENCE) -> str:
    """Return what a program printed; raise OutsideError, which names the program only, where it fails or takes long."""
    name = Path(argv[0]).name
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, start_new_session=True,
            env={key: os.environ[key] for key in _PASSED_ON if key in os.environ},
        )  # fmt: skip
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name or an argument can't be used"
        raise OutsideError(f"the command {name} can't be started: {reason}", permanent=True) from error
    try:
        async with asyncio.timeout(patience):
            output = await _output(process)
            status = await process.wait()
    except TimeoutError:
        raise OutsideError(f"the command {name} took longer than {patience:g} s") from None
    finally:
        await _end(process)
    if status != 0:
        raise OutsideError(f"the command {name} ended with {status}: run it as the service's user to see why")
    return output.decode("ascii", "replace")


async def _output(process: Process) -> bytes:
    """Return the whole output; raise OutsideError where it is larger than a token can be."""
    assert process.stdout is not None
    found = b""
    while data := await process.stdout.read(LARGEST_OUTPUT):
        found += data
        if len(found) > LARGEST_OUTPUT:
            raise OutsideError("the command printed more than a token", permanent=True)
    return found


async def _end(process: Process) -> None:
    """End a program that still runs, with all it started."""
    if process.returncode is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LAST_GASP):
            await process.communicate()
