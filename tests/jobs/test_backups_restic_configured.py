"""A restic repository as it is written in a configuration file, and what is said of one that can't work."""

from pathlib import Path

import pytest

from daemon import plugins
from daemon.config.loading import load
from daemon.outbox.transports import TRANSPORTS
from jobs import backups
from jobs.connectors.backups import restic
from jobs.connectors.backups._restic_options import ResticOptions

REGISTRY = plugins.build(backups, restic)
CONFIG = """\
shop: {{name: Lamp & Leaf, timezone: Europe/Berlin}}
secrets: secrets
connections:
  nas: {{use: backup/restic, {options}}}
routines:
  backups: {{job: backups, at: "06:00"}}
"""


def problems(folder: Path, options: str) -> list[str]:
    for name in ("pw", "repo", "key"):
        (folder / "secrets").mkdir(exist_ok=True)
        (folder / "secrets" / name).write_text(f"rest:https://user:{name}@host/shop", encoding="utf-8")
    (folder / "c.yaml").write_text(CONFIG.format(options=options), encoding="utf-8")
    loaded = load(folder / "c.yaml", lambda _folder: REGISTRY, TRANSPORTS)
    return [str(problem) for problem in loaded.all_problems()]


@pytest.mark.parametrize(
    "options",
    [
        "repository: /srv/restic, password: !secret pw",
        "repository: 'rest:https://host/shop', password_file: pw, environment: {RESTIC_REST_PASSWORD: !secret key}",
        "repository: !secret repo, password: !secret pw, lock: true, limit: 2h, host: shop, tags: [a], paths: [/srv]",
        "repository: /srv/restic, password: !secret pw, key_file: key, drill: {}",
        "repository: /srv/restic, password: !secret pw, drill: {older: 4, room: 2G, at_least: {files: 3, bytes: 1M}}",
    ],
)
def test_it_is_understood(tmp_path: Path, options: str) -> None:
    assert problems(tmp_path, options) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("repository: /srv/restic, password: plain", "a secret is written as a reference"),
        ("repository: srv/restic, password: !secret pw", "it is a folder from the root, such as /srv/restic"),
        (
            "repository: 'rest:https://u:p4ss@host/', password: !secret pw",
            "an address with a password is written as a reference",
        ),
        ("repository: /srv/restic", "give `password:` or `password_file:`"),
        ("repository: /srv/restic, password: !secret pw, environment: {PATH: !secret key}", "PATH can't be set here"),
        ("repository: /srv/restic, password: !secret pw, host: !secret key", "no secret can stand here"),
    ],
)
def test_what_cannot_work_is_told_at_its_place(tmp_path: Path, options: str, said: str) -> None:
    told = problems(tmp_path, options)
    print(*told, sep="\n")
    assert any(said in one for one in told)
    assert not any("p4ss" in one for one in told)


def test_a_file_beside_the_configuration_is_found_there(tmp_path: Path) -> None:
    problems(tmp_path, "repository: /srv/restic, password_file: here/pw, key_file: ../key")
    loaded = load(tmp_path / "c.yaml", lambda _folder: REGISTRY, TRANSPORTS)
    options = ResticOptions.model_validate(loaded.wirings["backups"].connections[0].options)
    assert options.password_file == tmp_path / "here" / "pw"
    assert options.folder == Path("/srv/restic")
