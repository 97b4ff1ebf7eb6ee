"""What runs by itself: journeys that give codes, codes made in bulk, and the guard of the average check."""

import asyncio

import pytest

from loyalty import attribution, campaigns, check_guard
from loyalty.campaigns import is_left_out
from loyalty.code_generation import Unmakeable, begin, make_page, random_codes
from loyalty.promo_codes import Order, Redeemed, redeem, roll_back
from loyalty.services import service_key
from storage.kinds import AuditAction, ConsentPurpose, GenerationState, Journey, PromoKind, PurchaseSource, Role
from storage.models import PromoCampaign, PromoCode, Purchase, Service, StaffAccount


async def a_campaign(day, slug="spring", **more) -> PromoCampaign:
    values = {"kind": PromoKind.PERCENT, "value": 10, "code_prefix": "SPRING", **more}
    campaign = PromoCampaign(slug=slug, name=slug, created_at=day.now, **values)
    await day.database.write(lambda store: store.promos.add_campaign(campaign))
    return campaign


async def save(day, campaign) -> None:
    await day.database.write(lambda store: store.promos.save_campaign(campaign))


# --- journeys


async def _win_back_campaign(day) -> PromoCampaign:
    language = day.business.desk.language
    return await day.database.write(lambda store: campaigns.campaign(store, campaigns.WIN_BACK, language, day.now))


async def test_a_journey_s_code_carries_the_journey_and_counts_as_seen(day):
    customer = await day.comes(ConsentPurpose.ADVERTISING)
    await day.bought(days_ago=91)
    await day.tick()
    (code,) = await day.database.read(lambda store: store.promos.of_customer(customer.id, 9))
    assert (code.journey, code.seen_at) == (Journey.WIN_BACK, day.now)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"is_active": False}, "campaign_off"),
        ({"stopped_at": True}, "campaign_off"),
        ({"ends_at": True}, "campaign_off"),
        ({"holdout_percent": 100}, "held_out"),
    ],
)
async def test_a_campaign_that_is_off_or_leaves_them_out_gives_nothing_and_says_why(day, values, reason):
    customer = await day.comes(ConsentPurpose.ADVERTISING)
    campaign = await _win_back_campaign(day)
    for name, value in values.items():
        setattr(campaign, name, day.now if value is True else value)
    await save(day, campaign)
    await day.bought(days_ago=91)
    assert await day.tick() == []
    assert [one.reason for one in await day.occasions(Journey.WIN_BACK)] == [reason]
    assert await day.database.read(lambda store: store.promos.of_customer(customer.id, 9)) == []


async def test_a_birthday_is_greeted_without_a_gift_when_its_campaign_is_off(day):
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.changes(birthday_month=3, birthday_day=1)
    language = day.business.desk.language
    campaign = await day.database.write(lambda store: campaigns.campaign(store, campaigns.BIRTHDAY, language, day.now))
    campaign.is_active = False
    await save(day, campaign)
    (text,) = await day.tick()
    assert "BDAY" not in text


# --- codes in bulk


async def test_a_generation_makes_exactly_so_many_unique_codes(day):
    campaign = await a_campaign(day)
    made = await day.database.write(lambda store: begin(store, campaign, 4567, None, day.now))
    await day.tick()
    codes = await day.database.read(lambda store: store.code_generations.codes(made.id, "", 10_000))
    assert len(set(codes)) == 4567
    done = await day.database.read(lambda store: store.code_generations.get(made.id))
    assert (done.made, done.state, done.finished_at) == (4567, GenerationState.DONE, day.now)


async def test_what_a_kill_left_off_goes_on_and_is_never_one_too_many(day):
    campaign = await a_campaign(day)
    made = await day.database.write(lambda store: begin(store, campaign, 1000, None, day.now))

    def half(store):
        make_page(store, made.id, 600, day.now)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await day.database.write(half)
    await day.database.write(lambda store: make_page(store, made.id, 300, day.now))
    await asyncio.gather(*(day.database.write(lambda store: make_page(store, made.id, 250, day.now)) for _ in range(6)))
    codes = await day.database.read(lambda store: store.code_generations.codes(made.id, "", 10_000))
    assert len(codes) == 1000


async def test_a_pattern_that_could_be_guessed_is_refused(day):
    thin = await a_campaign(day, code_pattern="SPRING-####")
    assert await day.database.write(lambda store: begin(store, thin, 1000, None, day.now)) is Unmakeable.TOO_FEW_PLACES
    assert await day.database.write(lambda store: begin(store, thin, 0, None, day.now)) is Unmakeable.HOW_MANY


async def test_a_made_code_is_used_once_by_anybody(day):
    campaign = await a_campaign(day)
    made = await day.database.write(lambda store: begin(store, campaign, 5, None, day.now))
    await day.tick()
    (code, *_) = await day.database.read(lambda store: store.code_generations.codes(made.id, "", 1))
    order = Order(None, 10_000, day.now)
    results = [
        await day.database.write(lambda store, n=n: redeem(store, code, f"k{n}", order, day.zone)) for n in range(2)
    ]
    assert [isinstance(one, Redeemed) for one in results] == [True, False]


def test_every_sign_of_a_random_code_is_as_likely_as_another():
    codes = "".join(code[2:] for code in random_codes("A2-########", 20_000))
    expected = len(codes) / 31
    chi_square = sum((codes.count(sign) - expected) ** 2 / expected for sign in set(codes))
    assert len(set(codes)) == 31
    assert chi_square < 77  # 30 degrees of freedom: one in a hundred thousand is above


# --- the guard and the report


async def _buyers(day, campaign, own_minor: int, holdout_minor: int, each: int) -> None:
    """So many buyers of each group, since the campaign began."""
    needed = {True: each, False: each}

    def unit(store) -> None:
        number = 0
        while any(needed.values()):
            number += 1
            customer = store.customers.add(day.bot_id, f"b{number}", "", day.business.desk.language, day.now)
            is_out = is_left_out(campaign, customer.id)
            if not needed[is_out]:
                continue
            needed[is_out] -= 1
            amount = (holdout_minor if is_out else own_minor) + 100 * (number % 7)
            store.purchases.add(
                Purchase(customer_id=customer.id, at=day.now, amount_minor=amount, source=PurchaseSource.IMPORT)
            )

    await day.database.write(unit)


async def _owner(day):
    owner = await day.hire(Role.OWNER, login="owner", account=None)
    account = StaffAccount(bot_id=day.bot_id, user_id="900", staff_id=owner.id, linked_at=day.now)
    await day.database.write(lambda store: store.staff.link_account(account))
    return owner


async def test_a_campaign_that_lowers_the_check_stops_itself_and_tells_the_owner_once(day):
    await _owner(day)
    campaign = await a_campaign(day, is_guarded=True, holdout_percent=50)
    await _buyers(day, campaign, own_minor=30_000, holdout_minor=50_000, each=20)
    for _ in range(2):
        await day.tick()
    stopped = await day.database.read(lambda store: store.promos.campaign("spring"))
    assert stopped.stopped_at == day.now
    assert stopped.stopped_because["n"] == stopped.stopped_because["holdout_n"] == 20
    audit = await day.database.read(lambda store: store.audit.page(9))
    assert [one.action for one in audit] == [AuditAction.CAMPAIGN_CHANGED]
    (told,) = [one.message.text for one in day.transport.carried if one.to.user_id == "900"]
    assert "«spring» остановлена" in told
    assert "20 клиентов" in told


@pytest.mark.parametrize(
    ("own", "holdout", "each", "is_guarded"),
    [(30_000, 50_000, 19, True), (50_000, 30_000, 20, True), (50_000, 50_000, 25, True), (30_000, 50_000, 25, False)],
)
async def test_it_goes_on_where_nothing_is_proven_or_nobody_asked(day, own, holdout, each, is_guarded):
    campaign = await a_campaign(day, is_guarded=is_guarded, holdout_percent=50)
    await _buyers(day, campaign, own, holdout, each)
    await day.tick()
    assert (await day.database.read(lambda store: store.promos.campaign("spring"))).stopped_at is None


async def test_the_report_counts_what_was_issued_seen_redeemed_and_earned(day):
    campaign = await a_campaign(day)
    await day.comes()
    service = Service(key=service_key("Раф"), name="Раф", margin_percent=60, changed_at=day.now)

    def fill(store) -> None:
        store.services.add([service])
        for text in ("AAA22222", "BBB22222", "CCC22222"):
            store.promos.add_code(PromoCode(code=text, campaign_id=campaign.id, issued_at=day.now))
        store.promos.note_seen(["AAA22222", "BBB22222"], day.now)

    await day.database.write(fill)
    await day.buys(100_000, code="AAA22222", key="a", product="раф")
    await day.buys(50_000, code="BBB22222", key="b")
    await day.buys(70_000, key="c")
    found = await day.database.read(lambda store: attribution.report(store, campaign))
    assert found.counts[:3] == (3, 2, 2)
    assert (found.orders, found.revenue_minor, found.discount_minor) == (2, 135_000, 15_000)
    assert (found.margin_minor, found.margin_of) == (50_000, 1)  # 60 % of 1,000 less the discount of 100
    assert (found.with_code.n, found.with_code.value) == (2, 67_500)
    assert found.without.n == 1
    assert found.holdout is None
    await day.database.write(lambda store: roll_back(store, "b", "ошибка", None, day.now))
    after = await day.database.read(lambda store: attribution.report(store, campaign))
    assert (after.counts.redeemed, after.counts.rolled_back, after.revenue_minor) == (1, 1, 90_000)


async def test_who_is_left_out_is_compared_by_customer_and_not_by_order(day):
    campaign = await a_campaign(day, holdout_percent=50)
    await _buyers(day, campaign, 50_000, 50_000, 25)
    found = await day.database.read(lambda store: check_guard.compare(store, campaign))
    assert (found.difference.n, found.difference.base_n) == (25, 25)
    assert found.difference.low < 0 < found.difference.high
    assert not found.is_lower
