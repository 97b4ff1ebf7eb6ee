"""Surveys by the clock: the morning's drip, a visit, a case, one reminder, an end, and branches nobody speaks of."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.util import await_only

from messaging import cases
from scheduler import drip, open_surveys, surveys
from storage.kinds import (
    CaseCause,
    CaseOrigin,
    Channel,
    ConsentAction,
    ConsentPurpose,
    FlagKind,
    FlagState,
    Journey,
    OccasionOutcome,
    PurchaseSource,
    ReachStatus,
    Role,
    RunEnding,
    ScoreGroup,
    SurveyKind,
    Touchpoint,
    Urgency,
)
from storage.models import Customer, CustomerStats, Flag, Identity, Purchase
from surveys.cadence import as_json, usual
from surveys.sampling import askings
from tests.day import Day
from tests.postgres import until_it_waits

NINE_ON_MONDAY = datetime(2026, 3, 2, 6, tzinfo=UTC)
"""In Moscow; the day's clock begins on the Sunday before."""


@pytest.fixture
async def shop(database) -> Day:
    """One channel, both databases: for what is not about the channel."""
    shop = Day(Channel.TELEGRAM, database)
    await shop.register_bots()
    return shop


async def crowd(shop: Day, count: int) -> list[Customer]:
    """So many customers of a month ago, each in a chat of their own. Their ids, and so their lots, are always the
    same."""
    since = shop.now - timedelta(days=30)
    people = [Customer(id=UUID(int=1000 + n), name=f"К{n}", created_at=since) for n in range(count)]
    chats = [
        Identity(bot_id=shop.bot_id, user_id=str(1000 + n), customer_id=one.id, seen_at=since)
        for n, one in enumerate(people)
    ]
    await shop.database.write(lambda store: store.customers._insert(*people))
    await shop.database.write(lambda store: store.customers._insert(*chats))
    return people


def line(shop: Day, customer: Customer, **more) -> Purchase:
    """As a till writes it down."""
    return Purchase(customer_id=customer.id, at=shop.now, amount_minor=100, source=PurchaseSource.CONSOLE, **more)


async def sell(shop: Day, **more) -> None:
    customer = await shop.customer()
    await shop.database.write(lambda store: store.purchases.add(line(shop, customer, **more)))


async def rule(shop: Day, kind: SurveyKind, touchpoint: Touchpoint, **changed) -> None:
    raw = as_json(usual(kind))
    raw[touchpoint.value] |= changed
    await shop.database.write(lambda store: store.business.change(f"surveys.cadence.{kind.value}", raw, None, shop.now))


async def runs(shop: Day, customers) -> list:
    found = await shop.database.read(
        lambda store: [run for one in customers for run in store.surveys.of_customer(one.id, 10)]
    )
    return sorted(found, key=lambda run: run.asked_at)


async def reasons(shop: Day, customers) -> Counter:
    found = await shop.database.read(
        lambda store: [one for who in customers for one in store.occasions.of_customer(who.id, 100)]
    )
    return Counter(one.reason for one in found if one.outcome is OccasionOutcome.SKIPPED)


async def morning(shop: Day) -> None:
    """From nine to noon of Monday, a look every ten minutes."""
    shop.now = NINE_ON_MONDAY
    while shop.now <= NINE_ON_MONDAY + timedelta(hours=3):
        await drip.ask_relation(shop.work)
        shop.passes(minutes=10)


# --- the morning's drip


async def test_the_days_share_is_asked_evenly_over_the_morning(shop):
    people = await crowd(shop, 40)
    await rule(shop, SurveyKind.NPS, Touchpoint.RELATION, daily_limit=12)
    await morning(shop)
    asked = await runs(shop, people)
    assert len(asked) == 12
    assert {(run.kind, run.touchpoint) for run in asked} == {(SurveyKind.NPS, Touchpoint.RELATION)}
    hours = Counter((run.asked_at - NINE_ON_MONDAY) // timedelta(hours=1) for run in asked)
    assert max(hours.values()) <= 8, "not all at once"
    assert all(run.outbox_id for run in asked)


async def test_two_that_look_at_once_never_ask_more_than_the_day_has_places(shop):
    people = await crowd(shop, 30)
    await rule(shop, SurveyKind.NPS, Touchpoint.RELATION, daily_limit=7)
    shop.now = NINE_ON_MONDAY + timedelta(hours=2, minutes=59)
    for _ in range(3):
        await asyncio.gather(*(drip.ask_relation(shop.work) for _ in range(3)))
    assert len(await runs(shop, people)) == 7


async def test_who_was_refused_leaves_the_place_to_another_and_keeps_the_reason(shop):
    people = await crowd(shop, 12)

    def toxic(store):
        for one in people[:6]:
            store.flags.add(
                Flag(customer_id=one.id, kind=FlagKind.TOXIC, state=FlagState.CONFIRMED, evidence=[], found_at=shop.now)
            )

    await shop.database.write(toxic)
    await rule(shop, SurveyKind.NPS, Touchpoint.RELATION, daily_limit=6)
    await morning(shop)
    assert {run.customer_id for run in await runs(shop, people)} == {one.id for one in people[6:]}
    skipped = await reasons(shop, people)
    assert set(skipped) == {"toxic"}
    assert skipped.total() <= 6, "once a day at the most"


async def test_a_branchs_quota_holds(shop):
    people = await crowd(shop, 20)

    def placed(store):
        for number, one in enumerate(people):
            branch = "Север" if number % 2 else "Юг"
            store.stats._insert(CustomerStats(customer_id=one.id, last_branch=branch))

    await shop.database.write(placed)
    await rule(shop, SurveyKind.NPS, Touchpoint.RELATION, quotas={"Север": 2})
    await morning(shop)
    assert Counter(run.branch for run in await runs(shop, people)) == {"Север": 2, "Юг": 10}


async def test_nobody_is_asked_again_within_ninety_days(shop):
    people = await crowd(shop, 5)
    await morning(shop)
    assert len(await runs(shop, people)) == 5
    shop.now = NINE_ON_MONDAY + timedelta(days=88, hours=2, minutes=59)  # a Friday
    await drip.ask_relation(shop.work)
    assert len(await runs(shop, people)) == 5
    shop.passes(days=3)
    await drip.ask_relation(shop.work)
    assert len(await runs(shop, people)) == 10


async def test_a_survey_that_is_off_asks_nobody(shop):
    people = await crowd(shop, 5)
    await rule(shop, SurveyKind.NPS, Touchpoint.RELATION, is_on=False)
    await morning(shop)
    assert await runs(shop, people) == []


async def test_an_erased_customer_is_not_drawn(shop):
    people = await crowd(shop, 3)
    await shop.database.write(lambda store: store.people.mark_erased(people[0].id, shop.now))
    await morning(shop)
    assert {run.customer_id for run in await runs(shop, people)} == {one.id for one in people[1:]}


async def test_in_the_morning_who_is_writing_is_left_to_write(day):
    customer = await day.comes()
    await day.changes(created_at=day.now - timedelta(days=30))
    day.now = NINE_ON_MONDAY + timedelta(hours=2, minutes=50)
    await day.say("Спасибо!")
    assert await drip.ask_relation(day.work) == 0
    day.passes(minutes=9)
    assert await drip.ask_relation(day.work) == 0
    assert await reasons(day, [customer]) == Counter(), "it was only not the moment"


async def test_with_an_open_case_nobody_is_asked_how_they_like_us(day):
    customer = await day.comes()
    await day.changes(created_at=day.now - timedelta(days=30))
    await day.say("Позовите человека")
    assert await day.case() is not None
    await morning(day)
    assert await runs(day, [customer]) == []
    assert set(await reasons(day, [customer])) == {"open_case"}


# --- after a visit


async def test_an_order_of_several_lines_is_one_visit(shop):
    await shop.comes()
    for product in ("Латте", "Круассан", "Вода"):
        await sell(shop, product=product, order_key="чек-1")
    shop.passes(minutes=31)
    assert await surveys.ask_after_visits(shop.work) == 1
    assert [one.outcome for one in await shop.occasions(Journey.CSAT_AFTER_PURCHASE)] == [OccasionOutcome.QUEUED]


async def test_what_was_given_back_is_not_asked_about(shop):
    await shop.comes()
    sold = await shop.buys()
    await shop.returns(sold)
    shop.passes(minutes=31)
    assert await surveys.ask_after_visits(shop.work) == 0


async def test_a_month_later_a_visit_is_asked_about_again(shop):
    customer = await shop.comes()
    for days, asked in ((0, 1), (10, 1), (30, 2)):
        shop.now = datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(days=days)
        await shop.buys()
        shop.passes(minutes=31)
        await surveys.ask_after_visits(shop.work)
        assert len(await runs(shop, [customer])) == asked


async def test_a_sale_of_the_delivery_branch_is_asked_about_as_a_delivery(shop):
    await shop.comes()
    await rule(shop, SurveyKind.CSAT, Touchpoint.DELIVERY, is_on=True, branches=["Доставка"], after_minutes=90)
    await sell(shop, branch="Доставка", seller="Пётр")
    shop.passes(minutes=31)
    assert await surveys.ask_after_visits(shop.work) == 0, "it is on its way"
    shop.passes(minutes=60)
    assert await surveys.ask_after_visits(shop.work) == 1
    run = await shop.run()
    assert (run.touchpoint, run.branch, run.seller) == (Touchpoint.DELIVERY, "Доставка", "Пётр")


async def test_a_visit_that_no_survey_is_meant_for_keeps_the_reason(shop):
    customer = await shop.comes()
    await rule(shop, SurveyKind.CSAT, Touchpoint.VISIT, branches=["Север"])
    await shop.buys(branch="Юг")
    shop.passes(minutes=31)
    await surveys.ask_after_visits(shop.work)
    assert await reasons(shop, [customer]) == {"not_in_segment": 1}


async def test_the_daily_limit_of_visits_skips_the_rest(shop):
    people = await crowd(shop, 4)
    await rule(shop, SurveyKind.CSAT, Touchpoint.VISIT, daily_limit=3)

    def buy(store):
        for one in people:
            store.purchases.add(line(shop, one))

    await shop.database.write(buy)
    shop.passes(minutes=31)
    await asyncio.gather(*(surveys.ask_after_visits(shop.work) for _ in range(3)))
    assert len(await runs(shop, people)) == 3
    assert await reasons(shop, people) == {"daily_limit": 1}


# --- after a case


async def solved(day: Day, staff, **closing):
    """A case that somebody answered and closed at this moment."""
    customer = await day.customer()

    def unit(store):
        desk = day.business.desk
        cases.open_case(store, customer, day.me, Urgency.TODAY, CaseOrigin.ASKED_FOR_PERSON, "Помогите", day.now, desk)
        return store.cases.open_for(customer.id)

    case = await day.database.write(unit)

    def end(store):
        mine = store.cases.locked(case.id)
        mine.closed_at, mine.closed_by, mine.cause, mine.action = day.now, staff.id, CaseCause.QUESTION, "ответили"
        for name, value in {"replied_by": staff.id, "replied_at": day.now, **closing}.items():
            setattr(mine, name, value)
        store.cases.save(mine)

    await day.database.write(end)
    return case


async def test_half_an_hour_after_a_case_was_closed_the_customer_is_asked_once(day):
    await day.comes()
    staff = await day.hire()
    case = await solved(day, staff, branch="Север")
    day.passes(minutes=29)
    assert await surveys.ask_after_cases(day.work) == 0
    day.passes(minutes=1)
    [question] = await day.tick()
    assert f"№ {case.number}" in question
    await day.press("4 ⭐")
    run = await day.run()
    assert (run.touchpoint, run.case_id, run.score, run.branch) == (Touchpoint.CASE, case.id, 4, "Север")
    assert run.staff_id == staff.id, "nobody's work in particular: who answered last"
    assert await day.tick() == []


async def test_the_credit_goes_to_whose_work_the_case_was(shop):
    await shop.comes()
    olga, ivan = await shop.hire(), await shop.hire(login="ivan", account=None)
    await solved(shop, olga, assigned_to=ivan.id)
    shop.passes(minutes=31)
    await surveys.ask_after_cases(shop.work)
    assert (await shop.run()).staff_id == ivan.id


@pytest.mark.parametrize(
    ("closing", "reason"),
    [
        ({"asks_survey": False}, "case_without_survey"),
        ({"is_spam": True}, "case_spam"),
        ({"replied_by": None}, "case_nobody_replied"),
    ],
)
async def test_some_cases_are_not_asked_about_and_say_why(shop, closing, reason):
    customer = await shop.comes()
    await solved(shop, await shop.hire(), **closing)
    shop.passes(minutes=31)
    await surveys.ask_after_cases(shop.work)
    assert await runs(shop, [customer]) == []
    assert await reasons(shop, [customer]) == {reason: 1}


async def test_each_case_may_be_asked_about_but_nobody_twice_a_day(shop):
    customer = await shop.comes()
    staff = await shop.hire()
    for hours, asked in ((0, 1), (2, 1), (24, 2)):
        shop.now = datetime(2026, 3, 2, 8, tzinfo=UTC) + timedelta(hours=hours)
        await solved(shop, staff)
        shop.passes(minutes=31)
        await surveys.ask_after_cases(shop.work)
        assert len(await runs(shop, [customer])) == asked
    assert await reasons(shop, [customer]) == {"asked_recently": 1}


async def test_a_question_about_a_case_and_work_at_it_wait_for_each_other_in_one_order(shop, database):
    """Both hold the customer before the case: the other way round each would wait for the other."""
    customer = await shop.comes()
    case = await solved(shop, await shop.hire())
    shop.passes(minutes=31)
    asking = []

    def ask(store) -> bool:
        asked = askings(store, Touchpoint.CASE)
        return surveys.ask_about_case(store, store.cases.get(case.id), asked, shop.work.shop(), shop.now)

    def work_at_it(store) -> None:
        store.customers.staying([customer.id])  # as `cases.locked` begins
        if store.connection.dialect.name == "postgresql":  # SQLite has one writer: there is nothing to wait for
            asking.append(asyncio.create_task(database.write(ask)))
            await_only(until_it_waits(database))
        assert store.cases.locked(case.id) is not None

    await database.write(work_at_it)
    await asyncio.gather(*asking)  # neither was given up
    await surveys.ask_after_cases(shop.work)
    assert len(await runs(shop, [customer])) == 1


async def test_a_case_that_was_reopened_and_closed_again_may_be_asked_about_again(shop):
    customer = await shop.comes()
    staff = await shop.hire()
    case = await solved(shop, staff)
    shop.passes(minutes=31)
    await surveys.ask_after_cases(shop.work)
    shop.passes(days=1)

    def again(store):
        mine = store.cases.locked(case.id)
        mine.reopened, mine.closed_at = 1, shop.now
        store.cases.save(mine)
        store.surveys.close_open(customer.id, shop.now)
        run = store.surveys.of_customer(customer.id, 1)[0]
        run.ending = RunEnding.CANCELLED
        store.surveys.save(run)

    await shop.database.write(again)
    shop.passes(minutes=31)
    await surveys.ask_after_cases(shop.work)
    assert len(await runs(shop, [customer])) == 2


# --- a reminder, an end


async def test_who_says_nothing_is_reminded_once_after_five_days(day):
    await day.comes()
    await day.changes(created_at=day.now - timedelta(days=30))
    await morning(day)
    await day.relay.deliver_due()
    question = day.transport.texts(day.me)[-1]
    day.now = NINE_ON_MONDAY + timedelta(days=4, hours=2, minutes=59)
    assert await open_surveys.remind_of_surveys(day.work) == 0
    day.passes(days=3)  # the next Monday: the fifth day was a Saturday
    assert await open_surveys.remind_of_surveys(day.work) == 1
    await day.relay.deliver_due()
    assert day.transport.texts(day.me)[-1].endswith(question)
    assert await open_surveys.remind_of_surveys(day.work) == 0
    await day.press("9")
    run = await day.run()
    assert (run.score, run.score_group) == (9, ScoreGroup.PROMOTER)


async def test_who_answered_is_not_reminded(shop):
    await shop.comes()
    await shop.changes(created_at=shop.now - timedelta(days=30))
    await morning(shop)
    await shop.relay.deliver_due()
    await shop.press("10")
    shop.now = NINE_ON_MONDAY + timedelta(days=7, hours=1)
    assert await open_surveys.remind_of_surveys(shop.work) == 0


async def test_a_run_ends_after_two_weeks_and_keeps_what_was_said(shop):
    await shop.comes()
    await shop.buys()
    shop.passes(minutes=31)
    await shop.tick()
    shop.passes(days=13, hours=23)
    assert await open_surveys.end_surveys(shop.work) == 0
    shop.passes(hours=2)
    assert await open_surveys.end_surveys(shop.work) == 1
    run = await shop.run()
    assert (run.ending, run.closed_at) == (RunEnding.EXPIRED, shop.now)
    await shop.say("5")
    assert (await shop.run()).score is None, "it is no answer any more"


async def test_half_an_answer_ends_after_a_day(shop):
    await shop.comes()
    await shop.buys()
    shop.passes(minutes=31)
    await shop.tick()
    await shop.press("2 ⭐")
    shop.passes(hours=23)
    assert await open_surveys.end_surveys(shop.work) == 0
    shop.passes(hours=2)
    assert await open_surveys.end_surveys(shop.work) == 1
    run = await shop.run()
    assert (run.score, run.ending) == (2, RunEnding.EXPIRED)


async def test_a_question_that_cannot_be_delivered_was_never_asked(day):
    customer = await day.comes()
    await day.buys()
    day.passes(minutes=31)
    await day.ticker.run_all()
    await day.database.write(
        lambda store: store.customers.set_reach(day.me.bot_id, day.me.user_id, ReachStatus.BLOCKED)
    )
    await day.relay.deliver_due()
    assert await open_surveys.end_surveys(day.work) == 1
    assert (await day.run()).closed_at is not None
    since = day.now - timedelta(days=1)
    unsent = await day.database.read(lambda store: store.sampling.undelivered("csat", Touchpoint.VISIT, since))
    assert unsent == {"unreachable": 1}
    known = await day.database.read(
        lambda store: store.sampling.known("csat", SurveyKind.CSAT, Touchpoint.VISIT, [customer.id])
    )
    assert known[customer.id].asked_at is None


# --- who is never heard


async def test_a_branch_that_sells_and_is_never_spoken_of_is_told_to_the_owner_every_two_weeks(shop):
    await shop.comes()
    await shop.hire(Role.OWNER, login="boss")
    customer = await shop.customer()

    def sales(store):
        for _ in range(12):
            store.purchases.add(line(shop, customer, branch="Север"))

    shop.now = NINE_ON_MONDAY + timedelta(hours=2)
    alerts = []
    for _ in range(20):
        await shop.database.write(sales)
        shop.passes(minutes=1)
        before = len(shop.transport.carried)
        await open_surveys.find_silent_branches(shop.work)
        await shop.database.write(lambda store: store.occasions.job_ran("find_silent_branches", shop.now))
        await shop.relay.deliver_due()
        alerts.append(sum("Север" in one.message.text for one in shop.transport.carried[before:]))
        shop.passes(days=1, minutes=-1)
    assert sum(alerts) == 2
    assert (alerts[0], alerts[14]) == (1, 1)


async def test_key_customers_without_an_answer_for_a_year_are_listed(shop):
    people = await crowd(shop, 3)

    def key(store):
        for one in people[:2]:
            store.stats._insert(CustomerStats(customer_id=one.id, is_key=True))

    await shop.database.write(key)
    shop.passes(days=400)
    missed = await shop.database.read(
        lambda store: store.sampling.missed(shop.now - timedelta(days=365), shop.now - timedelta(days=365), 10)
    )
    assert [(one.customer_id, one.asked_at) for one in missed] == [(one.id, None) for one in people[:2]]


async def test_who_withdrew_their_consent_is_not_asked(shop):
    customer = await shop.comes()
    await shop.changes(created_at=shop.now - timedelta(days=30))
    await shop.decides(ConsentPurpose.PERSONAL_DATA, ConsentAction.WITHDRAWN)
    await morning(shop)
    assert await runs(shop, [customer]) == []
    assert set(await reasons(shop, [customer])) == {"data_withdrawn"}
