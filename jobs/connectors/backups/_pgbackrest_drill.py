"""A drill by pgBackRest: a backup is restored into a scratch folder and, with `postgres:`, recovered and asked."""

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from daemon.api import Outlet, OutsideError, Text, Value
from jobs.connectors.backups._archive_reading import client_version
from jobs.connectors.backups._database_asking import answered, assess
from jobs.connectors.backups._database_options import LiveOptions
from jobs.connectors.backups._database_postgresql import PostgreSQL
from jobs.connectors.backups._database_scratch import Place, new_name
from jobs.connectors.backups._database_server import Deadline
from jobs.connectors.backups._drill import judged, lacking, scratch
from jobs.connectors.backups._drill_options import DrillOptions
from jobs.connectors.backups._outcomes import NOT_FOUND, DamagedError, UnknownError, first_words
from jobs.connectors.backups._pgbackrest_cluster import PORT, Cluster
from jobs.connectors.backups._pgbackrest_ground import NO_ARCHIVE_MODE, Ground, Restoring, require_inside
from jobs.connectors.backups._pgbackrest_options import PgBackRestDrill, PgBackRestOptions
from jobs.connectors.backups._pgbackrest_reading import Stanza, major_of
from jobs.connectors.backups._pgbackrest_told import restore_error
from jobs.connectors.backups._room import Needs, room
from jobs.connectors.command import Program
from jobs.kinds.backup import Copy, Outcome, Verdict

_MUST_BE = ["data/PG_VERSION", "data/global/pg_control"]
"""pgBackRest gives the second its name last of all (src/command/restore/restore.c)."""
_QUICK = timedelta(minutes=1)
_EXCESS = """
SELECT concat_ws(', ', CASE WHEN me.rolsuper THEN 'SUPERUSER' END, CASE WHEN me.rolcreaterole THEN 'CREATEROLE' END,
  (SELECT string_agg(r.rolname, ', ' ORDER BY r.rolname) FROM pg_roles r WHERE r.rolname IN
    ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files') AND NOT me.rolsuper
    AND pg_has_role(current_user, r.oid, 'MEMBER')))
FROM pg_roles me WHERE me.rolname = current_user"""
"""What is asked runs what views and functions of the shop say, with the rights of who asks, on this machine."""


@dataclass(frozen=True)
class Drill:
    """The drills of one stanza."""

    options: PgBackRestOptions
    drill: PgBackRestDrill
    outlet: Outlet

    def restored(self, stanza: Stanza, copy: Copy) -> Verdict:
        """Restore a backup, look at what came back, and remove it; what stands in the way is UNKNOWN."""
        try:
            self._require_ready(stanza, copy)
            with scratch(self.outlet.folder) as folder:
                return self._tried(Ground(folder, self.outlet.folder), copy, major_of(stanza, copy.id))
        except DamagedError as error:
            return Verdict(Outcome.BROKEN, reason=error.reason)
        except UnknownError as error:
            return Verdict(Outcome.UNKNOWN, reason=error.reason)
        except OutsideError as error:
            return Verdict(Outcome.UNKNOWN, reason=Text("{error}", {"error": first_words(str(error), 400)}))
        except OSError as error:
            told = {"error": error.strerror or str(error)}
            return Verdict(Outcome.UNKNOWN, reason=Text("it can't be restored here: {error}", told))

    def room(self, copy: Copy) -> Verdict:
        """Say whether there is room for a restore."""
        short = lacking(self.outlet.folder, copy, self._files)
        return Verdict(Outcome.WARN, reason=short) if short else room([Needs(self.outlet.folder, None)])

    @property
    def _files(self) -> DrillOptions:
        """What must have come back, as for a drill of files."""
        return DrillOptions(at_least=self.drill.at_least, holds=_MUST_BE, room=self.drill.room)

    def _require_ready(self, stanza: Stanza, copy: Copy) -> None:
        """Raise UnknownError where there is no such backup, no room for it, or nothing to start it with."""
        short = lacking(self.outlet.folder, copy, self._files)
        if copy.id not in stanza.labels or short:
            raise UnknownError(short or NOT_FOUND)
        self._require_startable(major_of(stanza, copy.id))

    def _tried(self, ground: Ground, copy: Copy, major: int) -> Verdict:
        deadline = Deadline(self.options.limit)
        restoring = Restoring(self.options, ground)
        ended = restoring.run(copy.id, major)
        if ended.timed_out:
            told: dict[str, Value] = {"program": self.options.program, "limit": self.options.limit}
            raise UnknownError(Text("{program} was not done after {limit} and was ended", told))
        if ended.code:
            raise restore_error(ended)
        verdict = judged(ground.restored, self._files, ended.seconds)
        if verdict.outcome is not Outcome.HELD or not self.drill.postgres:
            return verdict
        require_inside(ground)
        return self._started(Cluster(ground, Path(self.drill.postgres), deadline), restoring.fetching, copy, verdict)

    def _started(self, cluster: Cluster, fetching: str, copy: Copy, verdict: Verdict) -> Verdict:
        with cluster.recovered(fetching) as seconds:
            took = timedelta(seconds=float(seconds))
            claims = [Text("PostgreSQL recovered it in {took}", {"took": took}), *self._asked(cluster, copy)]
            pages = cluster.compared() if self.drill.checksums else None
        claims += [Text("the checksums of all {pages} pages match", {"pages": pages})] if pages is not None else []
        shown = verdict.shown
        for claim in claims:
            shown = Text("{first}; {rest}", {"first": shown, "rest": claim})
        return replace(verdict, shown=shown, seconds=(verdict.seconds or Decimal(0)) + seconds)

    def _asked(self, cluster: Cluster, copy: Copy) -> list[Text]:
        """Ask what the owner wants to know, in read-only transactions, as a role that can run no program."""
        if not self.drill.asks:
            return []
        own = LiveOptions(
            socket=str(cluster.ground.aside), port=PORT, user=self.drill.user, database=self.drill.database
        )
        server = self._server(cluster, own)
        excess = server.ask(self.drill.database, _EXCESS)
        if excess:
            told = {"user": self.drill.user, "excess": excess}
            raise UnknownError(
                Text("nothing is asked as {user}, who may do more than read ({excess}): name another role", told)
            )
        live = self._server(cluster, self.drill.live) if self.drill.live else None
        found = assess(server, self.drill.database, self.drill, copy, live, self.outlet.zone)
        return [answered(found)]

    def _server(self, cluster: Cluster, options: LiveOptions) -> PostgreSQL:
        place = Place(new_name(self.outlet.now), cluster.ground.aside)
        return PostgreSQL(options, str(cluster.programs / "psql"), "", place, cluster.deadline, reads_only=True)

    def _require_startable(self, major: int) -> None:
        """Raise UnknownError where what is restored could not be started anyway, before the work of restoring it."""
        if not self.drill.postgres:
            return
        if os.geteuid() == 0:
            raise UnknownError(
                Text("PostgreSQL does not run as root: run nightclerk as a user of its own, as its service does, "
                     "or leave `postgres:` out, and only the files are looked at")
            )  # fmt: skip
        postgres = Program(str(Path(self.drill.postgres) / "postgres"), frozenset({"--version"}))
        here = client_version(postgres, _QUICK, option="postgres")
        told = {"major": str(major), "here": str(here[0]) if here else "?"}
        if major < NO_ARCHIVE_MODE:
            raise UnknownError(Text("PostgreSQL {major} is too old to be started here: leave `postgres:` out", told))
        if not here or here[0] != major:
            raise UnknownError(
                Text(
                    "the backup is of PostgreSQL {major}, and in `postgres:` is {here}: name the folder of that one",
                    told,
                )
            )


def drill_of(options: PgBackRestOptions, outlet: Outlet) -> Drill | None:
    """Return the drills of a stanza, None where none are configured."""
    return Drill(options, options.drill, outlet) if options.drill else None
