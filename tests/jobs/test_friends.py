"""«Invite a friend» by the clock: asked when somebody is glad, once in ninety days, with every consent as elsewhere."""

from dataclasses import replace

import pytest

from loyalty.programme import rules_now, save_rules
from loyalty.rules import Referral as Terms
from messaging import cases
from messaging.cases import Desk
from storage.kinds import (
    CaseCause,
    CaseOrigin,
    ConsentPurpose,
    FlagKind,
    FlagState,
    Journey,
    OccasionOutcome,
    Role,
    Urgency,
)
from storage.models import Flag, Staff

ASKED = "Рады, что вам у нас хорошо!"


@pytest.fixture
async def shop(day):
    """A shop that gives points for friends, and a customer who allowed offers."""
    owner = Staff(login="owner", name="Olga", role=Role.OWNER, created_at=day.now)

    def unit(store) -> None:
        store.staff.add(owner)
        save_rules(store, replace(rules_now(store), referral=Terms(friend_points=200)), owner, day.now)

    await day.database.write(unit)
    day.owner = owner
    return day


async def _rates(day, score: str) -> None:
    await day.say("/rate")
    await day.say(score)
    await day.say("спасибо, всё хорошо")


async def _asked(day) -> bool:
    return any(ASKED in text for text in await day.tick())


async def test_a_promoter_is_asked_an_hour_later_with_a_button_and_a_way_out(shop):
    await shop.comes(ConsentPurpose.ADVERTISING)
    await _rates(shop, "10")
    assert not await _asked(shop)
    shop.passes(hours=1)
    assert await _asked(shop)
    labels = [button.label for button in shop.transport.carried[-1].message.buttons]
    assert labels == ["👥 Пригласить друга", "Не присылать акции"]
    assert not await _asked(shop)


async def test_nobody_is_asked_twice_within_ninety_days(shop):
    await shop.comes(ConsentPurpose.ADVERTISING)
    await _rates(shop, "10")
    shop.passes(hours=1)
    assert await _asked(shop)
    shop.passes(days=80)
    await _rates(shop, "9")
    shop.passes(hours=1)
    assert not await _asked(shop)
    assert {one.outcome for one in await shop.occasions(Journey.REFERRAL_ASK)} == {
        OccasionOutcome.QUEUED,
        OccasionOutcome.SKIPPED,
    }
    shop.passes(days=20)
    await _rates(shop, "9")
    shop.passes(hours=1)
    assert await _asked(shop)


@pytest.mark.parametrize("score", ["8", "3"])
async def test_who_is_no_promoter_is_not_asked(shop, score):
    await shop.comes(ConsentPurpose.ADVERTISING)
    await _rates(shop, score)
    shop.passes(hours=1)
    assert not await _asked(shop)


async def test_without_the_consent_to_offers_nobody_is_asked(shop):
    await shop.comes()
    await _rates(shop, "10")
    shop.passes(hours=1)
    assert not await _asked(shop)


async def test_a_solved_complaint_is_a_moment_to_ask_and_a_mistaken_one_is_none(shop):
    for cause, is_asked in ((CaseCause.MISTAKE, False), (CaseCause.WAITING, True)):
        await shop.comes(ConsentPurpose.ADVERTISING)
        await _complains_and_is_helped(shop, cause)
        shop.passes(hours=2)
        assert await _asked(shop) is is_asked
        shop.passes(days=4)


async def test_a_confirmed_advocate_is_asked(shop):
    customer = await shop.comes(ConsentPurpose.ADVERTISING)
    flag = Flag(
        customer_id=customer.id,
        kind=FlagKind.ADVOCATE,
        state=FlagState.CONFIRMED,
        evidence=[],
        found_at=shop.now,
        decided_at=shop.now,
    )
    await shop.database.write(lambda store: store.flags.add(flag))
    shop.passes(hours=2)
    assert await _asked(shop)


async def test_while_friends_bring_nothing_nobody_is_asked(day):
    await day.comes(ConsentPurpose.ADVERTISING)
    await _rates(day, "10")
    day.passes(hours=1)
    assert not await _asked(day)


async def _complains_and_is_helped(day, cause: CaseCause) -> None:
    customer = await day.customer()

    def unit(store) -> None:
        cases.open_case(store, customer, day.me, Urgency.NOW, CaseOrigin.ANGRY_MESSAGE, "Ждала час", day.now, Desk())
        case = store.cases.open_for(customer.id)
        cases.reply(store, case.id, day.owner, "Простите нас", day.now)
        cases.close(store, case.id, day.owner, cause, "Извинились", day.now)

    await day.database.write(unit)
