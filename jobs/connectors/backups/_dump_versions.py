"""Whether the programs that made a dump and those that would restore it are new enough for each other."""

from datetime import timedelta

from daemon.api import Text
from jobs.connectors.backups._archive_reading import client_version, pg_restore
from jobs.connectors.backups._database_mariadb import knows_sandbox, refuses_sandbox
from jobs.connectors.backups._database_server import Server, Standing
from jobs.connectors.backups._dump_origins import Origin, Version, written
from jobs.connectors.backups._outcomes import UnknownError
from jobs.kinds.backup import Outcome, Verdict

_SHORT = timedelta(minutes=1)


def skewed(origin: Origin, client: Version, standing: Standing, *, is_mariadb: bool = False) -> Text | None:
    """Return what does not fit; None where nothing is known to. `client` is what would restore the dump."""
    if origin.vendor == "PostgreSQL":
        return _skewed_postgresql(origin, client, standing)
    if origin.sandboxed and not knows_sandbox(client, is_mariadb=is_mariadb):
        return refuses_sandbox(client)
    if {origin.vendor, standing.vendor} == {"MariaDB", "MySQL"}:
        return Text(
            "it was made by {maker}'s program, and the server for drills is {server}: they read each other's dumps "
            "only in part", {"maker": origin.vendor, "server": standing.vendor},
        )  # fmt: skip
    return None


def _is_newer(one: Version, other: Version) -> bool:
    """Say whether one is of a newer major version; of what is not known nobody says so."""
    return bool(other) and one[:1] > other[:1]


def _skewed_postgresql(origin: Origin, client: Version, standing: Standing) -> Text | None:
    values = {
        "tool": written(origin.tool), "from": written(origin.server), "client": written(client),
        "server": written(standing.version),
    }  # fmt: skip
    if _is_newer(origin.tool, client):
        return Text(
            "it was made by pg_dump {tool}, and the client here is {client}: restore with one that is not older", values
        )
    if _is_newer(origin.server, origin.tool):
        return Text("it was made by pg_dump {tool} of a server {from}: dump with a pg_dump that is not older", values)
    if not origin.tool:
        return None
    if _is_newer(standing.version, origin.tool):
        return Text(
            "it was made by pg_dump {tool}, and the server for drills is {server}: pg_dump dumps no server newer than "
            "itself, so update it before the live server", values,
        )  # fmt: skip
    if _is_newer(origin.server, standing.version):
        return Text("it is of a server {from}, and the server for drills is {server}: drill in one not older", values)
    return None


def compared(origin: Origin, server: Server, restoring: str) -> Verdict:
    """Return what is said of a dump's versions; raise UnknownError or OutsideError where nothing can be."""
    standing = server.standing()
    client, is_mariadb = _client(origin, server, restoring)
    if not origin.tool:
        raise UnknownError(Text("it does not say which version of a program made it"))
    wrong = skewed(origin, client, standing, is_mariadb=is_mariadb)
    if wrong is not None:
        return Verdict(Outcome.WARN, reason=wrong)
    told = {"maker": origin.vendor, "tool": written(origin.tool), "client": written(client)}
    return Verdict(Outcome.HELD, 1, 1, shown=Text("made by {maker}'s {tool}; the client here is {client}", told))


def _client(origin: Origin, server: Server, restoring: str) -> tuple[Version, bool]:
    """Return the version of what would restore a dump, and whether it is MariaDB's."""
    if origin.vendor == "PostgreSQL":
        return client_version(pg_restore(restoring), _SHORT, option="pg_restore"), False
    told = client_version(server.client, _SHORT, option="client")
    return told, "MariaDB" in server.client.run(["--version"], _SHORT).text
