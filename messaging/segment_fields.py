"""What a segment can ask about a customer: every field with its kind, its operators and its values, on one page.

A new field is one entry here, one line in `storage.segments` and its name in the catalogues (docs/segments.md). There
is none over what customers write: no segment is made of words about health, faith or the like (feature PV4).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from storage.kinds import Channel, FlagKind, Gender, Language, LifecycleStage, RfmSegment


class Kind(StrEnum):
    NUMBER = "number"
    MONEY = "money"
    """Minor units."""
    PAST_DAY = "past_day"
    """A day up to today, told by how many days ago it was: 0 is today."""
    COMING_DAY = "coming_day"
    """A day from today on, told by how many days are left."""
    BIRTHDAY = "birthday"
    """A day of the year."""
    CHOICE = "choice"
    """One of a few values that the program knows."""
    TEXT = "text"
    """One of the values that the base holds."""
    YES_NO = "yes_no"
    BOUGHT = "bought"
    """Something that stands on lines of purchases: what, where, from whom."""


class Shape(StrEnum):
    """What an operator wants beside it."""

    NOTHING = "nothing"
    NUMBER = "number"
    RANGE = "range"
    LIST = "list"
    LIST_AND_DAYS = "list_and_days"


class Operator(StrEnum):
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EQUALS = "equals"
    BETWEEN = "between"
    """Both ends belong to it."""
    LONGER_AGO = "longer_ago"
    """More days ago than this; `WITHIN` is all the rest of the past."""
    WITHIN = "within"
    WITHIN_NEXT = "within_next"
    """Today or within so many days after it."""
    IN_MONTH = "in_month"
    ANY_OF = "any_of"
    NONE_OF = "none_of"
    """Also for whom we do not know it."""
    YES = "yes"
    NO = "no"
    EVER = "ever"
    NEVER = "never"
    RECENTLY = "recently"
    """At least once in the last `days` days."""
    NOT_RECENTLY = "not_recently"
    KNOWN = "known"
    UNKNOWN = "unknown"


class Group(StrEnum):
    """Where a field stands in the list one chooses from."""

    PURCHASES = "purchases"
    RHYTHM = "rhythm"
    PERSON = "person"
    CONTACT = "contact"
    ATTENTION = "attention"


OPERATORS: Final[Mapping[Kind, tuple[Operator, ...]]] = MappingProxyType(
    {
        Kind.NUMBER: (Operator.AT_LEAST, Operator.AT_MOST, Operator.BETWEEN, Operator.EQUALS),
        Kind.MONEY: (Operator.AT_LEAST, Operator.AT_MOST, Operator.BETWEEN),
        Kind.PAST_DAY: (Operator.LONGER_AGO, Operator.WITHIN, Operator.BETWEEN),
        Kind.COMING_DAY: (Operator.WITHIN_NEXT,),
        Kind.BIRTHDAY: (Operator.WITHIN_NEXT, Operator.IN_MONTH),
        Kind.CHOICE: (Operator.ANY_OF, Operator.NONE_OF),
        Kind.TEXT: (Operator.ANY_OF, Operator.NONE_OF),
        Kind.YES_NO: (Operator.YES, Operator.NO),
        Kind.BOUGHT: (Operator.EVER, Operator.NEVER, Operator.RECENTLY, Operator.NOT_RECENTLY),
    }
)

SHAPES: Final[Mapping[Operator, Shape]] = MappingProxyType(
    {
        Operator.AT_LEAST: Shape.NUMBER,
        Operator.AT_MOST: Shape.NUMBER,
        Operator.EQUALS: Shape.NUMBER,
        Operator.BETWEEN: Shape.RANGE,
        Operator.LONGER_AGO: Shape.NUMBER,
        Operator.WITHIN: Shape.NUMBER,
        Operator.WITHIN_NEXT: Shape.NUMBER,
        Operator.IN_MONTH: Shape.NUMBER,
        Operator.ANY_OF: Shape.LIST,
        Operator.NONE_OF: Shape.LIST,
        Operator.YES: Shape.NOTHING,
        Operator.NO: Shape.NOTHING,
        Operator.EVER: Shape.LIST,
        Operator.NEVER: Shape.LIST,
        Operator.RECENTLY: Shape.LIST_AND_DAYS,
        Operator.NOT_RECENTLY: Shape.LIST_AND_DAYS,
        Operator.KNOWN: Shape.NOTHING,
        Operator.UNKNOWN: Shape.NOTHING,
    }
)

LONGEST_DAYS: Final = 36_500
LARGEST_COUNT: Final = 1_000_000
LARGEST_MINOR: Final = 1_000_000_000
"""Ten million in whole units, as at the till: what is above it was a slip of the finger."""
DAYS_OF_A_YEAR: Final = 366


@dataclass(frozen=True, slots=True)
class Field:
    """`choices`: its values, where the program knows them. `low`, `high`: what its numbers may be, both included."""

    key: str
    kind: Kind
    group: Group
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = LARGEST_COUNT
    may_be_unknown: bool = False
    """We do not know it of everybody: then it is not met, and `NONE_OF` and every «not» are."""
    has_names: bool = False
    """Its values are ids, which are shown by names."""

    @property
    def operators(self) -> tuple[Operator, ...]:
        known = (Operator.KNOWN, Operator.UNKNOWN) if self.may_be_unknown else ()
        return OPERATORS[self.kind] + known

    def range_of(self, operator: Operator) -> tuple[int, int]:
        """The least and the largest number that may stand beside an operator."""
        match self.kind:
            case Kind.PAST_DAY | Kind.COMING_DAY:
                return 0, LONGEST_DAYS
            case Kind.BIRTHDAY:
                return (1, 12) if operator is Operator.IN_MONTH else (0, DAYS_OF_A_YEAR)
            case Kind.MONEY:
                return 0, LARGEST_MINOR
        return self.low, self.high


def _number(key: str, group: Group, high: int = LARGEST_COUNT, *, low: int = 0, may_be_unknown: bool = False) -> Field:
    return Field(key, Kind.NUMBER, group, low=low, high=high, may_be_unknown=may_be_unknown)


def _score(key: str) -> Field:
    return _number(key, Group.RHYTHM, 5, low=1, may_be_unknown=True)


def _choice(key: str, group: Group, choices: type[StrEnum], *, may_be_unknown: bool = False) -> Field:
    return Field(key, Kind.CHOICE, group, tuple(choices), may_be_unknown=may_be_unknown)


def _yes_no(key: str, group: Group) -> Field:
    return Field(key, Kind.YES_NO, group)


_ALL: Final = (
    # --- what they bought; the sums are those of `customer_stats`
    _number("visits", Group.PURCHASES),
    _number("orders", Group.PURCHASES),
    Field("revenue", Kind.MONEY, Group.PURCHASES),
    Field("average_check", Kind.MONEY, Group.PURCHASES, may_be_unknown=True),
    _number("year_visits", Group.PURCHASES),
    Field("year_revenue", Kind.MONEY, Group.PURCHASES),
    Field("last_visit", Kind.PAST_DAY, Group.PURCHASES, may_be_unknown=True),
    Field("first_visit", Kind.PAST_DAY, Group.PURCHASES, may_be_unknown=True),
    Field("product", Kind.BOUGHT, Group.PURCHASES),
    Field("category", Kind.BOUGHT, Group.PURCHASES),
    Field("branch", Kind.BOUGHT, Group.PURCHASES),
    Field("seller", Kind.BOUGHT, Group.PURCHASES),
    _yes_no("returned", Group.PURCHASES),
    # --- where they stand
    _choice("stage", Group.RHYTHM, LifecycleStage),
    Field("stage_since", Kind.PAST_DAY, Group.RHYTHM, may_be_unknown=True),
    Field("expected", Kind.COMING_DAY, Group.RHYTHM, may_be_unknown=True),
    Field("late_by", Kind.PAST_DAY, Group.RHYTHM, may_be_unknown=True),
    _choice("rfm", Group.RHYTHM, RfmSegment, may_be_unknown=True),
    _score("recency_score"),
    _score("frequency_score"),
    _score("monetary_score"),
    _yes_no("key_customer", Group.RHYTHM),
    # --- who they are
    _choice("gender", Group.PERSON, Gender, may_be_unknown=True),
    _number("age", Group.PERSON, 130, may_be_unknown=True),
    Field("birthday", Kind.BIRTHDAY, Group.PERSON, may_be_unknown=True),
    Field("city", Kind.TEXT, Group.PERSON, may_be_unknown=True),
    _choice("language", Group.PERSON, Language),
    Field("customer_since", Kind.PAST_DAY, Group.PERSON),
    Field("source", Kind.TEXT, Group.PERSON, may_be_unknown=True),
    Field("import", Kind.TEXT, Group.PERSON, may_be_unknown=True, has_names=True),
    Field("likes", Kind.TEXT, Group.PERSON, may_be_unknown=True, has_names=True),
    # --- how they are reached
    _choice("channel", Group.CONTACT, Channel),
    _yes_no("reachable", Group.CONTACT),
    _yes_no("advertising", Group.CONTACT),
    _yes_no("phone_verified", Group.CONTACT),
    _yes_no("email_known", Group.CONTACT),
    _yes_no("member", Group.CONTACT),
    Field("tier", Kind.TEXT, Group.CONTACT, may_be_unknown=True, has_names=True),
    _number("points", Group.CONTACT),
    Field("points_expire", Kind.COMING_DAY, Group.CONTACT, may_be_unknown=True),
    # --- who stands out
    _choice("flag", Group.ATTENTION, FlagKind, may_be_unknown=True),
    _yes_no("open_case", Group.ATTENTION),
    _number("nps", Group.ATTENTION, 10, may_be_unknown=True),
)

FIELDS: Final[Mapping[str, Field]] = MappingProxyType({field.key: field for field in _ALL})

BY_EMPLOYEE: Final = "seller"
WHAT_THEY_SAID: Final = frozenset({"flag", "open_case", "nps"})
"""Beside an employee these would count who complains of whom, which only the owner may see (feature B7)."""
