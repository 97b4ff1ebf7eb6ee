"""One customer's timeline: every table in one order, and pages that neither lose nor repeat."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty import ledger
from storage.kinds import (
    Channel,
    ConsentAction,
    ConsentPurpose,
    Language,
    MoveKind,
    OccasionOutcome,
    PointsKind,
    PurchaseSource,
    Topic,
)
from storage.models import (
    Bot,
    Consent,
    Customer,
    Flag,
    Membership,
    Occasion,
    Purchase,
    StatusMove,
    SurveyRun,
    TopicChoice,
)
from storage.timeline import Entry, Kind, Place, What, place_of

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
BOT = "telegram:1"


def meet(store, name: str = "Olga") -> Customer:
    store.bots.register(Bot(id=BOT, channel=Channel.TELEGRAM))
    return store.customers.add(BOT, name, name, Language.RU, NOON - timedelta(days=30))


def buy(store, customer: Customer, at: datetime, amount: int = 100) -> Purchase:
    purchase = Purchase(customer_id=customer.id, at=at, amount_minor=amount, source=PurchaseSource.CONSOLE)
    store.purchases.add(purchase)
    return purchase


def live(store, customer: Customer) -> None:
    """A busy moment: many things of many kinds, most of them in the same instant."""
    store.points.join(Membership(customer_id=customer.id, card_number="123456782", joined_at=NOON))
    for number in range(5):
        purchase = buy(store, customer, NOON, number)
        earning = ledger.Cause(
            key=f"purchase:{number}", customer_id=customer.id, kind=PointsKind.ACCRUAL, purchase_id=purchase.id
        )
        ledger.grant(store, earning, number + 1, NOON, opens_at=NOON, expires_at=None)
    for topic in Topic:
        store.preferences.switch(
            TopicChoice(customer_id=customer.id, topic=topic, channel=Channel.TELEGRAM, is_on=False, changed_at=NOON)
        )
    consent = Consent(
        customer_id=customer.id,
        purpose=ConsentPurpose.ADVERTISING,
        action=ConsentAction.GIVEN,
        text_version="v1",
        language=Language.RU,
        bot_id=BOT,
        evidence="1",
        at=NOON,
    )
    store.consents.add(consent)
    run = SurveyRun(
        customer_id=customer.id,
        survey="nps",
        kind="nps",
        touchpoint="menu",
        bot_id=BOT,
        asked_at=NOON,
        expires_at=NOON,
        score=9,
        answered_at=NOON + timedelta(minutes=1),
    )
    store.surveys.add(run)
    store.occasions.add(
        Occasion(
            journey="birthday",
            customer_id=customer.id,
            occurrence="2026",
            outcome=OccasionOutcome.SKIPPED,
            reason="no_consent",
            at=NOON,
        )
    )
    store.flags.add(Flag(customer_id=customer.id, kind="toxic", evidence=[], found_at=NOON))


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_pages_of_any_size_tell_everything_once_in_one_order(database, limit):
    customer = await database.write(meet)
    await database.write(lambda store: live(store, customer))

    async def page(limit: int, before: Place | None = None) -> list[Entry]:
        return await database.read(lambda store: store.timeline.page(customer.id, limit, before=before))

    whole, pages, place = await page(100), [], None
    while found := await page(limit, place):
        assert len(found) <= limit
        pages += found
        place = place_of(str(found[-1].place))
        assert place == found[-1].place
    assert [one.place for one in pages] == [one.place for one in whole]
    assert len(set(pages_of(whole))) == len(whole) == 1 + 1 + 5 + 5 + 3 + 1 + 2 + 1 + 1


def pages_of(entries) -> list[tuple[What, str]]:
    return [(one.what, one.key) for one in entries]


async def test_the_newest_stands_first_and_a_score_above_its_question(database):
    customer = await database.write(meet)
    await database.write(lambda store: live(store, customer))
    entries = await database.read(lambda store: store.timeline.page(customer.id, 100))
    whats = [one.what for one in entries]
    assert whats[0] is What.SURVEY_ANSWERED
    assert whats[-1] is What.FIRST_SEEN
    assert whats.index(What.POINTS) < whats.index(What.PURCHASE)


async def test_moves_stand_above_the_purchase_that_made_them_and_ranks_are_left_out(database):
    def move(store, customer: Customer, kind: MoveKind, before: str, after: str) -> None:
        moved = StatusMove(customer_id=customer.id, kind=kind, before=before, after=after, reason={"days": 1}, at=NOON)
        store.moves.add([moved])

    def look(store) -> list[Entry]:
        customer = meet(store)
        buy(store, customer, NOON)
        move(store, customer, MoveKind.STAGE, "potential", "new")
        move(store, customer, MoveKind.RFM, "", "new")
        move(store, meet(store, "Ivan"), MoveKind.STAGE, "new", "lost")
        return store.timeline.page(customer.id, 9)

    first, *rest = await database.write(look)
    assert [first.what, *(one.what for one in rest)] == [What.MOVED, What.PURCHASE, What.FIRST_SEEN]
    assert first.values == {"kind": MoveKind.STAGE, "before": "potential", "after": "new", "reason": {"days": 1}}


async def test_one_kind_alone_and_nobody_elses(database):
    customer, other = await database.write(meet), await database.write(lambda store: meet(store, "Ivan"))
    await database.write(lambda store: buy(store, customer, NOON, 350))
    await database.write(lambda store: buy(store, other, NOON, 900))
    found = await database.read(lambda store: store.timeline.page(customer.id, 9, kinds=(Kind.PURCHASE,)))
    assert [one.values["amount_minor"] for one in found] == [350]


@pytest.mark.parametrize(
    "text",
    ["", "x", "2026-03-02|said|1", "2026-03-02T09:00:00+00:00|nothing|1", "2026-03-02T09:00:00+00:00|said|1\x00", "||"],
)
def test_an_address_that_is_no_place_is_none(text):
    assert place_of(text) is None
