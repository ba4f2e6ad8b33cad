"""Real repositories of borg, of every version at hand: the healthy ones pass, the broken ones are seen, none is harmed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.processes import look
from jobs.kinds.backup import Check, Outcome, Part
from tests.jobs.dump_scenes import told
from tests.system.backups.borg_ways import Row, Scene, borgs, rows

pytestmark = [pytest.mark.system, pytest.mark.skipif(not borgs(), reason="no borg is here: see .ci/borg")]
LEVELS = ("inventory", "structure", "whole", "data", "restore")
SEEN = {
    "healthy": set(),
    "one bit turned": {"structure", "whole", "data", "restore"},
    "cut off": {"structure", "whole", "data", "restore"},
    "a file gone": {"structure", "whole", "data", "restore"},
    "a copy deleted": {"inventory", "whole", "restore"},
    "all copies deleted": {"inventory", "whole", "restore"},
    "the key gone": {"inventory", "whole", "data", "restore"},
    "emptied": set(LEVELS),
}
"""Which checks see what: a copy that was deleted properly is missed where it is known, the key's loss not in segments."""


@pytest.fixture(params=borgs(), scope="module")
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return a repository nobody breaks."""
    return Scene(request.param, tmp_path_factory.mktemp("borg") / "whole").make()


@pytest.fixture
def scene(whole: Scene, tmp_path: Path) -> Scene:
    """Return a copy of it, to be broken."""
    return whole.copied(tmp_path / "scene")


def files(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("borg", borgs())
def test_what_each_check_sees_of_each_way_to_break_a_repository(
    tmp_path: Path, borg: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[Row] = list(rows(tmp_path, borg))
    with capsys.disabled():
        for row in found:
            print(
                f"\n{row.target} | {row.way} | {row.check} | {'seen' if row.seen else 'not seen'} | {row.seconds} s",
                end="",
            )
    seen = {way: {row.check for row in found if row.way == way and row.seen} for way in SEEN}
    assert seen == SEEN


def test_a_healthy_repository_holds_at_every_level_and_nothing_in_it_changes(scene: Scene, tmp_path: Path) -> None:
    scene.run("key", "export", "::", str(tmp_path / "key"))
    store = scene.opened(key_export=str(tmp_path / "key"))
    before = files(scene.repository)
    copies = store.inventory().copies
    assert [(copy.name, copy.files) for copy in copies] == [("shop-2", 3), ("shop-1", None)]
    assert copies[0].size == 3_000_000 + 400_000 + 17
    for check in (Check.STRUCTURE, Check.WHOLE, Check.DATA, Check.RESTORE, Check.VERSION):
        verdict = store.examine(check, copies[0], Part())
        assert verdict.outcome is Outcome.HELD, verdict
    assert store.examine(Check.DATA, copies[0], Part(2, 3)).outcome is Outcome.PARTLY
    assert store.examine(Check.KEY, copies[0], Part()).outcome in {Outcome.HELD, Outcome.WARN}
    assert files(scene.repository) == before
    assert not list((scene.folder / "own" / "drills").iterdir())


def test_an_exported_key_is_known_as_this_repositorys_in_either_form(scene: Scene, tmp_path: Path) -> None:
    other = Scene(scene.borg, tmp_path / "other").make()
    for words in ((), ("--paper",)):
        for one, outcomes in ((scene, {Outcome.HELD, Outcome.WARN}), (other, {Outcome.BROKEN})):
            place = tmp_path / "-".join(["key", *words, one.folder.name])
            one.run("key", "export", *words, "::", str(place))
            store = scene.opened(key_export=str(place))
            assert store.examine(Check.KEY, store.inventory().copies[0], Part()).outcome in outcomes


def test_an_age_is_right_whatever_zone_the_machine_is_in(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene.opened().inventory().copies
    for zone in ("Asia/Tokyo", "America/St_Johns", "UTC"):
        monkeypatch.setenv("TZ", zone)
        assert scene.opened().inventory().copies == here
    assert all(abs((scene.opened().now - copy.moment).total_seconds()) < 3600 for copy in here)


def test_a12_a_wrong_passphrase_says_so(scene: Scene) -> None:
    with pytest.raises(OutsideError, match="the passphrase does not open it"):
        scene.opened(passphrase_file=str(scene.source / "canary.txt"), passphrase=None).inventory()


def test_a12_a_key_file_that_is_not_here_says_how_to_name_it(whole: Scene, tmp_path: Path) -> None:
    scene = Scene(whole.borg, tmp_path / "keyfile").make("keyfile-blake2")
    key = next((tmp_path / "keyfile" / "maker").rglob("keys/*"))
    assert scene.opened(key_file=str(key)).inventory().copies
    with pytest.raises(OutsideError, match="name the key's file with `key_file:`"):
        scene.opened().inventory()


def test_one_that_is_signed_but_not_encrypted_is_read_where_that_is_said(whole: Scene, tmp_path: Path) -> None:
    scene = Scene(whole.borg, tmp_path / "signed").make("authenticated")
    with pytest.raises(OutsideError, match=r"it is not encrypted, and a passphrase is configured.*`encrypted: false`"):
        scene.opened().inventory()
    store = scene.opened(encrypted=False)
    assert store.examine(Check.DATA, store.inventory().copies[0], Part()).outcome is Outcome.HELD


def test_a12_a_lock_that_is_held_is_unknown_and_stays(scene: Scene) -> None:
    store = scene.opened()
    newest = store.inventory().copies[0]
    held = scene.repository / "lock.exclusive"
    held.mkdir()
    (held / "elsewhere@1.2-3").touch()
    for check in (Check.STRUCTURE, Check.WHOLE, Check.DATA, Check.RESTORE):
        verdict = store.examine(check, newest, Part())
        assert verdict.outcome is Outcome.UNKNOWN
        assert "another borg has locked it" in told(verdict.reason)
        assert verdict.again
    assert held.is_dir()
    assert scene.opened(bypass_lock=True).inventory().copies


def readonly(scene: Scene, folder: Path) -> str:
    """Return a borg to which the repository is read-only, whoever runs it."""
    if os.geteuid():
        for path in [scene.repository, *scene.repository.rglob("*")]:
            path.chmod(path.stat().st_mode & ~0o222)
        return scene.borg
    place = str(scene.repository)
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("neither an ordinary user nor allowed to mount")
    wrapper = folder / "borg"
    inner = f'mount --bind {place} {place} && mount -o remount,ro,bind {place} && exec {scene.borg} "$@"'
    wrapper.write_text(f"#!/bin/sh\nexec unshare -m sh -c '{inner}' borg \"$@\"\n", encoding="utf-8")
    wrapper.chmod(0o755)
    return str(wrapper)


def test_a28_a_repository_that_can_not_be_written_to_says_so_and_is_read_without_a_lock_if_allowed(
    scene: Scene, tmp_path: Path
) -> None:
    program = readonly(scene, tmp_path)
    with pytest.raises(OutsideError, match="could not write its lock"):
        scene.opened(program=program).inventory()
    store = scene.opened(program=program, bypass_lock=True)
    newest = store.inventory().copies[0]
    for check in (Check.WHOLE, Check.RESTORE):
        assert store.examine(check, newest, Part()).outcome is Outcome.HELD
    for check in (Check.STRUCTURE, Check.DATA):
        verdict = store.examine(check, newest, Part())
        assert verdict.outcome is Outcome.UNKNOWN
        assert "for this check borg must write its notes" in told(verdict.reason)


def test_a_repository_that_shrank_is_measured_as_smaller(scene: Scene) -> None:
    large = scene.opened().inventory().copies[0].size
    (scene.source / "large").unlink()
    scene.archive("shop-3")
    small = scene.opened().inventory().copies[0].size
    assert large is not None
    assert small is not None
    assert small < large / 2


def test_a_borg_that_is_too_old_is_told(scene: Scene) -> None:
    store = scene.opened(minimum_version="1.99")
    verdict = store.examine(Check.VERSION, store.inventory().copies[0], Part())
    assert verdict.outcome is Outcome.WARN
    assert "is older than 1.99" in told(verdict.reason)


def test_a24_borg_that_hangs_is_ended_within_its_limit_and_leaves_no_lock(scene: Scene, tmp_path: Path) -> None:
    newest = scene.opened().inventory().copies[0]
    os.mkfifo(tmp_path / "passphrase")
    store = scene.opened(limit="3s", passphrase_file=str(tmp_path / "passphrase"), passphrase=None)
    verdict = store.examine(Check.WHOLE, newest, Part())
    assert verdict.outcome is Outcome.UNKNOWN
    assert "was not done after" in told(verdict.reason)
    assert not list(scene.repository.glob("lock*"))


def test_a24_what_borg_started_is_ended_with_it(scene: Scene, tmp_path: Path) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n", encoding="utf-8")
    ssh.chmod(0o755)
    with pytest.raises(OutsideError, match="was not done after"):
        scene.opened(repository="ssh://nobody/./r", ssh=str(ssh), limit="3s").inventory()
    assert look(int((tmp_path / "pid").read_text())) is None


def test_a_repository_on_another_machine_is_reached_by_ssh_and_nothing_is_asked_back(
    scene: Scene, tmp_path: Path
) -> None:
    ssh = tmp_path / "ssh"
    home = shutil.which("env")
    ssh.write_text(
        f'#!/bin/sh\nshift; [ "$1" = borg ] || exit 9; shift; exec {home} BORG_BASE_DIR={tmp_path}/far {scene.borg} "$@"\n',
        encoding="utf-8",
    )
    ssh.chmod(0o755)
    store = scene.opened(repository=f"ssh://nobody{scene.repository}", ssh=str(ssh))
    newest = store.inventory().copies[0]
    for check in (Check.STRUCTURE, Check.WHOLE, Check.DATA, Check.RESTORE):
        assert store.examine(check, newest, Part()).outcome is Outcome.HELD
    ssh.write_text("#!/bin/sh\necho Host key verification failed. >&2; exit 255\n", encoding="utf-8")
    with pytest.raises(OutsideError, match="the other machine closed the connection"):
        scene.opened(repository=f"ssh://nobody{scene.repository}", ssh=str(ssh)).inventory()


def test_an_archive_whose_name_borg_would_fill_in_is_read_as_it_is_called(scene: Scene) -> None:
    scene.archive("{{now}} 'x' -- --repair")
    store = scene.opened()
    copy = store.inventory().copies[0]
    assert copy.name == "{now} 'x' -- --repair"
    assert store.examine(Check.WHOLE, copy, Part()).outcome is Outcome.HELD


def test_a_repository_put_back_to_an_earlier_state_is_told(scene: Scene, tmp_path: Path) -> None:
    shutil.copytree(scene.repository, tmp_path / "earlier")
    scene.archive("shop-3")
    store = scene.opened()
    assert store.examine(Check.WHOLE, store.inventory().copies[0], Part()).outcome is Outcome.HELD
    shutil.rmtree(scene.repository)
    shutil.copytree(tmp_path / "earlier", scene.repository)
    with pytest.raises(OutsideError, match="it is older than when it was last read"):
        scene.opened().inventory()
