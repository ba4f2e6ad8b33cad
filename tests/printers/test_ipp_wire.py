"""The protocol's bytes: what is written is read again, and no answer, however spoilt, is more than an error."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.connectors.printers import _ipp_number as numbers
from jobs.connectors.printers import _ipp_wire as ipp
from tests.printers.ipp_fake import FakeIpp

_NAMES = st.from_regex(r"[a-z][a-z-]{0,20}", fullmatch=True)
_GOOD = FakeIpp()._self(ipp.Group(0), ipp.Reply(0), b"")


@settings(max_examples=40)
@given(
    st.dictionaries(_NAMES, st.integers(-(2**31), 2**31 - 1), max_size=5), st.lists(st.text(), min_size=1), st.binary()
)
def test_what_is_written_is_read_again(counts: dict[str, int], words: list[str], data: bytes) -> None:
    told = b"".join(ipp.integer(name, value) for name, value in counts.items())
    told += ipp.attribute(0x44, "the words", *(word.encode() for word in words)) + ipp.boolean("the flag", True)
    told += ipp.collection("the box", ipp.integer("inner", 5), ipp.collection("deeper", ipp.integer("inner", 6)))
    reply = ipp.read(ipp.request(0x0002, ipp.group(ipp.JOB) + told + ipp.octets("the bytes", b"\xff\x00"), data))
    assert reply.status == 0x0002
    (job,) = reply.of(ipp.JOB)
    assert {name: job.number(name) for name in counts} == counts
    assert job.words("the words") == tuple(words)
    assert job.flag("the flag") is True
    assert job.octets("the bytes") == b"\xff\x00"
    assert job.number("inner") is None


@given(st.binary(max_size=300))
def test_noise_is_an_error_and_never_a_crash(noise: bytes) -> None:
    with suppress(ValueError):
        ipp.read(b"\x01\x01\x00\x00\x00\x00\x00\x01" + noise)


@settings(max_examples=60)
@given(st.integers(0, len(_GOOD) - 1), st.binary(min_size=1, max_size=4))
def test_a_spoilt_answer_is_an_error_or_another_answer(at: int, spoilt: bytes) -> None:
    with suppress(ValueError):
        for group in ipp.read(_GOOD[:at] + spoilt + _GOOD[at + len(spoilt) :]).groups:
            for name in group.values:
                _ = group.number(name), group.text(name), group.flag(name), group.words(name), group.octets(name)


@settings(max_examples=40)
@given(st.integers(0, len(_GOOD) - 1))
def test_an_answer_that_breaks_off_is_no_answer(length: int) -> None:
    with pytest.raises(ValueError, match=r"breaks off|shorter"):
        ipp.read(_GOOD[:length])


def test_values_of_other_types_are_not_had() -> None:
    told = ipp.group(ipp.JOB) + ipp.keyword("job-id", "7") + ipp.boolean("job-state", True)
    told += ipp.attribute(0x13, "time-at-completed", b"") + ipp.attribute(0x36, "job-name", b"\x00\x02de\x00\x02ab")
    (job,) = ipp.read(ipp.request(0, told)).of(ipp.JOB)
    assert (job.number("job-id"), job.number("job-state"), job.number("time-at-completed")) == (None, None, None)
    assert job.text("job-name") == "ab"
    assert job.text("nothing") == ""


@settings(max_examples=40)
@given(st.integers(1, 2**31 - 1), st.uuids(), st.booleans())
def test_a_number_is_read_as_it_was_written(count: int, uuid: object, watched: bool) -> None:
    number = numbers.Number(count, str(uuid), watched)
    assert numbers.read(str(number)) == number
