"""Every value that may travel arrives as it left, and nothing else gets through, however it is dressed up."""

import dataclasses
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon import model, records, wire
from daemon.model import Fact, Finding, Money, Shop, Text, Urgency
from daemon.records import DraftState, State
from daemon.secrets import SecretRef, SecretText

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
DECIMALS = st.decimals(Decimal("-1e20"), Decimal("1e20"), allow_nan=False, allow_infinity=False)
MONEY = st.builds(Money, DECIMALS, st.sampled_from(["EUR", "SEK"]))
SCALARS = st.one_of(
    TEXTS, st.integers(), st.booleans(), DECIMALS, MONEY, MOMENTS, st.dates(), st.timedeltas(), st.none()
)
MESSAGES = st.recursive(
    st.builds(Text, TEXTS, st.dictionaries(TEXTS, SCALARS, max_size=3), TEXTS, TEXTS),
    lambda inner: st.builds(Text, TEXTS, st.dictionaries(TEXTS, inner, max_size=2)),
    max_leaves=3,
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.one_of(TEXTS, st.just("$")), inner, max_size=3),
    max_leaves=8,
)
st.register_type_strategy(str, TEXTS)
st.register_type_strategy(datetime, MOMENTS)
st.register_type_strategy(Decimal, DECIMALS)
st.register_type_strategy(Text, MESSAGES)
st.register_type_strategy(object, JSON)

KINDS = [
    kind
    for module in (model, records)
    for kind in vars(module).values()
    if isinstance(kind, type) and kind.__module__ == module.__name__ and dataclasses.is_dataclass(kind)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_word_of_the_model_and_of_the_records_travels(kind: type) -> None:
    @settings(max_examples=30, deadline=None)
    @given(st.from_type(kind) if kind is Text else st.builds(kind))
    def arrives(value: object) -> None:
        arrived = wire.loads(wire.dumps(value))
        assert arrived == value
        assert type(arrived) is kind

    arrives()


@settings(max_examples=200, deadline=None)
@given(st.one_of(SCALARS, JSON, st.lists(SCALARS), st.dictionaries(TEXTS, SCALARS), st.binary()))
def test_plain_values_travel_even_with_the_tag_as_a_key(value: object) -> None:
    arrived = wire.loads(wire.dumps(value))
    assert arrived == value
    assert type(arrived) is type(value)


@pytest.mark.parametrize("value", [*Urgency, *State, *DraftState])
def test_words_of_a_fixed_set_stay_words(value: StrEnum) -> None:
    assert wire.loads(wire.dumps({"is": value})) == {"is": value}
    assert type(wire.loads(wire.dumps(value))) is type(value)


def test_a_number_as_text_stays_text_and_money_stays_exact() -> None:
    facts = [
        Fact("orders.count", date(2026, 11, 20), value, "count", NOW, "csv") for value in ("12.50", Decimal("12.50"))
    ]
    assert [type(fact.value) for fact in wire.loads(wire.dumps(facts))] == [str, Decimal]
    assert str(wire.loads(wire.dumps(Decimal("0.10")))) == "0.10"


def test_secrets_travel_and_still_do_not_show() -> None:
    arrived = wire.loads(wire.dumps({"key": SecretText("hunter22"), "name": SecretRef("shop-key")}))
    assert arrived == {"key": "hunter22", "name": SecretRef("shop-key")}
    assert "hunter22" not in repr(arrived)
    assert "hunter22" not in f"{arrived!r} {[arrived['key']]}"


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Shop2:
    key: str


Impostor: Any = dataclass(frozen=True)(type("Shop", (), {"__annotations__": {"key": str}}))


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 11, 20), {"a": [datetime(2026, 11, 20)]}, Text("at {t}", {"t": datetime(2026, 11, 20)}), object(),
        Shop2("x"), Impostor("x"), Colour.RED, 1j, {"f": print}, KeyError("x"), Exception, float("nan"), [float("inf")],
    ],
)  # fmt: skip
def test_what_may_not_travel_is_refused_where_it_leaves(value: object) -> None:
    with pytest.raises(wire.WireError):
        wire.dumps(value)


def test_a_circle_is_refused_where_it_leaves() -> None:
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(wire.WireError):
        wire.dumps(circle)


SHOP = {"key": "a", "name": "b", "timezone": "c", "country": "d", "currency": "e", "language": "f"}
FACT = {"name": "a", "day": {"$": "day", "v": "2026-11-20"}, "value": "1", "unit": "", "source": "s", "dimensions": {}}


@pytest.mark.parametrize(
    "sent",
    [
        {"$": "no-such-thing", "v": 1}, {"$": "os.system", "v": "true"}, {"$": "Text"}, {"$": None, "v": 1},
        {"$": ["Text"], "v": {}}, {"$": {}, "v": {}}, {"$": "decimal", "v": "ten"}, {"$": "decimal", "v": ["1"]},
        {"$": "decimal", "v": 1.5}, {"$": "decimal", "v": "NaN"}, {"$": "decimal", "v": "Infinity"},
        {"$": "decimal", "v": "1E+999999999"}, {"$": "decimal", "v": "1E-999999999"}, {"$": "moment", "v": "2026-11-20T04:00:00"},
        {"$": "moment", "v": "9999-12-31T23:59:59-12:00"}, {"$": "moment", "v": 5}, {"$": "day", "v": "2026-02-30"},
        {"$": "microseconds", "v": "1e3"}, {"$": "microseconds", "v": "9" * 40}, {"$": "bytes", "v": "xyz"},
        {"$": "secret", "v": {"a": 1}}, {"$": "secret-name", "v": 5}, {"$": "State", "v": "asleep"}, {"$": "State", "v": []},
        {"$": "map", "v": 5}, {"$": "map", "v": [[1, 2]]}, {"$": "map", "v": [["a"]]}, {"$": "Shop", "v": []},
        {"$": "Shop", "v": {"key": "a"}}, {"$": "Shop", "v": {**SHOP, "name": 5}},
        {"$": "Fact", "v": {**FACT, "as_of": "2026-11-20T04:00:00"}}, {"$": "Finding", "v": {"key": "a"}},
        {"deep": [{"$": "nothing", "v": 1}]}, "\ud800", {"\udfff": 1}, {"$": "secret", "v": "\ud800"},
    ],
)  # fmt: skip
def test_what_nobody_can_have_sent_is_refused_where_it_arrives(sent: object) -> None:
    with pytest.raises(wire.WireError):
        wire.loads(json.dumps(sent))


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"\xff\xfe\x00", b"nil", b'{"$":"Text","v":', b"[" * 200_000, b'{"a":' * 100_000,
        b"[" * 50_000 + b"]" * 50_000, b'{"$":"map","v":[["a",' * 20_000, b"1" * 5000,
        b'{"$":"Text","v":{"id":"a","values":{"b":' * 400 + b"1" + b"}}}" * 400,
    ],
)  # fmt: skip
def test_broken_and_bottomless_json_is_refused_and_crashes_nothing(raw: bytes) -> None:
    with pytest.raises(wire.WireError) as refused:
        wire.loads(raw)
    assert len(str(refused.value)) < 4000


def test_of_a_tag_given_twice_one_counts_and_is_checked() -> None:
    assert wire.loads('{"$":"Text","$":"decimal","v":"1.5"}') == Decimal("1.5")
    with pytest.raises(wire.WireError):
        wire.loads('{"$":"decimal","$":"Text","v":"1.5"}')


@settings(max_examples=300, deadline=None)
@given(st.recursive(
    st.one_of(JSON, st.sampled_from(["Text", "moment", "decimal", "Fact", "map", "$", "v"])),
    lambda inner: st.fixed_dictionaries({"$": inner, "v": inner}) | st.lists(inner, max_size=3), max_leaves=10,
))  # fmt: skip
def test_any_json_is_a_value_or_is_refused(sent: object) -> None:
    try:
        value = wire.loads(json.dumps(sent))
    except wire.WireError:
        return
    assert wire.loads(wire.dumps(value)) == value


def test_a_field_that_a_later_program_dropped_does_not_make_a_kept_value_unreadable() -> None:
    assert wire.loads(json.dumps({"$": "Shop", "v": {**SHOP, "more": 1}})) == Shop(**SHOP)


def pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair()


def test_a_frame_arrives_whole_through_a_socket() -> None:
    ours, theirs = pair()
    with ours, theirs:
        finding = Finding("late:1", Urgency.DUE_TODAY, Text("Order {n} is late", {"n": 1}), since=NOW)
        ours.sendall(wire.frame({"args": [finding]}) + wire.frame(None))
        assert wire.receive(theirs) == {"args": [finding]}
        assert wire.receive(theirs) is None


@pytest.mark.parametrize("cut", [0, 3, 4, 9])
def test_a_frame_cut_short_is_the_other_ends_end(cut: int) -> None:
    ours, theirs = pair()
    with ours, theirs:
        ours.sendall(wire.frame({"verb": "runs"})[:cut])
        ours.close()
        with pytest.raises(EOFError):
            wire.receive(theirs)


def test_a_frame_over_the_limit_is_refused_at_both_ends() -> None:
    with pytest.raises(wire.WireError, match="over the limit"):
        wire.frame("x" * wire.LARGEST_FRAME)
    with pytest.raises(wire.WireError, match="over the limit"):
        wire.frame_size(wire.HEADER.pack(wire.LARGEST_FRAME + 1))
    assert wire.frame_size(wire.HEADER.pack(wire.LARGEST_FRAME)) == wire.LARGEST_FRAME


def test_half_characters_from_outside_stop_neither_a_line_nor_a_frame() -> None:
    assert wire.dumps(["Zo\ud800"]) == '["Zo?"]'
    body = wire.frame({"name": "Zo\ud800"})[wire.HEADER.size :]
    assert wire.loads(body) == {"name": "Zo?"}


def test_mappings_and_tuples_arrive_as_plain_ones() -> None:
    value: Mapping[str, Any] = {"days": (1, 2), "left": timedelta(hours=1), "shop": Shop(**SHOP)}
    assert wire.loads(wire.dumps(value)) == {"days": [1, 2], "left": timedelta(hours=1), "shop": Shop(**SHOP)}
