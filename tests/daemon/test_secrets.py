"""A secret is found where the page says, and one that can't be had says what to do without showing anything."""

import os
from pathlib import Path

import pytest

from daemon.secrets import DEFAULT_FOLDER, SecretError, SecretRef, SecretText, folders, read, redact, valid_name


def put(folder: Path, text: str, name: str = "shop-key") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("text", ["ck_1", "ck_1\n", "ck_1\r\n"])
def test_the_line_end_that_editors_leave_is_no_part_of_a_secret(tmp_path: Path, text: str) -> None:
    assert read(SecretRef("shop-key"), [put(tmp_path, text)]) == "ck_1"
    assert read(SecretRef("shop-key"), [put(tmp_path, " a b \n")]) == " a b "


def test_the_first_folder_goes_before_the_second(tmp_path: Path) -> None:
    places = [put(tmp_path / "one", "first"), put(tmp_path / "two", "second")]
    assert read(SecretRef("shop-key"), places) == "first"
    assert read(SecretRef("shop-key"), [tmp_path / "nowhere", *places[1:]]) == "second"


def test_a_missing_one_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(SecretError) as error:
        read(SecretRef("shop-key"), [tmp_path / "one", tmp_path / "two"])
    assert str(error.value) == (
        f"the secret shop-key is missing: put it in the file {tmp_path}/two/shop-key "
        f"(looked in {tmp_path}/one and {tmp_path}/two)"
    )


@pytest.mark.parametrize("text", ["", "\n", "\r\n", "  \n\n"])
def test_a_file_without_text_is_an_error_and_no_empty_secret(tmp_path: Path, text: str) -> None:
    with pytest.raises(SecretError, match=r"shop-key in .* is empty: write it into the file .*/shop-key"):
        read(SecretRef("shop-key"), [put(tmp_path, text)])


def test_what_is_no_text_or_no_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "folder").mkdir()
    for name in ("binary", "folder"):
        with pytest.raises(SecretError, match=f"{name} in .* can't be read"):
            read(SecretRef(name), [tmp_path])


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_one_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    (put(tmp_path, "x") / "shop-key").chmod(0)
    with pytest.raises(SecretError, match="may not be read by this user"):
        read(SecretRef("shop-key"), [tmp_path])


@pytest.mark.parametrize("name", ["", "../passwd", "a/b", ".hidden", "a" * 129, "a\n", "-x", "ключ"])
def test_a_name_that_is_a_path_reads_nothing(tmp_path: Path, name: str) -> None:
    assert not valid_name(name)
    with pytest.raises(SecretError, match="no plain file name"):
        read(SecretRef(name), [tmp_path])


def test_a_secret_is_silent_in_every_repr() -> None:
    secret = SecretText("hunter22")
    assert "hunter22" not in repr({"a": [secret], "b": (secret,)})
    assert f"{secret!r}" == "'***'"
    assert secret == "hunter22"


def test_known_secrets_are_taken_out_of_text_longest_first() -> None:
    said = redact("401 for key=hunter22extra and hunter22, abc stays", ["hunter22", "hunter22extra", "abc", ""])
    assert said == "401 for key=*** and ***, abc stays"


def test_the_units_credentials_go_before_the_configured_folder() -> None:
    known = os.environ.get("CREDENTIALS_DIRECTORY")
    first = [Path(known)] if known else []
    assert folders(None) == [*first, DEFAULT_FOLDER]
    assert folders(Path("/srv/secrets")) == [*first, Path("/srv/secrets")]
