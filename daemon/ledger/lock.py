"""Only one process works on a state folder: an advisory lock that names its holder and dies with it."""

import fcntl
import os
from pathlib import Path
from typing import IO

from daemon.errors import BusyError, LedgerError

FILE_NAME = "lock"


class StateLock:
    """The lock of a state folder, held until closed or until the process ends, however it ends."""

    def __init__(self, state: Path) -> None:
        path = state / FILE_NAME
        try:
            self._file: IO[str] = path.open("a+", encoding="ascii")
        except OSError as error:
            raise LedgerError(f"the state folder {state} can't be used: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            holder = self._file.read().strip()
            self._file.close()
            raise BusyError(f"the state folder {state} is in use by the process {holder or 'unknown'}") from error
        except OSError as error:
            self._file.close()
            raise LedgerError(f"the state folder {state} can't be locked: {error.strerror}") from error
        try:
            self._file.truncate(0)
            os.write(self._file.fileno(), f"{os.getpid()}\n".encode())
        except OSError as error:
            self._file.close()
            raise LedgerError(f"the state folder {state} can't be written to: {error.strerror}") from error

    def close(self) -> None:
        """Give the folder free."""
        self._file.close()
