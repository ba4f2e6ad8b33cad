"""What an owner says about a bucket, and the locks that are asked for."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from daemon.secrets import SecretText
from daemon.testing import NOW
from jobs.connectors.backups.s3 import S3
from jobs.kinds.backup import Check, Outcome
from tests.jobs.s3_fake import KEY, SECRET
from tests.jobs.s3_scenes import said, stored, verdict

LATER = NOW + timedelta(days=40)


@pytest.mark.parametrize(
    ("mode", "days", "outcome"),
    [
        ("COMPLIANCE", 40, Outcome.HELD),
        ("GOVERNANCE", 40, Outcome.HELD),
        ("COMPLIANCE", 20, Outcome.BROKEN),
        ("COMPLIANCE", -1, Outcome.BROKEN),
        ("SOMETHING", 40, Outcome.BROKEN),
    ],
)
def test_c12_a_lock_holds_for_as_long_as_the_owner_wants(mode: str, days: int, outcome: Outcome) -> None:
    with stored(lock_days=30) as (bucket, store):
        bucket.put("a.gz", lock=(mode, NOW + timedelta(days=days)))
        told = verdict(store, Check.LOCKED)
    assert told.outcome is outcome
    if mode == "GOVERNANCE":
        assert "may bypass it" in said(told)


def test_c12_a_missing_lock_is_a_broken_promise_and_one_that_may_not_be_read_is_unknown() -> None:
    with stored(lock_days=30) as (bucket, store):
        bucket.put("a.gz")
        told = verdict(store, Check.LOCKED)
        assert told.outcome is Outcome.BROKEN
        assert "default retention" in said(told)
        bucket.can_lock = False
        told = verdict(store, Check.LOCKED)
        assert told.outcome is Outcome.BROKEN
        assert "can't lock" in said(told)
        bucket.refused = {"retention"}
        told = verdict(store, Check.LOCKED)
        assert told.outcome is Outcome.UNKNOWN
        assert "s3:GetObjectRetention" in said(told)
        bucket.refused, bucket.failures = set(), {"GET /shop-backups/a.gz?retention": ["NotImplemented"] * 9}
        assert verdict(store, Check.LOCKED).outcome is Outcome.UNKNOWN


def test_one_file_of_a_set_without_a_lock_is_named() -> None:
    with stored(lock_days=30, copies="folder") as (bucket, store):
        bucket.put("night/a", lock=("COMPLIANCE", LATER))
        bucket.put("night/b")
        told = verdict(store, Check.LOCKED)
    assert (told.outcome, told.held, told.listed, told.broken) == (Outcome.BROKEN, 1, 2, ("night/b",))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("endpoint", "http://s3.example.com"),
        ("endpoint", "https://user:word@s3.example.com"),
        ("endpoint", "https://s3.example.com/bucket"),
        ("endpoint", "ftp://s3.example.com"),
        ("prefix", "/shop"),
        ("prefix", "a/../b"),
        ("bucket", "Shop/../x"),
        ("access_key", "AKIA"),
        ("lock_days", -1),
    ],
)
def test_options_that_could_mean_anything_are_refused(option: str, value: object) -> None:
    given = {
        "endpoint": "https://s3.example.com", "bucket": "shop", "access_key": SecretText(KEY),
        "secret_key": SecretText(SECRET), option: value,
    }  # fmt: skip
    with pytest.raises(ValidationError):
        S3.options.model_validate(given)


@pytest.mark.parametrize(
    ("endpoint", "path_style", "base"),
    [
        ("https://S3.example.com:443/", True, "https://s3.example.com/shop/"),
        ("https://s3.example.com", False, "https://shop.s3.example.com/"),
        ("http://[::1]:9000", True, "http://[::1]:9000/shop/"),
        ("http://localhost:9000", True, "http://localhost:9000/shop/"),
    ],
)
def test_the_bucket_stands_in_the_path_or_before_the_server(endpoint: str, path_style: bool, base: str) -> None:
    keys = {"access_key": SecretText(KEY), "secret_key": SecretText(SECRET)}
    options = S3.options.model_validate({"endpoint": endpoint, "bucket": "shop", "path_style": path_style, **keys})
    assert options.base == base
