"""Friends who bring friends: what a code looks like, who counts as brought, when they are rewarded, what looks wrong.

Pure: values in, values out.
The thresholds are the product's own. They only decide what a person is asked to look at: nothing is refused by a
signal, and nobody is accused.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from loyalty.promo_rules import normalised

NEW_FOR: Final = timedelta(days=30)
"""Who has been with us for longer was not brought by a friend today, even if they never bought anything."""

_CONSONANTS: Final = "KMT"
_VOWELS: Final = "AE"
"""Letters that look and sound alike in Russian and English: «маке 27 49» said aloud is typed right on any keyboard."""
_DIGITS: Final = "23456789"
_UNPLEASANT: Final = frozenset({"KAKA", "KAKE", "TETA"})
_SHORTEST: Final = 4
_LONGEST: Final = 8
_SHAPE: Final = re.compile(
    rf"[{_CONSONANTS}][{_VOWELS}][{_CONSONANTS}][{_VOWELS}][{_DIGITS}]{{{_SHORTEST},{_LONGEST}}}"
)
_WORD: Final = 4

Choose = Callable[[str], str]
"""One sign of these, at random."""


def new_code(choose: Choose, attempt: int) -> str:
    """«MAKE2749»: 5 digits from the third attempt on, 6 from the sixth, so that a large base never runs out."""
    digits = min(_SHORTEST + attempt // 3, _LONGEST)
    while (word := "".join(choose(one) for one in (_CONSONANTS, _VOWELS) * 2)) in _UNPLEASANT:
        pass
    return word + "".join(choose(_DIGITS) for _ in range(digits))


def is_code(text: str) -> bool:
    """Whether these words may be a code for friends and nothing else."""
    return _SHAPE.fullmatch(normalised(text)) is not None


def shown(code: str) -> str:
    """As it is read out: «MAKE-2749»."""
    return f"{code[:_WORD]}-{code[_WORD:]}"


# --- who counts


class Unfit(StrEnum):
    """Why a friend does not count (feature RE2)."""

    SELF = "self"
    SAME_PERSON = "same_person"
    """The same verified phone, e-mail or card as who sent them."""
    EXISTING = "existing"


class Newcomer(NamedTuple):
    """What is known about a friend who names somebody's code. `is_known_elsewhere`: another record of somebody who
    bought before has their phone or e-mail. `has_brought_them`: who they name came by this friend's own code."""

    is_advocate: bool
    is_same_person: bool
    has_bought: bool
    is_known_elsewhere: bool
    came_at: datetime
    is_imported: bool
    has_brought_them: bool


def unfit(friend: Newcomer, now: datetime) -> Unfit | None:
    """Why this friend is not brought by this code; None when they are."""
    if friend.is_advocate:
        return Unfit.SELF
    if friend.is_same_person:
        return Unfit.SAME_PERSON
    is_old = now - friend.came_at > NEW_FOR
    if is_old or any((friend.has_bought, friend.is_known_elsewhere, friend.is_imported, friend.has_brought_them)):
        return Unfit.EXISTING
    return None


# --- the first order


class Line(Protocol):
    """A line of a purchase, as far as it matters here."""

    id: UUID
    at: datetime
    amount_minor: int
    returned_minor: int
    order_key: str | None


def kept_minor(lines: Sequence[Line]) -> int:
    """What of an order stays paid in money."""
    return sum(line.amount_minor - line.returned_minor for line in lines)


def counts(kept: int, min_order_minor: int) -> bool:
    """Whether an order of which so much stays paid is enough; a free one never is."""
    return kept >= max(min_order_minor, 1)


def first_order(lines: Sequence[Line], min_order_minor: int) -> Line | None:
    """The first line of the earliest order that counts; `lines` are in the order of time."""
    orders: dict[str, list[Line]] = {}
    for line in lines:
        orders.setdefault(line.order_key or line.id.hex, []).append(line)
    return next((order[0] for order in orders.values() if counts(kept_minor(order), min_order_minor)), None)


# --- what looks wrong (feature RE5)

JOINS_IN_A_DAY: Final = 5
"""Friends of one customer within a day of this one."""
AT_ONE_TILL: Final = 3
"""First orders of one customer's friends that the same cashier recorded in the same branch."""
TAKEN_BACK: Final = 1
"""Friends of theirs who gave the first order back after the points had been given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was counted about a friend and who sent them."""

    joins_that_day: int = 0
    at_one_till: int = 0
    taken_back: int = 0
    is_own_till: bool = False
    """The cashier of the friend's first order is the advocate."""
    may_be_one: bool = False
    """The two records wait among those that may be one person."""


def signals(seen: Seen) -> dict[str, int]:
    """What a person should look at before points are given, each with its number; nothing when all is well."""
    found = {
        "own_till": int(seen.is_own_till),
        "may_be_one": int(seen.may_be_one),
        "burst": seen.joins_that_day if seen.joins_that_day >= JOINS_IN_A_DAY else 0,
        "one_till": seen.at_one_till if seen.at_one_till >= AT_ONE_TILL else 0,
        "taken_back": seen.taken_back if seen.taken_back >= TAKEN_BACK else 0,
    }
    return {name: number for name, number in found.items() if number}


def advocate_earns(rewarded_this_month: int, per_month: int | None) -> bool:
    """Whether one more friend still counts for who sent them (feature RE4); the friend's own points do not depend."""
    return per_month is None or rewarded_this_month < per_month


def first_name(name: str) -> str:
    """All that a friend reads of who invited them."""
    return name.split()[0] if name.split() else ""
