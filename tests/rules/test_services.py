"""Entry and exit services: who comes back after which, who leaves after which (feature AN8)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.metrics import wilson_interval
from insights.services import EntryCount, ExitCount, Judgement, entries, exits


def test_the_service_newcomers_do_not_come_back_after_is_worse_than_the_others() -> None:
    found = entries(
        [EntryCount("cut", 100, 60), EntryCount("perm", 50, 10), EntryCount("colour", 50, 32)], EntryCount("", 200, 102)
    )
    by_name = {one.service: one for one in found}
    assert next(one.service for one in found) == "perm"
    assert by_name["perm"].judgement is Judgement.WORSE
    perm = by_name["perm"].compared
    assert perm.share.share == 0.2
    assert (perm.share.low, perm.share.high) == pytest.approx((0.1124, 0.3304), abs=0.0001)  # Wilson, 10 of 50, by hand
    assert perm.others is not None
    assert (perm.others.share, perm.others.n) == (pytest.approx(92 / 150), 150)
    assert perm.excess == pytest.approx(10 - 50 * 92 / 150)


def test_the_service_regulars_leave_after_is_found_and_the_popular_one_is_not() -> None:
    """Most of those who left had the haircut last; so had most of those who stayed."""
    found = exits([ExitCount("cut", 320, 80), ExitCount("perm", 30, 25)], ExitCount("", 400, 110))
    by_name = {one.service: one.judgement for one in found}
    assert by_name == {"perm": Judgement.WORSE, "cut": Judgement.NOT_PROVEN}
    alike = exits([ExitCount("cut", 320, 80), ExitCount("nails", 80, 20)], ExitCount("", 400, 100))
    assert {one.judgement for one in alike} == {Judgement.NOT_PROVEN}


def test_a_service_of_few_people_is_listed_last_and_not_judged() -> None:
    found = entries([EntryCount("rare", 19, 0), EntryCount("cut", 200, 100)], EntryCount("", 219, 100))
    assert [one.judgement for one in found][-1] is Judgement.TOO_FEW


def test_of_two_bad_services_the_one_that_loses_more_people_comes_first() -> None:
    counts = [EntryCount("sharp", 20, 0), EntryCount("wide", 400, 120), EntryCount("good", 600, 420)]
    found = entries(counts, EntryCount("", 1020, 540))
    assert [one.service for one in found if one.judgement is Judgement.WORSE] == ["wide", "sharp"]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(0, 200).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1, max_size=8)
)
def test_entry_and_exit_are_one_table_seen_from_two_sides(tables: list[tuple[int, int]]) -> None:
    """Who did not return is who left: what is worse at the one is worse at the other."""
    everybody, came = sum(n for n, _ in tables), sum(back for _, back in tables)
    entry = entries(
        [EntryCount(str(place), *table) for place, table in enumerate(tables)], EntryCount("", everybody, came)
    )
    leave = exits(
        [ExitCount(str(place), back, n - back) for place, (n, back) in enumerate(tables)],
        ExitCount("", came, everybody - came),
    )
    assert {one.service: one.judgement for one in entry} == {one.service: one.judgement for one in leave}
    for one in entry:
        interval = wilson_interval(round(one.compared.share.share * one.compared.share.n), one.compared.share.n)
        assert interval == (one.compared.share.low, one.compared.share.high)
