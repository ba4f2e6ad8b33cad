"""What a server that refuses, misbehaves or lies makes of a night: a sentence that says what to do, and no claim."""

from datetime import timedelta

import pytest

from daemon.api import OutsideError
from daemon.render.say import Voice, say
from daemon.secrets import SecretText
from daemon.testing import NOW
from jobs.connectors._xml import read_xml
from jobs.connectors.backups.s3 import S3
from jobs.connectors.http import Call, writing
from jobs.kinds.backup import Check, Outcome, Part
from tests.jobs.s3_fake import BOMB, SECRET, serving
from tests.jobs.s3_fake import Bucket as Fake
from tests.jobs.s3_scenes import opened, said, stored, verdict


def refused(fake: Fake, **options: object) -> str:
    """Return the sentence with which a bucket can't be listed, and see that no key of ours shows in it."""
    with serving(fake), pytest.raises(OutsideError) as caught:
        opened(fake.url, **options).inventory()
    assert str(options.get("secret_key", SECRET)) not in str(caught.value).replace("`secret_key:`", "")
    return str(caught.value)


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"access_key": SecretText("AKIAWRONG")}, "correct `access_key:`"),
        ({"secret_key": SecretText("not-its-key")}, "correct `secret_key:`"),
        ({"region": "us-east-1"}, "(its region is eu-test-1): the bucket lies in another region"),
        ({"bucket": "another"}, "correct `bucket:`"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], advice: str) -> None:
    assert advice in refused(Fake(), **options)


def test_a_clock_that_is_wrong_is_told_as_such() -> None:
    assert "set the clock" in refused(Fake(clock=NOW + timedelta(minutes=16)))


def test_a_bucket_of_another_region_says_moved_without_an_address_and_is_asked_once() -> None:
    bucket = Fake(failures={"GET": ["PermanentRedirect"] * 9})
    assert "(its region is eu-test-1): the bucket lies in another region" in refused(bucket)
    assert len(bucket.asked) == 1


def test_a_server_that_is_busy_or_fails_is_asked_again_and_then_believed() -> None:
    with stored() as (bucket, store):
        bucket.put("a.gz")
        bucket.failures["GET"] = ["SlowDown", "InternalError", "SlowDown"]
        assert len(store.inventory().copies) == 1
    assert "SlowDown" in refused(Fake(failures={"GET": ["SlowDown"] * 9}))


def test_a_list_that_breaks_off_is_no_list() -> None:
    for cut in (0, 20, 200):
        bucket = Fake(cut=cut)
        bucket.put("a.gz")
        refused(bucket)


@pytest.mark.parametrize(
    "listing",
    [
        BOMB,
        b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><ListBucketResult/>',
        b"<ListBucketResult>",
        b"",
        b"<html><body>Welcome to the hotel's network</body></html>",
        b"<Error><Code>InternalError</Code></Error>",
        b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        b"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a</NextContinuationToken></ListBucketResult>",
        b"\xff\xfe\x00",
        b"<a>" * 40,
    ],
)
def test_a_list_that_is_none_or_never_ends_is_an_error_and_not_empty(listing: bytes) -> None:
    bucket = Fake(listing=listing)
    refused(bucket)
    assert len(bucket.asked) <= 2


def test_an_entry_that_makes_no_sense_is_named_and_the_others_go_on() -> None:
    good = "<Contents><Key>a.gz</Key><Size>7</Size><LastModified>2026-11-20T01:00:00.000Z</LastModified></Contents>"
    bad = [
        good.replace("7", "-7").replace("a.gz", "negative"),
        good.replace("7", "many").replace("a.gz", "odd&#9;size"),
        good.replace("T01:00:00.000Z", "").replace("a.gz", "zoneless"),
    ]
    page = f"<ListBucketResult>{good}{''.join(bad)}</ListBucketResult>"
    with stored() as (bucket, store):
        bucket.listing = page.encode()
        found = store.inventory()
    assert [copy.name for copy in found.copies] == ["a.gz"]
    assert list(found.unreadable) == ["negative", "odd\N{REPLACEMENT CHARACTER}size", "zoneless"]


def test_what_lies_outside_the_prefix_is_no_backup_of_ours() -> None:
    with stored(prefix="shop/") as (bucket, store):
        bucket.listing = (
            b"<ListBucketResult><Contents><Key>other/a.gz</Key><Size>7</Size>"
            b"<LastModified>2026-11-20T01:00:00Z</LastModified></Contents></ListBucketResult>"
        )
        assert not store.inventory().copies


def test_a_body_that_breaks_off_is_unknown_and_not_damaged() -> None:
    with stored(read=True) as (bucket, store):
        bucket.put("a.gz")
        newest = store.inventory().copies[0]
        bucket.cut = 3
        told = store.examine(Check.WHOLE, newest, Part())
    assert (told.outcome, told.held) == (Outcome.UNKNOWN, 0)


def test_an_object_that_lies_in_an_archive_is_unknown() -> None:
    with stored(read=True) as (bucket, store):
        bucket.put("a.gz")
        bucket.failures["GET /shop-backups/a.gz"] = ["InvalidObjectState"]
        told = verdict(store)
    assert told.outcome is Outcome.UNKNOWN
    assert "archive" in said(told)


def test_an_object_that_vanished_since_it_was_listed_is_missing() -> None:
    with stored() as (bucket, store):
        bucket.put("a.gz")
        bucket.list_sums("a.gz", to="SHA256SUMS")
        newest = store.inventory().copies[0]
        del bucket.objects["a.gz"]
        assert store.verify(newest).outcome is Outcome.BROKEN


def test_a_key_that_lost_its_rights_is_unknown_and_never_green() -> None:
    with stored(lock_days=1) as (bucket, store):
        bucket.put("a.gz")
        bucket.list_sums("a.gz", to="SHA256SUMS")
        newest = store.inventory().copies[0]
        bucket.failures = {"GET": ["AccessDenied"] * 99, "HEAD": ["AccessDenied"] * 99}
        assert store.verify(newest).outcome is Outcome.UNKNOWN
        assert store.examine(Check.LOCKED, newest, Part()).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_a25_no_request_that_could_change_something_ever_leaves(method: str) -> None:
    with stored() as (bucket, store):
        for call in (writing(method, "a.gz", {}), Call(method, "?delete", idempotent=True)):
            with pytest.raises(ValueError, match="never asked"):
                store.bucket.client.ask(call)
        assert bucket.asked == []


def test_every_request_of_a_night_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    with stored(read=True, lock_days=1) as (bucket, store):
        bucket.put("a.gz")
        for check in Check:
            verdict(store, check)
        assert {line.split()[0] for line in bucket.asked} == {"GET", "HEAD"}


def test_doctor_says_where_nothing_is_found() -> None:
    with stored(prefix="shop/") as (bucket, store):
        assert S3.check is not None
        advice = S3.check(store)
        assert advice is not None
        assert "no backup is found behind shop/ in shop-backups" in say(advice, Voice("en", "", "Europe/Berlin"))
        bucket.put("shop/a.gz")
        assert S3.check(store) is None


def test_xml_is_read_within_limits() -> None:
    document = read_xml(b'<a xmlns:x="y"><x:b> 1 </x:b><b>2</b><c/></a>')
    assert (document.name, document.told("b"), document.told("c"), document.told("d")) == ("a", " 1 ", "", "")
    with pytest.raises(ValueError, match="too many"):
        read_xml(b"<a>" + b"<b/>" * 100 + b"</a>", most=100)
