"""The rules of the programme: what may be set, what is refused where, and that JSON loses nothing of it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.rules import Expiry, Flaw, Referral, Rounding, Rules, Tier, TierBasis, as_json, changes, parse

SILVER = {"slug": "silver", "name": "Серебро", "percent": 7, "from_minor": 1_000_000}
GOLD = {"slug": "gold", "name": "Золото", "percent": 10, "from_minor": 3_000_000}
rates = st.integers(0, 10_000).map(lambda hundredths: hundredths / 100)
names = st.sampled_from(["стрижка", "доставка", "кофе", "торт"])
ladders = st.lists(st.integers(1, 10**9), unique=True, max_size=6).map(sorted)


@st.composite
def some_rules(draw) -> Rules:
    basis = draw(st.sampled_from(TierBasis))
    starts = draw(ladders) if basis is TierBasis.SUM else sorted(draw(st.sets(st.integers(1, 1000), max_size=6)))
    percents = sorted(draw(st.lists(rates, min_size=len(starts) + 1, max_size=len(starts) + 1)))
    tiers = tuple(
        Tier(slug=f"t{place}", name=f"Уровень {place}", percent=percent, from_minor=start, from_visits=min(start, 1000))
        for place, (start, percent) in enumerate(zip(starts, percents[1:], strict=True))
    )
    return Rules(
        percent=percents[0],
        percent_of_service=draw(st.dictionaries(names, rates)),
        weekday_factor=draw(st.dictionaries(st.integers(0, 6), rates.filter(lambda rate: rate <= 10))),
        not_earning=draw(st.frozensets(names)),
        rounding=draw(st.sampled_from(Rounding)),
        expiry=draw(st.sampled_from(Expiry)),
        tier_basis=basis,
        tiers=tiers,
        sales_per_day=draw(st.none() | st.integers(1, 10_000)),
        referral=Referral(friend_points=draw(st.integers(0, 1000))),
    )


@settings(max_examples=50)
@given(some_rules())
def test_what_is_written_as_json_is_read_back_the_same(rules):
    assert parse(json.loads(json.dumps(as_json(rules)))) == rules
    assert changes(rules, rules) == {}


def test_who_never_looked_has_the_defaults():
    assert parse({}) == Rules()
    assert (Rules().percent, Rules().pending_days, Rules().max_share_percent, Rules().lives_months) == (5, 14, 30, 12)


def test_what_another_version_has_written_beside_it_is_left_alone():
    assert parse({"percent": 3, "of_the_future": True}) == Rules(percent=3)


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"percent": "5"}, {"percent": Flaw.NOT_A_NUMBER}),
        ({"percent": True}, {"percent": Flaw.NOT_A_NUMBER}),
        ({"percent": float("nan")}, {"percent": Flaw.NOT_A_NUMBER}),
        ({"percent": 5.125}, {"percent": Flaw.TOO_FINE}),
        ({"percent": 101}, {"percent": Flaw.TOO_HIGH}),
        ({"pending_days": 1.5}, {"pending_days": Flaw.NOT_WHOLE}),
        ({"pending_days": None}, {"pending_days": Flaw.NOT_A_NUMBER}),
        (
            {"lives_months": 0, "max_share_percent": -1},
            {"lives_months": Flaw.TOO_LOW, "max_share_percent": Flaw.TOO_LOW},
        ),
        ({"rounding": "sideways"}, {"rounding": Flaw.UNKNOWN}),
        ({"not_earning": ["доставка", " "]}, {"not_earning.1": Flaw.EMPTY}),
        ({"not_earning": "доставка"}, {"not_earning": Flaw.UNKNOWN}),
        ({"percent_of_service": {"торт": 200}}, {"percent_of_service.торт": Flaw.TOO_HIGH}),
        ({"weekday_factor": {"7": 2}}, {"weekday_factor.7": Flaw.UNKNOWN}),
        ({"referral": {"hold_days": -1}}, {"referral.hold_days": Flaw.TOO_LOW}),
        ({"referral": None}, {"referral": Flaw.UNKNOWN}),
        ({"tiers": [{"slug": "silver", "percent": 7}]}, {"tiers.0.name": Flaw.UNKNOWN}),
        ({"tiers": [SILVER | {"slug": "Серебро"}]}, {"tiers.0.slug": Flaw.UNKNOWN}),
        ({"tiers": [SILVER] * 9}, {"tiers": Flaw.TOO_MANY}),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(values, problems):
    assert parse(values) == problems


@pytest.mark.parametrize(
    ("tiers", "problems"),
    [
        ([GOLD, SILVER], {"tiers.1.from_minor": Flaw.NOT_ABOVE, "tiers.1.percent": Flaw.LESS_THAN_BELOW}),
        ([SILVER | {"percent": 4}], {"tiers.0.percent": Flaw.LESS_THAN_BELOW}),
        ([SILVER | {"from_minor": 0}], {"tiers.0.from_minor": Flaw.NOT_ABOVE}),
        ([SILVER, GOLD | {"slug": "silver"}], {"tiers.1.name": Flaw.TWICE}),
    ],
)
def test_a_tier_begins_above_the_one_below_it_and_gives_no_less(tiers, problems):
    assert parse({"tiers": tiers}) == problems


def test_tiers_by_visits_are_compared_by_visits():
    tiers = [SILVER | {"from_visits": 5}, GOLD | {"from_visits": 5, "from_minor": 1}]
    assert parse({"tier_basis": "visits", "tiers": tiers}) == {"tiers.1.from_visits": Flaw.NOT_ABOVE}


def test_a_service_is_the_same_however_it_is_written():
    rules = parse({"not_earning": ["Доставка  ПО ГОРОДУ", "доставка по городу"], "percent_of_service": {"Ёлка": 3}})
    assert rules.not_earning == {"доставка по городу"}
    assert rules.percent_of_service == {"елка": 3}


def test_a_tier_that_is_there_no_more_pays_as_the_lowest():
    rules = parse({"tiers": [SILVER]})
    assert [rules.percent_of(slug) for slug in ("", "silver", "platinum")] == [5, 7, 5]


def test_changes_name_what_was_and_what_is():
    assert changes(Rules(), Rules(percent=7, not_earning=frozenset({"торт"}))) == {
        "percent": (5.0, 7),
        "not_earning": ([], ["торт"]),
    }
