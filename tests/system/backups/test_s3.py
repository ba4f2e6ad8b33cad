"""The client of S3 speaks to a server that somebody else wrote: moto, where NIGHTCLERK_MOTO names a Python that has it.

What is in the bucket is put there by botocore, so that neither side of the conversation is ours.
"""

import hashlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.clock import SystemClock
from daemon.secrets import SecretText
from daemon.testing import make_outlet
from jobs.connectors.backups._s3_store import S3Store
from jobs.connectors.backups.s3 import S3
from jobs.kinds.backup import Check, Outcome, Part

pytestmark = pytest.mark.system
MOTO = os.environ.get("NIGHTCLERK_MOTO", "")
REGION = "eu-central-1"
PATIENCE = 30.0
SETUP = """
import base64, boto3, datetime, hashlib, json, sys
told = json.load(sys.stdin)
s3 = boto3.client("s3", endpoint_url=told["url"], region_name=told["region"], aws_access_key_id=told["key"],
                  aws_secret_access_key=told["secret"])
where = {"CreateBucketConfiguration": {"LocationConstraint": told["region"]}}
s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True, **where)
s3.create_bucket(Bucket="open", **where)
until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=40)
for bucket in ("locked", "open"):
    for name, content in told["objects"].items():
        more = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until} if bucket == "locked" else {}
        s3.put_object(Bucket=bucket, Key=name, Body=content.encode(), ChecksumAlgorithm="SHA256", **more)
part = b"p" * 5 * 1024 * 1024
upload = s3.create_multipart_upload(Bucket="open", Key="parts/large.tar")["UploadId"]
parts = [{"PartNumber": n, "ETag": s3.upload_part(Bucket="open", Key="parts/large.tar", PartNumber=n, UploadId=upload,
          Body=part)["ETag"]} for n in (1, 2)]
s3.complete_multipart_upload(Bucket="open", Key="parts/large.tar", UploadId=upload, MultipartUpload={"Parts": parts})
s3.put_object(Bucket="open", Key="parts/SHA256SUMS",
              Body=f"{hashlib.sha256(part * 2).hexdigest()}  large.tar\\n".encode())
"""
KEYS = {"key": "AKIATEST000000000000", "secret": "test/secret+0123456789"}
OBJECTS = {f"shop/night {n}/db+{n}.sql.gz": f"content {n}" for n in range(5)}
SUMS = "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {name[5:]}\n" for name, text in OBJECTS.items())


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a moto server with two buckets."""
    if not MOTO:
        pytest.skip("NIGHTCLERK_MOTO names no Python that has moto[server] and boto3")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (tmp_path_factory.mktemp("moto") / "log").open("wb") as log:
        server = subprocess.Popen(
            [MOTO, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log,
            env={**os.environ, "MOTO_S3_DEFAULT_MAX_KEYS": "2"},
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        _await(port)
        told = {"url": url, "region": REGION, "objects": {**OBJECTS, "shop/SHA256SUMS": SUMS}, **KEYS}
        subprocess.run([MOTO, "-c", SETUP], input=json.dumps(told), text=True, check=True, timeout=PATIENCE)
        yield url
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _await(port: int) -> None:
    """Wait until the server takes connections."""
    clock = SystemClock()
    begun = clock.monotonic()
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert clock.monotonic() - begun < PATIENCE
            time.sleep(0.1)
        else:
            return


def opened(url: str, bucket: str, **options: object) -> S3Store:
    given = {
        "endpoint": url, "bucket": bucket, "region": REGION,
        "access_key": SecretText(KEYS["key"]), "secret_key": SecretText(KEYS["secret"]), **options,
    }  # fmt: skip
    store = S3.open(S3.options.model_validate(given), make_outlet(Path(), now=SystemClock().now()))
    assert isinstance(store, S3Store)
    return store


def test_every_object_is_found_by_its_name_and_held_against_the_list(moto: str) -> None:
    store = opened(moto, "open", prefix="shop/", read=True)
    copies = store.inventory().copies
    assert {copy.id for copy in copies} == {name.removeprefix("shop/") for name in OBJECTS}
    store = opened(moto, "open", prefix="shop/", copies="folder", pattern="night*", read=True)
    newest = store.inventory().copies[0]
    assert store.examine(Check.WHOLE, newest, Part()).outcome in {Outcome.HELD, Outcome.PARTLY}


def test_whether_a_bucket_can_lock_is_told_and_a_lock_that_is_not_told_is_never_claimed(moto: str) -> None:
    """moto 5.2 answers a question for an object's retention with its content, which is no answer."""
    for bucket, able in (("locked", True), ("open", False)):
        store = opened(moto, bucket, prefix="shop/", lock_days=30)
        assert store.bucket.locks() is able
        told = store.examine(Check.LOCKED, store.inventory().copies[0], Part())
        assert told.outcome is Outcome.UNKNOWN


def test_an_upload_in_parts_has_no_sum_of_the_whole_and_is_read_back_right(moto: str) -> None:
    store = opened(moto, "open", prefix="parts/", read=True)
    (copy,) = store.inventory().copies
    assert store.examine(Check.LISTED, copy, Part()).outcome is Outcome.PARTLY
    told = store.examine(Check.WHOLE, copy, Part())
    assert (told.outcome, told.held, told.read) == (Outcome.HELD, 1, 10 * 1024 * 1024)


def test_a_bucket_that_is_not_there_is_told(moto: str) -> None:
    with pytest.raises(OutsideError, match="correct `bucket:`"):
        opened(moto, "nothing").inventory()


def test_a_list_is_read_page_by_page(moto: str) -> None:
    store = opened(moto, "open", prefix="shop/")
    assert len(store.inventory().copies) == len(OBJECTS)
    assert store.bucket.client.made == 3


def test_a_backup_that_was_just_made_is_as_young_as_it_is(moto: str) -> None:
    assert opened(moto, "open", prefix="shop/").inventory().copies[0].moment > SystemClock().now() - timedelta(hours=1)
