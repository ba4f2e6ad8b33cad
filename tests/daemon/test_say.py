"""Words for one reader: exact until here, never an exception, nothing hidden."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.model import Money, Text, Value
from daemon.render.say import Voice, clean, coded, money, plain_spaces, say, show, size, span, whole

LONDON = Voice("en", "GB", "Europe/London", date(2026, 7, 21))
MALMO = Voice("sv", "SE", "Europe/Stockholm", date(2026, 7, 21))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Money(Decimal("18240.505"), "GBP"), "£18,240.50"),
        (Money(Decimal("58635.5551"), "GBP"), "£58,635.56"),
        (Money(Decimal("-3.5"), "GBP"), "-£3.50"),
        (Money(Decimal("1000.5"), "JPY"), "JP¥1,000"),
        (Decimal(1234567), "1,234,567"),
        (Decimal("1.330"), "1.33"),
        (41, "41"),
        (True, "yes"),
        (None, "not available"),
        (Decimal("NaN"), "not available"),
        (date(2026, 7, 21), "Tue 21 Jul"),
        (date(2025, 7, 21), "Mon 21 Jul 2025"),
        (datetime(2026, 7, 21, 1, 10, tzinfo=UTC), "02:10"),
        (datetime(2026, 7, 20, 15, 0, tzinfo=UTC), "Mon 20 Jul 16:00"),
        (timedelta(hours=2, minutes=40), "2 hrs 40 mins"),
        (timedelta(days=9, hours=5), "9 days"),
        (timedelta(0), "0 secs"),
        (Text("{n} left", {"n": 4}), "4 left"),
    ],
)
def test_a_value_is_shown_as_its_reader_writes_it(value: object, words: str) -> None:
    assert plain_spaces(show(value, LONDON)) == words


def test_each_language_writes_money_its_own_way() -> None:
    amount = Money(Decimal("18240.5"), "SEK")
    assert plain_spaces(money(amount, MALMO)) == "18 240,50 kr"
    assert plain_spaces(coded(amount, MALMO)) == "18 240,50 kr"
    assert plain_spaces(coded(Money(Decimal("18240.5"), "EUR"), MALMO)) == "18 240,50 EUR"
    assert coded(Money(Decimal("18240.5"), "GBP"), LONDON) == "18,240.50 GBP"


def test_what_is_not_known_more_exactly_has_no_cents_in_any_language() -> None:
    amount = Decimal("31250.5")
    assert whole(Money(amount, "GBP"), LONDON) == "£31,250"
    assert plain_spaces(whole(Money(amount, "SEK"), MALMO)) == "31 250 kr"
    assert plain_spaces(whole(Money(amount, "EUR"), Voice("de", "DE", "Europe/Berlin"))) == "31.250 €"
    assert plain_spaces(whole(Money(-amount, "NOK"), Voice("nb", "NO", "Europe/Oslo"))).endswith("31 250 kr")
    assert whole(Money(amount, "CNY"), Voice("zh", "CN", "Asia/Shanghai")) == "¥31,250"


def test_the_plural_follows_the_count() -> None:
    def said(n: object) -> str:
        return say(Text("1 order", {"n": n}, plural="{n} orders"), LONDON)  # type: ignore[dict-item]

    assert [said(0), said(1), said(Decimal(1)), said(2), said(Decimal("1.5"))] == [
        "0 orders", "1 order", "1 order", "2 orders", "1.5 orders",
    ]  # fmt: skip


def test_a_missing_parameter_is_said_to_be_missing() -> None:
    assert say(Text("{n} orders on {day}", {"n": 3}), LONDON) == "3 orders on not available"
    assert say(Text("on {day:weekday}", {"day": "x"}), LONDON) == "on not available"


def test_a_style_names_how_a_moment_is_shown() -> None:
    moment = datetime(2026, 7, 20, 15, 0, tzinfo=UTC)
    assert say(Text("{at:weekday} {at:time} {at:day}", {"at": moment}), LONDON) == "Monday 16:00 Mon 20 Jul"


def test_bytes_and_spans_are_short() -> None:
    assert size(Decimal(1_800_000_000), LONDON) == "1.8 GB"
    assert size(Decimal(12), LONDON) == "12 byte"
    assert span(timedelta(seconds=61), LONDON) == "1 min"


def test_outside_text_loses_controls_bidi_and_halves_of_characters() -> None:
    assert clean("a\r\nb\u202e\u2066c\x92\x00\u2028d\ud800") == "a  bc d?"
    assert say(Text("{x}", {"x": "a\nBcc: b"}), LONDON) == "a Bcc: b"


def test_a_parameter_is_never_read_as_a_message() -> None:
    assert say(Text("{a} {b}", {"a": "{b}", "b": "x"}), LONDON) == "{b} x"


@given(
    st.text(), st.dictionaries(st.text(), st.decimals() | st.text() | st.none() | st.datetimes(timezones=st.just(UTC)))
)
def test_no_text_ever_raises(sentence: str, values: dict[str, object]) -> None:
    shown = say(Text(sentence, values, plural=sentence), LONDON)  # type: ignore[arg-type]
    assert isinstance(shown, str)


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_no_amount_ever_raises(amount: Decimal) -> None:
    assert money(Money(amount, "GBP"), LONDON)
    assert coded(Money(amount, "GBP"), LONDON)
    assert whole(Money(amount, "GBP"), LONDON)
    assert show(amount, LONDON)


def test_an_unknown_language_is_answered_in_english() -> None:
    assert show(date(2026, 7, 21), Voice("xx", "QQ", "UTC")) == "Tue 21 Jul 2026".removesuffix(" 2026")


def test_a_language_without_a_catalogue_is_english_in_dates_and_numbers_too() -> None:
    french = Voice("fr", "SE", "Europe/Stockholm", date(2026, 7, 21))
    assert french.language == "en"
    assert say(Text("{day:long_day}: {n} left", {"day": date(2026, 7, 21), "n": 1200}), french) == (
        "Tuesday 21 July 2026: 1\u00a0200 left"
    )


EVENING = datetime(2026, 7, 20, 15, 0, tzinfo=UTC)
GOLDEN = [
    # language, country: money, in a subject, day and time, day in full, weekday, span, bytes, number
    ("en", "SE", "18 240,50 kr|18 240,50 kr|Mon 20 Jul 17:00|Monday 20 July 2026|Monday|2 hrs 40 mins|1,8 GB|1 234,5"),
    ("en", "GB", "SEK18,240.50|18,240.50 SEK|Mon 20 Jul 17:00|Monday 20 July 2026|Monday|2 hrs 40 mins|1.8 GB|1,234.5"),
    (
        "en",
        "DE",
        "18.240,50 SEK|18.240,50 SEK|Mon 20 Jul 17:00|Monday 20 July 2026|Monday|2 hrs 40 mins|1,8 GB|1.234,5",
    ),
    (
        "en",
        "US",
        "SEK18,240.50|18,240.50 SEK|Mon Jul 20 5:00 PM|Monday, July 20, 2026|Monday|2 hr 40 min|1.8 GB|1,234.5",
    ),
    ("sv", "SE", "18 240,50 kr|18 240,50 kr|mån 20 juli 17:00|måndag 20 juli 2026|måndag|2 tim 40 min|1,8 GB|1 234,5"),
    (
        "de",
        "DE",
        "18.240,50 SEK|18.240,50 SEK|Mo. 20. Juli 17:00|Montag, 20. Juli 2026|Montag|2 Std. 40 Min.|1,8 GB|1.234,5",
    ),
    (
        "nb",
        "NO",
        "18 240,50 SEK|18 240,50 SEK|man. 20. juli 17:00|mandag 20. juli 2026|mandag|2 t 40 min|1,8 GB|1 234,5",
    ),
    (
        "zh",
        "CN",
        "SEK18,240.50|18,240.50 瑞典克朗|7月20日周一 17:00|2026年7月20日星期一|星期一|2小时 40分钟|1.8 GB|1,234.5",
    ),
]


@pytest.mark.parametrize(("language", "country", "golden"), GOLDEN)
def test_45_money_days_and_lengths_are_written_as_in_the_readers_language(
    language: str, country: str, golden: str
) -> None:
    values: dict[str, Value] = {
        "sum": Money(Decimal("18240.5"), "SEK"), "at": EVENING, "took": timedelta(hours=2, minutes=40),
        "bytes": Decimal(1_800_000_000), "n": Decimal("1234.5"),
    }  # fmt: skip
    styles = "{sum}|{sum:coded}|{at}|{at:long_day}|{at:weekday}|{took}|{bytes:size}|{n}"
    said = say(Text(styles, values), Voice(language, country, "Europe/Stockholm", date(2026, 7, 21)))
    assert plain_spaces(said) == golden
    assert "\u202f" not in said


def test_a_chinese_subject_names_the_currency_in_words() -> None:
    shanghai = Voice("zh", "CN", "Asia/Shanghai")
    assert coded(Money(Decimal("18240.5"), "CNY"), shanghai) == "18,240.50 元"
    assert coded(Money(Decimal(3), "EUR"), shanghai) == "3.00 欧元"


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", ["no orders", "1 order", "2 orders"]),
        ("sv", ["inga ordrar", "1 order", "2 ordrar"]),
        ("de", ["0 Bestellungen", "1 Bestellung", "2 Bestellungen"]),
        ("nb", ["ingen ordrer", "1 ordre", "2 ordrer"]),
        ("zh", ["没有订单", "1 笔订单", "2 笔订单"]),
    ],
)
def test_45_none_one_and_two_have_their_own_words(language: str, forms: list[str]) -> None:
    voice = Voice(language, "", "UTC")
    counted = [say(Text("1 order", {"n": Decimal(n)}, plural="{n} orders"), voice) for n in (1, 2)]
    assert [say(Text("no orders"), voice), *counted] == forms
