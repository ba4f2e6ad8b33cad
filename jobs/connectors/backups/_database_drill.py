"""A restore drill: a dump goes into a scratch database, what came back is asked for, and the database is dropped again.

Nothing else on the server is touched: the name is drawn and checked, and the role may do nothing besides. How long a
restore takes is measured, so that it is known how long the real one will.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from daemon.api import Outlet, OutsideError, Text, Value, stopwatch
from jobs.connectors.backups._archive_reading import client_version
from jobs.connectors.backups._database_asking import Assessed, answered, assess
from jobs.connectors.backups._database_mariadb import MariaDB
from jobs.connectors.backups._database_options import DatabaseDrill
from jobs.connectors.backups._database_postgresql import PostgreSQL
from jobs.connectors.backups._database_restore import Restore
from jobs.connectors.backups._database_scratch import Place, forget, place, scratch_names, sweep
from jobs.connectors.backups._database_server import Deadline, Server, Standing, told_of
from jobs.connectors.backups._held import ended_in_order
from jobs.connectors.backups._outcomes import DamagedError, UnknownError, first_words
from jobs.kinds.backup import Copy, Outcome, Verdict

ROOM = Decimal("1.3")
"""How many times what was restored last must be free before a restore begins."""
CLEANING = timedelta(minutes=1)
"""How long dropping a database may take, whatever else took too long before."""
_RESTORED = "restored.json"


@dataclass(frozen=True)
class Drill:
    """The drills of one connection: `options`, where pg_restore is, and what the daemon gave it."""

    options: DatabaseDrill
    pg_restore: str
    outlet: Outlet

    def run(self, copy: Copy, restore: Callable[[Server, Place], Restore]) -> Verdict:
        """Restore a copy and say what came back; what stands in the way is UNKNOWN."""
        if self.outlet.dry:
            return Verdict(Outcome.UNKNOWN, reason=Text("a dry run makes no scratch database"))
        try:
            with ended_in_order(), place(self._root, self.outlet.now) as made:
                return self._in(made, copy, restore)
        except DamagedError as error:
            return Verdict(Outcome.BROKEN, 0, 1, (copy.name,), reason=error.reason)
        except UnknownError as error:
            return Verdict(Outcome.UNKNOWN, reason=error.reason)
        except OutsideError as error:
            return Verdict(Outcome.UNKNOWN, reason=Text("{error}", {"error": first_words(str(error), 400)}))

    def _in(self, made: Place, copy: Copy, restore: Callable[[Server, Place], Restore]) -> Verdict:
        server = self.server(made, Deadline(self.options.limit))
        try:
            require_humble(server.standing(), self.options)
            sweep(self._root, self.outlet.now, scratch_names(server.names()), self._cleaner(made).drop)
            self._require_room(server, copy)
        except BaseException:  # SIGTERM too, which comes as SystemExit: nothing was made yet that a drop would need
            forget(made)
            raise
        left: list[str] = []
        with self._database(server, made, left):
            verdict = self._restored(server, made, copy, restore)
        return _noting(verdict, left)

    def _restored(
        self, server: Server, made: Place, copy: Copy, restore: Callable[[Server, Place], Restore]
    ) -> Verdict:
        passed = stopwatch()
        done = restore(server, made)
        done.run(made.name, self.options.limit)
        seconds = Decimal(f"{passed():.3f}")
        size = server.size(made.name)
        self._remember(size)
        found = assess(server, made.name.text, self.options, copy, self._live(made, server), self.outlet.zone)
        shown = _shown(found, Decimal(size), timedelta(seconds=float(seconds)))
        return Verdict(Outcome.HELD, 1, 1, shown=shown, read=copy.size, seconds=seconds)

    @contextmanager
    def _database(self, server: Server, made: Place, left: list[str]) -> Iterator[None]:
        """Make the scratch database, and drop it however the work in it ends."""
        try:
            server.create(made.name)
            yield
        finally:
            try:
                self._cleaner(made).drop(made.name)
                forget(made)
            except OutsideError as error:
                left.append(first_words(str(error)))

    def server(self, made: Place, deadline: Deadline) -> Server:
        """Return the server for drills; raise UnknownError where its client is not installed."""
        if self.options.server == "postgresql":
            return PostgreSQL(self.options, self.options.client or "psql", self.pg_restore, made, deadline)
        return MariaDB(self.options, self.options.client or "mariadb", made, deadline)

    def _cleaner(self, made: Place) -> Server:
        return self.server(made, Deadline(CLEANING))

    def _live(self, made: Place, server: Server) -> Server | None:
        live = self.options.live
        if live is None:
            return None
        if isinstance(server, PostgreSQL):
            return PostgreSQL(live, server.psql, server.restoring, made, server.deadline, reads_only=True)
        assert isinstance(server, MariaDB)
        return MariaDB(live, server.program, made, server.deadline, reads_only=True)

    @contextmanager
    def asking(self) -> Iterator[Server]:
        """Give the server to ask about itself; nothing is made there, and of what is made here nothing stays."""
        missing = [folder for folder in (self._root, *self._root.parents) if not folder.exists()]
        with place(self._root, self.outlet.now) as made:
            try:
                yield self.server(made, Deadline(CLEANING))
            finally:
                forget(made)
                with suppress(OSError):
                    for folder in missing:
                        folder.rmdir()

    def needed(self, copy: Copy) -> tuple[int, bool]:
        """Return how many bytes a restore needs, and whether that is what was measured, not only the least."""
        measured = self._measured()
        return int(ROOM * max(measured or 0, copy.size or 0)), measured is not None

    def _require_room(self, server: Server, copy: Copy) -> None:
        free = free_at(server.folder())
        needed, _ = self.needed(copy)
        if free is not None and free < needed:
            raise UnknownError(lacking_room(free, needed))

    def _remember(self, size: int) -> None:
        """Keep how large the database was, so that the next drill knows whether there is room for it."""
        path = self.outlet.folder / _RESTORED
        path.with_suffix(".new").write_text(json.dumps({"bytes": size}), encoding="ascii")
        path.with_suffix(".new").replace(path)

    def _measured(self) -> int | None:
        try:
            return int(json.loads((self.outlet.folder / _RESTORED).read_text(encoding="ascii"))["bytes"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @property
    def _root(self) -> Path:
        return self.outlet.folder / "databases"


def require_humble(standing: Standing, options: DatabaseDrill) -> None:
    """Raise UnknownError for a role that may do more than a drill needs: a dump is code, and runs with its rights."""
    values = {"user": options.user, "excess": standing.excess, "lacking": standing.lacking}
    if standing.excess:
        raise UnknownError(
            Text(
                "no drill as {user}, who may do more than a drill needs ({excess}): a dump is code and would run with "
                "these rights; make a role for drills",
                values,
            )
        )
    if standing.lacking:
        raise UnknownError(
            Text("no drill as {user}, who lacks the right to make a scratch database: {lacking}", values)
        )


def free_at(folder: Path | None) -> int | None:
    """Return the bytes free on the disk of a folder; None where that can't be known."""
    if folder is None:
        return None
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


def lacking_room(free: int, needed: int) -> Text:
    """Return what is said where a restore would not fit."""
    return Text(
        "a restore needs {needed:size} free on the disk of the server for drills, which has {free:size}",
        {"needed": Decimal(needed), "free": Decimal(free)},
    )


def ill(drill: Drill) -> Text | None:
    """Return what stands in the way of a drill, for `nightclerk doctor`; nothing is made on the server."""
    try:
        with drill.asking() as server:
            client_version(server.client, CLEANING, option="client")
            require_humble(server.standing(), drill.options)
    except UnknownError as error:
        return error.reason
    except OutsideError as error:
        told = {"server": told_of(drill.options), "error": first_words(str(error), 400)}
        return Text("the server for drills ({server}) can't be used: {error}", told)
    return None


def _shown(found: Assessed, size: Decimal, took: timedelta) -> Text:
    values: dict[str, Value] = {"n": found.tables, "size": size, "took": took}
    came = Text(
        "restored into a scratch database in {took}: {n} table, {size:size}",
        values,
        "restored into a scratch database in {took}: {n} tables, {size:size}",
    )
    if not found.checks:
        return Text("{came}; nothing was asked of it (`checks:`)", {"came": came})
    return Text("{came}; {asked}", {"came": came, "asked": answered(found)})


def _noting(verdict: Verdict, left: list[str]) -> Verdict:
    if not left:
        return verdict
    values = {"shown": verdict.shown, "error": left[0]}
    reason = Text("{shown}; its database could not be dropped, which is tried again next time: {error}", values)
    return Verdict(Outcome.WARN, 1, 1, reason=reason, shown=verdict.shown, read=verdict.read, seconds=verdict.seconds)
