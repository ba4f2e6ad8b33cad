"""What S3 says when it refuses something, and what is to be done about it (pure).

The codes are those of the S3 API reference, "Error responses"; other makers' servers use the same ones. An answer to
HEAD has no body, so that only its status tells.
"""

from collections.abc import Mapping

from daemon.api import OutsideError
from jobs.connectors._xml import read_xml
from jobs.connectors.http import Answer, HttpError, NoEntryError

NO_BUCKET = "NoSuchBucket"
NO_LOCK = "NoSuchObjectLockConfiguration"
NO_BUCKET_LOCK = "ObjectLockConfigurationNotFoundError"
ODD_BUCKET_LOCK = "InvalidRequest"
"""How a bucket that was made without object lock answers a question about an object's."""
REPLACED = 412
MISSING = 404
_REGION = "the bucket lies in another region: correct `region:` and `endpoint:`"
_ADVICE: Mapping[str, str] = {
    "InvalidAccessKeyId": "it does not know the access key: correct `access_key:`",
    "SignatureDoesNotMatch": "the keys do not belong together: correct `secret_key:`, or `region:` where that is wrong",
    "AccessDenied": "allow the key s3:ListBucket on the bucket and s3:GetObject on what is in it",
    "RequestTimeTooSkewed": "its clock and this machine's differ by more than a quarter of an hour: set the clock",
    NO_BUCKET: "correct `bucket:`, and `path_style:` where the server wants the other way of writing it",
    "PermanentRedirect": _REGION,
    "TemporaryRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "InvalidObjectState": "it lies in an archive and can only be read once it was fetched from there",
    "SlowDown": "it has too much to do; it is asked again in the next run",
}


class S3Error(OutsideError):
    """S3 did not say what it was asked for; `code` is its own word (empty: none), `status` HTTP's (0: no answer)."""

    def __init__(self, sentence: str, code: str = "", status: int = 0, *, permanent: bool = False) -> None:
        super().__init__(sentence, permanent=permanent)
        self.code = code
        self.status = status
        self.closed = False
        """Whether the key is not let in, here or at all."""


def told(answer: Answer) -> Mapping[str, str]:
    """Return code and message of an answer that refuses something; the region that it names stands in the message."""
    try:
        error = read_xml(answer.body)
    except ValueError:
        error = None
    said = {"code": error.told("Code"), "message": error.told("Message")} if error else {"code": "", "message": ""}
    region = answer.headers.get("x-amz-bucket-region") or (error.told("Region") if error else "")
    if region:
        said["message"] = f"{said['message']} (its region is {region})".strip()
    return said


def explained(error: HttpError, where: str) -> S3Error:
    """Return an error of the HTTP client as a sentence that names `where` and says what to do."""
    refusal = error.refusal
    advice = _ADVICE.get(refusal.code)
    sentence = str(error)
    if advice is not None:
        said = f"{refusal.code}, {refusal.message}" if refusal.message else refusal.code
        sentence = f"{where} answered {refusal.status}, {said}: {advice}"
    made = S3Error(sentence, refusal.code, refusal.status, permanent=error.permanent)
    made.closed = isinstance(error, NoEntryError)
    return made
