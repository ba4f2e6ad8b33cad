"""Sheets that no printer prints: bound into one PDF a document and wave, left in a folder or mailed as well.

Which sheets a file holds is written down before it is made; so a run that is cut short leaves a file that the next one
makes again as it was. The same sheet is never in two files. A mail goes with the end of its run: a watermark tells
the next run which files were mailed, and only then are their sheets done.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from tempfile import NamedTemporaryFile

from daemon.api import Attachment, Document, Hand, OutsideError, WorkItem
from jobs.kinds.paper import BOUND, LABEL, SENT, SHEETS
from jobs.paper.judging import Verdict, judge
from jobs.paper.lanes import Bench
from jobs.paper.options import PaperJobOptions
from jobs.paper.piles import Entry
from jobs.paper.setting import Leaf, Setter, Unset

MOST_MAILED = 6 * 1024 * 1024
"""Bytes of all mails of a run together: they travel in one message. What is more is left in the folder."""
MARK = "mailed"


@dataclass(frozen=True)
class Bundle:
    """A file and the sheets in it, in their order."""

    name: str
    document: str
    wave: str
    entries: tuple[Entry, ...]


def bind(bench: Bench, setter: Setter, options: PaperJobOptions, found: Sequence[Entry]) -> list[Path]:
    """Bind what waits, and what an earlier run began to bind; return the files that were made."""
    bundles = _unmailed(bench, _begun(found))
    bundles += _taken_up(bench, setter, [entry for entry in found if not entry.file])
    folder = options.folder or bench.ctx.folder
    files = {bundle: path for bundle in bundles if (path := _file(bench, setter, bundle, folder)) is not None}
    if options.deliver == "mail" and bench.ctx.people:
        _mail(bench, files)
    else:
        for bundle in files:
            _end(bench, bundle)
    return list(files.values())


def _begun(found: Iterable[Entry]) -> list[Bundle]:
    """Return the files that an earlier run wrote down, with the sheets that it put into each."""
    begun: dict[str, list[Entry]] = defaultdict(list)
    for entry in found:
        if entry.file:
            begun[entry.file].append(entry)
    return [Bundle(name, some[0].document, some[0].wave, tuple(some)) for name, some in begun.items()]


def _unmailed(bench: Bench, begun: Iterable[Bundle]) -> list[Bundle]:
    """End the files that the last run's mail took along; return those that are still to be made."""
    mailed, left = set(json.loads(bench.ctx.night.watermark(MARK) or "[]")), list[Bundle]()
    for bundle in begun:
        if bundle.name in mailed:
            _end(bench, bundle)
        else:
            left.append(bundle)
    return left


def _taken_up(bench: Bench, setter: Setter, found: Sequence[Entry]) -> list[Bundle]:
    """Take up what may go of each wave and document, and write down which file it goes into."""
    bundles = []
    for _, group in groupby(found, key=lambda one: (one.turn, one.document)):
        going = [(entry, item) for entry in group if (item := _going(bench, setter, entry)) is not None]
        if not going:
            continue
        first = going[0][0]
        name = _name(first, [entry.id for entry, _ in going])
        made = _moved(bench, [item for _, item in going], SENT, {"file": name})
        taken = [entry for (entry, _), done in zip(going, made, strict=True) if done]
        if taken:
            bundles.append(Bundle(name, first.document, first.wave, tuple(taken)))
    return bundles


def _going(bench: Bench, setter: Setter, entry: Entry) -> WorkItem | None:
    """Return a sheet's item where it may be bound: it shows what is so, and if it is a label, that is there."""
    item = bench.item(entry.id)
    if item is None or item.state != entry.state:
        return None
    verdict, values = judge(bench.ctx, item)
    if verdict is not Verdict.GO:
        bench.set_aside(entry, item, verdict)
        return None
    try:
        if entry.document == LABEL:
            setter.one(item, values)
    except Unset as error:
        bench.tally.unset.append((entry, error))
        return None
    return item


def _name(first: Entry, names: Iterable[str]) -> str:
    digest = blake2b("\n".join(names).encode("utf-8", "replace"), digest_size=4).hexdigest()
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in first.wave.casefold())
    slug = "-".join(part for part in kept.split("-") if part)
    return f"{slug}-{first.document}-{digest}.pdf"


def _file(bench: Bench, setter: Setter, bundle: Bundle, folder: Path) -> Path | None:
    """Make a bundle's file, whole or not at all; None where it could not be made, which is told and tried again."""
    path = folder / bundle.name
    try:
        content = setter.typesetter.bind(_leaves(bench, setter, bundle), setter.media(bundle.document))
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("wb", dir=folder, prefix=".sheets-", delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            finally:
                Path(file.name).unlink(missing_ok=True)
    except Unset as error:
        bench.tally.unset.extend((entry, error) for entry in bundle.entries)
        return None
    except OSError as error:
        raise OutsideError(f"{path} can't be written: {error.strerror}: see to the folder") from error
    return path


def _leaves(bench: Bench, setter: Setter, bundle: Bundle) -> Iterator[Leaf]:
    for entry in bundle.entries:
        item = bench.item(entry.id)
        if item is not None:
            yield from setter.leaves(item, judge(bench.ctx, item)[1])


def _end(bench: Bench, bundle: Bundle) -> None:
    """Say of all sheets of a file at once that they are in it: half of them would make another file."""
    items = {item.id: item for entry in bundle.entries if (item := bench.item(entry.id)) and item.state == SENT}
    entries = [entry for entry in bundle.entries if entry.id in items]
    made = _moved(bench, [items[entry.id] for entry in entries], BOUND, {})
    bench.tally.bound += (entry for entry, done in zip(entries, made, strict=True) if done)


def _moved(bench: Bench, items: Sequence[WorkItem], after: str, changes: Mapping[str, object]) -> list[bool]:
    """Move sheets in one batch, each where nobody changed it meanwhile; say which were."""
    hand = Hand("", bench.now, bench.ctx.zone)
    return bench.ctx.night.move([SHEETS.step(item, after, {**item.data, **changes}, hand) for item in items])


def _mail(bench: Bench, files: Mapping[Bundle, Path]) -> None:
    """Mail the files to the people of the routine, and tell the next run so; what is too large is only named."""
    if not files:
        return
    ctx, names = bench.ctx, sorted(path.name for path in files.values())
    attached = _attached(files.values(), MOST_MAILED // max(len(ctx.people), 1))
    beside = {one.name for one in attached}
    rows = [
        {
            "wave": bundle.wave, "document": bundle.document, "n": len(bundle.entries), "file": path.name,
            "beside": path.name in beside,
        }
        for bundle, path in files.items()
    ]  # fmt: skip
    folder = str(next(iter(files.values())).parent)
    key = blake2b("\n".join(names).encode(), digest_size=6).hexdigest()
    count = sum(len(bundle.entries) for bundle in files)
    document = Document("sheets", {"key": key, "rows": rows, "folder": folder, "sheets": count})
    ctx.mail(ctx.people, document, attachments=attached)
    ctx.mark(MARK, json.dumps(names))


def _attached(paths: Iterable[Path], room: int) -> tuple[Attachment, ...]:
    """Return the files that one mail has room for (bytes), each that still fits."""
    attached = []
    for path in paths:
        size = path.stat().st_size
        if size <= room:
            room -= size
            attached.append(Attachment(path.name, path.read_bytes()))
    return tuple(attached)
