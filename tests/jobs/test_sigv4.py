"""Signatures held against the examples that AWS publishes, and against botocore where it is installed."""

from datetime import UTC, datetime
from importlib.util import find_spec
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.connectors._sigv4 import NOTHING, Signer, canonical, escaped

S3 = Signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
BUCKET = "https://examplebucket.s3.amazonaws.com/"
"""The examples of "Authenticating Requests: Using the Authorization Header" (S3 API reference)."""
SUITE = Signer("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service")
"""The examples of the "Signature Version 4 test suite"."""
LETTERS = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def proof(signer: Signer, moment: datetime, url: str, **headers: str) -> str:
    return signer.signed("GET", canonical(url), moment, headers)["authorization"].rpartition("Signature=")[2]


@pytest.mark.parametrize(
    ("path", "headers", "signature"),
    [
        ("test.txt", {"range": "bytes=0-9"}, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        ("?lifecycle", {}, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("?max-keys=2&prefix=J", {}, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ],
)
def test_the_published_examples_of_s3_come_out_the_same(path: str, headers: dict[str, str], signature: str) -> None:
    moment = datetime(2013, 5, 24, tzinfo=UTC)
    assert proof(S3, moment, BUCKET + path, **{"x-amz-content-sha256": NOTHING, **headers}) == signature


@pytest.mark.parametrize(
    ("target", "signature"),
    [
        ("/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        (f"/?{LETTERS}={LETTERS}", "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
        ("/%E1%88%B4", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    ],
)
def test_the_published_suite_comes_out_the_same(target: str, signature: str) -> None:
    moment = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    assert proof(SUITE, moment, f"https://example.amazonaws.com{target}") == signature


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "get"])
def test_a_request_that_could_change_something_is_not_signed(method: str) -> None:
    with pytest.raises(ValueError, match="never asked"):
        S3.signed(method, BUCKET, datetime(2013, 5, 24, tzinfo=UTC), {})


def test_no_key_shows_in_a_repr() -> None:
    assert S3.secret not in repr(S3)


@pytest.mark.skipif(find_spec("botocore") is None, reason="botocore is not installed")
@settings(max_examples=50)
@given(key=st.text(min_size=1).filter(lambda text: text.isprintable()), prefix=st.text())
def test_any_name_is_signed_as_botocore_signs_it(key: str, prefix: str) -> None:
    auth = pytest.importorskip("botocore.auth")
    request_of = pytest.importorskip("botocore.awsrequest").AWSRequest
    credentials = pytest.importorskip("botocore.credentials").Credentials(S3.key, S3.secret)
    url = canonical(f"{BUCKET}{escaped(key.lstrip('/'), '/')}?prefix={escaped(prefix)}")
    request = request_of("GET", url, headers={"X-Amz-Date": "20130524T000000Z", "X-Amz-Content-SHA256": NOTHING})
    request.context["timestamp"] = "20130524T000000Z"
    theirs = auth.S3SigV4Auth(credentials, "s3", "us-east-1")
    told = theirs.signature(theirs.string_to_sign(request, theirs.canonical_request(request)), request)
    assert urlsplit(url).netloc == "examplebucket.s3.amazonaws.com"
    assert proof(S3, datetime(2013, 5, 24, tzinfo=UTC), url, **{"x-amz-content-sha256": NOTHING}) == told
