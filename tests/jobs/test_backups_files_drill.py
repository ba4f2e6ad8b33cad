"""A copy that is a file or a folder is restored into a scratch folder: what is claimed of it, and what stays."""

import hashlib
import io
import shutil
import stat
import tarfile
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from daemon.testing import NOW
from jobs.connectors.backups.files import FILES
from jobs.connectors.command import Program
from jobs.kinds.backup import Check, Copy, Outcome, Part
from tests.jobs.archive_scenes import (
    CANARY,
    PACKED,
    THEN,
    content,
    drilled,
    opened,
    put_tree,
    restored,
    stays,
    tarred,
    zipped,
)
from tests.jobs.dump_scenes import put
from tests.jobs.s3_scenes import said

CANARY_OPTION = {"path": "/srv/shop/canary.txt", "sha256": hashlib.sha256(CANARY).hexdigest()}
Members = list[tuple[tarfile.TarInfo, bytes]]


def tar_of(*members: tuple[str, bytes, str, bytes]) -> bytes:
    """Return a tar archive of members: name, type, name of a link's target, content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind, target, data in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.size = kind, target, len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


GOOD = ("srv/a", tarfile.REGTYPE, "", b"good")


@pytest.mark.parametrize("ending", PACKED)
def test_an_archive_is_restored_whole_whatever_it_is_called(tmp_path: Path, ending: str) -> None:
    told = drilled(
        tmp_path,
        PACKED[ending](content()),
        drill={"at_least": {"files": 5, "bytes": 2000}, "holds": ["/srv/shop/uploads"], "canary": CANARY_OPTION},
    )
    assert told.outcome is Outcome.HELD, told.reason
    assert told.read == sum(map(len, content().values()))
    assert told.seconds is not None
    assert "unchanged" in said(told)
    assert stays(tmp_path) == []


def test_a_folder_is_copied_without_its_list(tmp_path: Path) -> None:
    put_tree(tmp_path / "nas" / "night", {"SHA256SUMS": b"x", **content()})
    told = restored(tmp_path, manifest="SHA256SUMS", drill={"canary": CANARY_OPTION})
    assert (told.outcome, told.read) == (Outcome.HELD, sum(map(len, content().values())))


def test_only_what_is_wanted_is_restored(tmp_path: Path) -> None:
    for ending in PACKED:
        told = drilled(tmp_path, PACKED[ending](content()), drill={"include": ["/srv/shop/canary.txt"]})
        assert (told.outcome, told.read) == (Outcome.HELD, len(CANARY))


@pytest.mark.parametrize(
    ("drill", "reason"),
    [
        ({"at_least": {"files": 6}}, "files"),
        ({"at_least": {"bytes": "1M"}}, "bytes"),
        ({"holds": ["/srv/shop/db.sql"]}, "db.sql"),
        ({"canary": {"path": "/srv/shop/canary.txt", "sha256": "0" * 64}}, "other content"),
        ({"canary": {"path": "/srv/canary.txt", "sha256": "0" * 64}}, "did not bring back"),
        ({"include": ["/srv/other"]}, "nothing"),
    ],
)
def test_what_must_come_back_and_does_not_breaks_a_copy(tmp_path: Path, drill: dict[str, object], reason: str) -> None:
    told = drilled(tmp_path, tarred(content()), drill=drill)
    assert told.outcome is Outcome.BROKEN
    assert reason in said(told)
    assert stays(tmp_path) == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_devices_and_pipes_are_left_out_and_counted(tmp_path: Path, kind: bytes) -> None:
    told = drilled(tmp_path, tar_of(GOOD, ("srv/odd", kind, "/etc/passwd", b"")))
    assert (told.outcome, told.read) == (Outcome.HELD, 4)
    assert "1 link or device was left out" in said(told)


@pytest.mark.parametrize(
    "members",
    [
        [("../../out", tarfile.REGTYPE, "", b"x")],
        [("a/../../out", tarfile.REGTYPE, "", b"x")],
        [("hard", tarfile.LNKTYPE, "../../../etc/passwd", b"")],
        [("", tarfile.REGTYPE, "", b"x")],
    ],
)
def test_a_name_that_leads_out_ends_the_restore(tmp_path: Path, members: list[tuple[str, bytes, str, bytes]]) -> None:
    told = drilled(tmp_path, tar_of(GOOD, *members))
    assert told.outcome is Outcome.UNKNOWN
    assert "leads out" in said(told)
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_through_a_link_of_the_archive(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    through = [("l", tarfile.SYMTYPE, str(outside), b""), ("l/x", tarfile.REGTYPE, "", b"x")]
    drilled(tmp_path, tar_of(GOOD, *through))
    assert list(outside.iterdir()) == []


def test_absolute_names_land_in_the_scratch_folder(tmp_path: Path) -> None:
    told = drilled(tmp_path, tar_of(("/srv/a", tarfile.REGTYPE, "", b"x")), drill={"holds": ["/srv/a"]})
    assert told.outcome is Outcome.HELD


def test_a_hard_link_has_the_content_of_what_it_names_and_of_nothing_outside(tmp_path: Path) -> None:
    told = drilled(
        tmp_path, tar_of(GOOD, ("srv/b", tarfile.LNKTYPE, "srv/a", b""), ("srv/c", tarfile.LNKTYPE, "/etc/passwd", b""))
    )
    assert (told.outcome, told.read) == (Outcome.HELD, 8)
    assert "1 link" in said(told)


def test_the_later_of_two_files_of_a_name_counts(tmp_path: Path) -> None:
    archive = tar_of(("a", tarfile.REGTYPE, "", b"longer"), ("a", tarfile.REGTYPE, "", b"new"))
    assert drilled(tmp_path, archive).read == 3


@pytest.mark.parametrize("name", ["../out", "a/../../out"])
def test_a_zip_that_leads_out_ends_the_restore(tmp_path: Path, name: str) -> None:
    assert drilled(tmp_path, zipped({"a": b"x", name: b"x"})).outcome is Outcome.UNKNOWN
    assert not (tmp_path / "out").exists()


def test_a_link_in_a_zip_is_left_out(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", b"x")
        link = zipfile.ZipInfo("l")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    told = drilled(tmp_path, out.getvalue())
    assert (told.outcome, told.read) == (Outcome.HELD, 1)
    assert "1 link" in said(told)


@pytest.mark.parametrize("ending", PACKED)
def test_an_archive_that_is_cut_off_anywhere_is_never_called_restored(tmp_path: Path, ending: str) -> None:
    whole = PACKED[ending](content(files=2))
    end = whole.rstrip(b"\0") if ending == "tar" else whole
    for cut in {1, 100, 512, 1024, 1536, len(end) // 2, len(end) - 1}:
        told = drilled(tmp_path, whole[:cut])
        assert told.outcome in {Outcome.BROKEN, Outcome.UNKNOWN}, cut
        assert told.outcome is Outcome.BROKEN or cut < 1024, cut
        assert stays(tmp_path) == []


def test_a_plain_tar_cut_between_two_members_is_broken(tmp_path: Path) -> None:
    whole = tarred({"a": b"x" * 512, "b": b"y" * 512})
    assert drilled(tmp_path, whole[:1024]).outcome is Outcome.BROKEN
    assert drilled(tmp_path, whole[:2048]).outcome is Outcome.BROKEN
    assert drilled(tmp_path, whole[:3072]).outcome is Outcome.HELD


def test_a_header_that_is_damaged_in_the_middle_is_no_end(tmp_path: Path) -> None:
    whole = bytearray(tarred({"a": b"x" * 512, "b": b"y" * 512, "c": b"z"}))
    whole[1024 + 5] ^= 1
    assert drilled(tmp_path, bytes(whole)).outcome is Outcome.BROKEN


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (b"Salted__" + b"x" * 600, "encrypted"),
        (b"age-encryption.org/v1\n" + b"x" * 600, "encrypted"),
        (b"-----BEGIN PGP MESSAGE-----\n" * 40, "encrypted"),
        (b"CREATE TABLE a (b int);\n" * 40, "no tar, no zip"),
    ],
)
def test_what_is_encrypted_or_unknown_is_unknown(tmp_path: Path, start: bytes, reason: str) -> None:
    told = drilled(tmp_path, start)
    assert told.outcome is Outcome.UNKNOWN
    assert reason in said(told)


@pytest.mark.skipif(shutil.which("zstd") is None, reason="zstd is not installed")
def test_an_archive_packed_with_zstd_is_restored_by_its_program(tmp_path: Path) -> None:
    packed = Program("zstd").run(["-q", "-c"], timedelta(minutes=1), given=tarred(content())).out
    assert drilled(tmp_path, packed).outcome is Outcome.HELD
    assert drilled(tmp_path, packed[: len(packed) // 2]).outcome is Outcome.BROKEN


def test_an_encrypted_zip_is_unknown(tmp_path: Path) -> None:
    whole = bytearray(zipped({"a": b"x"}))
    whole[6] |= 1
    whole[whole.find(b"PK\x01\x02") + 8] |= 1
    assert drilled(tmp_path, bytes(whole)).outcome is Outcome.UNKNOWN


def test_an_empty_file_is_broken(tmp_path: Path) -> None:
    assert drilled(tmp_path, b"").outcome is not Outcome.HELD


@pytest.mark.parametrize("ending", ["tar.gz", "zip"])
def test_an_archive_that_unpacks_to_more_than_there_is_room_for_is_stopped(tmp_path: Path, ending: str) -> None:
    told = drilled(tmp_path, PACKED[ending]({"bomb": b"\0" * 20_000_000}), drill={"room": "1M"})
    assert told.outcome is Outcome.UNKNOWN
    assert "room" in said(told)
    assert stays(tmp_path) == []


def test_a_sparse_file_that_would_fill_the_disk_is_stopped(tmp_path: Path) -> None:
    member = tarfile.TarInfo("sparse")
    member.size = 1
    member.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(10**12)}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(member, io.BytesIO(b"x"))
    told = drilled(tmp_path, out.getvalue(), drill={"room": "5M"})
    assert told.outcome is Outcome.UNKNOWN
    assert "room" in said(told)
    assert stays(tmp_path) == []


def test_a_copy_that_is_being_written_is_unknown(tmp_path: Path) -> None:
    put(tmp_path / "nas" / "shop.tar", tarred(content()), NOW - timedelta(seconds=5))
    assert restored(tmp_path).outcome is Outcome.UNKNOWN


def test_nothing_is_restored_where_no_drill_is_wanted(tmp_path: Path) -> None:
    put(tmp_path / "nas" / "shop.tar", tarred(content()), THEN)
    store = opened(tmp_path, drill=None)
    (copy,) = store.inventory().copies
    assert store.offers == {Check.ROOM, Check.UNCHANGED}
    assert store.examine(Check.RESTORE, copy, Part()).outcome is Outcome.NOT_ASKED
    assert opened(tmp_path).offers == {Check.ROOM, Check.UNCHANGED, Check.RESTORE}
    assert store.examine(Check.ROOM, Copy("gone", NOW, 1, 1), Part()).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("drill", [{"include": ["../x"]}, {"canary": {"path": "a", "sha256": "short"}}, {"nothing": 1}])
def test_a_drill_that_could_mean_anything_is_refused(drill: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FILES.options.model_validate({"path": "/srv", "drill": drill})
