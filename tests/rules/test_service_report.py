"""The section of services: tallies judged by the rules, as JSON; equal whoever counts; nothing said of too few."""

import json
from dataclasses import replace
from math import inf
from random import Random

from hypothesis import given, settings

from insights.comparisons import Ratio
from insights.plain_engine import PlainEngine
from insights.polars_engine import PolarsEngine
from insights.purchase_interval import DEFAULT
from insights.sequences import PairCount, sequences
from insights.service_flows import CatalogueEntry, patience
from insights.service_json import link, link_of
from insights.service_report import section
from insights.tallies import NONE, Lines, Names
from tests.losses.drawn import ENGINES, TODAY, columns, lines_of_purchases

NAMES = Names([str(code) for code in range(1000)], ["cut", "perm", "colour", "nails"])
Visit = tuple[int, int, int]
"""Customer, days ago, service."""


def lines_of(visits: list[Visit], amount: int = 1000) -> Lines:
    return columns([(who, 0, TODAY - ago, NONE, amount, 0, code, NONE, NONE) for who, ago, code in visits])


def told(visits: list[Visit], catalogue: dict[str, CatalogueEntry] | None = None):
    return section(PlainEngine(lines_of(visits), TODAY), NAMES, TODAY, DEFAULT, catalogue or {})


@given(lines=lines_of_purchases)
@settings(max_examples=15, deadline=None)
def test_both_engines_tell_the_same_and_it_is_json(lines):
    names = replace(NAMES, customers=[f"{code:032x}" for code in range(4)])
    catalogue = {"cut": CatalogueEntry("hair", 40.0, 30), "beard": CatalogueEntry()}
    first, second = (
        section(engine(columns(lines), TODAY), names, TODAY, DEFAULT, catalogue) for engine in ENGINES.values()
    )
    assert json.loads(json.dumps(first, allow_nan=False)) == json.loads(json.dumps(second, allow_nan=False))


def test_of_nothing_nothing_is_said():
    said = section(PolarsEngine.of(lines_of([]), TODAY), NAMES, TODAY, DEFAULT, {})
    assert (said["entries"]["came_again"], said["exits"]["left"]) == (None, None)
    assert not [
        *said["next"],
        *said["together"],
        *said["demand"],
        *said["earning"],
        *said["cards"],
        *said["high_checks"],
    ]


def test_a_service_of_the_catalogue_that_nobody_bought_stands_idle():
    said = told([(1, 5, 0)], {"beard": CatalogueEntry("hair")})
    assert next((one["service"], one["reasons"], one["last_day"]) for one in said["demand"]) == (
        "beard",
        ["never_sold"],
        None,
    )


def test_the_service_newcomers_do_not_return_from_is_found_and_few_are_only_shown():
    visits = [(who, 300, who % 2) for who in range(60)] + [(who, 290, 0) for who in range(60) if who % 2 == 0]
    visits += [(100, 300, 2), (200, 700, 3)]
    found = {one["service"]: one["judgement"] for one in told(visits)["entries"]["services"]}
    assert found == {"perm": "worse", "cut": "better", "colour": "too_few"}


def test_at_the_start_of_a_history_nobody_is_known_to_be_new():
    visits = [(who, 600, 0) for who in range(40)] + [(100, 300, 0)]
    for engine in ENGINES.values():
        said = section(engine(lines_of(visits), TODAY), NAMES, TODAY, DEFAULT, {})["entries"]
        assert said["came_again"]["n"] == 1
        assert [one["share"]["n"] for one in said["services"]] == [1]


def test_after_a_service_that_lasts_newcomers_and_regulars_are_waited_for_longer():
    visits = [(who, ago, code) for who in range(20) for ago, code in ((400, 0), (390, 1), (290, 0), (280, 0))]
    waits = patience(PlainEngine(lines_of(visits), TODAY).by_service(), 30, {3: 50})
    assert waits.usual_halves == 20
    assert waits.after_halves == {1: 200, 3: 100}  # measured; and what the catalogue knows of a service nobody bought
    assert waits.longer == {3: 150}


def test_a_season_is_no_exit():
    """People leave by chance, so rarely that who is just in a long gap would outweigh them."""
    dice, visits = Random(0), []
    for who in range(400):
        day = dice.uniform(0, 500)
        while day < 730:
            in_season = day % 365 > 245
            visits.append((who, 730 - int(day), dice.choice([0, 1, 2, 3] if in_season else [0, 1, 2])))
            if dice.random() < 0.002:
                break
            day += max(1, 14 * dice.lognormvariate(0, 0.9))
    found = told(visits)["exits"]["services"]
    assert {one["judgement"] for one in found if one["service"] == "nails"} == {"not_proven"}


def test_margins_rank_the_earners_once_all_are_known():
    visits = [(who, 2, 0) for who in range(10)] + [(who, 5, 1) for who in range(8)] + [(0, 40, 0)]
    margins = {"cut": CatalogueEntry(margin_percent=20), "perm": CatalogueEntry(margin_percent=50)}
    known = told(visits, margins)
    assert known["basis"] == "margin"
    assert [(one["service"], one["revenue_minor"], one["margin_minor"]) for one in known["earning"]] == [
        ("perm", 8000, 4000),
        ("cut", 10_000, 2000),
    ]
    assert told(visits, {"cut": margins["cut"]})["basis"] == "revenue"


def test_pairs_too_small_to_be_listed_are_questions_all_the_same():
    """One pair of ten, and beside it many services that nobody bought together."""
    visits = [(who, 100, 0) for who in range(60)] + [(who, 95, 1) for who in range(12)]
    visits += [(who, 95, 2) for who in range(12, 60)]
    alone = told(visits)["next"]
    assert [(one["a"], one["b"]) for one in alone] == []  # everybody bought the first: nobody to compare with
    visits += [(who, 100, 3) for who in range(60, 120)] + [(who, 95, 2) for who in range(60, 120)]
    (proven,) = [one for one in told(visits)["next"] if (one["a"], one["b"]) == ("cut", "perm")]
    assert (proven["support"], proven["is_proven"], proven["lag_days"]) == (12, True, 5)


def test_who_spends_much_and_comes_seldom_is_listed_by_their_own_name():
    visits = [(who, ago, 0) for who in range(29) for ago in range(0, 60, 10)]
    lines = lines_of(visits)
    rich = lines_of([(29, ago, 0) for ago in (0, 90, 180)], 90_000)
    both = Lines(*(list(getattr(lines, name)) + list(getattr(rich, name)) for name in Lines.__dataclass_fields__))
    names = replace(NAMES, customers=[f"customer {code}" for code in range(30)])
    (found,) = section(PlainEngine(both, TODAY), names, TODAY, DEFAULT, {})["high_checks"]
    assert (found["customer"], found["average_check_minor"], found["interval_days"]) == ("customer 29", 90_000, 90.0)
    assert section(PlainEngine(both, TODAY), names, TODAY, DEFAULT, {}, silent=[29])["high_checks"] == []


def test_a_link_comes_back_from_json_as_it_was():
    (found,) = sequences([PairCount("cut", "care", 100, 60, 40, 500, 20)], 30)
    endless = found._replace(lift=Ratio(2.0, 1.5, inf))
    assert link_of(json.loads(json.dumps(link(endless, "cut", "care"), allow_nan=False))) == endless
