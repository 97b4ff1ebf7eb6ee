"""What the console says to one person: texts by key, numbers and moments, in their language and the shop's time."""

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, format_timedelta, get_month_names
from babel.numbers import (
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_symbol,
)
from babel.units import format_unit

from messaging.catalogue import Catalogue
from storage.kinds import Language

_RUSSIAN = re.compile(r"\+7([0-9]{3})([0-9]{3})([0-9]{2})([0-9]{2})")
A_LEAP_YEAR = 2000
CATALOGUE = Catalogue(Path(__file__).with_name("catalogues"))


class Words:
    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self.language = language
        self.zone = zone
        self._locale = "en_GB" if language is Language.EN else language.value

    def t(self, key: str, **values: object) -> str:
        """The text of a key, with its {places} filled."""
        return CATALOGUE.say(self.language, key, **values)

    def n(self, key: str, count: int) -> str:
        """The plural form for a count, with {n} written in it."""
        return CATALOGUE.count(self.language, key, count)

    def many(self, key: str, count: int) -> str:
        """The same with spaces between thousands."""
        return self.n(key, count).replace(str(count), self.number(count), 1)

    def number(self, value: float, digits: int = 0) -> str:
        text = format_decimal(round(value, digits) + 0.0, locale=self._locale, format=f"#,##0.{'#' * digits}")
        return text.replace("-", "−")

    def signed(self, value: float) -> str:
        """A score with its sign: +32, 0, −8."""
        rounded = round(value)
        return f"+{rounded}" if rounded > 0 else self.number(rounded)

    def percent(self, share: float, digits: int = 0) -> str:
        """With at most so many digits after the comma."""
        return format_percent(round(share, digits + 2), locale=self._locale, decimal_quantization=False)

    def money(self, minor: int, currency: str) -> str:
        whole = minor % 100 == 0
        return format_currency(
            minor / 100,
            currency,
            locale=self._locale,
            format="#,##0 ¤" if whole else "#,##0.00 ¤",
            currency_digits=not whole,
        )

    def about(self, minor: int, currency: str) -> str:
        """A sum to three digits: what it was computed from knows no more. 1.06 million; 418,000; 950."""
        value = minor / 100
        if abs(value) >= 1_000_000:
            number = format_compact_decimal(value, locale=self._locale, fraction_digits=2)
            text = f"{number} {get_currency_symbol(currency, locale=self._locale)}"
        else:
            digits = len(str(round(abs(value))))
            text = self.money(int(round(value, min(3 - digits, 0))) * 100, currency)
        return text.replace(" ", "\u00a0")

    def phone(self, number: str) -> str:
        """+7 916 123-45-67; numbers of other countries as they are."""
        found = _RUSSIAN.fullmatch(number)
        return "+7 {} {}-{}-{}".format(*found.groups()) if found else number

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def clock(self, moment: datetime) -> str:
        return format_time(moment, "HH:mm", tzinfo=self.zone, locale=self._locale)

    def day(self, moment: datetime | date) -> str:
        """5 March 2026."""
        when = self.local(moment).date() if isinstance(moment, datetime) else moment
        return format_date(when, "long", locale=self._locale)

    def month(self, first: date) -> str:
        """March 2026."""
        return format_date(first, "LLLL y", locale=self._locale)

    def short_month(self, first: date) -> str:
        """Mar; a January with its year, so that one knows where it begins."""
        return format_date(first, "LLL yy" if first.month == 1 else "LLL", locale=self._locale).replace(".", "")

    def short_day(self, moment: datetime | date) -> str:
        when = self.local(moment).date() if isinstance(moment, datetime) else moment
        return format_date(when, "d MMM", locale=self._locale)

    def moment(self, moment: datetime) -> str:
        """5 March, 14:05."""
        return format_datetime(moment, "d MMMM, HH:mm", tzinfo=self.zone, locale=self._locale)

    def when(self, moment: datetime, now: datetime) -> str:
        """As short as a list wants it: the time today, the day before that."""
        is_today = self.local(moment).date() == self.local(now).date()
        return self.clock(moment) if is_today else self.short_day(moment)

    def birthday(self, month: int, day: int, year: int | None) -> str:
        """5 March, or 5 March 1990."""
        return format_date(date(year or A_LEAP_YEAR, month, day), "long" if year else "d MMMM", locale=self._locale)

    def months(self) -> list[str]:
        """January to December, as they stand alone."""
        names = get_month_names("wide", "stand-alone", locale=self._locale)
        return [str(names[number]).capitalize() for number in range(1, 13)]

    def minute(self, minute: int) -> str:
        """A minute of the day: 03:00."""
        return format_time(time(minute // 60, minute % 60), "HH:mm", locale=self._locale)

    def span(self, seconds: float) -> str:
        """5 seconds."""
        return format_timedelta(timedelta(seconds=seconds), locale=self._locale)

    def lasting(self, seconds: float) -> str:
        """1 h 40 min: as exact as a promise, and in hours however many: a day of open time is not 24 of them."""
        hours, minutes = divmod(max(round(seconds / 60), 1), 60)
        parts = [(hours, "duration-hour"), (minutes, "duration-minute")]
        return " ".join(format_unit(count, unit, "short", locale=self._locale) for count, unit in parts if count)

    def ago(self, moment: datetime, now: datetime) -> str:
        """2 minutes ago."""
        return format_timedelta(moment - now, add_direction=True, locale=self._locale)
