from hypothesis import given
from hypothesis import strategies as st

from jobs.connectors._http_retry import pause, retry_after
from jobs.connectors.http import (
    BusyServerError,
    Call,
    Limits,
    Refusal,
    RefusedError,
    UnreachableError,
    reading,
    writing,
)

NOON = "Sat, 21 Nov 2026 12:00:00 GMT"


def test_a_retry_after_is_read_as_seconds_or_as_a_moment() -> None:
    assert retry_after("120", NOON) == 120
    assert retry_after("2.0", NOON) == 2
    assert retry_after("Sat, 21 Nov 2026 12:00:30 GMT", NOON) == 30


def test_a_moment_that_has_passed_means_now() -> None:
    assert retry_after("Sat, 21 Nov 2026 11:59:00 GMT", NOON) == 0
    assert retry_after("-5", NOON) == 0


def test_a_retry_after_that_says_nothing_is_passed_over() -> None:
    assert [retry_after(text, NOON) for text in ("soon", "nan", "inf", "", "1e999")] == [None] * 5
    assert retry_after("Sat, 21 Nov 2026 12:00:30 GMT", "") is None


def test_the_server_is_never_asked_before_it_wants_to_be() -> None:
    asked = BusyServerError("busy", Refusal(429, wait=20))
    assert pause(reading("x"), asked, Limits(), 1, 0, 0) == 20
    assert (pause(reading("x"), asked, Limits(), 1, 0, 0.99) or 0) > 20


def test_a_server_that_wants_longer_than_a_run_can_wait_is_left_alone() -> None:
    maintenance = BusyServerError("maintenance", Refusal(503, wait=600))
    assert pause(reading("x"), maintenance, Limits(longest=60), 1, 0, 0) is None


def test_what_changes_something_is_repeated_only_where_twice_does_no_more_than_once() -> None:
    down = UnreachableError("down")
    assert pause(writing("POST", "x", {}), down, Limits(), 1, 0, 0) is None
    assert pause(Call("PUT", "x", idempotent=True), down, Limits(), 1, 0, 0) is not None


def test_a_refusal_is_not_asked_again() -> None:
    assert pause(reading("x"), RefusedError("no"), Limits(), 1, 0, 0) is None


@given(st.integers(1, 8), st.floats(0, 1, exclude_max=True), st.floats(0, 300))
def test_pauses_stay_within_their_bounds(tried: int, chance: float, waited: float) -> None:
    limits = Limits(tries=6, first=1, longest=10, patience=40)
    seconds = pause(reading("x"), UnreachableError("down"), limits, tried, waited, chance)
    if seconds is not None:
        assert tried < 6
        assert 0.5 <= seconds <= 10
        assert waited + seconds <= 40


def test_pauses_double() -> None:
    pauses = [pause(reading("x"), UnreachableError("down"), Limits(tries=9), n, 0, 0) for n in (1, 2, 3)]
    assert pauses == [0.5, 1, 2]
