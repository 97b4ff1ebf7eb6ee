"""Ranks with ties: equal values always stand together."""

from collections.abc import Iterable, Iterator
from itertools import groupby


def middle_ranks(values: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """For each distinct value, ascending: the value, how many are below it, how many are equal to it.

    Equal values share the middle of the ranks they take, below + equal / 2 (fractional ranking): a score made of it
    depends on nothing but the value, never on the order of the list.
    """
    below = 0
    for value, group in groupby(sorted(values)):
        equal = sum(1 for _ in group)
        yield value, below, equal
        below += equal
