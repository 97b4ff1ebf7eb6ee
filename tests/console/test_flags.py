"""Flags: a candidate changes nothing, a person confirms or dismisses, and the way back stays open."""

from datetime import timedelta

import pytest

from messaging import flags
from messaging.flags import Decided, Gone
from messaging.messages import Message
from messaging.reaching import address_for
from storage.kinds import ConsentAction, ConsentPurpose, FlagKind, FlagState, Language, MessageKind, Role
from storage.models import Consent, Flag
from tests.console.shop import BOT
from tests.console.test_pages import plain

WORDS = "Вы там все <b>идиоты</b>"


async def candidate(shop, kind: FlagKind = FlagKind.TOXIC, name: str = "Иван") -> Flag:
    customer = await shop.customer(name)
    evidence = [
        {"what": "abuse", "text": WORDS, "at": shop.now.isoformat()},
        {"what": "purchases", "text": "4", "at": shop.now.isoformat()},
        {"what": "something new", "text": "?", "at": "yesterday"},
    ]
    flag = Flag(customer_id=customer.id, kind=kind, evidence=evidence, found_at=shop.now)
    await shop.database.write(lambda store: store.flags.add(flag))
    return flag


async def now_is(shop, flag: Flag) -> Flag:
    return await shop.database.read(lambda store: store.flags.get(flag.id))


async def decide(shop, browse, flag: Flag, *words: str, role: Role = Role.OPERATOR) -> str:
    async with browse() as browser:
        await shop.let_in(browser, role)
        for word in words:
            answer = await browser.post(f"/console/flags/{flag.id}/{word}", data={})
        return plain((await browser.get(answer.headers["location"])).text)


async def test_a_candidate_stands_there_with_its_words_and_the_rule(shop, browse):
    flag = await candidate(shop)
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        page = plain((await browser.get("/console/flags")).text)
    assert "Вы там все &lt;b&gt;идиоты&lt;/b&gt;" in page
    assert "2 марта 2026 г.</time> · грубость" in page
    assert "4 покупки" in page
    assert "something new" in page
    assert f"/console/customers/{flag.customer_id}" in page
    assert "Пока кандидат не подтверждён, для клиента ничего не меняется." in page
    assert "не получает рекламу" in page


async def test_candidates_are_counted_in_the_menu_of_those_who_decide(shop, browse):
    await candidate(shop)
    for role in Role:
        async with browse() as browser:
            await shop.let_in(browser, role)
            page = (await browser.get("/console/profile")).text
        assert ("Ждут решения: </span>1" in page) == (role not in (Role.CASHIER, Role.ANALYST)), role


async def test_confirming_lasts_ninety_days_and_keeps_who_decided(shop, browse):
    flag = await candidate(shop)
    page = await decide(shop, browse, flag, "confirm")
    known = await now_is(shop, flag)
    assert (known.state, known.decided_by) == (FlagState.CONFIRMED, shop.staff[Role.OPERATOR].id)
    assert known.expires_at == shop.now + timedelta(days=90)
    assert "действует до 31 мая 2026 г." in page
    assert "Operator, 2 марта 2026 г." in page


async def test_a_confirmed_flag_is_taken_off_again_and_stays_in_the_history(shop, browse):
    flag = await candidate(shop)
    await decide(shop, browse, flag, "confirm")
    page = await decide(shop, browse, flag, "dismiss", role=Role.OWNER)
    known = await now_is(shop, flag)
    assert (known.state, known.decided_by) == (FlagState.DISMISSED, shop.staff[Role.OWNER].id)
    assert known.evidence[0]["text"] == WORDS
    assert "флаг снят: Owner" in page


async def test_what_was_dismissed_does_not_come_back_by_a_late_click(shop, browse):
    flag = await candidate(shop)
    page = await decide(shop, browse, flag, "dismiss", "confirm")
    assert "уже снял кто-то другой" in page
    assert (await now_is(shop, flag)).state is FlagState.DISMISSED


async def test_after_ninety_days_somebody_looks_again(shop, browse):
    flag = await candidate(shop)
    await decide(shop, browse, flag, "confirm")
    shop.pass_time(timedelta(days=91))
    async with browse() as browser:
        await shop.let_in(browser, Role.OPERATOR)
        assert "пора решить заново" in plain((await browser.get("/console/flags")).text)
    await decide(shop, browse, flag, "confirm")
    assert (await now_is(shop, flag)).expires_at == shop.now + timedelta(days=90)


async def test_only_a_confirmed_toxic_flag_stops_advertising_and_only_advertising(shop):
    flag, operator = await candidate(shop), shop.staff[Role.OPERATOR]

    def agree(store) -> None:
        for purpose in (ConsentPurpose.PERSONAL_DATA, ConsentPurpose.ADVERTISING):
            store.consents.add(
                Consent(
                    customer_id=flag.customer_id,
                    purpose=purpose,
                    action=ConsentAction.GIVEN,
                    text_version="v",
                    language=Language.RU,
                    bot_id=BOT,
                    evidence="1",
                    at=shop.now,
                )
            )

    def hears(store) -> tuple[bool, bool]:
        kinds = (MessageKind.JOURNEY, Message("").kind)
        return tuple(hasattr(address_for(store, flag.customer_id, kind, shop.now), "user_id") for kind in kinds)

    await shop.database.write(agree)
    assert await shop.database.read(hears) == (True, True)
    for state, expected in ((FlagState.CONFIRMED, (False, True)), (FlagState.DISMISSED, (True, True))):
        await shop.database.write(lambda store, state=state: flags.decide(store, flag.id, operator, state, shop.now))
        assert await shop.database.read(hears) == expected


async def test_a_decision_is_a_value_on_both_engines(database):
    from storage.columns import new_id
    from storage.models import Bot, Staff
    from tests.console.shop import NOON

    staff = Staff(login="o", name="O", role=Role.OPERATOR, created_at=NOON)

    def begin(store) -> Flag:
        store.staff.add(staff)
        store.bots.register(Bot(id=BOT, channel="telegram"))
        customer = store.customers.add(BOT, "1", "Ivan", Language.RU, NOON)
        flag = Flag(customer_id=customer.id, kind=FlagKind.TOXIC, evidence=[], found_at=NOON)
        store.flags.add(flag)
        return flag

    flag = await database.write(begin)
    assert await database.read(lambda store: store.flags.count_in(FlagState.CANDIDATE)) == 1
    for flag_id, state, outcome in (
        (flag.id, FlagState.CONFIRMED, Decided),
        (flag.id, FlagState.DISMISSED, Decided),
        (flag.id, FlagState.CONFIRMED, Gone),
        (new_id(), FlagState.CONFIRMED, Gone),
    ):
        decided = await database.write(
            lambda store, flag_id=flag_id, state=state: flags.decide(store, flag_id, staff, state, NOON)
        )
        assert isinstance(decided, outcome)


async def test_nobody_decides_that_somebody_is_a_candidate(shop):
    flag = await candidate(shop)
    operator = shop.staff[Role.OPERATOR]
    with pytest.raises(ValueError, match="candidates are found"):
        await shop.database.write(lambda store: flags.decide(store, flag.id, operator, FlagState.CANDIDATE, shop.now))
