"""A store opened on the fake server, with pauses that nobody waits for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from daemon.secrets import SecretText
from daemon.testing import make_outlet
from jobs.connectors.backups._s3_store import S3Store
from jobs.connectors.backups.s3 import S3
from jobs.kinds.backup import Check, Part, Verdict
from tests.jobs.s3_fake import BUCKET, KEY, REGION, SECRET, Bucket, serving


def opened(url: str, **options: object) -> S3Store:
    """Return the store of a bucket at an address."""
    given = {
        "endpoint": url, "bucket": BUCKET, "region": REGION,
        "access_key": SecretText(KEY), "secret_key": SecretText(SECRET), **options,
    }  # fmt: skip
    store = S3.open(S3.options.model_validate(given), make_outlet(Path()))
    assert isinstance(store, S3Store)
    store.bucket.client.sleep = lambda _: None
    return store


def narrowed(store: S3Store, **limits: int) -> S3Store:
    """Return the store with limits that a small bucket reaches: `piece` in bytes, `most_asked` in objects."""
    return replace(store, bucket=replace(store.bucket, **limits))  # type: ignore[arg-type]


@contextmanager
def stored(**options: object) -> Iterator[tuple[Bucket, S3Store]]:
    """Give a bucket that is served, and its store."""
    with serving(Bucket()) as bucket:
        yield bucket, opened(bucket.url, **options)


def verdict(store: S3Store, check: Check | None = None) -> Verdict:
    """Return what is said of the newest backup by one check, by that of its content where none is named."""
    newest = store.inventory().copies[0]
    return store.examine(check or (Check.WHOLE if store.options.read else Check.LISTED), newest, Part())


def said(verdict_: Verdict) -> str:
    """Return the reason of a verdict as a sentence."""
    text = verdict_.reason or verdict_.shown
    assert text is not None
    return text.id.format_map({name: str(value) for name, value in text.values.items()})
