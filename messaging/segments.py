"""The rules of a segment: a tree of «all», «any» and «not» over fields, read from JSON that nobody vouches for.

Logic has two values. A leaf over something we do not know of a customer (no birthday, no visit yet) is not met; so its
«not» is. That keeps `not not x == x`, and a segment and its «not» are everyone together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from messaging.segment_fields import (
    BY_EMPLOYEE,
    FIELDS,
    LONGEST_DAYS,
    SHAPES,
    WHAT_THEY_SAID,
    Field,
    Kind,
    Operator,
    Shape,
)

DEEPEST: Final = 5
"""Groups within groups, the first one included."""
MOST_RULES: Final = 40
MOST_VALUES: Final = 100
LONGEST_VALUE: Final = 200

Value: TypeAlias = int | tuple[int, int] | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition. `value` fits the operator's shape: a number, two numbers, some texts, or nothing."""

    field: str
    operator: Operator
    value: Value = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of them; of nothing it is true: everyone."""

    items: "tuple[Rule, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of them."""

    items: "tuple[Rule, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    item: "Rule"


Rule: TypeAlias = Leaf | AllOf | AnyOf | Not
EVERYONE: Final = AllOf(())


class Wrong(StrEnum):
    """What is wrong with a node. The values are phrases of the console: `wrong_rule.<value>`."""

    NO_RULE = "no_rule"
    TOO_DEEP = "too_deep"
    TOO_MANY = "too_many"
    EMPTY_GROUP = "empty_group"
    FIELD = "field"
    OPERATOR = "operator"
    NO_VALUE = "no_value"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    WRONG_WAY_ROUND = "wrong_way_round"
    VALUE = "value"
    DAYS = "days"
    EMPLOYEE = "employee"
    """Who served them stands beside what they said."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`place` is the way to the node as a reader of JSON says it, «all[1].not.any[0]»; `path` its numbers alone."""

    place: str
    path: tuple[int, ...]
    wrong: Wrong


class WrongRules(ValueError):
    """These are no rules of a segment; `problems` says where and why, in the order of reading."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{one.place or 'rules'}: {one.wrong.value}" for one in problems))
        self.problems = tuple(problems)


def parse(raw: object) -> Rule:
    """The tree behind JSON. Raises WrongRules with every node that is wrong."""
    rule = _read(raw, _Place())
    if isinstance(rule, list):
        raise WrongRules(rule)
    if len(leaves(rule)) > MOST_RULES:
        raise WrongRules(_Place().is_wrong(Wrong.TOO_MANY))
    asked = {leaf.field for leaf in leaves(rule)}
    if BY_EMPLOYEE in asked and asked & WHAT_THEY_SAID:
        raise WrongRules(_Place().is_wrong(Wrong.EMPLOYEE))
    return rule


def as_json(rule: Rule) -> dict[str, Any]:
    """As it is stored and as `storage.segments` compiles it; `parse` reads it back."""
    match rule:
        case AllOf(items):
            return {"all": [as_json(item) for item in items]}
        case AnyOf(items):
            return {"any": [as_json(item) for item in items]}
        case Not(item):
            return {"not": as_json(item)}
        case Leaf(field, operator, value, days):
            told: dict[str, Any] = {"field": field, "is": operator.value}
            if value is not None:
                told["value"] = list(value) if isinstance(value, tuple) else value
            return told if days is None else {**told, "days": days}


def leaves(rule: Rule) -> list[Leaf]:
    """Every condition, in the order of reading: as `storage.segments` tells their values."""
    match rule:
        case Leaf():
            return [rule]
        case Not(item):
            return leaves(item)
        case AllOf(items) | AnyOf(items):
            return [leaf for item in items for leaf in leaves(item)]


def reasons(rule: Rule, met: Sequence[bool]) -> list[int]:
    """Why somebody is in: the places in `leaves(rule)` of the conditions that made it so.

    `met` says of each whether it is met. Of «any» all that are met count; under a «not» those that are not met.
    """
    _, found = _support(rule, list(met), 0, is_wanted=True)
    return found


def _support(rule: Rule, met: list[bool], first: int, *, is_wanted: bool) -> tuple[bool, list[int]]:
    """Whether a node is as wanted, and the leaves that make it so; `first` is the place of its first leaf."""
    match rule:
        case Leaf():
            return (True, [first]) if met[first] is is_wanted else (False, [])
        case Not(item):
            return _support(item, met, first, is_wanted=not is_wanted)
        case AllOf(items) | AnyOf(items):
            parts = []
            for item in items:
                parts.append(_support(item, met, first, is_wanted=is_wanted))
                first += len(leaves(item))
            needs_all = isinstance(rule, AllOf) is is_wanted
            is_so = all(so for so, _ in parts) if needs_all else any(so for so, _ in parts)
            return is_so, [place for so, places in parts if so for place in places] if is_so else []


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the reader stands. `depth` counts «not» as well, which has no number of its own."""

    text: str = ""
    path: tuple[int, ...] = ()
    depth: int = 1

    def item(self, word: str, number: int) -> "_Place":
        return _Place(self._below(f"{word}[{number}]"), (*self.path, number), self.depth + 1)

    def inside(self) -> "_Place":
        return _Place(self._below("not"), self.path, self.depth + 1)

    def is_wrong(self, wrong: Wrong) -> list[Problem]:
        return [Problem(self.text, self.path, wrong)]

    def _below(self, step: str) -> str:
        return f"{self.text}.{step}" if self.text else step


def _read(raw: object, at: _Place) -> Rule | list[Problem]:
    """A node, or what is wrong in it. A group reads on after a mistake, so that a form can show all of them."""
    if not isinstance(raw, dict):
        return at.is_wrong(Wrong.NO_RULE)
    if "field" in raw:
        return _leaf(raw, at)
    if set(raw) not in ({"all"}, {"any"}, {"not"}):
        return at.is_wrong(Wrong.NO_RULE)
    if len(at.path) >= DEEPEST or at.depth > 2 * DEEPEST:
        return at.is_wrong(Wrong.TOO_DEEP)
    ((word, inner),) = raw.items()
    if word != "not":
        return _group(word, inner, at)
    item = _read(inner, at.inside())
    return item if isinstance(item, list) else Not(item)


def _group(word: str, raw: object, at: _Place) -> Rule | list[Problem]:
    if not isinstance(raw, list):
        return at.is_wrong(Wrong.NO_RULE)
    if not raw and (at.text or word == "any"):
        return at.is_wrong(Wrong.EMPTY_GROUP)
    if len(raw) > MOST_RULES:
        return at.is_wrong(Wrong.TOO_MANY)
    items: list[Rule] = []
    problems: list[Problem] = []
    for number, one in enumerate(raw):
        item = _read(one, at.item(word, number))
        if isinstance(item, list):
            problems += item
        else:
            items.append(item)
    return problems or (AllOf(tuple(items)) if word == "all" else AnyOf(tuple(items)))


def _leaf(raw: dict[str, object], at: _Place) -> Leaf | list[Problem]:
    if not set(raw) <= {"field", "is", "value", "days"}:
        return at.is_wrong(Wrong.NO_RULE)
    key = raw["field"]
    field = FIELDS.get(key) if isinstance(key, str) else None
    if field is None:
        return at.is_wrong(Wrong.FIELD)
    operator = next((one for one in field.operators if one == raw.get("is")), None)
    if operator is None:
        return at.is_wrong(Wrong.OPERATOR)
    value = _value(field, operator, raw.get("value"))
    if isinstance(value, Wrong):
        return at.is_wrong(value)
    days = raw.get("days")
    if SHAPES[operator] is not Shape.LIST_AND_DAYS:
        return Leaf(field.key, operator, value) if days is None else at.is_wrong(Wrong.DAYS)
    if not isinstance(days, int) or not _is_in(days, 1, LONGEST_DAYS):
        return at.is_wrong(Wrong.DAYS)
    return Leaf(field.key, operator, value, days)


def _is_in(number: object, low: int, high: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and low <= number <= high


def _value(field: Field, operator: Operator, raw: object) -> Value | Wrong:
    match SHAPES[operator]:
        case Shape.NOTHING:
            return None if raw is None else Wrong.VALUE
        case Shape.NUMBER:
            return _number(field, operator, raw)
        case Shape.RANGE:
            return _range(field, operator, raw)
        case Shape.LIST | Shape.LIST_AND_DAYS:
            return _list(field, raw)


def _number(field: Field, operator: Operator, raw: object) -> int | Wrong:
    if raw is None:
        return Wrong.NO_VALUE
    if not isinstance(raw, int) or isinstance(raw, bool):
        return Wrong.NOT_A_NUMBER
    return raw if _is_in(raw, *field.range_of(operator)) else Wrong.OUT_OF_RANGE


def _range(field: Field, operator: Operator, raw: object) -> tuple[int, int] | Wrong:
    if not isinstance(raw, list) or len(raw) != 2:
        return Wrong.NO_VALUE
    low, high = (_number(field, operator, end) for end in raw)
    if isinstance(low, Wrong):
        return low
    if isinstance(high, Wrong):
        return high
    return (low, high) if low <= high else Wrong.WRONG_WAY_ROUND


def _list(field: Field, raw: object) -> tuple[str, ...] | Wrong:
    """Each once. PostgreSQL stores no NUL, so no value can hold one."""
    if not isinstance(raw, list) or not raw:
        return Wrong.NO_VALUE
    if len(raw) > MOST_VALUES:
        return Wrong.TOO_MANY
    texts = tuple(dict.fromkeys(text for text in raw if isinstance(text, str)))
    if len(texts) < len(raw) and not all(isinstance(text, str) for text in raw):
        return Wrong.VALUE
    if any(not text.strip() or len(text) > LONGEST_VALUE or "\0" in text for text in texts):
        return Wrong.VALUE
    if field.kind is Kind.CHOICE and not set(texts) <= set(field.choices):
        return Wrong.VALUE
    return texts
