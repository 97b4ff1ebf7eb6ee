"""The hold-out: the same people for ever, more of them for a larger share, and each programme its own."""

import random
from itertools import pairwise
from uuid import UUID

import pytest

from messaging.holdout import PLACES, is_held_out, place_of

PEOPLE = [UUID(int=random.Random(7).getrandbits(128) + number) for number in range(20_000)]


@pytest.mark.parametrize(
    ("programme", "customer", "place"),
    [
        ("journey:win_back", 0, 6216),
        ("journey:win_back", 1, 7081),
        ("journey:win_back", 2161727821137838080, 1967),
        ("broadcast:1", 0, 3588),
        ("broadcast:1", 1, 7919),
        ("broadcast:1", 2161727821137838080, 1316),
        ("промокод", 0, 3562),
        ("промокод", 1, 6830),
        ("промокод", 2161727821137838080, 8634),
    ],
)
def test_a_place_never_changes(programme, customer, place):
    """These numbers are a promise: whoever changes the hash spoils every measurement that runs."""
    assert place_of(programme, UUID(int=customer)) == place


def test_a_larger_share_keeps_all_who_were_out():
    out = [{one for one in PEOPLE[:2000] if is_held_out("a", one, share)} for share in (0, 0.05, 0.1, 0.5, 1)]
    assert all(fewer <= more for fewer, more in pairwise(out))
    assert (len(out[0]), len(out[-1])) == (0, 2000)


def test_places_are_spread_evenly():
    counts = [0] * 20
    for one in PEOPLE:
        counts[place_of("broadcast:1", one) * 20 // PLACES] += 1
    expected = len(PEOPLE) / 20
    assert sum((count - expected) ** 2 / expected for count in counts) < 43.8  # chi-square, 19 degrees, p = 0.001


@pytest.mark.parametrize("pair", [("journey:win_back", "journey:birthday"), ("broadcast:1", "broadcast:2"), ("", "a")])
def test_two_programmes_have_nothing_to_do_with_each_other(pair):
    table = [[0] * 4 for _ in range(4)]
    for one in PEOPLE:
        first, second = (place_of(name, one) * 4 // PLACES for name in pair)
        table[first][second] += 1
    rows = [sum(row) for row in table]
    columns = [sum(column) for column in zip(*table, strict=True)]
    total = len(PEOPLE)
    chi = sum(
        (table[r][c] - rows[r] * columns[c] / total) ** 2 / (rows[r] * columns[c] / total)
        for r in range(4)
        for c in range(4)
    )
    assert chi < 27.9  # 9 degrees of freedom, p = 0.001


def test_the_share_that_is_held_out_is_the_share_that_was_asked_for():
    out = sum(is_held_out("journey:win_back", one, 0.1) for one in PEOPLE)
    assert abs(out / len(PEOPLE) - 0.1) < 4 * (0.1 * 0.9 / len(PEOPLE)) ** 0.5


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_from_nothing_to_all(share):
    with pytest.raises(ValueError, match="share"):
        is_held_out("a", PEOPLE[0], share)
