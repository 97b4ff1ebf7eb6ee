"""What is bought after what, what together, and what is suggested to whom (features AN9, A8, B4)."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.sequences import Link, PairCount, also_bought, sequences, suggestions

TODAY = date(2026, 6, 1)
WITHIN = 60
END = 500  # the day on which the made-up bases are looked at

Visits = list[tuple[int, set[str]]]  # day, services; by day


def pair(a: str = "lashes", b: str = "care", both: int = 40, people_a: int = 100, rest_b: int = 40) -> PairCount:
    return PairCount(a, b, people_a, rest_b + both, both, 500, 20)


def proven(a: str = "lashes", b: str = "care", **counts: int) -> Link:
    [link] = sequences([pair(a, b, **counts)], WITHIN)
    assert link.is_proven
    return link


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


# --- sequences


def test_a_sequence_by_hand() -> None:
    """40 of 100 against 40 of 400: ln 4 +- 1.96 sqrt(1/40 - 1/100 + 1/40 - 1/400) is ln 4 +- 0.3796."""
    link = proven()
    assert (link.support, link.confidence.share, link.base.share) == (40, 0.4, 0.1)
    assert link.lift == pytest.approx((4, 2.7367, 5.8465), abs=0.001)
    assert (link.median_lag_days, link.within_days) == (20, WITHIN)


def test_what_everybody_buys_is_bought_after_anything_and_proves_nothing() -> None:
    [link] = sequences([pair(both=80, rest_b=320)], WITHIN)
    assert link.lift.value == pytest.approx(1)
    assert not link.is_proven


def test_what_is_bought_less_often_after_it_is_no_sequence() -> None:
    [link] = sequences([pair(both=10, rest_b=200)], WITHIN)
    assert link.lift.high < 1
    assert not link.is_proven


@pytest.mark.parametrize(("both", "listed"), [(9, 0), (10, 1)])
def test_fewer_than_ten_people_are_no_sequence(both: int, listed: int) -> None:
    assert len(sequences([pair(both=both, rest_b=2)], WITHIN)) == listed


def test_the_same_service_again_is_a_repeat_and_no_sequence() -> None:
    assert sequences([pair("cut", "cut")], WITHIN) == []


def test_when_everybody_bought_the_first_there_is_nobody_to_compare_with() -> None:
    assert sequences([pair(people_a=500, both=80, rest_b=0)], WITHIN) == []


def test_one_of_many_pairs_needs_more_proof_than_one_alone() -> None:
    weak = pair(both=22, rest_b=50)  # p about 0.02
    [alone] = sequences([weak], WITHIN)
    crowd = [pair(f"a{number}", f"b{number}", both=10) for number in range(20)]
    among = next(link for link in sequences([weak, *crowd], WITHIN) if link.a == weak.a)
    assert alone.is_proven
    assert not among.is_proven
    assert among.p_value == alone.p_value


# --- the definition of the counts


def count_sequences(people: list[Visits], index: Callable[[Visits, str], int | None]) -> list[PairCount]:
    """PairCount by the book, slowly: the one place in the tests that says it in code."""
    names = sorted({name for visits in people for _, services in visits for name in services})
    found = []
    for a in names:
        people_a, bought, both, lags, counted = 0, Counter[str](), Counter[str](), dict[str, list[int]](), 0
        for visits in people:
            place = index(visits, a)
            if place is None:
                continue
            counted += 1
            start, services = visits[place]
            first_day: dict[str, int] = {}
            for day, later in visits[place + 1 :]:
                for name in later if day - start <= WITHIN else ():
                    first_day.setdefault(name, day - start)
            bought.update(first_day.keys())
            if a in services:
                people_a += 1
                both.update(first_day.keys())
                for name, lag in first_day.items():
                    lags.setdefault(name, []).append(lag)
        for b in names:
            lag = median(lags[b]) if b in lags else 0
            found.append(PairCount(a, b, people_a, bought[b], both[b], counted, lag))
    return found


def first_usable(visits: Visits, _: str) -> int | None:
    """The place of the first visit that another followed within the window, with the whole window behind it."""
    for place, ((day, _services), (next_day, _later)) in enumerate(pairwise(visits)):
        if day + WITHIN <= END and next_day - day <= WITHIN:
            return place
    return None


def buyers_by_chance(seed: int, people: int = 600) -> list[Visits]:
    """Some come often, some seldom, and each takes a service at random whatever they took before."""
    dice = Random(seed)
    names = [f"service {number}" for number in range(8)]
    base = []
    for _ in range(people):
        day, every, visits = dice.randrange(200), dice.expovariate(1 / 40) + 2, Visits()
        while day < END:
            visits.append((day, {dice.choices(names, [1 / place for place in range(1, 9)])[0]}))
            day += 1 + int(dice.expovariate(1 / every))
        base.append(visits)
    return base


def test_among_people_who_buy_by_chance_no_sequence_is_proven() -> None:
    people = buyers_by_chance(seed=1)
    by_first_visit = count_sequences(people, first_usable)
    links = sequences(by_first_visit, WITHIN)
    assert len(links) > 20
    assert [link for link in links if link.is_proven] == []


def test_counted_by_anybodys_first_purchase_chance_would_prove_sequences() -> None:
    """Why the counts are defined as they are: who bought it at some time comes often, and buys more of all else."""

    def first_with(visits: Visits, a: str) -> int | None:
        places = [place for place, (day, _) in enumerate(visits) if day + WITHIN <= END]
        return next((place for place in places if a in visits[place][1]), next(iter(places), None))

    links = sequences(count_sequences(buyers_by_chance(seed=1), first_with), WITHIN)
    assert sum(link.is_proven for link in links) > len(links) / 4


def test_a_sequence_that_is_there_is_found() -> None:
    people = buyers_by_chance(seed=2)
    dice = Random(3)
    for visits in people:
        for (_, services), (_, later) in pairwise(visits):
            if "service 2" in services and dice.random() < 0.4:
                later.clear()
                later.add("service 6")
    links = sequences(count_sequences(people, first_usable), WITHIN)
    assert next((link.a, link.b) for link in links if link.is_proven) == ("service 2", "service 6")


# --- bought together


def test_what_shares_a_visit_is_listed_both_ways_with_one_proof() -> None:
    there, back = sorted(also_bought([pair("cut", "wash", both=40, people_a=100, rest_b=40)]), key=lambda link: link.a)
    assert (there.a, there.b, back.a, back.b) == ("cut", "wash", "wash", "cut")
    assert there.p_value == pytest.approx(back.p_value)
    assert (there.confidence.share, back.confidence.share) == (0.4, 0.5)
    assert there.is_proven
    assert back.is_proven


def test_pairs_nobody_bought_together_are_questions_too() -> None:
    """Of 21 services each was bought by many; 210 pairs were possible, and only one came about, with p = 0.0022."""
    weak = PairCount("cut", "wash", 100, 80, 27, 500, 0)
    unbought = [PairCount("cut", f"other {number}", 100, 80, 0, 500, 0) for number in range(19)]
    assert all(link.is_proven for link in also_bought([weak]))
    assert not any(link.is_proven for link in also_bought([weak, *unbought]))


def test_a_pair_counted_both_ways_is_one_pair() -> None:
    one = pair("cut", "wash")
    turned = PairCount("wash", "cut", one.people_b, one.people_a, one.people_both, one.people, 0)
    assert len(also_bought([one, turned])) == len(also_bought([one])) == 2


# --- suggestions


def test_a_suggestion_comes_when_the_usual_time_has_and_says_why() -> None:
    link = proven()
    [found] = suggestions({"lashes": ago(20)}, [link], TODAY)
    assert (found.service, found.days_ago, found.link) == ("care", 20, link)


@pytest.mark.parametrize("days", [0, 19, 61, 400])
def test_too_early_or_long_past_nothing_is_suggested(days: int) -> None:
    assert suggestions({"lashes": ago(days)}, [proven()], TODAY) == []


def test_what_is_not_proven_is_not_suggested() -> None:
    assert suggestions({"lashes": ago(20)}, sequences([pair(both=80, rest_b=320)], WITHIN), TODAY) == []


@pytest.mark.parametrize(("care_days_ago", "suggested"), [(5, 0), (20, 0), (21, 1)])
def test_what_was_bought_since_is_not_suggested_again(care_days_ago: int, suggested: int) -> None:
    assert len(suggestions({"lashes": ago(20), "care": ago(care_days_ago)}, [proven()], TODAY)) == suggested


def test_an_excluded_service_is_never_suggested() -> None:
    assert suggestions({"lashes": ago(20)}, [proven()], TODAY, excluded={"care"}) == []


def test_no_axes_to_who_ever_bought_a_sewing_machine() -> None:
    bought = {"saw": ago(20), "sewing machine": ago(900)}
    unfit = {("sewing machine", "axe")}
    assert suggestions(bought, [proven("saw", "axe")], TODAY, unfit=unfit) == []
    assert [one.service for one in suggestions({"saw": ago(20)}, [proven("saw", "axe")], TODAY, unfit=unfit)] == ["axe"]


def test_a_service_with_two_reasons_is_suggested_once_with_the_surer_one() -> None:
    weak, strong = proven("brows", "care", both=30), proven("lashes", "care", both=60)
    [found] = suggestions({"brows": ago(30), "lashes": ago(30)}, [weak, strong], TODAY)
    assert found.link == strong


@settings(max_examples=50, deadline=None)
@given(
    bought=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 100), max_size=6),
    tables=st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.integers(0, 100), st.integers(0, 400)),
        max_size=8,
    ),
    excluded=st.sets(st.sampled_from("abcdef"), max_size=2),
)
def test_every_suggestion_is_proven_due_wanted_and_new(
    bought: dict[str, int], tables: list[tuple[str, str, int, int]], excluded: set[str]
) -> None:
    links = sequences([pair(a, b, both=both, rest_b=rest_b) for a, b, both, rest_b in tables], WITHIN)
    found = suggestions({name: ago(days) for name, days in bought.items()}, links, TODAY, excluded)
    assert len({one.service for one in found}) == len(found)
    for one in found:
        assert one.link.is_proven
        assert one.link.lift.low > 1
        assert one.link.support >= 10
        assert one.service not in excluded
        assert one.link.median_lag_days <= bought[one.link.a] == one.days_ago <= WITHIN
        assert bought.get(one.service, 1000) > one.days_ago
