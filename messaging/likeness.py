"""Rules: what speaks for two records being one person, and which of such pairs somebody is asked about (feature ID5).

Nothing here merges anybody: families share a phone, and namesakes a birthday. A person looks and decides.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import combinations
from typing import Final, NamedTuple
from uuid import UUID

SHARED_AT_MOST: Final = 5
"""A phone or an address that more records have is the shop's own, or a wrong one typed at the till: it tells nothing
about anybody."""
DAYS: Final = 365
BIRTH_YEARS: Final = 30
"""Over so many years the customers' births are spread as if evenly; real bases spread wider, which errs to caution."""
CHANCE: Final = 0.1
"""A name is asked about while fewer such pairs than this are expected among all its bearers by chance alone."""

Pair = tuple[UUID, UUID]
"""The smaller id first."""


class Reason(StrEnum):
    """What two records have in common. The values are phrases of the console: `alike.<value>`."""

    PHONE = "phone"
    EMAIL = "email"
    NAME_AND_BIRTHDAY = "name_and_birthday"


class Born(NamedTuple):
    """A customer with a name and a birthday; `year` is None where they prefer not to say."""

    id: UUID
    name: str
    month: int
    day: int
    year: int | None


class Known(NamedTuple):
    """A pair that is in the table already."""

    is_open: bool
    reasons: frozenset[Reason]


def pair_of(one: UUID, other: UUID) -> Pair:
    return (one, other) if one < other else (other, one)


def folded(name: str) -> str:
    """A name as names are compared: «Фёдорова  АННА» and «Анна Федорова» are one; empty for what is no name."""
    plain = unicodedata.normalize("NFKC", name).casefold().replace("ё", "е")
    words = sorted(re.findall(r"[^\W\d_]+", plain))
    return " ".join(words) if any(len(word) > 1 for word in words) else ""


def sharing(groups: Iterable[Collection[UUID]]) -> Iterator[Pair]:
    """Each two of those who have the same phone or address."""
    for group in groups:
        if len(group) <= SHARED_AT_MOST:
            yield from (pair_of(one, other) for one, other in combinations(group, 2))


class Namesakes:
    """Collects who was born when under which name, page by page."""

    def __init__(self) -> None:
        self._bearers: dict[str, list[Born]] = defaultdict(list)

    def add(self, page: Iterable[Born]) -> None:
        for one in page:
            if name := folded(one.name):
                self._bearers[name].append(one)

    def pairs(self) -> Iterator[Pair]:
        """Each two of one name and one birthday, where the name is rare enough for that to be no coincidence."""
        for bearers in self._bearers.values():
            if len(bearers) > 1:
                yield from _of_one_name(bearers)


def _of_one_name(bearers: Sequence[Born]) -> Iterator[Pair]:
    days: dict[tuple[int, int], list[Born]] = defaultdict(list)
    for one in bearers:
        days[one.month, one.day].append(one)
    # Records of one person must not make their own name look common: days are counted, not records.
    for group in days.values():
        for one, other in combinations(group, 2):
            is_other_year = one.year != other.year and one.year is not None and other.year is not None
            with_year = one.year is not None and one.year == other.year
            if not is_other_year and is_telling(len(days), with_year=with_year):
                yield pair_of(one.id, other.id)


def is_telling(bearers: int, *, with_year: bool) -> bool:
    """Whether a shared birthday says something about a name with so many bearers.

    Among n people n(n − 1)/2 pairs are possible, and each shares a birthday by chance once in 365 times (the birthday
    problem), or once in 365 × 30 with the year. Nine Annas may be asked about, ten may not.
    """
    possible = DAYS * BIRTH_YEARS if with_year else DAYS
    return bearers * (bearers - 1) / 2 / possible < CHANCE


def is_asked(reasons: Collection[Reason], known: Known | None) -> bool:
    """A pair that somebody called two different people comes again only with a reason they did not see then."""
    return known is None or known.is_open or not set(reasons) <= known.reasons


def to_write(found: Mapping[Pair, frozenset[Reason]], known: Mapping[Pair, Known]) -> dict[Pair, frozenset[Reason]]:
    """The pairs to put into the queue, or to put there with other reasons."""
    return {
        pair: reasons
        for pair, reasons in found.items()
        if is_asked(reasons, known.get(pair)) and known.get(pair) != Known(is_open=True, reasons=reasons)
    }


def to_drop(found: Collection[Pair], known: Mapping[Pair, Known]) -> list[Pair]:
    """Open pairs that nothing speaks for any more. What was decided stays remembered."""
    return [pair for pair, one in known.items() if one.is_open and pair not in found]
