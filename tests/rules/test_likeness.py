"""What speaks for two records being one person: folded and rare names, shared phones, and what was decided."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.likeness import (
    SHARED_AT_MOST,
    Born,
    Known,
    Namesakes,
    Reason,
    folded,
    is_asked,
    is_telling,
    pair_of,
    sharing,
    to_drop,
    to_write,
)
from storage.columns import new_id

PHONE, NAMES = frozenset({Reason.PHONE}), frozenset({Reason.NAME_AND_BIRTHDAY})


def pairs_of(*born: Born) -> set:
    namesakes = Namesakes()
    namesakes.add(born)
    return set(namesakes.pairs())


def born(name: str, day: int = 5, month: int = 3, year: int | None = None) -> Born:
    return Born(new_id(), name, month, day, year)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Фёдорова Анна", "анна  федорова"),
        ("АННА ФЁДОРОВА", "Анна Федорова "),
        ("Мария-Луиза Кац", "Кац Мария Луиза"),
        ("Strauß Anna", "anna STRAUSS"),
        ("Анна (постоянная)", "постоянная Анна"),
    ],
)
def test_one_name_however_it_is_written(one, other):
    assert folded(one) == folded(other) != ""


@pytest.mark.parametrize("name", ["", "  ", "?", "А.", "123", "👻"])
def test_what_is_no_name_is_like_nothing(name):
    assert folded(name) == ""
    assert pairs_of(born(name), born(name)) == set()


def test_a_name_alone_never_speaks_for_anything():
    assert pairs_of(born("Анна Фёдорова", day=5), born("Анна Фёдорова", day=6)) == set()


def test_the_same_name_and_birthday_do_and_another_year_of_birth_does_not():
    one, other, none = born("Анна Фёдорова", year=1990), born("анна федорова", year=1990), born("Анна Фёдорова")
    assert pairs_of(one, other, none) == {pair_of(*two) for two in combinations((one.id, other.id, none.id), 2)}
    assert pairs_of(one, born("Анна Фёдорова", year=1991)) == set()


def test_a_common_name_with_a_birthday_is_a_coincidence_and_with_the_year_is_none():
    annas = [born("Анна", day=day, month=month, year=1950 + day) for month in (1, 2, 4) for day in range(1, 11)]
    without, other = born("Анна", day=3, month=1), born("Анна", day=3, month=1)
    assert pairs_of(*annas, without, other) == set()
    twin = born("Анна", day=3, month=1, year=1953)
    assert pairs_of(*annas, twin) == {pair_of(annas[2].id, twin.id)}


def test_one_person_there_ten_times_does_not_make_their_own_name_common():
    assert len(pairs_of(*(born("Анна Фёдорова") for _ in range(12)))) == 66


def test_nine_bearers_may_be_asked_about_and_ten_may_not():
    assert is_telling(9, with_year=False) and not is_telling(10, with_year=False)
    assert is_telling(47, with_year=True) and not is_telling(48, with_year=True)


def test_a_phone_of_many_is_the_shops_own():
    group = [new_id() for _ in range(SHARED_AT_MOST)]
    assert len(list(sharing([group]))) == SHARED_AT_MOST * (SHARED_AT_MOST - 1) // 2
    assert list(sharing([[*group, new_id()]])) == []


def test_two_different_people_come_again_only_with_a_reason_nobody_saw():
    assert not is_asked(PHONE, Known(is_open=False, reasons=PHONE))
    assert not is_asked(PHONE, Known(is_open=False, reasons=PHONE | NAMES))
    assert is_asked(PHONE | NAMES, Known(is_open=False, reasons=NAMES))
    assert is_asked(PHONE, None)


REASONS = st.frozensets(st.sampled_from(list(Reason)), min_size=1)
PAIRS = st.integers(0, 6).map(lambda number: (number, number + 1))
TABLE = st.dictionaries(PAIRS, st.builds(Known, is_open=st.booleans(), reasons=REASONS))


@settings(max_examples=50)
@given(st.dictionaries(PAIRS, REASONS), TABLE)
def test_after_a_search_exactly_what_is_alike_and_undecided_waits(found, known):
    writes, drops = to_write(found, known), to_drop(found, known)
    after = {pair: one for pair, one in known.items() if pair not in drops}
    after |= {pair: Known(is_open=True, reasons=reasons) for pair, reasons in writes.items()}
    for pair, one in after.items():
        assert one.is_open <= (pair in found and one.reasons == found[pair])
        assert one.is_open or pair not in found or found[pair] <= one.reasons
    assert found.keys() <= after.keys()
    assert to_write(found, after) == {} and to_drop(found, after) == []
