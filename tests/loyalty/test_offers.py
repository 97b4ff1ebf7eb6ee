"""What a customer is suggested: what others buy after what they bought, when its time has come, and not against us."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from insights.sequences import PairCount, sequences
from insights.service_json import link
from insights.tallies import NONE, LinesBuilder
from loyalty.offers import NOT_OFFERED, not_offered, suggested
from loyalty.services import one_name_each
from storage.kinds import Language, PurchaseSource
from storage.models import BaseReport, Bot, Purchase

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Moscow")
BOT = "telegram:1"
(PROVEN,) = sequences([PairCount("Раф", "Чизкейк", 100, 60, 40, 500, 8)], 30)


def report() -> BaseReport:
    section = {"next": [link(PROVEN, "Раф", "Чизкейк")], "cards": {"Раф": {}, "Чизкейк": {}}}
    return BaseReport(made_at=NOW, data={"services": section}, prior={}, purchases=1, seconds=1, engine="plain")


def suggestions_after(store, bought: dict[str, int], returned: int = 0) -> list[tuple[str, str, int]]:
    """What is suggested to whoever bought these so many days ago."""
    store.bots.register(Bot(id=BOT, channel="telegram"))
    customer = store.customers.add(BOT, "1", "Анна", Language.RU, NOW)
    for product, days in bought.items():
        purchase = Purchase(
            customer_id=customer.id,
            at=NOW - timedelta(days=days),
            amount_minor=100,
            returned_minor=returned,
            product=product,
            source=PurchaseSource.CONSOLE,
        )
        store.purchases.add(purchase)
    return [(one.service, one.link.a, one.days_ago) for one in suggested(store, customer.id, ZONE, NOW)]


@pytest.mark.parametrize(
    ("bought", "returned", "said"),
    [
        ({"раф": 10}, 0, [("Чизкейк", "Раф", 10)]),
        ({"раф": 3}, 0, []),
        ({"раф": 40}, 0, []),
        ({"раф": 10, "чизкейк": 2}, 0, []),
        ({"латте": 10}, 0, []),
        ({"раф": 10}, 100, []),
    ],
    ids=["its time", "too early", "long past", "has it", "another", "brought back"],
)
async def test_a_suggestion_waits_for_its_time(database, bought, returned, said):
    def live(store):
        store.reports.add(report(), 60)
        return suggestions_after(store, bought, returned)

    assert await database.write(live) == said


async def test_what_the_business_does_not_want_offered_is_not(database):
    def live(store):
        store.reports.add(report(), 60)
        store.business.change(NOT_OFFERED, ["чизкейк"], None, NOW)
        return not_offered(store), suggestions_after(store, {"Раф": 10})

    assert await database.write(live) == (["чизкейк"], [])


async def test_before_the_first_night_nothing_is_suggested(database):
    assert await database.write(lambda store: suggestions_after(store, {"Раф": 10})) == []


def test_a_service_is_one_however_its_lines_write_it():
    builder = LinesBuilder(ZONE)
    for service in ("стрижка", "Маникюр", "Стрижка  ", "", "СТРИЖКА"):
        builder.add("a", 0, 100, service=service)
    lines, names, spellings = one_name_each(builder.lines(), builder.names(), ["Стрижка"])
    assert [NONE if code == NONE else names.services[code] for code in lines.service] == [
        "Стрижка",
        "Маникюр",
        "Стрижка",
        NONE,
        "Стрижка",
    ]
    assert spellings == {"Маникюр": ["Маникюр"], "Стрижка": ["СТРИЖКА", "Стрижка  ", "стрижка"]}
