"""Every way of breaking a copy, tried on every target: what is seen at this level of checking, and what is not.

"Seen" means that the copy never holds; where what a bit changed is no content (a time, a mark of the packer) the copy
may. The table of `docs/backups.md` is what this test finds.
"""

import bz2
import gzip
import io
import lzma
import os
import random
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.testing import NOW, make_context, names_in
from jobs.backups import BACKUPS, BackupOptions
from jobs.kinds import facts
from jobs.kinds.backup import BackupStore, Check, Examined, Outcome, Part
from tests.jobs.dump_scenes import RESET, flipped, mysql_dump, pg_dump, pg_dumpall, put, rows, updraft_dump
from tests.jobs.dump_scenes import opened as dumps
from tests.jobs.updraft_scenes import PARTS, THEN, backup, history_of, saved, zipped
from tests.jobs.updraft_scenes import opened as updraft

DOCS = Path(__file__).parents[2] / "docs" / "backups.md"
FLIPS = 150
"""Bits of each file that are turned round one at a time, drawn from a seed."""
HEALTHY = 200
Pack = Callable[[bytes], bytes]
PACKINGS: dict[str, tuple[str, Pack, Pack]] = {
    "plain": ("sql", bytes, bytes),
    "gzip": ("sql.gz", gzip.compress, gzip.decompress),
    "bzip2": ("sql.bz2", bz2.compress, bz2.decompress),
    "xz": ("sql.xz", lzma.compress, lzma.decompress),
}
DUMPED: dict[str, Callable[[int, int], bytes]] = {
    "mysqldump": mysql_dump,
    "pg_dump": pg_dump,
    "pg_dumpall": pg_dumpall,
}
FINE = {Outcome.HELD, Outcome.PARTLY}
SEEN, UNSEEN = "seen", "**not seen**"


def outcome(store: BackupStore) -> Outcome:
    return store.verify(store.inventory().copies[0]).outcome


def read_again(store: BackupStore) -> Outcome:
    """Return what reading the newest copy shows or, where that is well, holding it against its first reading."""
    first = outcome(store)
    if first not in FINE:
        return first
    assert isinstance(store, Examined)
    return store.examine(Check.UNCHANGED, store.inventory().copies[0], Part()).outcome


def told(outcomes: list[Outcome]) -> str:
    return SEEN if outcomes and not FINE & set(outcomes) else UNSEEN


def between_statements(dump: bytes) -> bytes:
    """Return a dump that stops before its first row, with a statement that is whole."""
    start = max(dump.find(b"INSERT INTO"), dump.find(b"COPY public"))
    return dump[:start]


def dump_row(folder: Path, program: str, packing: str, **options: object) -> list[str]:
    ending, pack, unpack = PACKINGS[packing]
    plain = DUMPED[program](7, 40)
    if options:
        plain = mysql_dump(7, head=b"/*!40103 SET TIME_ZONE='+00:00' */;\n", end=RESET)
    whole = pack(plain)

    def left(content: bytes) -> Outcome:
        put(folder / f"shop.{ending}", content)
        return outcome(dumps(folder, **options))

    def later(content: bytes) -> Outcome:
        put(folder / f"shop.{ending}", content)
        return read_again(dumps(folder, **options))

    def harmless(content: bytes) -> bool:
        return packing != "plain" and unpack(content) == plain

    dice = random.Random(1)
    bits = [flipped(whole, dice.randrange(len(whole) * 8)) for _ in range(FLIPS)]
    assert later(whole) in FINE
    turned = [(content, later(content)) for content in bits]
    assert left(whole) is (Outcome.PARTLY if options else Outcome.HELD)
    return [
        told([o for content, o in turned if o not in FINE or not harmless(content)]),
        told([left(whole[:cut]) for cut in (len(whole) * 2 // 5, len(whole) // 2, len(whole) - 30)]),
        told([left(pack(between_statements(plain)))]),
        told([left(b""), left(pack(b""))]),
        told([left(pack(plain[:60]))]),
    ]


def updraft_row(folder: Path, *, recorded: bool) -> list[str]:
    begin = backup(folder, seed=7)
    options = {"history": saved(folder / "history.json", history_of(folder, begin))} if recorded else {}
    whole = {part: (folder / f"{begin}-{part}").read_bytes() for part in PARTS}

    def left(part: str, content: bytes | None) -> Outcome:
        path = folder / f"{begin}-{part}"
        if content is None:
            path.unlink()
        else:
            put(path, content)
        found = outcome(updraft(folder, **options))
        put(path, whole[part])
        return found

    dice = random.Random(2)
    parts = [dice.choice(PARTS) for _ in range(FLIPS)]
    turned = [(part, flipped(whole[part], dice.randrange(len(whole[part]) * 8))) for part in parts]
    outcomes = [(part, content, left(part, content)) for part, content in turned]
    short = gzip.compress(between_statements(updraft_dump(7)))
    return [
        told([o for part, content, o in outcomes if o not in FINE or not is_same(part, whole[part], content)]),
        told([left(part, whole[part][:-20]) for part in PARTS]),
        told([left("db.gz", short)]),
        told([left(part, b"") for part in PARTS]),
        told([left("db.gz", gzip.compress(updraft_dump(7)[:120])), left("plugins.zip", zipped(files=0))]),
        told([left(part, None) for part in PARTS if part != "uploads2.zip"]),
        told([left("uploads2.zip", None)]),
    ]


def is_same(part: str, one: bytes, other: bytes) -> bool:
    return content_of(part, one) == content_of(part, other)


def content_of(part: str, content: bytes) -> object:
    if part.endswith(".gz"):
        return gzip.decompress(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(member.filename, archive.read(member)) for member in archive.infolist()]


def table(folder: Path) -> str:
    lines = [
        "| target | one bit turned | cut off | cut between statements | empty | header only | a file gone | last part gone |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for program in DUMPED:
        for packing in PACKINGS:
            cells = dump_row(folder / program / packing, program, packing)
            lines.append(f"| {program}, {packing} | {' | '.join(cells)} | the job | |")
    cells = dump_row(folder / "bare", "mysqldump", "gzip", trailer="none")
    lines.append(f"| mysqldump, gzip, `trailer: none` | {' | '.join(cells)} | the job | |")
    for recorded in (False, True):
        cells = updraft_row(folder / f"updraft-{recorded}", recorded=recorded)
        lines.append(f"| UpdraftPlus{', `history:`' if recorded else ''} | {' | '.join(cells)} |")
    return "\n".join(lines)


def test_what_is_seen_of_each_way_to_break_a_copy_is_what_the_page_says(tmp_path: Path) -> None:
    found = table(tmp_path)
    assert found in DOCS.read_text(encoding="utf-8"), f"docs/backups.md should hold this table:\n{found}"


def looked_at(store: BackupStore) -> set[str]:
    ctx = make_context(Path(), names_in(facts), opened={"backup": {"nas": store}})
    BACKUPS.run(ctx, BackupOptions())
    return {finding.key.removeprefix("backups/nas/") for finding in ctx.report.findings}


@pytest.mark.parametrize(
    ("age", "size", "seen"),
    [(timedelta(hours=3), 40, set()), (timedelta(days=2), 40, {"old"}), (timedelta(hours=3), 2, {"shrunken"})],
)
def test_a_copy_that_is_stale_or_shrunken_is_seen_by_the_job(
    tmp_path: Path, age: timedelta, size: int, seen: set[str]
) -> None:
    for day in range(1, 6):
        put(tmp_path / f"shop-{day}.sql", mysql_dump(day), NOW - timedelta(days=5 + day))
    put(tmp_path / "shop.sql", mysql_dump(9, size), NOW - age)
    assert looked_at(dumps(tmp_path)) == seen


def test_a_folder_that_was_emptied_is_seen_by_the_job(tmp_path: Path) -> None:
    assert looked_at(dumps(tmp_path)) == {"none"}
    assert looked_at(updraft(tmp_path)) == {"none"}


def test_no_healthy_copy_ever_fails(tmp_path: Path) -> None:
    dice = random.Random(3)
    for seed in range(HEALTHY):
        program, (ending, pack, _) = dice.choice(list(DUMPED)), dice.choice(list(PACKINGS.values()))
        folder = tmp_path / str(seed)
        put(folder / f"shop.{ending}", pack(DUMPED[program](seed, dice.randrange(1, 400))))
        assert outcome(dumps(folder)) is Outcome.HELD, (seed, program, ending)
        assert outcome(dumps(folder, trailer="none", program=program)) is Outcome.HELD
        begin = backup(folder / "updraft", *PARTS[: dice.randrange(1, 7)], seed=seed, at=THEN - timedelta(days=seed))
        history = saved(folder / "history.json", history_of(folder / "updraft", begin))
        assert outcome(updraft(folder / "updraft", expects=["db"], history=history)) is Outcome.HELD
        assert outcome(updraft(folder / "updraft", expects=["db"])) is Outcome.HELD


@pytest.mark.parametrize(
    "name", [os.fsdecode(b"\xff\x1b[2J.sql"), "-rf.sql", "a b'c\"$(reboot).sql", "x" * 250 + ".sql"]
)
def test_a_healthy_copy_of_any_name_holds(tmp_path: Path, name: str) -> None:
    put(tmp_path / name, mysql_dump())
    assert outcome(dumps(tmp_path)) is Outcome.HELD


def test_rows_that_look_like_closing_lines_change_nothing(tmp_path: Path) -> None:
    note = b"INSERT INTO `n` VALUES ('-- Dump completed\\n-- Dump completed');\n"
    put(tmp_path / "shop.sql", mysql_dump().replace(rows()[:12], note + rows()[:12]))
    assert outcome(dumps(tmp_path)) is Outcome.HELD
