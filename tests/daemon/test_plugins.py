"""A plug-in is found wherever it comes from, and a bad one is an entry in a list and nothing more."""

import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from daemon import plugins
from daemon.api import Job, NoOptions, Text

LAMPS = Path(__file__).parent / "fixtures" / "lamps.py"
JOB = "from daemon.api import Job, NoOptions\nsweep = Job({name!r}, 'Sweeps.', NoOptions, lambda context, options: None)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    return tmp_path


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(0o644)
    return path


def failures(registry: plugins.Registry) -> dict[str, str]:
    return {failure.module: failure.sentence for failure in registry.failures}


def test_a_job_and_a_connector_are_one_dropped_in_file_each(folder: Path) -> None:
    put(folder, "sweeping.py", JOB.format(name="sweeping"))
    connector = "from daemon.api import Connector, Kind, NoOptions\nBROOM = Kind('broom')\n"
    put(
        folder, "cellar.py", connector + "it = Connector('cellar', BROOM, 'A broom.', NoOptions, lambda o, outlet: 1)\n"
    )
    registry = plugins.load(folder)
    assert registry.jobs["sweeping"].summary == "Sweeps."
    assert registry.connectors["broom/cellar"].summary == "A broom."
    assert registry.origins["job sweeping"] == "nightclerk_plugins.sweeping"


def test_the_built_in_plug_ins_are_found_and_sound() -> None:
    registry = plugins.load(None)
    assert registry.failures == ()
    assert {"source.records", "orders.count"} <= registry.declared
    assert registry.lines["orders"].held == "held"
    assert registry.origins["fact orders.count"].startswith("jobs.")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import no_such_library\n", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("def broken(:\n", "SyntaxError"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
        ("raise ValueError('two\\nlines')\n", "ValueError: two lines"),
        ("raise RuntimeError\n", "RuntimeError: no reason given"),
    ],
)
def test_a_plug_in_that_fails_to_import_is_reported_and_the_others_are_there(
    folder: Path, code: str, said: str
) -> None:
    put(folder, "bad.py", code)
    put(folder, "good.py", JOB.format(name="good"))
    registry = plugins.load(folder)
    assert said in failures(registry)["nightclerk_plugins.bad"]
    assert "good" in registry.jobs
    assert "nightclerk_plugins.bad" not in sys.modules


def test_a_file_that_others_may_write_is_refused(folder: Path) -> None:
    path = put(folder, "open.py", JOB.format(name="open"))
    path.chmod(0o664)
    registry = plugins.load(folder)
    assert "open" not in registry.jobs
    assert failures(registry)["open.py"] == f"{path} may be written by others: run chmod go-w {path}"


def test_a_folder_that_others_may_write_is_refused_as_a_whole(folder: Path) -> None:
    put(folder, "fine.py", JOB.format(name="fine"))
    folder.chmod(0o777)
    registry = plugins.load(folder)
    assert "fine" not in registry.jobs
    assert "may be written by others" in failures(registry)[str(folder)]


def test_a_link_into_a_folder_that_others_may_write_is_refused(folder: Path) -> None:
    outside, inside = folder / "outside", folder / "inside"
    for made in (outside, inside):
        made.mkdir()
        made.chmod(0o755)
    (inside / "linked.py").symlink_to(put(outside, "linked.py", JOB.format(name="linked")))
    outside.chmod(0o777)
    registry = plugins.load(inside)
    assert "linked" not in registry.jobs
    assert "may be written by others" in failures(registry)["linked.py"]


def test_a_folder_that_is_not_there_is_reported(folder: Path) -> None:
    assert failures(plugins.load(folder / "none")) == {str(folder / "none"): "is no folder that this user may read"}


def test_of_two_jobs_of_one_name_the_first_stays_and_the_second_names_both(folder: Path) -> None:
    put(folder, "a.py", JOB.format(name="same"))
    put(folder, "b.py", JOB.format(name="same"))
    registry = plugins.load(folder)
    assert registry.origins["job same"] == "nightclerk_plugins.a"
    expected = "the job same is declared in nightclerk_plugins.a already; that one is used"
    assert failures(registry)["nightclerk_plugins.b"] == expected


def test_a_value_that_another_module_imports_counts_once() -> None:
    first, second = ModuleType("first"), ModuleType("second")
    job = Job("one", "One.", NoOptions, lambda _context, _options: Text("done"))
    for module in (first, second):
        vars(module)["job"] = job
    registry = plugins.build(first, second)
    assert (registry.failures, registry.origins["job one"]) == ((), "first")


def test_connectors_of_different_kinds_may_share_a_name() -> None:
    registry = plugins.build(*runpy.run_path(str(LAMPS)).values())
    assert registry.failures == ()
    assert registry.connectors_named("pigeon") == ["social/pigeon", "newsletter/pigeon"]
    assert registry.connectors_named("social/pigeon") == ["social/pigeon"]
    assert registry.connectors_named("csv") == ["shop/csv"]
    assert registry.connectors_named("owl") == []


def test_private_and_testing_files_are_no_plug_ins_and_no_compiled_code_is_left(folder: Path) -> None:
    for name in ("_helper.py", "testing.py", "testing_more.py", "real.py"):
        put(folder, name, JOB.format(name=name))
    registry = plugins.load(folder)
    assert [name for name in registry.jobs if name.endswith(".py")] == ["real.py"]
    assert not (folder / "__pycache__").exists()


def test_a_file_is_imported_once_so_that_a_reload_sees_the_same_values(folder: Path) -> None:
    put(folder, "steady.py", JOB.format(name="steady"))
    assert plugins.load(folder).jobs["steady"] is plugins.load(folder).jobs["steady"]


def test_the_loader_itself_imports_nothing_heavy() -> None:
    script = "import sys, daemon.config.loading; print(*(m for m in sys.modules if '.' not in m))"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert {"requests", "sqlalchemy", "apscheduler", "aiosmtplib", "jinja2", "babel"}.isdisjoint(shown.stdout.split())
