"""Entry and exit services: who comes back after which, who leaves after which (feature AN8)."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from random import Random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.metrics import wilson_interval
from insights.services import EntryCount, ExitCount, Judgement, entries, exits, patience_days

END = 730  # the day on which the made-up base is looked at


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
    """Most of those who left had the haircut last: it is what most visits are for."""
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


@pytest.mark.parametrize(
    ("after_service", "window"),
    [(30, 40), (20, 40), (90, 120)],  # as usual, sooner, three times later than after any service
)
def test_after_a_service_that_lasts_a_regular_may_stay_away_longer(after_service: float, window: float) -> None:
    assert patience_days(own_days=20, after_service_days=after_service, usual_days=30) == window


def regulars_by_chance(seed: int) -> list[list[tuple[int, str]]]:
    """Visits (day, service); after a colour one comes back three times later than after a cut, and everybody leaves
    after each visit in one case of ten, whatever it was for."""
    dice, base = Random(seed), []
    for _ in range(1500):
        day, visits = dice.randrange(500), []
        while day < END:
            visits.append((day, "colour" if dice.random() < 0.3 else "cut"))
            if dice.random() < 0.1:
                break
            day += 1 + int(dice.gammavariate(4, (75 if visits[-1][1] == "colour" else 25) / 4))
        if len(visits) >= 3:
            base.append(visits)
    return base


def judged(base: list[list[tuple[int, str]]], window: Callable[[float, float, float], float]) -> dict[str, Judgement]:
    """The book's count of exits, slowly."""
    gaps = [(day_next - day, name) for visits in base for (day, name), (day_next, _) in pairwise(visits)]
    after = {name: median(gap for gap, other in gaps if other == name) for name in ("colour", "cut")}
    usual = median(gap for gap, _ in gaps)
    stayed, left = Counter[str](), Counter[str]()
    for visits in base:
        own = median(day_next - day for (day, _), (day_next, _) in pairwise(visits))
        for place, (day, name) in list(enumerate(visits))[2:]:
            if END - day > window(own, after[name], usual):
                (left if place == len(visits) - 1 else stayed)[name] += 1
    everybody = ExitCount("", stayed.total(), left.total())
    return {one.service: one.judgement for one in exits([ExitCount(n, stayed[n], left[n]) for n in after], everybody)}


def test_where_people_leave_by_chance_a_service_that_lasts_is_no_exit() -> None:
    base = regulars_by_chance(seed=1)
    assert set(judged(base, patience_days).values()) == {Judgement.NOT_PROVEN}


def test_with_a_persons_own_interval_alone_it_would_look_like_one() -> None:
    assert judged(regulars_by_chance(seed=1), lambda own, _after, _usual: 2 * own)["colour"] is Judgement.WORSE


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
