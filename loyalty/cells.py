"""What people type into a cell of a spreadsheet: moments and amounts, read strictly. Pure."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from storage.kinds import Gender

LARGEST_AMOUNT = 10**13
"""A hundred milliard in minor units: more is two cells that ran together."""
EARLIEST_YEAR = 1900
NOON = 12


class Problem(StrEnum):
    """Why a row is not taken. Each has its sentence in the catalogues."""

    ENCODING = "encoding"
    QUOTES = "quotes"
    MANY_CELLS = "many_cells"
    LONG_CELL = "long_cell"
    NOBODY = "nobody"
    PHONE = "phone"
    NO_DATE = "no_date"
    DATE = "date"
    FUTURE = "future"
    NO_AMOUNT = "no_amount"
    AMOUNT = "amount"
    NEGATIVE = "negative"
    LARGE_AMOUNT = "large_amount"
    CURRENCY = "currency"
    QUANTITY = "quantity"
    YES_NO = "yes_no"
    BIRTHDAY = "birthday"
    EMAIL = "email"
    GENDER = "gender"
    NO_NAME = "no_name"
    MARGIN = "margin"
    INTERVAL = "interval"
    ERASED = "erased"


class DateOrder(StrEnum):
    """What stands first in a date with slashes; nobody can see it from `01/02/2024` alone."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


# --- moments

_TIME = r"(?:,?[ T](?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?"
_OFFSET = r" ?(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?"
_MOMENTS = (
    re.compile(rf"(?P<day>[0-9]{{1,2}})\.(?P<month>[0-9]{{1,2}})\.(?P<year>[0-9]{{4}}){_TIME})?"),
    re.compile(rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}}){_TIME}{_OFFSET})?"),
    re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
)
_SLASHED = {
    DateOrder.DAY_FIRST: re.compile(rf"(?P<day>[0-9]{{1,2}})/(?P<month>[0-9]{{1,2}})/(?P<year>[0-9]{{4}}){_TIME})?"),
    DateOrder.MONTH_FIRST: re.compile(rf"(?P<month>[0-9]{{1,2}})/(?P<day>[0-9]{{1,2}})/(?P<year>[0-9]{{4}}){_TIME})?"),
}


def moment(text: str, zone: ZoneInfo, slashed: DateOrder | None = None) -> datetime | Problem:
    """The UTC moment of a local date. Without a time it is local noon, which a change of clocks leaves alone.

    `slashed`: how dates with slashes are to be read; without it they are no dates.
    """
    if not text:
        return Problem.NO_DATE
    patterns = _MOMENTS if slashed is None else (*_MOMENTS, _SLASHED[slashed])
    parts = next((match.groupdict() for pattern in patterns if (match := pattern.fullmatch(text))), None)
    if parts is None or int(parts["year"]) < EARLIEST_YEAR:
        return Problem.DATE
    hour = parts.get("hour")
    clock = (int(hour), int(parts["minute"]), int(parts["second"] or 0)) if hour else (NOON, 0, 0)
    try:
        local = datetime(
            int(parts["year"]), int(parts["month"]), int(parts["day"]), *clock, tzinfo=_zone_of(parts, zone)
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):  # a 31st of February, an hour 25, an offset of 99 hours
        return Problem.DATE


def _zone_of(parts: dict[str, str], zone: ZoneInfo) -> ZoneInfo | timezone:
    offset = parts.get("offset")
    if not offset:
        return zone
    if offset == "Z":
        return UTC
    distance = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
    return timezone(-distance if offset[0] == "-" else distance)


class Moments:
    """Reads many moments of one zone. Times are told to the second, but days come again and again: each is worked out
    once, which is several times as fast."""

    def __init__(self, zone: ZoneInfo, slashed: DateOrder | None = None) -> None:
        self._zone = zone
        self._slashed = slashed
        self._midnights: dict[str, datetime | None] = {}

    def __call__(self, text: str) -> datetime | Problem:
        """As `moment`."""
        clock, seconds = _CLOCK.get(text[10:16]), _SECONDS.get(text[16:])
        if clock is None or seconds is None:
            return moment(" ".join(text.split()), self._zone, self._slashed)
        day = text[:10]
        if day not in self._midnights:
            self._midnights[day] = self.midnight(day)
        midnight = self._midnights[day]
        return midnight + clock + seconds if midnight else moment(text, self._zone, self._slashed)

    def midnight(self, day: str) -> datetime | None:
        """None for what is no day, and for one in which the clocks are changed."""
        begin, end = (moment(day + clock, self._zone, self._slashed) for clock in (" 00:00", " 23:59:59"))
        if isinstance(begin, Problem) or isinstance(end, Problem) or end - begin != timedelta(seconds=86399):
            return None
        return begin


_CLOCK = {
    f"{separator}{hour:02d}:{minute:02d}": timedelta(hours=hour, minutes=minute)
    for separator in " T"
    for hour in range(24)
    for minute in range(60)
}
_SECONDS = {"": timedelta()} | {f":{second:02d}": timedelta(seconds=second) for second in range(60)}


# --- amounts

_SIGNS = {
    "RUB": ("₽", "руб", "рублей", "р", "rub", "rur"),
    "USD": ("$", "usd"),
    "EUR": ("€", "eur"),
    "KZT": ("₸", "тг", "тенге", "kzt"),
    "BYN": ("br", "byn", "бел.руб"),
}
_AMOUNT = re.compile(
    r"(?P<before>[^0-9\s.,+-]*)\s*(?P<sign>[+-]?)\s*(?P<number>[0-9](?:[0-9 .,]*[0-9])?)(?P<after>[^0-9]*)"
)
_NUMBER = re.compile(
    r"(?P<whole>[0-9]+|[0-9]{1,3}(?: [0-9]{3})+|[0-9]{1,3}(?:,[0-9]{3})+(?=\.)|[0-9]{1,3}(?:\.[0-9]{3})+(?=,))"
    r"(?:[.,](?P<part>[0-9]+))?"
)
_TYPED_OTHERWISE = str.maketrans({"−": "-", "–": "-", "'": " ", "’": " "})


def amount_minor(text: str, currency: str) -> int | Problem:
    """Hundredths of the currency; never a float. `1 234,50 ₽`, `1234.5` and `1,234.50` are read; `1,234` is not: it may
    be a thousand, or one and a bit."""
    minor = signed_minor(text, currency)
    return Problem.NEGATIVE if isinstance(minor, int) and minor < 0 else minor


def signed_minor(text: str, currency: str) -> int | Problem:
    """The same, where less than nothing has a meaning."""
    whole, _, part = text.replace(",", ".").partition(".")
    if whole.isdigit() and text.isascii() and len(whole) < 8 and (not part or (part.isdigit() and len(part) < 3)):
        return int(whole) * 100 + int(part.ljust(2, "0"))  # most are as plain as this
    if not text.strip():
        return Problem.NO_AMOUNT
    seen = _AMOUNT.fullmatch(" ".join(text.translate(_TYPED_OTHERWISE).casefold().split()))
    if seen is None:
        return Problem.AMOUNT
    unit = (seen["before"] + seen["after"]).strip().rstrip(".")
    if unit and unit not in _SIGNS.get(currency, ()) and unit != currency.casefold():
        is_money = len(unit) == 3 or any(unit in signs for signs in _SIGNS.values())
        return Problem.CURRENCY if is_money else Problem.AMOUNT
    minor = _hundredths(seen["number"])
    if minor is None:
        return Problem.AMOUNT
    if minor > LARGEST_AMOUNT:
        return Problem.LARGE_AMOUNT
    return -minor if seen["sign"] == "-" else minor


def _hundredths(number: str) -> int | None:
    seen = _NUMBER.fullmatch(number)
    if seen is None:
        return None
    part = seen["part"] or ""
    if len(part) == 3 or part[2:].strip("0"):
        return None
    whole = re.sub(r"[ .,]", "", seen["whole"])
    return int(whole) * 100 + int(part[:2].ljust(2, "0")) if len(whole) < 20 else LARGEST_AMOUNT + 1


# --- quantities, and what is counted otherwise

_QUANTITY = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,3}(?: [0-9]{3}){1,2}|[0-9]{1,9})(?:[.,](?P<part>[0-9]{1,3})0*)?"
    r"(?: ?[^0-9\s]{1,6}\.?)?"
)


def quantity_milli(text: str) -> int | Problem:
    """Thousandths of a piece; an empty cell is one. `1,5`, `0.250 кг` and `-2` are read."""
    text = " ".join(text.translate(_TYPED_OTHERWISE).split())
    if not text:
        return 1000
    seen = _QUANTITY.fullmatch(text)
    if seen is None:
        return Problem.QUANTITY
    sign, whole, part = seen.groups()
    thousandths = int(whole.replace(" ", "")) * 1000 + int((part or "").ljust(3, "0"))
    return -thousandths if sign == "-" else thousandths


def priced(quantity: int, price_minor: int) -> int:
    """The amount of a quantity in thousandths at a price, half a kopeck rounded up."""
    whole, rest = divmod(abs(quantity) * price_minor, 1000)
    amount = whole + (rest >= 500)
    return -amount if quantity < 0 else amount


_PERCENT = re.compile(r"(-?[0-9]{1,3}(?:[.,][0-9]{1,6})?) ?(%?)")


def percent(text: str) -> float | Problem | None:
    """`35`, `35 %` and, as spreadsheets keep it, `0,35` are thirty-five percent. None where nothing is said."""
    text = " ".join(text.translate(_TYPED_OTHERWISE).split())
    if not text:
        return None
    seen = _PERCENT.fullmatch(text)
    if seen is None:
        return Problem.MARGIN
    value = float(seen[1].replace(",", "."))
    if not seen[2] and -1 < value < 1:
        value = round(value * 100, 6)
    return value if -100 <= value <= 100 else Problem.MARGIN


_DAYS = re.compile(r"([0-9]{1,5})(?:[.,]0)? ?(?:д|дн|дней|день|дня|days?|d)?\.?")
LONGEST_INTERVAL_DAYS = 3650


def days(text: str) -> int | Problem | None:
    """`30`, `30 дней`. None where nothing is said."""
    text = " ".join(text.casefold().split())
    if not text:
        return None
    seen = _DAYS.fullmatch(text)
    return int(seen[1]) if seen and 1 <= int(seen[1]) <= LONGEST_INTERVAL_DAYS else Problem.INTERVAL


# --- words


def folded(text: str) -> str:
    """A name as names are compared: in one case, with single spaces, ё as е."""
    return " ".join(text.casefold().replace("ё", "е").split())


_YES = frozenset({"да", "yes", "y", "true", "истина", "1", "+", "x", "х", "v", "✓", "returned", "возврат", "возвращен",
                  "стоп", "stop", "отписан", "отписана", "отписался", "отписалась", "unsubscribed"})  # fmt: skip
_NO = frozenset({"", "нет", "no", "n", "false", "ложь", "0", "-", "–", "—"})


def yes_no(text: str) -> bool | Problem:
    """An empty cell is a «no»."""
    word = text.strip().casefold().replace("ё", "е")
    return True if word in _YES else False if word in _NO else Problem.YES_NO


# --- people

_EMAIL = re.compile(r"[^@\s,;<>\"']{1,64}@[a-z0-9а-яё](?:[a-z0-9а-яё.-]{0,250})\.[a-zа-яё0-9-]{2,24}")
EARLIEST_BIRTH = 1900


class Birthday(NamedTuple):
    """A day of a month; `year` None where it is not told."""

    month: int
    day: int
    year: int | None


_BIRTHDAYS = (
    re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})(?:\.(?P<year>[0-9]{4})?)?(?: 0?0:00(?::00)?)?"),
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?:[ T]00:00(?::00)?)?"),
)
_BIRTHDAYS_SLASHED = {
    DateOrder.DAY_FIRST: re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})(?:/(?P<year>[0-9]{4}))?"),
    DateOrder.MONTH_FIRST: re.compile(r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})(?:/(?P<year>[0-9]{4}))?"),
}
_A_LEAP_YEAR = 2024


def birthday(text: str, today: date, slashed: DateOrder | None = None) -> Birthday | Problem | None:
    """From 1900 until today, or without its year. None where nothing is said."""
    text = " ".join(text.split())
    if not text:
        return None
    patterns = _BIRTHDAYS if slashed is None else (*_BIRTHDAYS, _BIRTHDAYS_SLASHED[slashed])
    parts = next((match.groupdict() for pattern in patterns if (match := pattern.fullmatch(text))), None)
    if parts is None:
        return Problem.BIRTHDAY
    year = int(parts["year"]) if parts["year"] else None
    try:
        day = date(year or _A_LEAP_YEAR, int(parts["month"]), int(parts["day"]))
    except ValueError:  # a 31st of February
        return Problem.BIRTHDAY
    if year is not None and (year < EARLIEST_BIRTH or day > today):
        return Problem.BIRTHDAY
    return Birthday(day.month, day.day, year)


def email(text: str) -> str | Problem | None:
    """In lower case. None where nothing is said."""
    text = text.strip().casefold()
    return (text if _EMAIL.fullmatch(text) and ".." not in text else Problem.EMAIL) if text else None


_GENDERS = {
    Gender.FEMALE: frozenset({"ж", "жен", "женский", "женщина", "f", "female", "w", "woman"}),
    Gender.MALE: frozenset({"м", "муж", "мужской", "мужчина", "m", "male", "man"}),
}


def gender(text: str) -> Gender | Problem | None:
    """None where nothing is said."""
    word = text.strip().casefold().rstrip(".")
    if word in ("", "-", "не указан", "не указано", "unknown", "нет"):
        return None
    return next((kind for kind, words in _GENDERS.items() if word in words), Problem.GENDER)
