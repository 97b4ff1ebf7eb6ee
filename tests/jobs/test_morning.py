"""Each morning: whom to write to, chosen once, told to the owner where they read messages, and never for nothing."""

import asyncio
from datetime import timedelta

import pytest

from scheduler import morning
from scheduler.night import rate_the_base, recount_stale
from storage.columns import new_id
from storage.kinds import (
    ActionState,
    CaseOrigin,
    Channel,
    ConsentAction,
    ConsentPurpose,
    FlagKind,
    FlagState,
    Language,
    Role,
    ScoreGroup,
    SurveyKind,
    Touchpoint,
    Urgency,
)
from storage.models import Case, Customer, Flag, Purchase, SurveyRun
from tests.day import Day

OWNER = "700"


class Morning(Day):
    """The owner reads messages in the account 700 of the first bot; it is Sunday afternoon."""

    async def opens(self) -> None:
        await self.register_bots()
        await self.hire(Role.OWNER, login="boss", account=OWNER)

    async def regular(self, name: str, *days_ago: int, **more: object) -> Customer:
        customer = Customer(name=name, created_at=self.now - timedelta(days=900), **more)
        rows = [
            {
                "id": new_id(),
                "customer_id": customer.id,
                "at": self.now - timedelta(days=days),
                "amount_minor": 150_000,
                "product": "Маникюр",
            }
            for days in days_ago
        ]

        def unit(store) -> None:
            store.bulk.insert(Customer, [customer.model_dump()])
            store.bulk.insert(Purchase, rows)
            store.purchase_import.mark_stale([customer.id.hex])

        await self.database.write(unit)
        await recount_stale(self.work)
        return customer

    async def next_morning(self) -> list[str]:
        """At half past eight in Moscow; what the owner then reads."""
        self.now = (self.now + timedelta(days=1)).replace(hour=5, minute=30)
        return await self.reads()

    async def reads(self) -> list[str]:
        before = len(self.transport.carried)
        await self.ticker.run_all()
        await self.relay.deliver_due()
        return [one.message.text for one in self.transport.carried[before:] if one.to.user_id == OWNER]

    async def chosen(self) -> list[tuple[str, str]]:
        day = self.now.date().toordinal()
        found = await self.database.read(lambda store: store.actions.of_day(day))
        return [(one.name, one.action.kind) for one in found]


@pytest.fixture
async def shop(database):
    shop = Morning(Channel.TELEGRAM, database)
    await shop.opens()
    return shop


async def _opens_case(shop, customer) -> None:
    case = Case(
        customer_id=customer.id,
        bot_id=shop.bot_id,
        chat_id="1",
        urgency=Urgency.NOW,
        origin=CaseOrigin.LOW_SCORE,
        summary="x",
        opened_at=shop.now,
        due_at=shop.now,
    )
    await shop.database.write(lambda store: store.cases.add(case))


async def test_the_owner_reads_whom_to_write_to_why_and_what(shop):
    await shop.regular("Ирина", 66, 52, 38, 24, phone="+79160000001")
    [text, *_] = await shop.next_morning()
    assert "Ирина: не был 25 дн., обычно приходит раз в" in text
    assert "лучше позвонить: +79160000001" in text
    assert "«Ирина, здравствуйте! Это Корица. Давно вас не видели" in text
    assert "Для вас всё как обычно: Маникюр." in text
    assert await shop.chosen() == [("Ирина", "late")]


async def test_who_agreed_to_offers_may_be_written_to_in_their_chat(shop):
    customer = await shop.comes(ConsentPurpose.ADVERTISING)
    for days in (66, 52, 38, 24):
        await shop.bought(days)
    await shop.database.write(lambda store: store.purchase_import.mark_stale([customer.id.hex]))
    await recount_stale(shop.work)
    [text, *_] = await shop.next_morning()
    assert "Анна: не был 25 дн." in text
    assert "Можно написать в чат:" in text


async def test_who_refused_advertising_is_not_chosen_but_others_are(shop):
    customer = await shop.comes()
    await shop.decides(ConsentPurpose.ADVERTISING, ConsentAction.REFUSED)
    for days in (66, 52, 38, 24):
        await shop.bought(days)
    await shop.database.write(lambda store: store.purchase_import.mark_stale([customer.id.hex]))
    await shop.regular("Ирина", 66, 52, 38, 24)
    await shop.next_morning()
    assert await shop.chosen() == [("Ирина", "late")]


async def test_it_is_told_once_however_many_clocks_tick(shop):
    await shop.regular("Ирина", 66, 52, 38, 24)
    shop.now = (shop.now + timedelta(days=1)).replace(hour=5, minute=30)
    await rate_the_base(shop.work)
    await asyncio.gather(*(morning.choose_whom_to_write_to(shop.work) for _ in range(4)))
    await shop.relay.deliver_due()
    assert len([one for one in shop.transport.carried if one.to.user_id == OWNER]) == 2  # the list, and Monday's digest
    assert await shop.reads() == []
    assert await shop.chosen() == [("Ирина", "late")]


async def test_a_morning_waits_until_the_night_has_judged(shop):
    await shop.regular("Ирина", 66, 52, 38, 24)
    shop.now = (shop.now + timedelta(days=1)).replace(hour=5, minute=30)
    assert await morning.choose_whom_to_write_to(shop.work) is None
    await rate_the_base(shop.work)
    assert await morning.choose_whom_to_write_to(shop.work) == 1


async def test_before_eight_nothing_is_said_and_nothing_to_say_is_not_said(shop):
    shop.now = (shop.now + timedelta(days=1)).replace(hour=4, minute=59)
    await shop.regular("Ирина", 66, 52, 38, 24)
    assert await shop.reads() == []
    await shop.database.write(lambda store: store.bots.all())
    shop.now += timedelta(minutes=1)
    assert len(await shop.reads()) == 2
    empty = await shop.next_morning()
    assert empty == []


async def test_the_same_person_is_not_chosen_again_within_a_week(shop):
    await shop.regular("Ирина", 170, 120, 70)
    await shop.next_morning()
    for _ in range(6):
        await shop.next_morning()
        assert await shop.chosen() == []
    await shop.next_morning()
    assert await shop.chosen() == [("Ирина", "late")]


async def test_nobody_with_an_open_case_or_a_confirmed_warning_is_chosen(shop):
    angry = await shop.regular("Злой", 66, 52, 38, 24)
    toxic = await shop.regular("Грубый", 66, 52, 38, 24)
    flag = Flag(
        customer_id=toxic.id, kind=FlagKind.TOXIC, state=FlagState.CONFIRMED, evidence=[], found_at=shop.now,
        decided_at=shop.now,
    )  # fmt: skip
    await shop.database.write(lambda store: store.flags.add(flag))
    await _opens_case(shop, angry)
    assert not any("Кому написать" in text for text in await shop.next_morning())
    assert await shop.chosen() == []


async def test_who_gave_a_low_score_and_heard_nothing_comes_first(shop):
    await shop.regular("Ирина", 66, 52, 38, 24)
    unhappy = await shop.regular("Олег", 20, 5)
    run = SurveyRun(
        customer_id=unhappy.id,
        survey=SurveyKind.NPS.value,
        kind=SurveyKind.NPS,
        touchpoint=Touchpoint.MENU,
        bot_id=shop.bot_id,
        asked_at=shop.now,
        expires_at=shop.now,
        score=3,
        score_group=ScoreGroup.DETRACTOR,
        answered_at=shop.now,
        closed_at=shop.now,
    )
    await shop.database.write(lambda store: store.surveys.add(run))
    [text, *_] = await shop.next_morning()
    assert "Олег: оценка 3 из 10, никто ещё не ответил" in text
    assert await shop.chosen() == [("Олег", "unhappy"), ("Ирина", "late")]


async def test_on_monday_the_week_is_told_in_five_numbers(shop):
    await shop.regular("Ирина", 66, 52, 38, 24)
    await shop.regular("Пётр", 3)
    texts = await shop.next_morning()
    [digest] = [text for text in texts if "неделя в пяти числах" in text]
    assert "Выручка: 1\u00a0500\u00a0₽ (мало данных, чтобы сравнивать)" in digest
    assert "Заказов: 1" in digest
    assert "Новых клиентов: 1" in digest
    assert "NPS за 90 дней: мало данных" in digest
    assert "• Ирина: не был" in digest
    assert not any("неделя" in text for text in await shop.next_morning())  # Tuesday


async def test_an_action_is_decided_once(shop):
    await shop.regular("Ирина", 66, 52, 38, 24)
    await shop.next_morning()
    [shown] = await shop.database.read(lambda store: store.actions.of_day(shop.now.date().toordinal()))
    boss = next(one for one in await shop.database.read(lambda store: store.staff.all()))
    args = (shown.action.id, ActionState.DONE, boss.id, shop.now)
    assert await shop.database.write(lambda store: store.actions.decide(*args))
    assert not await shop.database.write(lambda store: store.actions.decide(*args))


async def test_an_owner_who_reads_english_reads_english(shop):
    boss = next(one for one in await shop.database.read(lambda store: store.staff.all()))
    boss.language = Language.EN
    await shop.database.write(lambda store: store.staff.save(boss))
    await shop.regular("Irina", 66, 52, 38, 24, language=Language.EN)
    [text, *_] = await shop.next_morning()
    assert "Irina: away for 25 days" in text
    assert "Your usual is waiting: Маникюр." in text
