"""The pages of services and complaints: verdicts first, numbers with their intervals, and each sees what is theirs."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from insights.plain_engine import PlainEngine
from insights.purchase_interval import DEFAULT
from insights.service_flows import CatalogueEntry
from insights.service_report import section
from insights.tallies import LinesBuilder
from loyalty.offers import not_offered
from storage.kinds import LifecycleStage, PurchaseSource, Role, ScoreGroup, SurveyKind, Touchpoint
from storage.models import BaseReport, CustomerStats, Purchase, SurveyRun
from tests.console.shop import BOT
from tests.console.test_pages import plain
from tests.console.test_survey_results import Asking

DAY = timedelta(days=1)


def told(shop, high_check: str) -> dict[str, object]:
    """Newcomers do not return from the perm; care follows the cut; the beard of the catalogue was never sold."""
    builder, today = LinesBuilder(ZoneInfo("Europe/Moscow")), shop.now.date().toordinal()

    def buy(customer: str, days_ago: int, service: str, amount: int = 100_00) -> None:
        builder.add(customer, int((shop.now - days_ago * DAY).timestamp()), amount, service=service)

    for number in range(120):
        service = ("Стрижка", "Завивка", "Окраска")[number % 3]
        buy(f"{number}", 300, service)
        if service != "Завивка":
            buy(f"{number}", 292, "Уход" if service == "Стрижка" else "Окраска")
            buy(f"{number}", 284, service)
    for days_ago in (0, 60, 120):
        buy(high_check, days_ago, "Окраска", 9000_00)
    buy("the first guest", 600, "Стрижка")  # whose history begins long before the newcomers
    engine, catalogue = PlainEngine(builder.lines(), today), {"Борода": CatalogueEntry("Волосы")}
    return {**section(engine, builder.names(), today, DEFAULT, catalogue), "currency": "RUB", "spellings": {}}


async def night(shop):
    """The report of a night; who has the high check."""
    customer = await shop.customer("Анна")
    report = BaseReport(
        made_at=shop.now,
        data={"services": told(shop, customer.id.hex)},
        prior={},
        purchases=1,
        seconds=1,
        engine="plain",
    )
    await shop.database.write(lambda store: store.reports.add(report, 60))
    return customer


async def look(shop, browse, path: str, role: Role = Role.OWNER) -> str:
    async with browse() as browser:
        await shop.let_in(browser, role)
        return plain((await browser.get(f"/console{path}")).text)


async def says(shop, name: str, score: int, seller: str = "", product: str = "Завивка", comment: str = "") -> None:
    """Somebody bought it last, is lost now, and rated the visit."""
    customer = await shop.customer(name)

    def live(store) -> None:
        bought = Purchase(
            customer_id=customer.id,
            at=shop.now - 3 * DAY,
            amount_minor=100,
            product=product,
            seller=seller,
            source=PurchaseSource.CONSOLE,
        )
        store.purchases.add(bought)
        run = SurveyRun(
            customer_id=customer.id,
            survey=SurveyKind.CSAT.value,
            kind=SurveyKind.CSAT,
            touchpoint=Touchpoint.VISIT,
            bot_id=BOT,
            purchase_id=bought.id,
            seller=seller,
            asked_at=shop.now - 2 * DAY,
            expires_at=shop.now + DAY,
            score=score,
            score_group=ScoreGroup.DETRACTOR if score < 3 else ScoreGroup.PROMOTER,
            comment=comment or None,
            topics=["waiting"] if comment else None,
            answered_at=shop.now - DAY,
        )
        store.surveys.add(run)
        stats = CustomerStats(customer_id=customer.id, stage=LifecycleStage.LOST, last_product=product)
        store.connection.execute(CustomerStats.__table__.insert().values(**stats.model_dump()))

    await shop.database.write(live)


async def test_before_the_first_night_the_page_says_what_will_come_and_when(shop, browse):
    page = await look(shop, browse, "/services")
    assert "Отчёта об услугах пока нет" in page
    assert "каждую ночь после трёх часов" in page


async def test_the_verdict_stands_before_its_numbers(shop, browse):
    customer = await night(shop)
    page = await look(shop, browse, "/services", Role.ANALYST)
    assert "Кто начинает с «Завивка», возвращается реже: 100 % не пришли второй раз" in page
    assert page.index("возвращаются реже") < page.index("n = 40")
    assert "После «Стрижка» предлагайте «Уход»" in page
    assert "ни разу не продали" in page
    assert f"/console/customers/{customer.id}" in page
    assert "/console/complaints" not in page


async def test_a_service_has_a_page_with_its_card(shop, browse):
    await night(shop)
    page = await look(shop, browse, "/services/стрижка", Role.MARKETER)
    assert "Карточка для сотрудников" in page
    assert "<b>Уход</b>" in page
    assert "Не предлагать клиентам" not in page
    assert "ни одной покупки с ней нет" in await look(shop, browse, "/services/борода")
    async with browse() as browser:
        await shop.let_in(browser, Role.OWNER)
        assert (await browser.get("/console/services/нет такой")).status_code == 404


async def test_the_words_of_those_who_left_are_for_who_reads_words(shop, browse):
    await night(shop)
    await says(shop, "Вера", 1, comment="Сожгли <b>волосы</b>")
    page = await look(shop, browse, "/services/завивка", Role.MARKETER)
    assert "Сожгли &lt;b&gt;волосы&lt;/b&gt;" in page
    assert "оценка 1 из 5" in page
    assert "Сожгли" not in await look(shop, browse, "/services/завивка", Role.ANALYST)


async def test_what_is_not_to_be_offered_is_remembered_and_taken_back(shop, browse):
    await night(shop)
    async with browse() as browser:
        await shop.let_in(browser, Role.ADMIN)
        kept = []
        for answer in ("no", "yes"):
            await browser.post("/console/services/уход/offer", data={"offer": answer})
            kept.append(await shop.database.read(not_offered))
            page = plain((await browser.get("/console/services/уход")).text)
            assert ("Снова предлагать" in page) == (answer == "no")
        history = plain((await browser.get("/console/settings")).text)
    assert kept == [["Уход"], []]
    assert "Что не предлагать клиентам" in history


async def test_a_customer_is_suggested_what_follows_but_not_while_they_wait_for_us(shop, browse):
    await night(shop)
    case = await shop.complaint("Борис", "Вы меня обманули")
    customer = await shop.customer("Вера")

    def buy(store) -> None:
        for who in (customer.id, case.customer_id):
            at = shop.now - 10 * DAY
            store.purchases.add(
                Purchase(customer_id=who, at=at, amount_minor=1, product="стрижка", source=PurchaseSource.CONSOLE)
            )

    await shop.database.write(buy)
    assert "Предложите «Уход»: 10 дней назад брали «Стрижка»" in await look(
        shop, browse, f"/customers/{customer.id}", Role.CASHIER
    )
    assert "Предложите" not in await look(shop, browse, f"/customers/{case.customer_id}")


def rows_of(page: str, *names: str) -> dict[str, str]:
    return {name: page.split(f'<th scope="row">{name}</th>')[1].split("</tr>")[0] for name in names}


async def test_complaints_by_who_served_are_judged_from_five_answers_on(shop, browse):
    for number in range(12):
        await says(shop, f"a{number}", 5, "Аня")
        await says(shop, f"b{number}", 1 if number < 10 else 5, "Глеб")
    for number in range(4):
        await says(shop, f"c{number}", 1, "Марк")
    await Asking(shop).added_up()
    page = await look(shop, browse, "/complaints")
    assert "Эту страницу видит только владелец" in page
    rows = rows_of(page, "Аня", "Глеб", "Марк")
    assert "чаще обычного" in rows["Глеб"]
    assert "83 %" in rows["Глеб"]
    assert "реже обычного" in rows["Аня"]
    assert "мало данных" in rows["Марк"]
    assert "100 %" not in rows["Марк"]


async def test_complaints_are_counted_by_service_and_by_topic_too(shop, browse):
    for number in range(15):
        await says(shop, f"a{number}", 5, product="Стрижка")
        await says(shop, f"b{number}", 1 if number < 12 else 5, comment="Ждали час" if number < 6 else "")
    await Asking(shop).added_up()
    rows = rows_of(await look(shop, browse, "/complaints"), "Завивка", "Стрижка", "Ожидание")
    assert "чаще обычного" in rows["Завивка"]
    assert "реже обычного" in rows["Стрижка"]
    assert "100 %" in rows["Ожидание"]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OWNER}))
async def test_nobody_but_the_owner_sees_complaints_by_staff(shop, browse, role):
    async with browse() as browser:
        await shop.let_in(browser, role)
        assert (await browser.get("/console/complaints")).status_code == 403
