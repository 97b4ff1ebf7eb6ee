"""What people type into a cell of a spreadsheet: moments and amounts, read strictly. Pure."""

import re
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from zoneinfo import ZoneInfo

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
    ERASED = "erased"


# --- moments

_TIME = r"(?:,?[ T](?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?"
_OFFSET = r" ?(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?"
_MOMENTS = (
    re.compile(rf"(?P<day>[0-9]{{1,2}})\.(?P<month>[0-9]{{1,2}})\.(?P<year>[0-9]{{4}}){_TIME})?"),
    re.compile(rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}}){_TIME}{_OFFSET})?"),
    re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
)


def moment(text: str, zone: ZoneInfo) -> datetime | Problem:
    """The UTC moment of a local date. Without a time it is local noon, which a change of clocks leaves alone."""
    if not text:
        return Problem.NO_DATE
    parts = next((match.groupdict() for pattern in _MOMENTS if (match := pattern.fullmatch(text))), None)
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

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._midnights: dict[str, datetime | None] = {}

    def __call__(self, text: str) -> datetime | Problem:
        """As `moment`."""
        clock, seconds = _CLOCK.get(text[10:16]), _SECONDS.get(text[16:])
        if clock is None or seconds is None:
            return moment(" ".join(text.split()), self._zone)
        day = text[:10]
        if day not in self._midnights:
            self._midnights[day] = self._midnight(day)
        midnight = self._midnights[day]
        return midnight + clock + seconds if midnight else moment(text, self._zone)

    def _midnight(self, day: str) -> datetime | None:
        """None for what is no day, and for one in which the clocks are changed."""
        begin, end = moment(day + " 00:00", self._zone), moment(day + " 23:59:59", self._zone)
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
    if seen["sign"] == "-" and minor:
        return Problem.NEGATIVE
    return minor if minor <= LARGEST_AMOUNT else Problem.LARGE_AMOUNT


def _hundredths(number: str) -> int | None:
    seen = _NUMBER.fullmatch(number)
    if seen is None:
        return None
    part = seen["part"] or ""
    if len(part) == 3 or part[2:].strip("0"):
        return None
    whole = re.sub(r"[ .,]", "", seen["whole"])
    return int(whole) * 100 + int(part[:2].ljust(2, "0")) if len(whole) < 20 else LARGEST_AMOUNT + 1
