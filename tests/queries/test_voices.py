"""What customers said about a visit: by what they bought, and the words of those who left."""

from datetime import UTC, datetime, timedelta

from storage.kinds import Language, LifecycleStage, PurchaseSource, ScoreGroup, SurveyKind, Touchpoint
from storage.models import Bot, CustomerStats, Purchase, SurveyRun

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
BOT = "telegram:1"


class Shop:
    """Visits and what was said about them."""

    def __init__(self, store) -> None:
        self.store = store
        store.bots.register(Bot(id=BOT, channel="telegram"))
        self.customers = {}

    def visit(self, name: str, seller: str = "", branch: str = "", at: datetime = NOW - DAY) -> Purchase:
        if name not in self.customers:
            self.customers[name] = self.store.customers.add(BOT, name, name, Language.RU, NOW)
        bought = Purchase(
            customer_id=self.customers[name].id,
            at=at,
            amount_minor=100,
            product="tea",
            seller=seller,
            branch=branch,
            source=PurchaseSource.CONSOLE,
        )
        self.store.purchases.add(bought)
        return bought

    def rate(self, bought: Purchase, score: int | None, comment: str | None = None, at: datetime = NOW - DAY) -> None:
        group = None if score is None else ScoreGroup.DETRACTOR if score < 3 else ScoreGroup.PROMOTER
        run = SurveyRun(
            customer_id=bought.customer_id,
            survey=SurveyKind.CSAT.value,
            kind=SurveyKind.CSAT,
            touchpoint=Touchpoint.VISIT,
            bot_id=BOT,
            purchase_id=bought.id,
            asked_at=at,
            expires_at=at + DAY,
            score=score,
            score_group=group,
            comment=comment,
            answered_at=None if score is None else at,
        )
        self.store.surveys.add(run)

    def leave(self, name: str, stage: LifecycleStage, last: str) -> None:
        stats = CustomerStats(customer_id=self.customers[name].id, stage=stage, last_product=last)
        self.store.connection.execute(CustomerStats.__table__.insert().values(**stats.model_dump()))


async def test_a_service_is_rated_by_the_visits_it_was_bought_on(database):
    def live(store):
        shop = Shop(store)
        for score in (1, 5):
            shop.rate(shop.visit("anna"), score)
        shop.rate(shop.visit("anna"), None)
        shop.rate(shop.visit("anna"), 1, at=NOW - 40 * DAY)
        voices, since = store.voices, NOW - 30 * DAY
        return [
            *(voices.by_product(names, since, NOW) for names in (["tea", "Tea"], ["coffee"])),
            voices.by_service(since, NOW),
        ]

    assert await database.write(live) == [[("tea", 2, 1)], [], [("tea", 2, 1)]]


async def test_the_words_of_those_who_left_after_a_service_are_found_and_nobody_elses(database):
    def live(store):
        shop = Shop(store)
        for name, score, comment in (("anna", 1, "cold"), ("boris", 5, "nice"), ("vera", 2, "rude"), ("gleb", 1, None)):
            shop.rate(shop.visit(name), score, comment)
        shop.leave("anna", LifecycleStage.LOST, "tea")
        shop.leave("boris", LifecycleStage.REGULAR, "tea")
        shop.leave("vera", LifecycleStage.AT_RISK, "coffee")
        shop.leave("gleb", LifecycleStage.LOST, "tea")
        return store.voices.of_leavers(["tea", "Tea"], 10)

    found = await database.write(live)
    assert [(one.name, one.text, one.score, one.at) for one in found] == [("anna", "cold", 1, NOW - DAY)]


async def test_a_busy_branch_that_nobody_speaks_of_is_found(database):
    def live(store):
        shop = Shop(store)
        for _ in range(3):
            shop.visit("anna", branch="Silent")
            shop.rate(shop.visit("boris", branch="Heard"), 5)
        shop.visit("vera", branch="Small")
        shop.rate(shop.visit("vera", branch="Silent", at=NOW - 50 * DAY), 5, at=NOW - 49 * DAY)
        return store.voices.silent_branches(NOW - 14 * DAY, NOW, at_least=2)

    assert await database.write(live) == ["Silent"]
