"""What rules would have given in a past month."""

from uuid import uuid4

from loyalty.rule_preview import Occurred, Preview, Sold
from loyalty.rules import Rules, Tier
from loyalty.tiers import Year

ANNA, BORIS = uuid4(), uuid4()
SILVER = Tier(slug="silver", name="Серебро", percent=10, from_minor=1_000_000)
NOBODY = Occurred(0, 0)


def _sold(who, amount_minor: int, *, year: int = 0, tier: str = "", service: str = "Латте", category: str = "Кофе"):
    return Sold(who, amount_minor, service, category, 0, tier, Year(year, 1))


def _preview(rules: Rules, sold, occurred=NOBODY):
    preview = Preview(rules, occurred)
    for one in sold:
        preview.add(one)
    return preview


def test_each_purchase_is_rounded_on_its_own():
    preview = _preview(Rules(), [_sold(ANNA, 2_100), _sold(ANNA, 2_100)])
    assert (preview.points, preview.cost_minor, preview.revenue_minor) == (4, 400, 4_200)


def test_a_tier_that_the_year_reaches_pays_its_own_rate():
    rules = Rules(tiers=(SILVER,))
    preview = _preview(rules, [_sold(ANNA, 100_000, year=1_000_000), _sold(BORIS, 100_000)])
    assert {slug: (len(one.members), one.points) for slug, one in preview.by_tier.items()} == {
        "": (1, 50),
        "silver": (1, 100),
    }


def test_a_tier_that_is_held_still_counts():
    preview = _preview(Rules(tiers=(SILVER,)), [_sold(ANNA, 100_000, tier="silver")])
    assert preview.by_tier["silver"].points == 100


def test_what_earns_nothing_is_revenue_all_the_same():
    preview = _preview(Rules(not_earning=frozenset({"кофе"})), [_sold(ANNA, 100_000)])
    assert (preview.points, preview.revenue_minor) == (0, 100_000)


def test_gifts_are_counted_by_who_joined_and_who_had_a_birthday():
    preview = _preview(Rules(welcome_points=100, birthday_points=200), [], Occurred(joined=3, birthdays=2))
    assert (preview.gifts, preview.earned, preview.cost_minor) == (700, 0, 70_000)
