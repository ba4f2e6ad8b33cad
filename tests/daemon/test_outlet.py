"""What a connector is told of the run that opens it."""

from pathlib import Path

import pytest

from daemon.api import Connector, Context, Job, Kind, Need, NoOptions, Outlet, Text
from daemon.assignment import Assignment
from daemon.child import Tally, work
from daemon.plugins import build
from daemon.testing import NOW, SHOP, FakeNight

DOOR: Kind[Outlet] = Kind("door")
BARE = Connector("bare", DOOR, "is what it was given", NoOptions, lambda _options, outlet: outlet)


def _tell(ctx: Context, _options: NoOptions) -> Text:
    outlet = ctx.connection(DOOR)
    return Text("writes {writes}, dry {dry}", {"writes": str(outlet.writes), "dry": str(outlet.dry)})


TELL = Job("tell", "tells what it was given", NoOptions, _tell, (Need(DOOR),))


@pytest.mark.parametrize(
    ("dry", "rehearsal", "told"),
    [(False, False, ("True", "False")), (True, False, ("False", "True")), (False, True, ("False", "True"))],
)
def test_a_dry_run_and_a_rehearsal_open_connections_that_change_and_begin_nothing(
    tmp_path: Path, dry: bool, rehearsal: bool, told: tuple[str, str]
) -> None:
    wires = [{"kind": "door", "name": "main", "connector": "door/bare", "options": {}, "writes": True}]
    assignment = Assignment(
        run_id=1, routine="r", slot="s", job="tell", now=NOW, due=NOW, dry=dry, rehearsal=rehearsal, shop=SHOP,
        people=[], options={}, wires=wires, missing=[], state=str(tmp_path), templates="", sender="", version="0",
    )  # fmt: skip
    ending = work(assignment, build(BARE, TELL), FakeNight(now=NOW), Tally())
    assert ending["summary"].values == {"writes": told[0], "dry": told[1]}
