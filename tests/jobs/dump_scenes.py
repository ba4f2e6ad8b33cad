"""Small dumps as the programs write them, for tests of what reads them."""

import bz2
import gzip
import lzma
import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from daemon.api import Text
from daemon.render.say import Voice, say
from daemon.testing import NOW, make_outlet
from jobs.connectors.backups.dumps import DUMPS, DumpsOptions
from jobs.kinds.backup import BackupStore, Verdict

SANDBOX = b"/*M!999999\\- enable the sandbox mode */ \n"
MARIADB_HEAD = b"-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)\n--\n"
MYSQL_HEAD = b"-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)\n--\n"
SETTINGS = b"/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;\n"
RESET = b"/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;\n\n"
DATED = b"-- Dump completed on 2026-11-20  1:36:14\n"
UNDATED = b"-- Dump completed\n"
TOKEN = b"6dmVjcjANIJ3UPr8AdeKQuTFku8NgobfnAboTfN83vRaO9sseh8sknamnkFIink"
UPDRAFT_HEAD = (
    b"# WordPress MySQL database backup\n# Created by UpdraftPlus version 1.24.1 (https://updraftplus.com)\n#\n"
)
UPDRAFT_END = (
    b"/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;\n"
    b"/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;\n"
    b"/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;\n"
)

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "sql": bytes,
    "sql.gz": gzip.compress,
    "sql.bz2": bz2.compress,
    "sql.xz": lzma.compress,
}
"""What a dump's name ends with, and how it is packed."""


def rows(seed: int = 0, count: int = 40) -> bytes:
    """Return the statements of a table of orders, as MySQL's dumps have them."""
    dice = random.Random(seed)
    values = b",\n".join(b"(%d,'%s')" % (n, dice.randbytes(12).hex().encode()) for n in range(count))
    return b"CREATE TABLE `orders` (\n  `id` int NOT NULL\n);\nINSERT INTO `orders` VALUES\n%s;\n" % values


def mysql_dump(seed: int = 0, count: int = 40, *, head: bytes = MYSQL_HEAD, end: bytes = RESET + DATED) -> bytes:
    """Return a dump as mysqldump or mariadb-dump writes it."""
    return head + SETTINGS + rows(seed, count) + end


def pg_dump(seed: int = 0, count: int = 40, *, token: bytes = TOKEN) -> bytes:
    """Return a dump as pg_dump writes it; without a token as it did before CVE-2025-8714 was mended."""
    dice = random.Random(seed)
    lines = b"".join(b"%d\t%s\n" % (n, dice.randbytes(12).hex().encode()) for n in range(count))
    begin, end = (b"\\restrict %s\n\n" % token, b"\\unrestrict %s\n\n" % token) if token else (b"", b"")
    return (
        b"--\n-- PostgreSQL database dump\n--\n\n" + begin + b"SET statement_timeout = 0;\n"
        b"CREATE TABLE public.orders (\n    id integer NOT NULL\n);\nCOPY public.orders (id, note) FROM stdin;\n"
        + lines + b"\\.\n\n--\n-- PostgreSQL database dump complete\n--\n\n" + end
    )  # fmt: skip


def pg_dumpall(seed: int = 0, count: int = 40) -> bytes:
    """Return a dump as pg_dumpall writes it."""
    head = b"--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE shop;\n"
    return head + pg_dump(seed, count) + b"--\n-- PostgreSQL database cluster dump complete\n--\n\n"


def updraft_dump(seed: int = 0, count: int = 40) -> bytes:
    """Return a dump as UpdraftPlus writes it."""
    return UPDRAFT_HEAD + SETTINGS + rows(seed, count) + UPDRAFT_END


def put(path: Path, content: bytes, at: datetime = NOW - timedelta(hours=3)) -> Path:
    """Write a file that was last modified at a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def flipped(content: bytes, bit: int) -> bytes:
    """Return the content with one bit the other way round."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def told(text: Text | None) -> str:
    """Return what is said to somebody who reads English."""
    assert text is not None
    return say(text, Voice("en", "", "Europe/Berlin"))


def opened(path: object, **options: object) -> BackupStore:
    """Return the dumps at a path."""
    place = Path(str(path))
    own = (place if place.is_dir() else place.parent) / ".own"
    return DUMPS.open(DumpsOptions.model_validate({"path": str(path), **options}), make_outlet(own))


def verdict(folder: Path, **options: object) -> Verdict:
    """Return what is said of the newest dump in a folder."""
    store = opened(folder, **options)
    return store.verify(store.inventory().copies[0])


def of(content: bytes, folder: Path, name: str = "shop.sql", **options: object) -> Verdict:
    """Return what is said of a dump with this content."""
    put(folder / name, content)
    return verdict(folder, **options)
