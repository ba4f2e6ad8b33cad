"""The beginnings of archives as pg_dump writes them, and programs that answer as pg_restore and the clients did."""

import io
import shlex
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

SAMPLES = next(
    (
        found
        for folder in Path(__file__).parents
        if (found := folder / "shared" / "specs" / "dbdumps" / "samples").exists()
    ),
    Path("nowhere"),
)
"""Outputs of the real programs on whole and broken dumps."""
recorded = pytest.mark.skipif(not SAMPLES.exists(), reason="needs the recorded dumps")
HERE = "15.18 (Debian 15.18-0+deb12u1)"


def number(value: int) -> bytes:
    return bytes([value < 0]) + abs(value).to_bytes(4, "little")


def text(value: str) -> bytes:
    return number(len(value)) + value.encode()


def archive_head(
    *, tool: str = HERE, server: str = HERE, form: tuple[int, int] = (1, 14), kind: int = 1, database: str = "shop"
) -> bytes:
    """Return the first bytes of an archive, as `WriteHead` of pg_backup_archiver.c does."""
    compression = b"\x01" if form >= (1, 15) else number(-1)
    begin = b"PGDMP" + bytes([*form, 0, 4, 8, kind]) + compression
    time = b"".join(number(value) for value in (0, 54, 22, 30, 10, 126, 0))
    return begin + time + text(database) + text(server) + text(tool) + number(10)


def tar_of(members: Mapping[str, bytes]) -> bytes:
    """Return a tar with these members, as pg_dump writes one."""
    out = io.BytesIO()
    for name, content in members.items():
        info = tarfile.TarInfo(name)
        info.size = len(content)
        out.write(info.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512))
    return out.getvalue() + bytes(1024)


def program(path: Path, script: str) -> str:
    """Write a program of a few lines of shell, and return where it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def pg_restore_that(folder: Path, case: str, code: int, *, version: str = HERE) -> str:
    """Return a pg_restore that lists every dump and reads it as the recorded one did: with its words and its code."""
    complaint = shlex.quote(str(SAMPLES / "postgresql15" / f"readall_{case}.stderr"))
    return program(
        folder / "pg_restore",
        f'case "$1" in --version) echo "pg_restore (PostgreSQL) {version}"; exit 0;; --list) exit 0;; esac\n'
        f"cat {complaint} >&2; exit {code}",
    )
