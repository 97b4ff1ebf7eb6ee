"""Promo codes: a code is used as often as it may be, whoever asks at the same moment."""

import asyncio

import pytest

from loyalty import campaigns
from loyalty.promo_codes import Order, Redeemed, issue, redeem
from loyalty.promo_refusals import Refusal
from loyalty.promo_rules import looks_like_code
from loyalty.purchases import Recorded
from storage.models import PromoCode


async def _campaign(day):
    return await day.database.write(
        lambda store: campaigns.campaign(store, campaigns.WELCOME, day.business.desk.language, day.now)
    )


async def _issued(day, reason="joined"):
    customer, offered = await day.customer(), await _campaign(day)
    return await day.database.write(lambda store: issue(store, offered, customer.id, reason, day.now))


async def _everybodys(day, max_uses):
    offered = await _campaign(day)
    code = PromoCode(code="PARTY3", campaign_id=offered.id, max_uses=max_uses, issued_at=day.now)
    await day.database.write(lambda store: store.promos.add_code(code))


async def test_fifty_at_once_get_exactly_three_uses_of_a_code_with_three(day):
    await _everybodys(day, max_uses=3)
    results = await asyncio.gather(
        *(
            day.database.write(
                lambda store, n=n: redeem(store, "party3", f"till-{n}", Order(None, 35_000, day.now), day.zone)
            )
            for n in range(50)
        )
    )
    assert sum(isinstance(one, Redeemed) for one in results) == 3
    assert [one for one in results if not isinstance(one, Redeemed)] == [Refusal.USED_UP] * 47
    code = await day.database.read(lambda store: store.promos.code("PARTY3"))
    uses = [await day.database.read(lambda store, n=n: store.promos.redemption(f"till-{n}")) for n in range(50)]
    assert (code.used, sum(use is not None for use in uses)) == (3, 3)


async def test_a_request_that_is_repeated_takes_one_use(day):
    await _everybodys(day, max_uses=3)
    results = await asyncio.gather(
        *(
            day.database.write(lambda store: redeem(store, "PARTY3", "till-1", Order(None, 35_000, day.now), day.zone))
            for _ in range(10)
        )
    )
    assert all(isinstance(one, Redeemed) for one in results)
    assert sum(not one.is_repeat for one in results) == 1
    assert (await day.database.read(lambda store: store.promos.code("PARTY3"))).used == 1


async def test_asked_for_again_for_the_same_reason_it_is_the_same_code(day):
    await day.comes()
    codes = {(await _issued(day)).text for _ in range(3)}
    assert len(codes) == 1
    assert (await _issued(day, "birthday")).text not in codes


@pytest.mark.parametrize("spoken", ["{code}", " {code} ", "{lower}", "{spaced}"])
async def test_a_code_is_read_as_people_write_it(day, spoken):
    await day.comes()
    text = (await _issued(day)).text
    written = spoken.format(code=text, lower=text.lower(), spaced=" ".join(text))
    sold = await day.buys(code=written)
    assert isinstance(sold, Recorded)
    assert sold.redeemed is not None


async def test_a_code_is_used_with_its_purchase_and_once(day):
    await day.comes()
    code = (await _issued(day)).text
    sold = await day.buys(code=code, key="first")
    use = await day.database.read(lambda store: store.promos.redemption("first"))
    assert use.purchase_id == sold.purchase.id
    assert await day.buys(code=code, key="second") is Refusal.USED_UP
    assert await day.database.read(lambda store: store.purchases.by_key("second")) is None


async def test_every_code_is_known_for_one_when_somebody_types_it(day):
    await day.comes()
    codes = [(await _issued(day, str(number))).text for number in range(60)]
    assert all(looks_like_code(code) for code in codes)


async def test_an_old_code_is_refused(day):
    await day.comes()
    code = (await _issued(day)).text
    day.passes(days=30)
    assert await day.buys(code=code) is Refusal.EXPIRED


async def test_somebody_else_s_code_is_refused_and_stays_theirs(day):
    await day.comes()
    code = await _issued(day)
    thief = type(day)(day.me.channel, day.database)
    thief.me = type(day.me)(day.bot_id, "77")
    await thief.comes()
    assert await thief.buys(code=code.text) is Refusal.SOMEBODY_ELSES
    assert (await day.database.read(lambda store: store.promos.code(code.code.code))).used == 0


async def test_an_unknown_code_is_refused(day):
    await day.comes()
    assert await day.buys(code="NOSUCH9") is Refusal.UNKNOWN
