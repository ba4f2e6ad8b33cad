"""A run's requests are counted, connection by connection, for the run's record."""

from pathlib import Path

from daemon.api import Connector, Context, Job, Kind, Need, NoOptions, Outlet
from daemon.assignment import Assignment
from daemon.child import Tally, work
from daemon.plugins import build
from daemon.testing import NOW, SHOP, FakeNight
from jobs.connectors.http import Client, Site, reading
from tests.shops.scripted import Said, Scripted, serving

WEB: Kind[Client] = Kind("web")
ANSWERS = Connector("answers", WEB, "asks a web server", NoOptions, lambda _options, outlet: _client(outlet))
THREE = Job("three", "asks three times", NoOptions, lambda ctx, _options: _ask_three_times(ctx), (Need(WEB),))
SERVER = Scripted([])


def _client(outlet: Outlet) -> Client:
    return Client(Site(outlet.name, SERVER.url), requested=outlet.requested, sleep=lambda _seconds: None)


def _ask_three_times(ctx: Context) -> None:
    for number in range(3):
        ctx.connection(WEB).ask(reading(str(number)))


def test_every_request_of_a_run_is_counted_tries_included(tmp_path: Path) -> None:
    wires = [{"kind": "web", "name": "main", "connector": "web/answers", "options": {}, "writes": False}]
    assignment = Assignment(
        run_id=1, routine="r", slot="s", job="three", now=NOW, due=NOW, dry=False, shop=SHOP, people=[], options={},
        wires=wires, missing=[], state=str(tmp_path), templates="", sender="", version="0",
    )  # fmt: skip
    tally = Tally()
    with serving(Said(502), Said()) as server:
        SERVER.url = server.url
        ending = work(assignment, build(ANSWERS, THREE), FakeNight(), tally)
    assert ending["state"] == "ok"
    assert tally.made == len(server.heard) == 4
