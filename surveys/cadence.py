"""How often and whom a survey asks: its rules for each moment it is put to people, read from JSON and written back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from uuid import UUID

from messaging.local_time import DAY_MINUTES
from storage.kinds import SurveyKind, Touchpoint

DUE_FOR: Final = timedelta(hours=24)
"""A visit, a delivery or a case is asked about so long after its moment; then it is hardly remembered."""
REMIND_FOR: Final = timedelta(days=3)
"""A reminder that could not be said in so long after its day is not said at all."""
REMIND_AFTER: Final = (0, 3, 5, 7)
"""Days; 0: never (feature NP9)."""
WORKDAYS: Final = frozenset(range(5))
MOST_BRANCHES: Final = 200
LONGEST_BRANCH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one survey is put to people at one kind of moment."""

    is_on: bool = False
    contact_days: int
    """The same person is asked the same thing no sooner (feature NP5)."""
    cool_down_days: int = 7
    """After any other survey nobody is asked for so long."""
    new_days: int = 0
    """A new customer is left to look around."""
    daily_limit: int | None = None
    quotas: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """At most so many a day of a branch; a branch that is not here has no limit of its own (feature NP8)."""
    weekdays: frozenset[int] = WORKDAYS
    """Monday is 0. This and the hours are the relation's alone: after a visit it is the visit that says when."""
    from_minute: int = 9 * 60
    until_minute: int = 12 * 60
    after_minutes: int = 30
    segment: UUID | None = None
    branches: tuple[str, ...] = ()
    """Only visits there; none: everywhere. A delivery is a sale of such a branch."""
    remind_days: int = 0
    expire_days: int = 14


Rules: TypeAlias = Mapping[Touchpoint, Rule]

ASKED_BY_CLOCK: Final = (Touchpoint.RELATION, Touchpoint.VISIT, Touchpoint.DELIVERY, Touchpoint.CASE)
MOMENTS: Final[Mapping[SurveyKind, tuple[Touchpoint, ...]]] = {
    SurveyKind.NPS: (Touchpoint.RELATION,),
    SurveyKind.CSAT: ASKED_BY_CLOCK[1:],
    SurveyKind.CES: ASKED_BY_CLOCK[1:],
    SurveyKind.OWN: ASKED_BY_CLOCK,
}
"""What each kind may ask about: a recommendation is no question about one visit."""
_USUAL: Final[Mapping[Touchpoint, Rule]] = {
    Touchpoint.RELATION: Rule(contact_days=90, new_days=14, daily_limit=50, remind_days=5),
    Touchpoint.VISIT: Rule(contact_days=30),
    Touchpoint.DELIVERY: Rule(contact_days=30, after_minutes=60),
    # Each solved case may be asked about, but nobody twice a day (feature CS3): the score that opened it is no reason
    # not to hear whether it was solved.
    Touchpoint.CASE: Rule(contact_days=1, cool_down_days=0),
}
_ON_AT_FIRST: Final = frozenset(
    {
        (SurveyKind.NPS, Touchpoint.RELATION),
        (SurveyKind.CSAT, Touchpoint.VISIT),
        (SurveyKind.CSAT, Touchpoint.CASE),
    }
)


class Problem(StrEnum):
    """What is wrong with one field. Phrases of the console: `cadence.wrong.<value>`."""

    UNKNOWN = "unknown"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    NOT_OFFERED = "not_offered"
    NO_WEEKDAY = "no_weekday"
    HOURS = "hours"
    SEGMENT = "segment"
    BRANCHES = "branches"
    NO_BRANCH = "no_branch"
    REMINDER_TOO_LATE = "reminder_too_late"


class WrongCadence(ValueError):
    """`problems`: by field, as `visit.contact_days`."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(", ".join(f"{name}: {problem.value}" for name, problem in problems.items()))
        self.problems = problems


RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "contact_days": (1, 730),
    "cool_down_days": (0, 90),
    "new_days": (0, 365),
    "daily_limit": (1, 10_000),
    "from_minute": (0, DAY_MINUTES),
    "until_minute": (0, DAY_MINUTES),
    "after_minutes": (5, DAY_MINUTES),
    "remind_days": (0, 7),
    "expire_days": (1, 60),
}
_QUOTA: Final = (0, 10_000)
_NAMES: Final = frozenset(one.name for one in fields(Rule))


def usual(kind: SurveyKind) -> dict[Touchpoint, Rule]:
    """The rules of a survey that nobody has touched."""
    return {
        touchpoint: replace(_USUAL[touchpoint], is_on=(kind, touchpoint) in _ON_AT_FIRST)
        for touchpoint in MOMENTS[kind]
    }


def parse(raw: object, kind: SurveyKind) -> dict[Touchpoint, Rule]:
    """Of JSON: by touchpoint an object of changed fields; the others are usual. Raises WrongCadence with all that is
    wrong."""
    rules, problems = usual(kind), dict[str, Problem]()
    if not isinstance(raw, Mapping):
        raise WrongCadence({"": Problem.UNKNOWN})
    for name, wished in raw.items():
        touchpoint = next((one for one in rules if one == name), None)
        if touchpoint is None or not isinstance(wished, Mapping):
            problems[str(name)] = Problem.UNKNOWN
            continue
        values, wrong = _read(wished, touchpoint)
        rules[touchpoint] = replace(rules[touchpoint], **values)
        wrong = wrong or _together(rules[touchpoint], touchpoint)
        problems.update({f"{touchpoint.value}.{one}": problem for one, problem in wrong.items()})
    if problems:
        raise WrongCadence(problems)
    return rules


def as_json(rules: Rules) -> dict[str, Any]:
    """As it is stored; `parse` reads it back."""
    return {touchpoint.value: _written(rule) for touchpoint, rule in rules.items()}


def _written(rule: Rule) -> dict[str, Any]:
    values: dict[str, Any] = {one.name: getattr(rule, one.name) for one in fields(rule)}
    return {
        **values,
        "quotas": dict(rule.quotas),
        "weekdays": sorted(rule.weekdays),
        "segment": rule.segment.hex if rule.segment else None,
        "branches": list(rule.branches),
    }


def _read(wished: Mapping[str, Any], touchpoint: Touchpoint) -> tuple[dict[str, Any], dict[str, Problem]]:
    values, wrong = dict[str, Any](), dict[str, Problem]()
    for name, value in wished.items():
        if name not in _NAMES:
            wrong[str(name)] = Problem.UNKNOWN
            continue
        read = _READERS[name](name, value)
        if isinstance(read, Problem):
            wrong[name] = read
        else:
            values[name] = read
    return values, wrong


def _together(rule: Rule, touchpoint: Touchpoint) -> dict[str, Problem]:
    """What is wrong although each field alone is right."""
    wrong = {}
    if touchpoint is Touchpoint.RELATION and rule.from_minute >= rule.until_minute:
        wrong["until_minute"] = Problem.HOURS
    if touchpoint is Touchpoint.DELIVERY and rule.is_on and not rule.branches:
        wrong["branches"] = Problem.NO_BRANCH
    if rule.remind_days >= rule.expire_days:
        wrong["remind_days"] = Problem.REMINDER_TOO_LATE
    return wrong


def _flag(name: str, value: object) -> bool | Problem:
    return value if isinstance(value, bool) else Problem.UNKNOWN


def _number(name: str, value: object) -> int | Problem:
    if isinstance(value, bool) or not isinstance(value, int):
        return Problem.NOT_A_NUMBER
    low, high = RANGES[name]
    return value if low <= value <= high else Problem.OUT_OF_RANGE


def _limit(name: str, value: object) -> int | Problem | None:
    return None if value is None else _number(name, value)


def _reminder(name: str, value: object) -> int | Problem:
    days = _number(name, value)
    return days if isinstance(days, Problem) or days in REMIND_AFTER else Problem.NOT_OFFERED


def _weekdays(name: str, value: object) -> frozenset[int] | Problem:
    if not isinstance(value, list) or not all(type(one) is int and 0 <= one <= 6 for one in value):
        return Problem.UNKNOWN
    return frozenset(value) or Problem.NO_WEEKDAY


def _segment(name: str, value: object) -> UUID | Problem | None:
    if value is None:
        return None
    try:
        return UUID(value) if isinstance(value, str) else Problem.SEGMENT
    except ValueError:
        return Problem.SEGMENT


def _branches(name: str, value: object) -> tuple[str, ...] | Problem:
    if not isinstance(value, list) or len(value) > MOST_BRANCHES or not all(_is_branch(one) for one in value):
        return Problem.BRANCHES
    return tuple(dict.fromkeys(value))


def _quotas(name: str, value: object) -> Mapping[str, int] | Problem:
    if not isinstance(value, Mapping) or len(value) > MOST_BRANCHES or not all(_is_branch(one) for one in value):
        return Problem.BRANCHES
    if not all(type(one) is int for one in value.values()):
        return Problem.NOT_A_NUMBER
    low, high = _QUOTA
    return dict(value) if all(low <= one <= high for one in value.values()) else Problem.OUT_OF_RANGE


def _is_branch(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name.strip()) <= LONGEST_BRANCH and "\0" not in name


_READERS: Final[Mapping[str, Callable[[str, object], Any]]] = {
    **dict.fromkeys(RANGES, _number),
    "is_on": _flag,
    "daily_limit": _limit,
    "quotas": _quotas,
    "weekdays": _weekdays,
    "segment": _segment,
    "branches": _branches,
    "remind_days": _reminder,
}
