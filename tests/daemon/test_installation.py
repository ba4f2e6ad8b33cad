"""What `nightclerk install` leaves on a machine; the machine is a folder."""

import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from daemon.config import includes
from daemon.installation import InstallError, install, run_program, this_command, uninstall

COMMAND = Path("/opt/nightclerk/bin/nightclerk")
UNIT = "etc/systemd/system/nightclerk.service"
DROP_IN = "etc/systemd/system/nightclerk.service.d/secrets.conf"


def script(root: Path, command: Path = COMMAND, python: str = "/opt/nightclerk/bin/python") -> None:
    """Put an installed command and its Python where a package manager would."""
    for path, text in ((command, f"#!{python}\n"), (Path(python), "")):
        file = root / path.relative_to("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
    for folder in {*(root / command.relative_to("/")).parents, *(root / python[1:]).parents}:
        if folder.is_relative_to(root) and folder != root:
            folder.chmod(0o755)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    machine = tmp_path / "machine"
    machine.mkdir()
    script(machine)
    return machine


def test_a_fresh_machine_gets_a_unit_a_user_and_a_configuration(root: Path) -> None:
    said = "\n".join(install(COMMAND, root))
    assert "ExecStart=/opt/nightclerk/bin/nightclerk serve" in (root / UNIT).read_text()
    assert (root / "etc/sysusers.d/nightclerk.conf").read_text().splitlines()[-1].startswith("u nightclerk ")
    assert (root / "etc/nightclerk/config.yaml").is_file()
    assert f"Edit {root}/etc/nightclerk/config.yaml" in said
    assert "systemctl enable --now nightclerk" in said


def test_only_root_reads_secrets_and_everybody_reads_the_rest(root: Path) -> None:
    old = os.umask(0o077)
    try:
        install(COMMAND, root)
    finally:
        os.umask(old)
    assert mode(root / "etc/nightclerk/secrets") == 0o700
    assert mode(root / "etc/nightclerk") == 0o755
    assert mode(root / "etc/nightclerk/config.yaml") == 0o644
    assert mode(root / UNIT) == 0o644


def test_the_unit_starts_the_command_that_was_run(root: Path) -> None:
    script(root, Path("/usr/local/bin/nightclerk"))
    install(Path("/usr/local/bin/nightclerk"), root)
    unit = (root / UNIT).read_text()
    assert "ExecStart=/usr/local/bin/nightclerk serve" in unit
    assert "ExecReload=/usr/local/bin/nightclerk reload" in unit
    assert "/opt/nightclerk/bin" not in unit


def test_installing_again_changes_nothing_and_keeps_the_configuration(root: Path) -> None:
    install(COMMAND, root)
    (root / "etc/nightclerk/config.yaml").write_text("shop: mine\n")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    said = "\n".join(install(COMMAND, root))
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    assert "left as it is" in said


def test_the_first_configuration_is_sound_and_names_the_state_the_service_owns(root: Path) -> None:
    install(COMMAND, root)
    read = includes.read(root / "etc/nightclerk/config.yaml")
    assert read.problems == ()
    assert read.tree["state"] == "/var/lib/nightclerk"


def test_a_configuration_that_names_no_state_is_told_of_and_left(root: Path) -> None:
    install(COMMAND, root)
    config = root / "etc/nightclerk/config.yaml"
    config.write_text("shop: {}\n")
    assert "add `state: /var/lib/nightclerk`" in "\n".join(install(COMMAND, root))
    assert config.read_text() == "shop: {}\n"
    config.write_text("state: /srv/night\n")
    assert "state folder" not in "\n".join(install(COMMAND, root))


def test_everybody_finds_the_command_until_it_is_uninstalled(root: Path) -> None:
    link = root / "usr/local/bin/nightclerk"
    said = "\n".join(install(COMMAND, root))
    assert link.readlink() == COMMAND
    assert str(link) in said
    assert str(link) not in "\n".join(install(COMMAND, root))
    uninstall(root)
    assert not link.is_symlink()


def test_the_link_follows_an_installation_that_moves(root: Path) -> None:
    install(COMMAND, root)
    moved = Path("/srv/nightclerk/bin/nightclerk")
    script(root, moved)
    install(moved, root)
    assert (root / "usr/local/bin/nightclerk").readlink() == moved


def test_a_command_of_somebody_else_is_neither_replaced_nor_removed(root: Path) -> None:
    link = root / "usr/local/bin/nightclerk"
    link.parent.mkdir(parents=True)
    link.symlink_to("/opt/other/bin/nightclerk")
    assert f"called as {COMMAND}" in "\n".join(install(COMMAND, root))
    uninstall(root)
    assert link.readlink() == Path("/opt/other/bin/nightclerk")


def test_each_secret_is_handed_over_under_its_own_name(root: Path) -> None:
    install(COMMAND, root)
    assert "LoadCredential" not in (root / DROP_IN).read_text()
    for name in ("shop-key", "smtp.password", ".shop-key.swp", "white space"):
        (root / "etc/nightclerk/secrets" / name).write_text("x")
    said = "\n".join(install(COMMAND, root))
    lines = [line for line in (root / DROP_IN).read_text().splitlines() if "=" in line]
    assert lines == [
        "LoadCredential=shop-key:/etc/nightclerk/secrets/shop-key",
        r"SetCredential=shop-key:\n",
        "LoadCredential=smtp.password:/etc/nightclerk/secrets/smtp.password",
        r"SetCredential=smtp.password:\n",
    ]
    assert "shop-key, smtp.password" in said


def test_a_secret_that_is_gone_is_no_longer_handed_over(root: Path) -> None:
    install(COMMAND, root)
    key = root / "etc/nightclerk/secrets/shop-key"
    key.write_text("x")
    install(COMMAND, root)
    key.unlink()
    install(COMMAND, root)
    assert "LoadCredential" not in (root / DROP_IN).read_text()


@pytest.mark.parametrize("place", ["/home/lotta/venv/bin", "/root/venv/bin", "/tmp/venv/bin"])
def test_a_command_in_a_folder_that_is_hidden_from_the_service_is_refused(root: Path, place: str) -> None:
    command = Path(place) / "nightclerk"
    script(root, command)
    with pytest.raises(InstallError, match="python3 -m venv /opt/nightclerk"):
        install(command, root)
    assert not (root / "etc").exists()


def test_a_python_in_a_home_is_refused_though_the_command_is_not_there(root: Path) -> None:
    script(root, python="/root/.local/share/python/bin/python3")
    with pytest.raises(InstallError, match="see /root/"):
        install(COMMAND, root)


def test_a_link_into_a_home_is_refused(root: Path) -> None:
    script(root, Path("/home/lotta/bin/nightclerk"))
    link = root / "usr/bin/nightclerk"
    link.parent.mkdir(parents=True)
    link.symlink_to("../../home/lotta/bin/nightclerk")
    with pytest.raises(InstallError, match="/home is hidden"):
        install(Path("/usr/bin/nightclerk"), root)


def test_a_command_that_others_may_not_read_is_refused(root: Path) -> None:
    (root / "opt/nightclerk").chmod(0o700)
    with pytest.raises(InstallError, match="may not read"):
        install(COMMAND, root)


@pytest.mark.parametrize("command", ["nightclerk", "/opt/night clerk/bin/nightclerk", "/opt/%h/nightclerk"])
def test_a_path_that_a_unit_can_not_name_is_refused(root: Path, command: Path) -> None:
    with pytest.raises(InstallError, match="can't name"):
        install(Path(command), root)


def test_a_command_that_is_not_there_is_refused(root: Path) -> None:
    with pytest.raises(InstallError, match="can't be read"):
        install(Path("/usr/bin/nightclerk"), root)


def test_uninstall_leaves_configuration_data_and_changes_of_ones_own(root: Path) -> None:
    install(COMMAND, root)
    (root / "var/lib/nightclerk").mkdir(parents=True)
    own = root / "etc/systemd/system/nightclerk.service.d/override.conf"
    own.write_text("[Service]\nMemoryMax=1G\n")
    said = "\n".join(uninstall(root))
    assert not (root / UNIT).exists()
    assert not (root / DROP_IN).exists()
    assert own.exists()
    assert (root / "etc/nightclerk/config.yaml").exists()
    for kept in ("etc/nightclerk", "var/lib/nightclerk", "etc/systemd/system/nightclerk.service.d"):
        assert str(root / kept) in said


def test_uninstall_on_a_machine_without_it_is_quiet(root: Path) -> None:
    assert uninstall(root) == ["The service is removed."]
    install(COMMAND, root)
    uninstall(root)
    assert not (root / DROP_IN).parent.exists()


def test_another_tree_is_prepared_without_touching_this_machine(root: Path) -> None:
    ran: list[Sequence[str]] = []

    def run(words: Sequence[str]) -> int:
        ran.append(words)
        return 0

    install(COMMAND, root, run)
    uninstall(root, run)
    assert ran == []


@pytest.mark.skipif(os.geteuid() == 0, reason="this is root")
def test_an_ordinary_user_is_told_to_use_sudo() -> None:
    with pytest.raises(InstallError, match="sudo"):
        install(COMMAND)
    with pytest.raises(InstallError, match="sudo"):
        uninstall()


def test_a_program_of_the_system_is_run_and_a_missing_one_is_known() -> None:
    assert run_program([sys.executable, "-c", "raise SystemExit(3)"]) == 3
    assert run_program(["no-such-program-here"]) == 127


def test_the_running_command_is_the_installed_script() -> None:
    found = this_command()
    assert found.is_absolute()
    shown = subprocess.run(
        [sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('scripts'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (
        found == Path(shown.stdout.strip()) / "nightclerk" or not (Path(shown.stdout.strip()) / "nightclerk").exists()
    )
