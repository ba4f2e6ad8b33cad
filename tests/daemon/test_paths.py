"""Where nightclerk looks for its files, in words a person who set a variable would check."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from daemon import paths
from daemon.errors import ConfigError

REPOSITORY = Path(__file__).parents[2]


def test_a_checkout_finds_what_is_shipped_beside_the_package() -> None:
    assert paths.templates() == REPOSITORY / "templates"
    assert paths.example() == REPOSITORY / "config.example.yaml"
    assert (paths.share("systemd") / "nightclerk.service").is_file()


def test_an_unpacked_wheel_finds_what_is_shipped_inside_the_package(tmp_path: Path) -> None:
    wheel = tmp_path / "nightclerk.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in ("__init__", "errors", "paths"):
            archive.write(REPOSITORY / "daemon" / f"{name}.py", f"daemon/{name}.py")
        archive.write(REPOSITORY / "systemd" / "nightclerk.service", "daemon/share/systemd/nightclerk.service")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    asked = subprocess.run(
        [sys.executable, "-c", "from daemon import paths; print(paths.share('systemd'))"],
        env={"PYTHONPATH": str(tmp_path / "site")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() == str(tmp_path / "site/daemon/share/systemd")


def test_a_file_that_is_not_shipped_says_to_install_again() -> None:
    with pytest.raises(FileNotFoundError, match="install it again"):
        paths.share("no-such-thing")


def test_the_given_file_goes_before_the_variable(tmp_path: Path) -> None:
    given, named = tmp_path / "a.yaml", tmp_path / "b.yaml"
    given.touch()
    named.touch()
    assert paths.config_file(given, {"NIGHTCLERK_CONFIG": str(named)}) == given
    assert paths.config_file(None, {"NIGHTCLERK_CONFIG": str(named)}) == named


def test_the_file_here_goes_before_the_one_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / ".config/nightclerk/config.yaml"
    home.parent.mkdir(parents=True)
    home.touch()
    monkeypatch.chdir(tmp_path)
    assert paths.config_file(None, {"HOME": str(tmp_path)}) == home
    (tmp_path / "config.yaml").touch()
    assert paths.config_file(None, {"HOME": str(tmp_path)}) == Path("config.yaml")


def test_a_named_file_that_is_missing_is_not_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").touch()
    with pytest.raises(ConfigError, match="typo"):
        paths.config_file(None, {"NIGHTCLERK_CONFIG": str(tmp_path / "typo.yaml")})


@pytest.mark.skipif(Path("/etc/nightclerk/config.yaml").exists(), reason="nightclerk is installed on this machine")
def test_without_any_file_the_sentence_lists_the_places_and_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        paths.config_file(None, {"HOME": str(tmp_path)})
    said = str(caught.value)
    assert "config.yaml" in said
    assert str(tmp_path / ".config/nightclerk/config.yaml") in said
    assert "/etc/nightclerk/config.yaml" in said
    assert "`nightclerk init`" in said
    assert caught.value.exit_code == 78


def test_the_state_is_where_the_yaml_says_then_where_systemd_says_then_at_home() -> None:
    environ = {"STATE_DIRECTORY": "/var/lib/nightclerk:/var/lib/other", "HOME": "/home/lotta"}
    assert paths.state_folder(Path("/srv/state"), environ) == Path("/srv/state")
    assert paths.state_folder(None, environ) == Path("/var/lib/nightclerk")
    assert paths.state_folder(None, {"HOME": "/home/lotta"}) == Path("/home/lotta/.local/state/nightclerk")


def test_the_daemon_listens_in_systemds_folder_else_in_its_state() -> None:
    state = Path("/srv/state")
    assert paths.control_socket(state, {"RUNTIME_DIRECTORY": "/run/nightclerk"}) == Path("/run/nightclerk/control.sock")
    assert paths.control_socket(state, {}) == state / "control.sock"


def test_a_command_looks_in_each_place_once() -> None:
    found = paths.control_sockets(Path("/srv/state"), {"RUNTIME_DIRECTORY": "/run/nightclerk"})
    assert found == [Path("/run/nightclerk/control.sock"), Path("/srv/state/control.sock")]
    assert paths.control_sockets(Path("/srv/state"), {})[-1] == Path("/run/nightclerk/control.sock")


def test_a_state_folder_too_deep_for_a_socket_is_said_at_start_and_passed_over_by_commands() -> None:
    deep = Path("/srv") / ("å" * 60)
    with pytest.raises(ConfigError, match="107 bytes"):
        paths.control_socket(deep, {})
    assert paths.control_sockets(deep, {}) == [Path("/run/nightclerk/control.sock")]


def test_a_socket_of_exactly_the_longest_path_is_taken() -> None:
    state = Path("/" + "s" * (paths.LONGEST_SOCKET - len("/control.sock") - 1))
    assert len(str(paths.control_socket(state, {}))) == paths.LONGEST_SOCKET
