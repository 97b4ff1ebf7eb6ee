"""The page of the base, the lists it opens, and what a customer's page says of their rhythm."""

from datetime import timedelta
from typing import Any

import pytest

from storage.kinds import LifecycleStage, MoveKind, RfmSegment, Role
from storage.models import BaseReport, Customer, CustomerStats, StatusMove
from tests.console.test_pages import plain
from tests.rows import overwrite

OWN = {"visits": 14, "typical_days": 12, "basis": "own", "limit_days": None}


async def look(shop, browse, path: str = "/base", role: Role = Role.OWNER, status: int = 200) -> str:
    async with browse() as browser:
        await shop.let_in(browser, role)
        answer = await browser.get(f"/console{path}")
        assert answer.status_code == status
        return plain(answer.text)


async def rated(shop) -> None:
    report = BaseReport(
        made_at=shop.now, data={"losses": {"currency": "RUB"}}, prior={}, purchases=1, seconds=1, engine="plain"
    )
    await shop.database.write(lambda store: store.reports.add(report, 9))


async def stands(shop, name: str, stage: LifecycleStage, **numbers: Any) -> Customer:
    """A customer with a row of numbers."""
    customer = await shop.customer(name)
    ago = {key: shop.now - timedelta(days=days) for key, days in numbers.pop("ago", {}).items()}
    values = {"stage_since": shop.now - timedelta(days=40), "visits": 3, **ago, **numbers}
    row = CustomerStats(customer_id=customer.id, stage=stage, **values).model_dump()

    def write(store) -> None:
        store.bulk.insert(CustomerStats, [row])
        customer.created_at = shop.now - timedelta(days=400)
        overwrite(store, customer)

    await shop.database.write(write)
    return customer


async def moved(
    shop, customer: Customer, before: str, after: str, days: int, kind=MoveKind.STAGE, /, **reason: Any
) -> None:
    at = shop.now - timedelta(days=days)
    move = StatusMove(customer_id=customer.id, kind=kind, before=before, after=after, reason=reason, at=at)
    await shop.database.write(lambda store: store.moves.add([move]))


async def test_before_the_first_night_the_page_says_what_to_do(shop, browse):
    page = await look(shop, browse)
    assert "Базу ещё не считали" in page
    assert "<table" not in page


async def test_the_first_screen_says_how_many_come_are_late_and_are_lost_and_with_what_money(shop, browse):
    await rated(shop)
    await stands(shop, "Анна", LifecycleStage.LOYAL, year_revenue_minor=9_000_00)
    late = await stands(shop, "Борис", LifecycleStage.AT_RISK, year_revenue_minor=2_500_00)
    await moved(shop, late, "loyal", "at_risk", 3)
    await stands(shop, "Вера", LifecycleStage.LOST, year_revenue_minor=500_00)
    await shop.customer("Глеб")
    page = await look(shop, browse)
    assert "4 клиента: ходят 1, опаздывают 1, потеряны 1" in page
    assert "принесли за последний год 3 000 ₽" in page
    assert '<b class="late">+1</b>' in page  # one more is late than a month ago
    assert "Перестали ходить вовремя: 1 клиент. Вернулись: 0 клиентов." in page
    assert "/console/customers?stage=at_risk" in page


async def test_a_month_that_is_over_is_told_by_itself(shop, browse):
    await rated(shop)
    back = await stands(shop, "Анна", LifecycleStage.LOYAL)
    await moved(shop, back, "lost", "loyal", 15)  # the 15th of February
    assert "Вернулись: 1 клиент." in await look(shop, browse, "/base?month=2026-02")
    assert "Вернулись: 0 клиентов." in await look(shop, browse, "/base?month=2026-01")
    assert "Вернулись: 1 клиент." in await look(shop, browse, "/base?month=2031-13")


async def test_few_buyers_are_not_ranked_and_have_no_key_customers(shop, browse):
    await rated(shop)
    scores = {"recency_score": 5, "frequency_score": 1, "monetary_score": 1, "rfm": RfmSegment.NEW}
    await stands(shop, "Анна", LifecycleStage.NEW, **scores, last_day=739_000, year_orders=1)
    page = await look(shop, browse)
    assert "Мало данных: 1 покупатель. Меньше 25" in page
    assert "30, 60, 90, 180" in page
    assert "Ключевых называем, когда покупателей хотя бы 20" in page
    assert "/console/customers?r=5&amp;f=1" in page


async def test_a_key_customer_shows_the_parts_of_the_score_and_what_fell(shop, browse):
    await rated(shop)
    parts = {"value": [0.98, 0.44], "frequency": [0.6, 0.28], "check": [0.5, 0.28]}
    key = {"is_key": True, "key_score": 0.91, "key_parts": parts}
    one = await stands(shop, "Анна", LifecycleStage.LOYAL, **key, year_revenue_minor=40_000_00)
    await moved(shop, one, "", "key", 90, MoveKind.KEY, value=[0.97, 0.4], frequency=[0.8, 0.25])
    former = await stands(shop, "Борис", LifecycleStage.LOST)
    await moved(shop, former, "key", "", 4, MoveKind.KEY)
    page = await look(shop, browse)
    assert "<b>91</b>" in page and "40 000 ₽ за год" in page
    assert "снизились: частота" in " ".join(page.split())
    assert "неизвестно" in page  # nobody asked for the NPS
    assert "Перестали быть ключевыми за 30 дней" in page and "Борис" in page


@pytest.mark.parametrize(
    ("query", "found", "title"),
    [
        ("stage=at_risk", "Борис", "Опаздывают"),
        ("stage=potential", "Глеб", "Ещё не покупали"),
        ("rfm=champions", "Анна", "Чемпионы"),
        ("r=5&f=5", "Анна", "Давность 5, частота 5"),
        ("key=yes", "Анна", "Ключевые клиенты"),
    ],
)
async def test_each_group_opens_as_a_list_of_its_own(shop, browse, query, found, title):
    top = {"recency_score": 5, "frequency_score": 5, "rfm": RfmSegment.CHAMPIONS, "is_key": True}
    await stands(shop, "Анна", LifecycleStage.LOYAL, **top)
    await stands(shop, "Борис", LifecycleStage.AT_RISK)
    await shop.customer("Глеб")
    page = await look(shop, browse, f"/customers?{query}")
    assert f"<strong>{title}</strong> 1 клиент" in page
    assert [name for name in ("Анна", "Борис", "Глеб") if f"<bdi>{name}</bdi>" in page] == [found]


async def test_a_search_stays_within_the_group(shop, browse):
    await stands(shop, "Анна", LifecycleStage.LOYAL)
    await stands(shop, "Анна вторая", LifecycleStage.AT_RISK)
    page = await look(shop, browse, "/customers?stage=at_risk&q=Анна")
    assert "Анна вторая" in page and "<bdi>Анна</bdi>" not in page
    assert '<input type="hidden" name="stage" value="at_risk">' in page


async def test_what_an_address_asks_wrongly_is_not_heard(shop, browse):
    await stands(shop, "Анна", LifecycleStage.LOYAL)
    assert "<bdi>Анна</bdi>" in await look(shop, browse, "/customers?stage=nobody&rfm=x&r=9&key=no")


# --- the customer's page


async def test_the_rhythm_says_how_often_when_and_why(shop, browse):
    one = await stands(
        shop,
        "Анна",
        LifecycleStage.AT_RISK,
        visits=14,
        typical_days=12.2,
        last_day=shop.now.date().toordinal() - 21,
        ago={"expected_at": 9, "stage_since": 3},
        stage_reason={**OWN, "code": "late", "limit_days": 18},
    )
    page = await look(shop, browse, f"/customers/{one.id}", Role.CASHIER)
    assert "Ходит раз в 12 дней (по 14 своим визитам)," in page
    assert "ждали 21 февраля 2026 г., опаздывает на 9 дней" in page
    assert "Опаздывает с 27 февраля 2026 г.: не приходит 21 день, ждали раз в 12 дней, тревожно после 18 дней" in page
    assert "RFM посчитаем ночью" in page


async def test_whose_median_day_has_passed_is_not_late_yet(shop, browse):
    one = await stands(
        shop,
        "Анна",
        LifecycleStage.LOYAL,
        visits=14,
        typical_days=12.2,
        last_day=shop.now.date().toordinal() - 14,
        ago={"expected_at": 2, "stage_since": 30},
        stage_reason={**OWN, "code": "comes_often"},
        rfm=RfmSegment.LOST,
        recency_score=1,
        frequency_score=1,
        monetary_score=1,
    )
    page = await look(shop, browse, f"/customers/{one.id}")
    assert "ждали 28 февраля 2026 г." in page
    assert "опаздывает на" not in page
    assert "Давно и редко" in page
    assert "больше не тратьте на них сил" not in page


async def test_who_sees_no_numbers_narrows_no_list_by_them(shop, browse):
    await stands(shop, "Анна", LifecycleStage.LOYAL)
    await stands(shop, "Борис", LifecycleStage.LOST)
    page = await look(shop, browse, "/customers?stage=lost", Role.CASHIER)
    assert "<bdi>Анна</bdi>" in page


async def test_one_visit_is_judged_by_the_whole_base_and_says_so(shop, browse):
    one = await stands(
        shop,
        "Анна",
        LifecycleStage.NEW,
        visits=1,
        typical_days=30.0,
        rated_at=shop.now,
        ago={"expected_at": -3},
        stage_reason={"code": "first_visit", "visits": 1, "typical_days": 30, "limit_days": None, "basis": "base"},
    )
    page = await look(shop, browse, f"/customers/{one.id}")
    assert "1 визит — мало, чтобы судить по нему самому" in page
    assert "ждём 5 марта 2026 г." in page
    assert "RFM не считаем: за последний год покупок нет." in page


async def test_who_never_bought_has_no_rhythm(shop, browse):
    one = await shop.customer("Анна")
    assert "покупок ещё не было" in await look(shop, browse, f"/customers/{one.id}")


async def test_moves_are_told_with_their_reason_and_ranks_are_not(shop, browse):
    one = await stands(shop, "Анна", LifecycleStage.LOST, stage_reason={**OWN, "code": "silent_too_long"})
    reason = {**OWN, "code": "silent_too_long", "days": 61, "limit_days": 60, "told_afterwards": True}
    await moved(shop, one, "at_risk", "lost", 2, **reason)
    await moved(shop, one, "champions", "lost", 2, MoveKind.RFM)
    await moved(shop, one, "", "key", 90, MoveKind.KEY)
    page = await look(shop, browse, f"/customers/{one.id}?kind=status")
    assert page.count('<span class="dot">') == 2
    assert "опаздывает → потерян" in page and "Стал ключевым клиентом" in page
    assert "не приходит 61 день, ждали раз в 12 дней, граница потери 60 дней" in page
    assert "рассказано задним числом" in page


async def test_a_reason_of_another_version_is_left_out(shop, browse):
    one = await stands(shop, "Анна", LifecycleStage.LOST, stage_reason={"code": "moon", "basis": "own"})
    await moved(shop, one, "loyal", "lost", 2, code="moon")
    assert "лояльный → потерян" in await look(shop, browse, f"/customers/{one.id}")
