"""Answers are added up by the clock: what the pages read is what the runs say, whatever came late or was changed."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler import answers
from scheduler.work import Shop, Work
from storage.kinds import (
    DeliveryState,
    Journey,
    Language,
    MessageKind,
    OccasionOutcome,
    RunEnding,
    SurveyKind,
    TallyDimension,
    Touchpoint,
)
from storage.models import Bot, Occasion, OutboxMessage, SurveyRun
from surveys import scales
from surveys.influence import Sign
from surveys.reports import Period, last_days, read_report
from tests.talk import NOON

ZONE = ZoneInfo("Asia/Vladivostok")
"""Where the day begins at 14:00 UTC."""
BOT = "telegram:1"
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
NPS, CSAT = SurveyKind.NPS, SurveyKind.CSAT


async def nothing_kept() -> int:
    return 0


@asynccontextmanager
async def nobody_rates(zone: ZoneInfo, now: datetime) -> AsyncIterator[Iterator[str]]:
    raise AssertionError("adding up judges nobody")
    yield iter(())


class House:
    """Customers who are asked and answer, and the job that adds it up."""

    def __init__(self, database) -> None:
        self.database = database
        self.now = NOON
        self.customer = None

    async def open(self) -> None:
        def unit(store):
            store.bots.register(Bot(id=BOT, channel="telegram"))
            return store.customers.add(BOT, "1", "Анна", Language.RU, NOON)

        self.customer = await self.database.write(unit)

    async def asks(self, score=None, at=None, after=HOUR, kind=NPS, **values) -> SurveyRun:
        at = at or self.now
        run = SurveyRun(
            **{
                "customer_id": self.customer.id,
                "survey": kind.value,
                "kind": kind,
                "touchpoint": Touchpoint.VISIT,
                "bot_id": BOT,
                "asked_at": at,
                "expires_at": at + 14 * DAY,
                "score": score,
                "score_group": None if score is None else scales.group_of(kind, score),
                "answered_at": None if score is None else at + after,
            }
            | values
        )
        await self.database.write(lambda store: store.surveys.add(run))
        return run

    async def looks(self) -> int:
        """The job once, as the ticker runs it."""
        shop = Shop("Корица", Language.RU, ZONE)
        handled = await answers.add_up_answers(
            Work(self.database, lambda: self.now, lambda: shop, nothing_kept, nobody_rates)
        )
        name = answers.add_up_answers.__name__
        await self.database.write(lambda store: store.occasions.job_ran(name, self.now, handled=handled))
        return handled

    async def results(self, days: int = 365, branch=None, survey="nps"):
        period = last_days(self.now.astimezone(ZONE).date(), days)
        return (await self.report(period, branch, survey)).results

    async def report(self, period, branch=None, survey="nps"):
        return await self.database.read(
            lambda store: read_report(store, survey, period, ZONE, branch, with_comments=True, with_traces=True)
        )


@pytest.fixture
async def house(database) -> House:
    house = House(database)
    await house.open()
    return house


async def test_what_was_answered_is_counted_after_one_look(house):
    for score in (10, 9, 3):
        await house.asks(score)
    await house.asks()
    await house.looks()
    found = await house.results()
    assert (round(found.score.value), found.score.n) == (33, 3)
    assert (found.response.share, found.response.n) == (0.75, 4)
    assert [(row.name, row.score.n) for row in found.along[TallyDimension.CHANNEL]] == [("telegram", 3)]


async def test_an_answer_that_comes_late_counts_on_the_day_it_was_asked_for(house):
    run = await house.asks()
    await house.looks()
    house.now += 13 * DAY
    run.score, run.score_group, run.answered_at = 9, scales.group_of(NPS, 9), house.now
    await house.database.write(lambda store: store.surveys.save(run))
    assert await house.looks() == 1
    found = await house.results()
    assert (found.score.n, found.response.share) == (1, 1)


async def test_a_changed_score_counts_as_it_is_now(house):
    run = await house.asks(2)
    await house.looks()
    house.now += 20 * HOUR
    run.score, run.score_group, run.first_score, run.changed_at = 8, scales.group_of(NPS, 8), 2, house.now
    await house.database.write(lambda store: store.surveys.save(run))
    await house.looks()
    assert [one.score for one in (await house.results()).given if one.share.share] == [8]


async def test_a_look_without_news_adds_nothing_up(house):
    await house.asks(9, NOON - 40 * DAY)
    await house.asks(9, NOON - 5 * DAY)
    assert await house.looks() == 2
    house.now += HOUR
    assert await house.looks() == 0


async def test_once_a_day_everything_that_may_still_change_is_added_up_anew(house):
    run = await house.asks(at=NOON - 3 * DAY)
    await house.asks(9, at=NOON - 60 * DAY)
    await house.looks()
    run.ending, run.closed_at = RunEnding.CANCELLED, NOON - DAY  # a change that tells nobody its moment
    await house.database.write(lambda store: store.surveys.save(run))
    house.now += DAY
    assert await house.looks() == 1
    assert (await house.results()).response.n == 1


async def test_two_looks_count_nothing_twice(house):
    await house.asks(9)
    for _ in range(3):
        await house.looks()
        house.now += SECOND
    assert (await house.results()).score.n == 1


async def test_a_day_is_the_business_own(house):
    await house.asks(10, datetime(2026, 3, 1, 13, 59, tzinfo=NOON.tzinfo))  # 23:59 of the first of March there
    await house.asks(0, datetime(2026, 3, 1, 14, 1, tzinfo=NOON.tzinfo))
    await house.looks()
    found = (await house.report(Period(date(2026, 3, 1), date(2026, 3, 2)))).results
    assert (found.score.value, found.score.n) == (100, 1)


async def test_branches_sellers_and_periods_do_not_mix(house):
    await house.asks(10, branch="Арбат", seller="Анна")
    await house.asks(0, branch="Сокол", seller="Борис")
    await house.asks(0, NOON - 100 * DAY, branch="Сокол")
    await house.asks(5, kind=CSAT, branch="Арбат")
    await house.looks()
    ninety = await house.results(90)
    assert {row.name: row.score.value for row in ninety.branches} == {"Арбат": 100, "Сокол": -100}
    assert (ninety.score.n, ninety.before.n) == (2, 1)
    of_one = await house.results(90, branch="Сокол")
    assert (of_one.score.value, of_one.score.n) == (-100, 1)
    assert of_one.staff.hidden == 1
    assert (await house.results(90, survey="csat")).score.n == 1


async def test_a_question_that_never_left_is_told_apart(house):
    message = OutboxMessage(
        bot_id=BOT,
        user_id="1",
        kind=MessageKind.SURVEY,
        priority=2,
        body={},
        nonce="n",
        state=DeliveryState.FAILED,
        not_before=NOON,
        created_at=NOON,
    )
    await house.database.write(lambda store: store.bulk.insert(OutboxMessage, [message.model_dump()]))
    await house.asks(outbox_id=message.id)
    await house.asks(7)
    await house.looks()
    found = await house.results()
    assert (found.undelivered, found.response.n) == (1, 1)


async def test_topics_are_counted_and_their_comments_quoted_newest_first(house):
    await house.asks(2, NOON - DAY, comment="Ждали час", topics=["waiting"])
    await house.asks(9, comment="Быстро!", topics=["waiting"])
    await house.asks(9, comment=None)
    await house.looks()
    report = await house.report(last_days(NOON.date(), 30))
    (topic,), said = report.results.topics, report.comments
    assert (topic.name, topic.comments, topic.complaints) == ("waiting", 2, 1)
    assert [one.text for one in said] == ["Быстро!", "Ждали час"]
    assert said[1].topics == ["waiting"]


async def test_who_was_not_asked_is_told_with_the_reason(house):
    def skip(store) -> None:
        skipped = [
            (Journey.SURVEY, "held_out", "nps"),
            (Journey.SURVEY, "held_out", "nps"),
            (Journey.SURVEY, "chat_active", "nps"),
            (Journey.SURVEY, "daily_limit", "csat"),
            (Journey.SURVEY, "too_new", "ces"),
            (Journey.SURVEY, "not_in_segment", None),
            (Journey.BIRTHDAY, "held_out", None),
            (Journey.CSAT_AFTER_PURCHASE, "asked_recently", "csat"),
        ]
        for number, (journey, reason, survey) in enumerate(skipped):
            occasion = Occasion(
                journey=journey,
                customer_id=house.customer.id,
                occurrence=f"{number}",
                outcome=OccasionOutcome.SKIPPED,
                reason=reason,
                survey=survey,
                at=NOON,
            )
            store.occasions.add(occasion)

    await house.database.write(skip)
    assert (await house.report(last_days(NOON.date(), 2))).not_asked == [
        ("held_out", 2),
        ("chat_active", 1),
    ]


async def test_five_scores_of_one_branch_in_a_minute_are_a_sign(house):
    for second in range(6):
        await house.asks(10, NOON + second * SECOND, after=30 * SECOND, branch="Арбат")
    await house.asks(9, NOON - 3 * HOUR, branch="Арбат")
    house.now += HOUR
    await house.looks()
    (sign,) = (await house.report(last_days(house.now.astimezone(ZONE).date(), 30))).traces
    assert (sign.sign, sign.name, sign.found, sign.n) == (Sign.BURST, "Арбат", 6, 7)


async def test_a_survey_that_was_never_put_to_anybody_has_no_results(house):
    assert await house.looks() == 0
    found = await house.results()
    assert (found.score, found.response, found.staff, found.months) == (None, None, None, [])
