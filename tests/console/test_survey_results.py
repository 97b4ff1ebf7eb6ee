"""The page of results: a score with its interval first, no number of too few answers, and each sees what is theirs."""

from datetime import timedelta

import pytest

from scheduler import answers
from scheduler.work import Shop as Business
from scheduler.work import Work
from storage.kinds import Language, Role, SurveyKind, Touchpoint
from storage.models import SurveyRun
from surveys import scales
from tests.console.shop import BOT
from tests.console.test_pages import plain
from tests.jobs.test_answers import ZONE, nobody_rates, nothing_kept

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NPS = SurveyKind.NPS


class Asking:
    """Many answers at once, and the job that adds them up."""

    def __init__(self, shop) -> None:
        self.shop = shop
        self.customer = None

    async def answers(self, scores, days_ago=1.0, kind=NPS, after=HOUR, **values) -> None:
        self.customer = self.customer or await self.shop.customer("Анна")
        at = self.shop.now - days_ago * DAY

        def unit(store) -> None:
            for score in scores:
                run = SurveyRun(
                    customer_id=self.customer.id,
                    survey=kind.value,
                    kind=kind,
                    touchpoint=Touchpoint.VISIT,
                    bot_id=BOT,
                    asked_at=at,
                    expires_at=at + 14 * DAY,
                    score=score,
                    score_group=None if score is None else scales.group_of(kind, score),
                    answered_at=None if score is None else at + after,
                    **values,
                )
                store.surveys.add(run)

        await self.shop.database.write(unit)

    async def added_up(self) -> None:
        business = Business("Корица", Language.RU, ZONE)
        await answers.add_up_answers(
            Work(self.shop.database, lambda: self.shop.now, lambda: business, nothing_kept, nobody_rates)
        )


@pytest.fixture
def asking(shop) -> Asking:
    return Asking(shop)


async def look(shop, browse, role: Role = Role.OWNER, **query: str) -> str:
    async with browse() as browser:
        await shop.let_in(browser, role)
        return plain((await browser.get("/console/surveys/results", params=query)).text)


async def test_before_anybody_was_asked_there_is_an_empty_page(shop, browse):
    assert "Ответов пока нет" in await look(shop, browse)


async def test_the_score_stands_there_with_its_interval_and_whether_its_change_is_proven(shop, browse, asking):
    await asking.answers([10] * 60 + [8] * 25 + [3] * 15)
    await asking.answers([10] * 20 + [8] * 30 + [3] * 50, days_ago=120)
    await asking.added_up()
    page = await look(shop, browse)
    assert "+45" in page
    assert "между +30 и +60" in page
    assert "−30 → +45" in page
    assert "Выросло, и это не случайность" in page


async def test_of_few_answers_there_is_no_number(shop, browse, asking):
    await asking.answers([10] * 29)
    await asking.added_up()
    page = await look(shop, browse)
    assert "Пока мало: 29 ответов" in page
    assert "+100" not in page.split("На что посмотреть")[0].split("Рекомендация (NPS)")[-1]


async def test_the_other_survey_and_another_period_can_be_chosen(shop, browse, asking):
    await asking.answers([10] * 40)
    await asking.answers([5] * 30 + [1] * 10, kind=SurveyKind.CSAT, days_ago=40)
    await asking.added_up()
    assert "75 %" in await look(shop, browse, survey="csat")
    assert "Ответов за это время нет" in await look(shop, browse, survey="csat", days="30")


async def test_one_branch_can_be_looked_at_alone(shop, browse, asking):
    await asking.answers([10] * 50, branch="Арбат")
    await asking.answers([0] * 50, branch="Сокол")
    await asking.answers([0] * 50)
    await asking.added_up()
    page = await look(shop, browse)
    assert "Сокол: оценка ниже, чем в остальных филиалах" in page
    assert "между −100 и −100" in await look(shop, browse, branch="Сокол")
    assert "между −100 и −100" in await look(shop, browse, branch="-")


async def test_staff_are_named_to_managers_and_only_from_five_answers(shop, browse, asking):
    for name in ("Анна", "Вера", "Глеб"):
        await asking.answers([10] * 80 + [5] * 20, seller=name)
    await asking.answers([10] * 30 + [5] * 70, seller="Борис")
    await asking.answers([0] * 4, seller="Денис")
    await asking.added_up()
    page = await look(shop, browse)
    assert "Борис: довольных 30 %, намного меньше, чем у всех" in page
    assert "Денис" not in page
    assert "Ещё у 1 сотрудника меньше 5 ответов" in page
    for role in (Role.MARKETER, Role.ANALYST):
        assert "Борис" not in await look(shop, browse, role)


async def test_signs_of_influence_are_the_owners_alone(shop, browse, asking):
    for name in ("Анна", "Вера", "Глеб"):
        await asking.answers([10] * 40, seller=name, branch=name)
    await asking.answers([10] * 40, seller="Борис", branch="Борис", after=timedelta(seconds=4))
    await asking.added_up()
    page = await look(shop, browse)
    assert "Борис: 40 из 40 оценок поставлены быстрее" in page
    assert "оценок за одну минуту" in page
    assert "быстрее" not in await look(shop, browse, Role.ADMIN)


async def test_comments_are_quoted_by_topic_to_who_reads_words(shop, browse, asking):
    await asking.answers([2] * 6, comment="Ждали целый час", topics=["waiting"])
    await asking.added_up()
    page = await look(shop, browse)
    assert "Недовольные чаще всего пишут о теме «Ожидание»: 6 комментариев" in page
    assert "Ждали целый час" in page
    assert "Ждали целый час" not in await look(shop, browse, Role.ANALYST)


async def test_the_table_has_every_breakdown_and_no_formula(shop, browse, asking):
    await asking.answers([10] * 40, branch="=1+1", seller="Анна")
    await asking.answers([0] * 5, branch="Сокол")
    await asking.added_up()
    async with browse() as browser:
        await shop.let_in(browser, Role.OWNER)
        found = await browser.get("/console/surveys/results.csv", params={"survey": "nps"})
    lines = found.text.lstrip("\ufeff").splitlines()
    assert lines[0] == "Разрез;Значение;Оценка;От;До;Ответов;Отвечают, %"
    assert "Филиал;'=1+1;100;100;100;40;100" in lines
    assert "Филиал;Сокол;;;;5;100" in lines
    assert "Сотрудник;Анна;100;100;100;40;" in lines


async def test_a_cashier_sees_none_of_it(shop, browse, asking):
    async with browse() as browser:
        await shop.let_in(browser, Role.CASHIER)
        assert (await browser.get("/console/surveys/results")).status_code == 403
        assert (await browser.get("/console/surveys/results.csv")).status_code == 403
