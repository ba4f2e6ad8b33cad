"""What the built-in connectors answer when `nightclerk doctor` tries them; none of them makes anything."""

import os
from pathlib import Path

import pytest

from daemon.api import OutsideError, Text
from daemon.render.say import Voice, say
from daemon.testing import make_outlet
from jobs.connectors.backups.files import FILES
from jobs.connectors.newsletters.file import FILE_NEWSLETTER
from jobs.connectors.shops.csv import CSV
from jobs.connectors.social.file import FILE_SOCIAL

ORDERS = "number,placed,quantity,price\n1001,2026-07-20 10:00,2,12.50\n"
COLUMNS = {"number": "number", "placed": "placed", "quantity": "quantity", "price": "price"}


def tried(connector: object, tmp_path: Path, **options: object) -> str:
    """Return what the connector says of itself, empty where it is well, and see that nothing was made."""
    assert isinstance(connector, type(CSV))
    assert connector.check is not None
    before = sorted(tmp_path.rglob("*"))
    opened = connector.open(connector.options.model_validate(options), make_outlet(tmp_path / "own"))
    said = connector.check(opened)
    assert sorted(tmp_path.rglob("*")) == before
    return say(said, Voice("en", "", "Europe/Berlin")) if isinstance(said, Text) else ""


def test_exports_that_are_missing_say_where_they_were_looked_for(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="no CSV file is found at"):
        tried(CSV, tmp_path, path=str(tmp_path / "exports" / "*.csv"), columns=COLUMNS)
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "july.csv").write_text(ORDERS)
    for path in ("exports", "exports/*.csv", "exports/july.csv"):
        assert tried(CSV, tmp_path, path=str(tmp_path / path), columns=COLUMNS) == ""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("price", "amount", "the column price is missing: correct `profile:`, `columns:`, `encoding:` or `delimiter:`"),
        ("2026-07-20 10:00", "20/7/26", "no row makes sense, the one of line 2 because: "),
        ("12.50", "a dozen", "correct `columns:`, `date_format:` or `decimal:`"),
    ],
)
def test_exports_that_make_no_sense_say_which_option_to_correct(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    export = tmp_path / "july.csv"
    export.write_text(ORDERS.replace(before, after))
    answer = tried(CSV, tmp_path, path=str(export), columns=COLUMNS)
    assert answer.startswith(f"{export}: ")
    assert said in answer


def test_one_bad_row_among_good_ones_is_left_to_the_nights_job(tmp_path: Path) -> None:
    (tmp_path / "july.csv").write_text(ORDERS + "1002,some day,1,1.00\n")
    assert tried(CSV, tmp_path, path=str(tmp_path / "july.csv"), columns=COLUMNS) == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_export_of_another_group_says_how_to_join_it(tmp_path: Path) -> None:
    export = tmp_path / "july.csv"
    export.write_text(ORDERS)
    export.chmod(0o000)
    answer = tried(CSV, tmp_path, path=str(export), columns=COLUMNS)
    assert "can't be read by" in answer
    assert "mode 0000" in answer
    assert "SupplementaryGroups=" in answer


def test_a_folder_that_can_not_be_made_names_what_is_in_its_way(tmp_path: Path) -> None:
    assert tried(FILE_NEWSLETTER, tmp_path, path=str(tmp_path / "drafts" / "new")) == ""
    assert tried(FILE_SOCIAL, tmp_path, path=str(tmp_path / "drafts" / "posts")) == ""
    (tmp_path / "drafts").write_text("")
    said = f"{tmp_path}/drafts is in the way of the folder {tmp_path}/drafts"
    assert tried(FILE_NEWSLETTER, tmp_path, path=str(tmp_path / "drafts" / "new")).startswith(said)
    assert tried(FILE_SOCIAL, tmp_path, path=str(tmp_path / "drafts" / "posts")).startswith(said)


def test_a_folder_where_the_posts_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    assert f"{tmp_path}/posts can't be written by" in tried(FILE_SOCIAL, tmp_path, path=str(tmp_path / "posts"))


def test_backups_that_are_nowhere_say_so(tmp_path: Path) -> None:
    pattern = str(tmp_path / "dumps" / "*.gz")
    assert "can't be looked at by" in tried(FILES, tmp_path, path=pattern)
    (tmp_path / "dumps").mkdir()
    assert tried(FILES, tmp_path, path=pattern) == f"no backup is found at {pattern}: make one, or correct `path:`"
    (tmp_path / "dumps" / "shop.gz").write_bytes(b"")
    assert tried(FILES, tmp_path, path=pattern) == ""
