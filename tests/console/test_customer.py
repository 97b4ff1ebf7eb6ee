"""One customer's page: what it tells, in whose words, and to whom."""

from datetime import timedelta

import pytest

from messaging import cases, flags
from messaging.cases import Desk
from messaging.consent import Refusal
from messaging.messages import Address, Message
from messaging.outbox import enqueue
from storage.kinds import (
    CaseCause,
    CaseOrigin,
    Channel,
    ConsentAction,
    ConsentPurpose,
    FieldOrigin,
    FlagKind,
    FlagState,
    Journey,
    Language,
    MessageKind,
    OccasionOutcome,
    ProfileAnswer,
    ProfileField,
    PurchaseSource,
    Role,
    ScoreGroup,
    SurveyKind,
    Topic,
    Touchpoint,
    Urgency,
)
from storage.models import Consent, Flag, Membership, Occasion, Purchase, SurveyRun, TopicChoice
from tests.console.shop import BOT
from tests.console.test_pages import plain
from tests.rows import overwrite


async def read(shop, browse, customer, role: Role = Role.OPERATOR, **query: str) -> str:
    async with browse() as browser:
        await shop.let_in(browser, role)
        return plain((await browser.get(f"/console/customers/{customer.id}", params=query)).text)


async def skipped(shop, customer, reason: str, journey: Journey = Journey.BIRTHDAY, occurrence: str = "2026") -> None:
    occasion = Occasion(
        journey=journey,
        customer_id=customer.id,
        occurrence=occurrence,
        outcome=OccasionOutcome.SKIPPED,
        reason=reason,
        at=shop.now,
    )
    await shop.database.write(lambda store: store.occasions.add(occasion))


async def test_a_purchase_says_what_where_from_and_who(shop, browse):
    olga = await shop.customer("Ольга")
    cashier = shop.staff[Role.CASHIER].id

    def buy(store) -> None:
        for source, staff in ((PurchaseSource.CONSOLE, cashier), (PurchaseSource.IMPORT, None)):
            store.purchases.add(
                Purchase(
                    customer_id=olga.id,
                    at=shop.now,
                    amount_minor=35050,
                    product="латте",
                    source=source,
                    recorded_by=staff,
                )
            )

    await shop.database.write(buy)
    page = await read(shop, browse, olga)
    assert "Покупка на 350,50 ₽: латте" in page
    assert "касса · Cashier" in page
    assert "из файла" in page


async def test_moments_are_those_of_the_business(shop, browse):
    olga = await shop.customer("Ольга")
    shop.pass_time(timedelta(hours=13))  # 22:00 UTC of the 2nd is 01:00 of the 3rd in Moscow
    await shop.says(olga, "Не спится")
    page = await read(shop, browse, olga)
    assert "3 марта 2026 г." in page
    assert ">01:00<" in page


async def test_a_message_that_was_not_sent_says_why_in_words(shop, browse):
    olga = await shop.customer("Ольга")

    def tell(store) -> None:
        for reason in ("no_consent", "the customer came by themselves", "the printer is on fire"):
            message = Message("Скучаем!", kind=MessageKind.JOURNEY)
            rows = enqueue(store, Address(BOT, "1"), [message], shop.now, customer_id=olga.id, journey=Journey.WIN_BACK)
            store.outbox.cancel([rows[0].id], reason)

    await shop.database.write(tell)
    page = await read(shop, browse, olga)
    assert "Бот пишет по программе" in page
    assert "Telegram · Давно не были" in page
    assert "отменено" in page
    assert "(нет согласия на рекламу)" in page
    assert "(клиент пришёл сам)" in page
    assert "(the printer is on fire)" in page  # what nobody translated is shown as it is


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("asked_recently", "недавно уже спрашивали"),
        ("chat_active", "клиент как раз переписывается"),
        (Refusal.OPEN_CASE.value, "идёт обращение"),
        ("mercury_is_retrograde", "mercury_is_retrograde"),
    ],
)
async def test_a_journey_that_kept_silent_says_why(shop, browse, reason, says):
    olga = await shop.customer("Ольга")
    await skipped(shop, olga, reason)
    page = await read(shop, browse, olga)
    assert "Программа «День рождения»: промолчали" in page
    assert f"почему: {says}" in page


async def test_every_table_has_its_sentence(shop, browse):
    olga = await shop.customer("Ольга")
    operator = shop.staff[Role.OPERATOR]

    def live(store) -> None:
        now = shop.now
        store.consents.add(
            Consent(
                customer_id=olga.id,
                purpose=ConsentPurpose.ADVERTISING,
                action=ConsentAction.GIVEN,
                text_version="abcdef0123456789",
                language=Language.RU,
                bot_id=BOT,
                evidence="1",
                at=now,
            )
        )
        off = TopicChoice(customer_id=olga.id, topic=Topic.OFFERS, channel=Channel.VK, is_on=False, changed_at=now)
        store.preferences.switch(off)
        store.preferences.ask(olga.id, ProfileField.CITY, now)
        store.preferences.answer_open(olga.id, ProfileAnswer.SKIPPED, now)
        store.points.join(Membership(customer_id=olga.id, card_number="123456782", joined_at=now))
        run = SurveyRun(
            customer_id=olga.id,
            survey=SurveyKind.NPS.value,
            kind=SurveyKind.NPS,
            touchpoint=Touchpoint.MENU,
            bot_id=BOT,
            asked_at=now,
            expires_at=now,
            score=3,
            score_group=ScoreGroup.DETRACTOR,
            comment="Долго ждали",
            answered_at=now,
        )
        store.surveys.add(run)
        chat = Address(BOT, "1")
        cases.open_case(store, olga, chat, Urgency.NOW, CaseOrigin.LOW_SCORE, "Долго", now, Desk())
        case = store.cases.open_for(olga.id)
        cases.reply(store, case.id, operator, "Простите!", now)
        cases.close(store, case.id, operator, CaseCause.WAITING, "извинились", now)
        evidence = [{"what": "abuse", "text": "Чтоб вас", "at": now.isoformat()}]
        flag = Flag(customer_id=olga.id, kind=FlagKind.TOXIC, evidence=evidence, found_at=now)
        store.flags.add(flag)
        flags.decide(store, flag.id, operator, FlagState.CONFIRMED, now)
        flags.decide(store, flag.id, operator, FlagState.DISMISSED, now)

    await shop.database.write(live)
    page = await read(shop, browse, olga)
    for sentence in (
        "Согласие «Реклама»: дано",
        "Telegram · текст abcdef01, Русский",
        "Просьба не присылать: акции",
        "Вопрос «Город»: пропущен",
        "Выдана карта № 123456782",
        "Попросили оценить: рекомендация, из 10",
        "Оценка 3 (рекомендация, из 10)",
        "Долго ждали",
        "Открыто обращение: Низкая оценка. Срочность: Срочно",
        "Operator отвечает",
        "Обращение закрыто: Ожидание",
        "извинились",
        "Замечен кандидат: Токсичный",
        "Чтоб вас",
        "Подтверждённый флаг снят: Токсичный",
        "Клиент появился у нас",
    ):
        assert sentence in page, sentence


async def test_the_till_and_the_analyst_see_that_something_was_said_and_not_what(shop, browse):
    case = await shop.complaint("Ольга", "Мой телефон 89161234567, звоните!")
    olga = await shop.database.read(lambda store: store.customers.get(case.customer_id))
    for role in Role:
        page = await read(shop, browse, olga, role)
        assert "Клиент пишет" in page
        assert ("звоните!" in page) == (role not in (Role.CASHIER, Role.ANALYST)), role


async def test_one_kind_can_be_read_alone(shop, browse):
    olga = await shop.customer("Ольга")
    await shop.says(olga, "Привет")
    await skipped(shop, olga, "muted")
    page = await read(shop, browse, olga, kind="journey")
    assert "промолчали" in page
    assert "Клиент пишет" not in page
    assert "Такого пока не было." in await read(shop, browse, olga, kind="purchase")


async def test_older_entries_stand_on_the_next_page(shop, browse):
    olga = await shop.customer("Ольга")
    for number in range(60):
        await shop.says(olga, f"слово {number:02}")
    first = await read(shop, browse, olga, kind="message")
    assert "слово 59" in first
    assert "слово 09" not in first
    async with browse() as browser:
        await shop.let_in(browser, Role.OPERATOR)
        link = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        second = (await browser.get(link)).text
    assert "слово 09" in second
    assert "слово 10" not in second


async def test_an_unknown_customer_is_a_page_that_says_so(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.OWNER)
        answer = await browser.get("/console/customers/00000000-0000-7000-8000-000000000000")
    assert answer.status_code == 404
    assert "Такой страницы нет" in answer.text


@pytest.mark.parametrize("query", [{"before": "x|y|z"}, {"kind": "nonsense"}, {"sold": "\x00"}, {"code": "\x00<b>"}])
async def test_an_odd_address_shows_the_newest_page(shop, browse, query):
    olga = await shop.customer("Ольга")
    page = await read(shop, browse, olga, **query)
    assert "Клиент появился у нас" in page
    assert "<b>" not in page.split('id="till"')[1].split("</form>")[0]


async def test_it_is_told_in_the_language_of_who_reads(shop, browse):
    olga = await shop.customer("Olga")
    await skipped(shop, olga, "no_consent")
    english = shop.staff[Role.ADMIN].model_copy(update={"language": Language.EN})
    await shop.database.write(lambda store: store.staff.save(english))
    page = await read(shop, browse, olga, Role.ADMIN)
    assert "Journey “Birthday”: kept silent" in page
    assert "why: there is no consent to advertising" in page


async def test_the_inbox_leads_to_the_whole_history(shop, browse):
    case = await shop.complaint("Ольга", "Остыло")
    async with browse() as browser:
        await shop.let_in(browser, Role.OPERATOR)
        page = (await browser.get(f"/console/inbox/{case.id}")).text
        assert f"/console/customers/{case.customer_id}" in page
        there = (await browser.get(f"/console/customers/{case.customer_id}")).text
    assert f"/console/inbox/{case.id}" in there


async def test_words_that_were_changed_are_told_with_those_before_to_who_may_read(shop, browse):
    olga = await shop.customer("Ольга")
    said = await shop.says(olga, "Суп холодный")
    await shop.database.write(lambda store: store.inbox.reword(said, "Суп горячий", ["Суп холодный"], "5"))
    page = await read(shop, browse, olga)
    assert "Суп горячий" in page and "изменено · раньше: «Суп холодный»" in page
    assert "Суп холодный" not in await read(shop, browse, olga, Role.CASHIER)


# --- who told us


async def test_each_field_says_who_told_it_and_when_and_an_old_one_is_greyed(shop, browse):
    olga = await shop.customer("Ольга")

    def tell(store) -> None:
        olga.city, olga.birthday_month, olga.birthday_day, olga.phone = "Казань", 3, 5, "+79161234567"
        olga.created_at = shop.now - timedelta(days=800)
        overwrite(store, olga)
        for field, origin, days in (("city", FieldOrigin.IMPORT, 365), ("birthday", FieldOrigin.STAFF, 364)):
            store.fields.note(olga.id, field, origin, shop.now - timedelta(days=days))

    await shop.database.write(tell)
    page = await read(shop, browse, olga)
    assert "от мессенджера, 2 марта 2026" in page
    assert "из файла, 2 марта 2025 г. · давно не проверялось" in page
    assert "внёс сотрудник, 3 марта 2025" in page
    assert "откуда, неизвестно · давно не проверялось" in page  # a phone from before anybody wrote that down
    assert page.count('<dd class="stale">') == 2


async def test_a_birthday_that_staff_write_down_is_the_staffs_word(shop, browse):
    olga = await shop.customer("Ольга")
    async with browse() as browser:
        await shop.let_in(browser, Role.CASHIER)
        await browser.post(f"/console/customers/{olga.id}/birthday", data={"day": "5", "month": "3", "year": ""})
    assert "внёс сотрудник, 2 марта 2026" in await read(shop, browse, olga)
