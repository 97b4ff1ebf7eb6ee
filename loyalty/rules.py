"""The rules of the programme: what earns points, what they may pay, how long they live, the tiers and the limits. Pure.

They are kept as one JSON object (`as_json`), and whatever comes back from a form or the database goes through `parse`.
Money is in minor units, rates are percent with at most two decimals, points and days are whole.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Final, NoReturn, TypeVar, get_type_hints

from loyalty.services import service_key

MOST_TIERS: Final = 6
MOST_NAMES: Final = 200
"""Of services in one list."""
LONGEST_NAME: Final = 120
MOST_MINOR: Final = 10**12
MOST_POINTS: Final = 1_000_000
SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
WEEKDAYS: Final = range(7)
"""0 is Monday."""


class Rounding(StrEnum):
    """Of what a purchase earns (feature LO9); spending is always whole points."""

    UP = "up"
    DOWN = "down"


class Expiry(StrEnum):
    """`FIXED`: each batch has its own last day. `RENEWAL`: a purchase gives the whole balance a new one (LO7)."""

    FIXED = "fixed"
    RENEWAL = "renewal"


class TierBasis(StrEnum):
    """What of the last twelve months a tier is reached by (feature LO8)."""

    SUM = "sum"
    VISITS = "visits"


class Flaw(StrEnum):
    """What is wrong with a value."""

    NOT_A_NUMBER = "not_a_number"
    NOT_WHOLE = "not_whole"
    TOO_FINE = "too_fine"
    TOO_LOW = "too_low"
    TOO_HIGH = "too_high"
    UNKNOWN = "unknown"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    TWICE = "twice"
    NOT_ABOVE = "not_above"
    LESS_THAN_BELOW = "less_than_below"


class Unfit(ValueError):
    """A value that cannot be; by the part of it that is wrong, "" for the whole."""

    def __init__(self, flaws: Mapping[str, Flaw]) -> None:
        super().__init__(", ".join(f"{path or 'value'}: {flaw}" for path, flaw in flaws.items()))
        self.flaws = flaws


Problems = Mapping[str, Flaw]
"""By field; of a part its way there: `tiers.0.percent`, `referral.hold_days`."""

T = TypeVar("T")
_Reader = Callable[[Any], Any]


# --- how a value is read


def _unfit(flaw: Flaw) -> NoReturn:
    raise Unfit({"": flaw})


def _whole(low: int, high: int) -> _Reader:
    def read(value: Any) -> int:
        number = _number(value)
        if number != int(number):
            _unfit(Flaw.NOT_WHOLE)
        return int(_between(number, low, high))

    return read


def _rate(low: float, high: float) -> _Reader:
    """At most two decimals: a rate is exact in hundredths."""

    def read(value: Any) -> float:
        number = _between(_number(value), low, high)
        if round(number, 2) != number:
            _unfit(Flaw.TOO_FINE)
        return float(number)

    return read


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) == float("inf"):
        _unfit(Flaw.NOT_A_NUMBER)
    return value


def _between(number: float, low: float, high: float) -> float:
    if number < low:
        _unfit(Flaw.TOO_LOW)
    if number > high:
        _unfit(Flaw.TOO_HIGH)
    return number


def _or_none(read: _Reader) -> _Reader:
    return lambda value: None if value is None else read(value)


def _one_of(kind: type[StrEnum]) -> _Reader:
    def read(value: Any) -> StrEnum:
        return kind(value) if value in set(kind) else _unfit(Flaw.UNKNOWN)

    return read


def _text(value: Any) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else _unfit(Flaw.UNKNOWN)
    if not text:
        _unfit(Flaw.EMPTY)
    return text if len(text) <= LONGEST_NAME else _unfit(Flaw.TOO_LONG)


def _slug(value: Any) -> str:
    return value if isinstance(value, str) and SLUG.fullmatch(value) else _unfit(Flaw.UNKNOWN)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_each(value, _text, MOST_NAMES))


def _services(value: Any) -> frozenset[str]:
    return frozenset(service_key(name) for name in _texts(value))


def _rates_of_services(value: Any) -> dict[str, float]:
    return {service_key(name): rate for name, rate in _by_name(value, _text, _rate(0, 100)).items()}


def _factors(value: Any) -> dict[int, float]:
    def weekday(name: Any) -> int:
        return int(name) if str(name) in {str(day) for day in WEEKDAYS} else _unfit(Flaw.UNKNOWN)

    return _by_name(value, weekday, _rate(0, 10))


def _by_name(value: Any, read_name: Callable[[Any], T], read: _Reader) -> dict[T, Any]:
    if not isinstance(value, Mapping):
        _unfit(Flaw.UNKNOWN)
    if len(value) > MOST_NAMES:
        _unfit(Flaw.TOO_MANY)
    found: dict[T, Any] = {}
    flaws: dict[str, Flaw] = {}
    for name, one in value.items():
        try:
            found[read_name(name)] = read(one)
        except Unfit as unfit:
            flaws[str(name)] = unfit.flaws[""]
    if flaws:
        raise Unfit(flaws)
    return found


def _each(value: Any, read: Callable[[Any], T], most: int) -> list[T]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        _unfit(Flaw.UNKNOWN)
    found: list[T] = []
    flaws: dict[str, Flaw] = {}
    for place, one in enumerate(value):
        try:
            found.append(read(one))
        except Unfit as unfit:
            flaws |= {_way(str(place), rest): flaw for rest, flaw in unfit.flaws.items()}
    if flaws:
        raise Unfit(flaws)
    return found if len(found) <= most else _unfit(Flaw.TOO_MANY)


def _way(name: str, rest: str) -> str:
    return f"{name}.{rest}" if rest else name


# --- what a value may be

Rate = Annotated[float, _rate(0, 100)]
Points = Annotated[int, _whole(0, MOST_POINTS)]
Money = Annotated[int, _whole(0, MOST_MINOR)]
Services = Annotated[frozenset[str], _services]


# --- the rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A level above the lowest, which is not listed and has no name. `gift_points` are given once, on getting there."""

    slug: Annotated[str, _slug]
    name: Annotated[str, _text]
    percent: Rate
    from_minor: Money = 0
    from_visits: Annotated[int, _whole(0, 1000)] = 0
    gift_points: Points = 0
    privileges: Annotated[tuple[str, ...], _texts] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """What a friend and who sent them get (features RE3, RE4): after a first order of so much, and the return window.

    `per_month`: how many friends of one customer count in a month; None: all.
    """

    friend_points: Points = 0
    advocate_points: Points = 0
    min_order_minor: Money = 0
    hold_days: Annotated[int, _whole(0, 366)] = 14
    per_month: Annotated[int | None, _or_none(_whole(1, 1000))] = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All of it; the defaults are what a business has that never looked. None as a limit: no limit.

    Names of services and categories are folded (`loyalty.services.service_key`). A service's own rate stands instead of
    the tier's; the weekday's factor multiplies either.
    """

    percent: Rate = 5.0
    percent_of_service: Annotated[Mapping[str, float], _rates_of_services] = field(default_factory=dict)
    weekday_factor: Annotated[Mapping[int, float], _factors] = field(default_factory=dict)
    not_earning: Services = frozenset()
    rounding: Annotated[Rounding, _one_of(Rounding)] = Rounding.UP
    pending_days: Annotated[int, _whole(0, 90)] = 14

    max_share_percent: Annotated[int, _whole(0, 100)] = 30
    min_order_minor: Money = 0
    not_payable: Services = frozenset()

    lives_months: Annotated[int, _whole(1, 60)] = 12
    expiry: Annotated[Expiry, _one_of(Expiry)] = Expiry.FIXED

    welcome_points: Points = 0
    birthday_points: Points = 0
    review_points: Points = 0
    gift_lives_days: Annotated[int, _whole(1, 1830)] = 90

    tier_basis: Annotated[TierBasis, _one_of(TierBasis)] = TierBasis.SUM
    tiers: Annotated[tuple[Tier, ...], lambda value: _tiers(value)] = ()

    sales_per_day: Annotated[int | None, _or_none(_whole(1, 10_000))] = None
    sum_per_day_minor: Annotated[int | None, _or_none(_whole(1, MOST_MINOR))] = None
    sales_of_one_card_per_day: Annotated[int | None, _or_none(_whole(1, 1000))] = 3
    second_person_above: Points = 500

    referral: Annotated[Referral, lambda value: _read(Referral, value)] = field(default_factory=Referral)
    codes_per_order: Annotated[int, _whole(1, 10)] = 1

    def tier(self, slug: str) -> Tier | None:
        """None for the lowest, and for one that is there no more."""
        return next((tier for tier in self.tiers if tier.slug == slug), None)

    def percent_of(self, slug: str) -> float:
        """The rate of who is on this tier."""
        tier = self.tier(slug)
        return self.percent if tier is None else tier.percent

    def threshold(self, tier: Tier) -> int:
        """From where it begins: minor units or visits, by the basis."""
        return tier.from_minor if self.tier_basis is TierBasis.SUM else tier.from_visits


def parse(values: Mapping[str, Any]) -> Rules | Problems:
    """Rules out of what `as_json` gave or a form says; what is left out has its default, other keys are ignored."""
    try:
        rules: Rules = _read(Rules, values)
    except Unfit as unfit:
        return unfit.flaws
    return _of_tiers(rules) or rules


def as_json(rules: Rules) -> dict[str, Any]:
    """What JSON can hold, the same for equal rules."""
    return {one.name: _plain(getattr(rules, one.name)) for one in fields(rules)}


def changes(before: Rules, after: Rules) -> dict[str, tuple[Any, Any]]:
    """Fields that differ, as JSON: (before, after)."""
    was, now = as_json(before), as_json(after)
    return {name: (was[name], now[name]) for name in now if was[name] != now[name]}


def hundredths(percent: float) -> int:
    """A rate or a factor as an exact number of hundredths, to count points with."""
    return round(percent * 100)


# --- the whole of it


def _readers(kind: type[Any]) -> Mapping[str, tuple[_Reader, bool]]:
    """By field: what reads it, and whether it may be left out."""
    hints = get_type_hints(kind, include_extras=True)
    return {
        one.name: (
            hints[one.name].__metadata__[0],
            one.default is not MISSING or one.default_factory is not MISSING,
        )
        for one in fields(kind)
    }


_READERS: Final = {kind: _readers(kind) for kind in (Tier, Referral, Rules)}


def _read(kind: type[Any], values: Any) -> Any:
    """One of the dataclasses of this page."""
    if not isinstance(values, Mapping):
        _unfit(Flaw.UNKNOWN)
    found: dict[str, Any] = {}
    flaws: dict[str, Flaw] = {}
    for name, (read, has_default) in _READERS[kind].items():
        if name not in values and has_default:
            continue
        try:
            found[name] = read(values.get(name))
        except Unfit as unfit:
            flaws |= {_way(name, rest): flaw for rest, flaw in unfit.flaws.items()}
    if flaws:
        raise Unfit(flaws)
    return kind(**found)


def _tiers(value: Any) -> tuple[Tier, ...]:
    return tuple(_each(value, lambda one: _read(Tier, one), MOST_TIERS))


def _of_tiers(rules: Rules) -> Problems:
    """Each begins above the one before it, and gives no less."""
    flaws = {}
    slugs = [tier.slug for tier in rules.tiers]
    steps = [(0, rules.percent), *((rules.threshold(tier), tier.percent) for tier in rules.tiers)]
    basis = "from_minor" if rules.tier_basis is TierBasis.SUM else "from_visits"
    for place, (below, here) in enumerate(pairwise(steps)):
        if slugs.index(slugs[place]) != place:
            flaws[f"tiers.{place}.name"] = Flaw.TWICE
        if here[0] <= below[0]:
            flaws[f"tiers.{place}.{basis}"] = Flaw.NOT_ABOVE
        if here[1] < below[1]:
            flaws[f"tiers.{place}.percent"] = Flaw.LESS_THAN_BELOW
    return flaws


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): one for name, one in sorted(value.items())}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, StrEnum) else value
