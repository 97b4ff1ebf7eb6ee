"""Which services stand idle, which earn, and why (features AN10, AN11)."""

import pytest

from insights.comparisons import Difference, Tally
from insights.demand import Basis, EarnReason, IdleReason, Period, ServiceMoney, ServicePeriod, demand, earners

QUARTER = Period(days=90, people=1000)


def sold(service: str, people: int = 100, before: int = 100, since: int | None = 3, **more: int) -> ServicePeriod:
    return ServicePeriod(service, people, people, before, before, since, **more)


def reasons(*periods: ServicePeriod, now: Period = QUARTER, before: Period = QUARTER) -> dict[str, set[IdleReason]]:
    return {one.service: set(one.reasons) for one in demand(periods, now, before)}


def test_a_service_like_the_others_is_not_idle() -> None:
    assert reasons(sold("cut"), sold("nails"), sold("colour")) == {"cut": set(), "nails": set(), "colour": set()}


def test_a_service_nobody_ever_bought_is_named_as_such_and_comes_first() -> None:
    found = demand([sold("cut"), sold("new", 0, 0, since=None), sold("nails")], QUARTER, QUARTER)
    assert found[0].service == "new"
    assert set(found[0].reasons) == {IdleReason.NEVER_SOLD, IdleReason.RARE}
    assert (found[0].trend, found[0].share_trend) == (None, None)


@pytest.mark.parametrize(("days", "is_idle"), [(89, False), (90, True)])
def test_a_service_not_sold_for_ninety_days(days: int, is_idle: bool) -> None:
    found = reasons(sold("cut"), sold("mask", since=days))
    assert (IdleReason.NOT_SOLD_FOR_LONG in found["mask"]) is is_idle


def test_a_service_that_loses_buyers_while_the_others_do_not_loses_share() -> None:
    found = {one.service: one for one in demand([sold("cut"), sold("mask", 60, 100)], QUARTER, QUARTER)}
    assert found["mask"].reasons == (IdleReason.LOSING_SHARE,)
    # Graham's interval by hand: Wilson's of 60 in 160 is 0.3037 to 0.4521, as odds
    assert found["mask"].trend == pytest.approx((0.6, 0.4361, 0.8255), abs=0.001)
    # Katz: ln 0.6 +- 1.96 sqrt(1/60 - 1/1000 + 1/100 - 1/1000)
    assert found["mask"].share_trend == pytest.approx((0.6, 0.4410, 0.8162), abs=0.001)


def test_a_slow_season_of_the_whole_business_is_no_fault_of_a_service() -> None:
    found = reasons(sold("cut", 60, 100), sold("mask", 60, 100), now=Period(90, 600))
    assert found == {"cut": set(), "mask": set()}


def test_a_small_loss_may_be_chance() -> None:
    assert reasons(sold("cut"), sold("mask", 90, 100)) == {"cut": set(), "mask": set()}


def test_few_buyers_prove_no_loss() -> None:
    periods = [sold("cut"), ServicePeriod("mask", 50, 0, 50, 19, 3)]
    assert IdleReason.LOSING_SHARE not in reasons(*periods)["mask"]
    assert IdleReason.LOSING_SHARE in reasons(sold("cut"), ServicePeriod("mask", 50, 0, 50, 20, 3))["mask"]


def test_a_rare_service_is_rare_beyond_chance() -> None:
    """The upper limit of 36 orders is 49.8, that of 37 is 51.0 (x + 1.92 + 1.96 sqrt(x + 0.96))."""
    assert IdleReason.RARE in reasons(sold("cut"), sold("mask", 36, 36))["mask"]
    assert IdleReason.RARE not in reasons(sold("cut"), sold("mask", 37, 37))["mask"]


def test_a_lone_service_is_not_rare() -> None:
    assert reasons(sold("cut", 0, 0)) == {"cut": set()}


def test_a_service_that_fills_less_of_its_room_than_the_others_is_underused() -> None:
    found = {
        one.service: one for one in demand([sold("cut", capacity=120), sold("sauna", capacity=300)], QUARTER, QUARTER)
    }
    used = found["sauna"].utilisation
    assert used is not None
    assert (used.share.share, used.share.n) == (pytest.approx(1 / 3), 300)
    assert found["sauna"].reasons == (IdleReason.UNDERUSED,)
    assert found["cut"].reasons == ()


def test_more_orders_than_room_are_a_full_service() -> None:
    [one] = demand([sold("cut", capacity=80)], QUARTER, QUARTER)
    assert one.utilisation is not None
    assert one.utilisation.share.share == 1


def test_who_tried_it_and_was_content_is_shown_with_an_interval() -> None:
    [one] = demand([sold("mask", satisfied=8, rated=10)], QUARTER, QUARTER)
    assert one.satisfaction is not None
    assert one.satisfaction[:3] == pytest.approx((0.8, 0.4902, 0.9433), abs=0.0001)  # Wilson, 8 of 10


# --- earners

EVERYBODY = Tally("", 200, 400)


def money(service: str, revenue: int, cost: int | None, people: int = 0, returned: int = 0) -> ServiceMoney:
    return ServiceMoney(service, 10, revenue, cost, people, returned)


def test_services_rank_by_what_they_leave_when_every_cost_is_known() -> None:
    found = earners([money("dear", 1000, 900), money("plain", 500, 100), money("cheap", 300, 50)], EVERYBODY)
    assert found.basis is Basis.MARGIN
    assert [(one.service, one.margin_minor) for one in found.services] == [
        ("plain", 400),
        ("cheap", 250),
        ("dear", 100),
    ]
    assert [one.reasons for one in found.services] == [(EarnReason.EARNS_MOST,), (), ()]


def test_one_unknown_cost_ranks_them_all_by_revenue() -> None:
    found = earners([money("dear", 1000, 900), money("plain", 500, None), money("cheap", 300, 50)], EVERYBODY)
    assert found.basis is Basis.REVENUE
    assert [(one.service, one.margin_minor) for one in found.services] == [
        ("dear", 100),
        ("plain", None),
        ("cheap", 250),
    ]


def test_a_service_that_leaves_nothing_earns_nothing_however_high_its_place() -> None:
    found = earners([money("a", 10, 20), money("b", 10, 30), money("c", 10, 40)], EVERYBODY)
    assert [one.reasons for one in found.services] == [(), (), ()]


def test_a_service_whose_buyers_come_again_more_than_the_others_says_so() -> None:
    found = earners([money("cut", 100, 0, 100, 80), money("mask", 50, 0, 19, 19)], EVERYBODY)
    cut, mask = found.services
    assert cut.reasons == (EarnReason.BRINGS_BACK,)
    assert cut.returning is not None
    assert cut.returning.others is not None
    assert (cut.returning.share.share, cut.returning.others.share) == (0.8, 0.4)
    assert mask.reasons == ()
    assert mask.returning is not None
    assert mask.returning.difference is Difference.TOO_FEW
