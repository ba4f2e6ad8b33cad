import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.connectors.backups.manifest import Entry, ManifestError, parse_manifest

SUM = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (f"{SUM}  a.txt", "a.txt"),
        (f"{SUM} *a.txt", "a.txt"),
        (f"{SUM.upper()}   two  blanks ", " two  blanks "),
        (f"\\{SUM}  a\\nb\\\\c\\r", "a\nb\\c\r"),
        (f"{SUM}  not\\nescaped", "not\\nescaped"),
    ],
)
def test_a_line_is_read_as_sha256sum_means_it(line: str, name: str) -> None:
    assert list(parse_manifest(f"# comment\n\n{line}\n".encode(), "SUMS")) == [Entry(name, SUM)]


def test_a_list_written_on_windows_is_read_too() -> None:
    assert list(parse_manifest(f"{SUM} *a\r\n".encode(), "SUMS")) == [Entry("a", SUM)]


@pytest.mark.parametrize("line", ["x", f"{SUM} a", f"{SUM}a  b", f"\\{SUM}  a\\qb", f"\\{SUM}  a\\", f"{SUM}  "])
def test_a_line_that_is_none_spoils_the_list_and_is_named(line: str) -> None:
    with pytest.raises(ManifestError, match="SUMS, line 2"):
        list(parse_manifest(f"{SUM}  a\n{line}\n".encode(), "SUMS"))


@given(st.binary(max_size=300))
def test_whatever_stands_in_a_list_is_entries_or_one_sentence(content: bytes) -> None:
    entries = []
    with suppress(ManifestError):
        entries = list(parse_manifest(content, "SUMS"))
    assert all(len(entry.sha256) == 64 and entry.name for entry in entries)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
@settings(max_examples=25, deadline=None)
@given(name=st.text(st.sampled_from("a\\\n\r *#ä"), min_size=1, max_size=8).filter(lambda n: n.strip("-")))
def test_what_sha256sum_writes_is_read_with_the_same_name(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder: Path = tmp_path_factory.mktemp("sums")
    (folder / name).write_bytes(b"")
    written = subprocess.run(["sha256sum", "--", name], cwd=folder, capture_output=True, check=True).stdout
    assert list(parse_manifest(written, "SUMS")) == [Entry(name, SUM)]
