"""How a value becomes words for one reader: the only place that uses Babel; sentences come from `catalogue`.

Money, numbers and moments stay exact until they arrive here; rounding is half even and only for the eye. What is
missing is said to be missing, and nothing here raises on data from outside: a strange value costs a word, never
the mail.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, localcontext
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import (
    format_currency,
    format_decimal,
    get_currency_name,
    get_currency_precision,
    get_currency_symbol,
)
from babel.units import format_unit

from daemon.model import Money, Text
from daemon.render.catalogue import translated
from daemon.render.languages import spoken

_NAME = re.compile(r"\{(\w+)(?::(\w+))?\}")
_WIDE = Context(prec=200, rounding=ROUND_HALF_EVEN)
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f\u2007\u2009", " "))
_EUROPE = "150"
"""Where the shop's country does not write the language: English then has its days before months."""
_YUAN = "元"
_DAY_FIRST = re.compile(r", (?=\d+ )")
"""The comma of `Tuesday, 21 July`, which only some countries write."""
_KILO = 1000
_DAY = 86400
_FEW_DAYS = 2
"""Up to so many days the hours beside them are worth saying."""
_SPANS = (("duration-day", _DAY), ("duration-hour", 3600), ("duration-minute", 60), ("duration-second", 1))
_SIZES = ("digital-byte", "digital-kilobyte", "digital-megabyte", "digital-gigabyte", "digital-terabyte")


@dataclass(frozen=True)
class Voice:
    """For whom words are made: language, the shop's country and zone, and the local day that is today there.

    A language without a catalogue is English from here on: dates in one language among words of another confuse.
    """

    language: str
    country: str
    timezone: str
    today: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "language", spoken(self.language))


def clean(text: str) -> str:
    """Return `text` on one line, without controls, bidi overrides and lone surrogates: safe in any part of a mail."""
    kept = (_kept(char) for char in text.encode("utf-8", "replace").decode("utf-8"))
    return "".join(kept)


def _kept(char: str) -> str:
    if char in "\t\n\r" or unicodedata.category(char) in {"Zl", "Zp"}:
        return " "
    return "" if unicodedata.category(char) in {"Cc", "Cf"} else char


def plain_spaces(text: str) -> str:
    """Return `text` with every no-break and figure space as a plain one, for subjects and text parts."""
    return text.translate(_SPACES)


@lru_cache(maxsize=8)
def _locale(language: str, country: str) -> Locale:
    for name in (f"{language}_{country}", f"{language}_{_EUROPE}"):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(language)


def babel_locale(voice: Voice) -> Locale:
    """Return Babel's locale for the voice: language with the shop's country, else the language, else English."""
    return _locale(voice.language, voice.country)


def load(voice: Voice, currency: str) -> None:
    """Load what words of this voice are made with, for the processes forked from this one."""
    for value in (Money(Decimal(1), currency), Decimal(1), datetime(2000, 1, 1, tzinfo=UTC), date(2000, 1, 1)):
        show(value, voice)
    say(Text("Briefing"), voice)


def say(text: Text, voice: Voice) -> str:
    """Return the sentence of `text` for the voice, its parameters formatted by type; a missing one says so.

    `{when:weekday}` names a style of `STYLES`; without one a value is shown as `show` does.
    """
    sentence = translated(voice.language, text.id, text.plural, text.values.get(text.count))
    return _NAME.sub(lambda found: _parameter(text.values, found, voice), sentence)


def _parameter(values: Mapping[str, object], found: re.Match[str], voice: Voice) -> str:
    return styled(values.get(found[1]), found[2] or "", voice)


def styled(value: object, style: str, voice: Voice) -> str:
    """Return a value in a style of `STYLES` ("" is `show`); what the style can't show is "not available"."""
    try:
        return STYLES.get(style, show)(value, voice)
    except (ArithmeticError, AssertionError, AttributeError, OSError, TypeError, ValueError):
        return missing(voice)


def missing(voice: Voice) -> str:
    """Return the words for a value that is not there."""
    return say(Text("not available"), voice)


def show(value: object, voice: Voice) -> str:
    """Return any value of a message in the voice's words; None is "not available"."""
    if value is None:
        return missing(voice)
    for kind, words in _SHOWN:
        if isinstance(value, kind):
            return words(value, voice)
    return clean(str(value))


def _yes_no(value: bool, voice: Voice) -> str:  # noqa: FBT001 - it is the value to show, no switch
    return say(Text("yes") if value else Text("no"), voice)


def money(value: Money, voice: Voice) -> str:
    """Return an amount rounded half even to its currency's digits, written as the reader writes money."""
    amount = _rounded(value.amount, get_currency_precision(value.currency))
    with localcontext(_WIDE):
        return missing(voice) if amount is None else format_currency(amount, clean(value.currency), locale=_of(voice))


def whole(value: Money, voice: Voice) -> str:
    """Return an amount rounded half even to whole units, for what is not known more exactly: `£31,300`, `31 300 kr`."""
    amount = _rounded(value.amount, 0)
    pattern = _of(voice).currency_formats["standard"].pattern.replace(".00", "")
    with localcontext(_WIDE):
        if amount is None:
            return missing(voice)
        return format_currency(amount, clean(value.currency), pattern, locale=_of(voice), currency_digits=False)


def coded(value: Money, voice: Voice) -> str:
    """Return an amount without a currency sign (`18,240.50 SEK`, `18 240,50 kr`), for a subject line."""
    digits = get_currency_precision(value.currency)
    amount = _rounded(value.amount, digits)
    if amount is None:
        return missing(voice)
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    with localcontext(_WIDE):
        return f"{format_decimal(amount, pattern, locale=_of(voice))} {_lettered(value.currency, voice)}"


def _lettered(currency: str, voice: Voice) -> str:
    """Return a currency in letters; in Chinese by its name, for mail filters take a lone code for shouting."""
    if voice.language == "zh":
        return _YUAN if currency == "CNY" else get_currency_name(currency, locale=_of(voice))
    symbol = get_currency_symbol(currency, _of(voice))
    return symbol if symbol.replace(".", "").isalpha() else clean(currency)


def _rounded(amount: Decimal, digits: int) -> Decimal | None:
    try:
        return amount.quantize(Decimal(1).scaleb(-digits), context=_WIDE) if amount.is_finite() else None
    except InvalidOperation:
        return None


def number(value: Decimal | float, voice: Voice) -> str:
    """Return a number grouped as the reader groups, with at most three decimals."""
    exact = _rounded(Decimal(value), 3)
    with localcontext(_WIDE):
        return missing(voice) if exact is None else format_decimal(exact.normalize(), locale=_of(voice))


def day(value: date, voice: Voice) -> str:
    """Return a day as `Tue 21 Jul`, with the year where it is not this one."""
    skeleton = "MMMEd" if voice.today is None or voice.today.year == value.year else "yMMMEd"
    return format_skeleton(skeleton, value, locale=_of(voice)).replace(",", "")


def long_day(value: date, voice: Voice) -> str:
    """Return a day in full: `Tuesday 21 July 2026`, `Dienstag, 21. Juli 2026`."""
    return _DAY_FIRST.sub(" ", format_date(_local_day(value, voice), "full", locale=_of(voice)))


def weekday(value: date, voice: Voice) -> str:
    """Return the name of a day of the week."""
    return format_date(_local_day(value, voice), "EEEE", locale=_of(voice))


def letter(value: date, voice: Voice) -> str:
    """Return the narrow name of a day of the week: one letter where the language has one."""
    return format_date(_local_day(value, voice), "EEEEE", locale=_of(voice))


def clock(value: datetime, voice: Voice) -> str:
    """Return the shop's wall time of a moment; the narrow space of `7:00 AM` is one that every mail program has."""
    return format_time(_local(value, voice), "short", locale=_of(voice)).replace("\u202f", "\u00a0")


def moment(value: datetime, voice: Voice) -> str:
    """Return the wall time of a moment, with its day where that is not today."""
    local = _local(value, voice)
    time = clock(value, voice)
    return time if local.date() == voice.today else f"{day(local.date(), voice)} {time}"


def _local(value: datetime, voice: Voice) -> datetime:
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(ZoneInfo(voice.timezone))


def _local_day(value: date, voice: Voice) -> date:
    return _local(value, voice).date() if isinstance(value, datetime) else value


def span(value: timedelta, voice: Voice) -> str:
    """Return a length of time in its two largest units: `2 hrs 40 mins`, `3 days`."""
    units = _units(round(abs(value.total_seconds())))
    return " ".join(format_unit(count, unit, "short", locale=_of(voice)) for unit, count in units)


def _units(seconds: int) -> list[tuple[str, int]]:
    """Return the units to say: the two largest, three days and more alone, seconds only where there is no other."""
    left, counts = seconds, dict[str, int]()
    for unit, length in _SPANS:
        counts[unit], left = divmod(left, length)
    if counts["duration-day"] > _FEW_DAYS:
        return [("duration-day", counts["duration-day"])]
    some = [(unit, count) for unit, count in counts.items() if count and unit != "duration-second"]
    return some[:2] or [("duration-second", counts["duration-second"])]


def size(value: Decimal, voice: Voice) -> str:
    """Return bytes in the decimal unit that leaves a short number: `1.8 GB`."""
    amount, step = Decimal(value), 0
    while abs(amount) >= _KILO and step < len(_SIZES) - 1:
        amount, step = amount / _KILO, step + 1
    digits = 1 if step else 0
    return format_unit(amount.quantize(Decimal(1).scaleb(-digits)), _SIZES[step], "short", locale=_of(voice))


def _of(voice: Voice) -> Locale:
    return _locale(voice.language, voice.country)


_SHOWN: tuple[tuple[type, Callable[..., str]], ...] = (
    (Text, say),
    (bool, _yes_no),
    (Money, money),
    (int, number),
    (Decimal, number),
    (float, number),
    (datetime, moment),
    (date, day),
    (timedelta, span),
)
"""In this order: a bool is an int and a datetime is a date."""

STYLES: dict[str, Callable[..., str]] = {
    "money": money,
    "coded": coded,
    "whole": whole,
    "number": number,
    "day": day,
    "long_day": long_day,
    "weekday": weekday,
    "letter": letter,
    "time": clock,
    "moment": moment,
    "span": span,
    "size": size,
}
"""The styles a sentence may ask for (`{when:weekday}`) and a template has as filters; None gives "not available"."""
