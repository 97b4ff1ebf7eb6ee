"""What a purchase earns, what points may pay, when they open and expire, and what a return moves: pure rules."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from loyalty.rules import Rounding, Rules, hundredths
from loyalty.services import service_key
from messaging.local_time import at_local, local_date

MINOR_PER_POINT: Final = 100
"""One point is worth one rouble."""
CARD_DIGITS: Final = 8
_PER_POINT: Final = 100 * 100 * 100 * MINOR_PER_POINT
"""Minor units × hundredths of a percent × hundredths of a factor that make one point."""


class Life(NamedTuple):
    """From when points can be spent, and from when they are gone."""

    opens_at: datetime
    expires_at: datetime


# --- earning and paying


def earned(rules: Rules, amount_minor: int, *, service: str, category: str, tier: str, weekday: int) -> int:
    """Points for what was paid in money. `weekday` 0 is Monday, by the business's own date.

    A service's own rate stands instead of its category's, and that one instead of the tier's (features LO3, LO8, LO9).
    Counted in whole hundredths: no rate is ever a little more or less than it says.
    """
    names = _keys(service, category)
    if amount_minor <= 0 or not rules.not_earning.isdisjoint(names):
        return 0
    own = (rules.percent_of_service[name] for name in names if name in rules.percent_of_service)
    percent = next(own, rules.percent_of(tier))
    exact = amount_minor * hundredths(percent) * hundredths(rules.weekday_factor.get(weekday, 1))
    return -(-exact // _PER_POINT) if rules.rounding is Rounding.UP else exact // _PER_POINT


def most_payable(rules: Rules, price_minor: int, available: int, *, service: str, category: str) -> int:
    """How many points may pay a part of this price, whole ones; the price is what a promo code has left (LO6, LO9)."""
    is_excluded = not rules.not_payable.isdisjoint(_keys(service, category))
    if is_excluded or price_minor <= 0 or price_minor < rules.min_order_minor:
        return 0
    return max(min(available, price_minor * rules.max_share_percent // (100 * MINOR_PER_POINT)), 0)


def _keys(service: str, category: str) -> tuple[str, ...]:
    return tuple(service_key(name) for name in (service, category) if name)


# --- time


def life(rules: Rules, at: datetime, zone: ZoneInfo) -> Life:
    """Of points that a purchase at that moment earns (features LO4, LO7).

    They expire with a day of the business: all that opened on one day at one moment, `lives_months` later.
    """
    opens_at = at + timedelta(days=rules.pending_days)
    return Life(opens_at, _after(months_later(local_date(opens_at, zone), rules.lives_months), zone))


def life_of_gift(rules: Rules, at: datetime, zone: ZoneInfo) -> Life:
    """Of points that are given for nothing: open at once, and for a shorter time."""
    return Life(at, _after(local_date(at, zone) + timedelta(days=rules.gift_lives_days), zone))


def renewed_until(rules: Rules, at: datetime, zone: ZoneInfo) -> datetime:
    """Until when a purchase renews the whole balance, where the rules say that it does (feature LO7)."""
    return _after(months_later(local_date(at, zone), rules.lives_months), zone)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _after(last: date, zone: ZoneInfo) -> datetime:
    return at_local(last + timedelta(days=1), 0, zone)


class Notice(NamedTuple):
    """A word about points that expire: so many `days` before, and on what expires up to `until` so far ahead."""

    days: int
    covers_days: int


NOTICES: Final = (Notice(3, 6), Notice(14, 17))
"""14 and 3 days before, once each (feature LO7). Each speaks of three days more, so that who buys every day, and whose
points expire every day, hears of it twice a week and not every day."""


# --- returning


def share(points: int, part: int, whole: int) -> int:
    """Of points of a whole purchase those that `part` of it carries, rounded down; all of it carries all of them.

    Always of the sum of all returns so far: n returns move together what one of their sum would (feature LO5).
    """
    return points if part >= whole else points * part // whole


# --- the card


def card_number(serial: int) -> str:
    """Eight digits and a check digit (Luhn, ISO/IEC 7812-1): a mistyped card is noticed before it is looked up."""
    body = f"{serial % 10**CARD_DIGITS:0{CARD_DIGITS}d}"
    return body + str((10 - _luhn(body + "0") % 10) % 10)


def is_card_number(text: str) -> bool:
    return len(text) == CARD_DIGITS + 1 and text.isascii() and text.isdigit() and _luhn(text) % 10 == 0


def _luhn(digits: str) -> int:
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled)
