"""Was it put right? A week after a complaint its customer is asked, once; an unhappy answer opens the case again."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from messaging import cases, recovery
from messaging.desk import Desk
from messaging.outbox import enqueue
from messaging.phrases import say
from scheduler.cases import ask_whether_all_is_well
from storage.kinds import (
    CaseCause,
    CaseOrigin,
    Channel,
    ConsentAction,
    ConsentPurpose,
    DeliveryState,
    Journey,
    Language,
    MessageKind,
    OccasionOutcome,
    RunEnding,
    SurveyKind,
    Touchpoint,
    Urgency,
)
from storage.models import Case
from surveys.asking import ask
from surveys.recovery import rate
from surveys.reports import last_days, read_not_asked
from tests.day import MOSCOW, Day

RU = Language.RU
CHECK = Journey.RECOVERY_CHECK


async def complains_and_is_answered(day: Day, words: str = "Ужас! Хамство, кофе холодный", **closing) -> Case:
    """A complaint that Olga closed just now."""
    await day.comes()
    await day.say(words)
    case = await day.case()
    olga = await day.hire(account=None)

    def close(store) -> None:
        cases.reply(store, case.id, olga, "Простите, вернули деньги", day.now)
        cases.close(store, case.id, olga, CaseCause.STAFF, "вернули деньги", day.now, **closing)

    await day.database.write(close)
    await day.relay.deliver_due()
    return case


async def asks(day: Day) -> list[str]:
    """What the customer hears when the clock looks."""
    before = len(day.transport.texts(day.me))
    await ask_whether_all_is_well(day.work)
    await day.relay.deliver_due()
    return day.transport.texts(day.me)[before:]


async def the(day: Day, case: Case) -> Case:
    found = await day.database.read(lambda store: store.cases.get(case.id))
    assert found is not None
    return found


async def test_a_week_later_the_customer_is_asked_once_and_a_good_word_counts(day):
    case = await complains_and_is_answered(day)
    day.passes(days=6, hours=23)
    assert await asks(day) == []
    day.passes(hours=1)
    assert await asks(day) == [say(RU, "recovery.question", business="Корица", since="1 марта")]
    assert await asks(day) == []
    run = await day.run()
    assert (run.touchpoint, run.case_id) == (Touchpoint.RECOVERY, case.id)

    await day.press("5 ⭐")
    case = await the(day, case)
    assert (case.is_recovered, case.reopened, case.closed_at is None) == (True, 0, False)
    day.passes(days=30)
    assert await asks(day) == []


async def test_an_unhappy_answer_opens_the_same_case_again_with_new_promises(day):
    case = await complains_and_is_answered(day)
    day.passes(days=7)
    await asks(day)
    await day.press("2 ⭐")
    again = await day.case()
    assert (again.id, again.reopened, again.is_recovered, again.closed_at) == (case.id, 1, False, None)
    assert again.waiting_since == day.now
    assert any("снова открыто" in alert for alert in day.alerts())

    await day.say("так никто и не перезвонил")  # said to the case that is open: no second one
    found = await day.database.read(lambda store: store.cases.of_customer(case.customer_id, 10))
    assert [one.id for one in found] == [case.id]


@pytest.fixture
async def talk(database):
    """The same on one channel: these rules know none."""
    day = Day(Channel.TELEGRAM, database)
    await day.register_bots()
    return day


async def test_who_changes_their_mind_is_recovered_or_not_by_the_last_word(talk):
    case = await complains_and_is_answered(talk)
    talk.passes(days=7)
    await asks(talk)
    await talk.press("5 ⭐")
    await talk.press("1 ⭐")
    case = await the(talk, case)
    assert (case.is_recovered, case.reopened, case.closed_at) == (False, 1, None)


async def test_a_middling_answer_is_no_recovery_and_no_alarm(talk):
    case = await complains_and_is_answered(talk)
    talk.passes(days=7)
    await asks(talk)
    await talk.press("3 ⭐")
    case = await the(talk, case)
    assert (case.is_recovered, case.reopened, case.closed_at is None) == (False, 0, False)


async def test_who_reopened_it_is_asked_again_after_the_second_repair(talk):
    case = await complains_and_is_answered(talk)
    talk.passes(days=7)
    await asks(talk)
    await talk.press("1 ⭐")
    olga = await talk.database.read(lambda store: store.staff.by_login("olga"))
    await talk.database.write(lambda store: cases.close(store, case.id, olga, CaseCause.STAFF, "перезвонили", talk.now))
    talk.passes(days=7)
    assert len(await asks(talk)) == 1
    await talk.press("5 ⭐")
    assert (await the(talk, case)).is_recovered is True


async def test_a_question_that_was_answered_is_no_complaint(talk):
    case = await complains_and_is_answered(talk, "можно ли у вас отметить день рождения на двадцать человек?")
    assert (await the(talk, case)).recovery_due_at is None


async def test_the_business_says_when_and_whether(talk):
    await talk.database.write(
        lambda store: store.business.change(recovery.KEY, {"after_days": 3}, None, talk.now) and None
    )
    await complains_and_is_answered(talk)
    talk.passes(days=3)
    assert len(await asks(talk)) == 1


async def test_at_night_it_waits_for_the_morning(talk):
    await complains_and_is_answered(talk)
    talk.passes(days=7, hours=8)  # 23:00 in Moscow
    assert await asks(talk) == []
    talk.passes(hours=10)
    assert len(await asks(talk)) == 1


async def test_the_check_comes_on_top_of_no_other_survey_and_says_why(talk):
    await complains_and_is_answered(talk)
    talk.passes(days=4)
    await is_asked_beside(talk, Touchpoint.VISIT)
    talk.passes(days=3)
    assert await asks(talk) == []
    [occasion] = await talk.occasions(CHECK)
    assert (occasion.outcome, occasion.reason) == (OccasionOutcome.SKIPPED, "surveyed_recently")
    talk.passes(days=30)
    assert await asks(talk) == [], "skipped is not later instead"
    today = talk.now.astimezone(MOSCOW).date()
    assert await talk.database.read(lambda store: read_not_asked(store, "csat", last_days(today, 60), MOSCOW)) == [
        ("surveyed_recently", 1)
    ]


async def test_the_check_comes_a_week_after_another_survey(talk):
    await complains_and_is_answered(talk)
    await is_asked_beside(talk, Touchpoint.VISIT)
    talk.passes(days=7)
    assert len(await asks(talk)) == 1


async def test_whom_they_rated_themselves_and_what_was_asked_about_this_case_is_no_other_survey(talk):
    case = await complains_and_is_answered(talk)
    talk.passes(minutes=30)
    await is_asked_beside(talk, Touchpoint.CASE, case_id=case.id)
    talk.passes(days=4)
    await is_asked_beside(talk, Touchpoint.MENU)
    talk.passes(days=3)
    assert len(await asks(talk)) == 1


async def test_the_survey_that_opened_the_case_is_no_other_one(talk):
    await talk.database.write(
        lambda store: store.business.change(recovery.KEY, {"after_days": 3}, None, talk.now) and None
    )
    await talk.is_asked(SurveyKind.NPS)
    await talk.press("3")
    case = await talk.case()
    olga = await talk.hire(account=None)
    await talk.database.write(
        lambda store: cases.close(store, case.id, olga, CaseCause.WAITING, "извинились", talk.now)
    )
    await talk.decides(ConsentPurpose.PERSONAL_DATA, ConsentAction.GIVEN)
    talk.passes(days=3)
    assert len(await asks(talk)) == 1


async def test_of_two_repaired_cases_one_is_asked_about_however_many_look(talk):
    first = await complains_and_is_answered(talk)
    talk.passes(minutes=20)
    await talk.say("Ужас! Опять хамство")
    second = await talk.case()
    olga = await talk.database.read(lambda store: store.staff.by_login("olga"))
    await talk.database.write(lambda store: cases.close(store, second.id, olga, CaseCause.STAFF, "ещё раз", talk.now))
    assert first.id != second.id
    talk.passes(days=8)
    await asyncio.gather(*(ask_whether_all_is_well(talk.work) for _ in range(3)))
    assert sorted(one.outcome for one in await talk.occasions(CHECK)) == [
        OccasionOutcome.QUEUED,
        OccasionOutcome.SKIPPED,
    ]


async def test_who_is_about_to_complain_is_not_interrupted(talk):
    """Least of all who does so without a name: their words would be taken for others."""
    await complains_and_is_answered(talk)
    talk.passes(days=7)
    await talk.say("/feedback")
    await talk.press("😞 Пожаловаться")
    await talk.press("🕶 Анонимно")
    talk.passes(hours=2)
    assert await asks(talk) == []
    await talk.say("Всё ещё хамят")
    assert (await talk.case()) is None
    assert len(await talk.database.read(lambda store: store.feedback.newest(9))) == 1


async def is_asked_beside(talk: Day, about: Touchpoint, **more) -> None:
    customer = await talk.customer()

    def unit(store) -> None:
        ask(store, customer, talk.bot_id, SurveyKind.CSAT, talk.now, touchpoint=about, business="Корица", **more)

    await talk.database.write(unit)


async def test_who_withdrew_is_left_alone_for_good(talk):
    await complains_and_is_answered(talk)
    await talk.decides(ConsentPurpose.PERSONAL_DATA, ConsentAction.WITHDRAWN)
    talk.passes(days=7)
    assert await asks(talk) == []
    [occasion] = await talk.occasions(CHECK)
    assert (occasion.outcome, occasion.reason) == (OccasionOutcome.SKIPPED, "data_withdrawn")


async def test_who_complains_again_by_then_is_not_asked_whether_all_is_well(talk):
    case = await complains_and_is_answered(talk)
    talk.passes(days=6)
    await talk.say("Опять хамство, ужас")
    assert (await talk.case()).id != case.id
    talk.passes(days=1)
    assert await asks(talk) == []
    [occasion] = await talk.occasions(CHECK)
    assert occasion.reason == "open_case"


async def test_an_unhappy_answer_while_another_case_is_open_is_heard_there(talk):
    case = await complains_and_is_answered(talk)
    talk.passes(days=7)
    await asks(talk)
    await talk.say("позовите человека")
    other = await talk.case()
    await talk.press("1 ⭐")
    assert (await the(talk, case)).closed_at is not None
    assert (await talk.case()).id == other.id
    assert (await the(talk, case)).is_recovered is False


async def test_a_reopened_case_takes_its_question_back(talk):
    case = await complains_and_is_answered(talk)
    customer = await talk.customer()

    def ask_about_case(store) -> None:
        asked = ask(
            store, customer, talk.bot_id, SurveyKind.CSAT, talk.now, touchpoint=Touchpoint.CASE, case_id=case.id
        )
        message = replace(asked, kind=MessageKind.SURVEY)
        enqueue(store, talk.me, [message], talk.now, customer_id=customer.id)

    await talk.database.write(ask_about_case)
    await talk.database.write(lambda store: cases.reopen(store, case.id, "опять", talk.now, Desk()))
    run = await talk.run()
    assert (run.ending, run.closed_at) == (RunEnding.CANCELLED, talk.now)
    [row] = [row for row in await talk.rows() if row.survey_run_id == run.id]
    assert row.state is DeliveryState.CANCELLED


async def test_how_many_recovered_and_what_they_bought_afterwards(talk):
    await complains_and_is_answered(talk)
    talk.passes(days=7)
    since = talk.now
    await talk.buys(10_000)
    await asks(talk)
    later = talk.now + timedelta(days=1)
    assert await talk.database.read(lambda store: store.recoveries.rate(since, later)) == (1, 0, 0)
    talk.passes(hours=1)
    await talk.press("4 ⭐")
    talk.passes(days=2)
    await talk.buys(25_000)
    await talk.buys(15_000)
    talk.passes(days=1)
    assert await talk.database.read(lambda store: store.recoveries.rate(since, talk.now)) == (1, 1, 1)
    share = await talk.database.read(lambda store: rate(store, since, talk.now))
    assert (share.share, share.n) == (1, 1)
    assert await talk.database.read(lambda store: rate(store, talk.now, talk.now)) is None
    assert await talk.database.read(lambda store: store.recoveries.bought_after(since, talk.now)) == (1, 1, 2, 40_000)
    assert await talk.database.read(lambda store: store.recoveries.bought_after(talk.now, talk.now)) == (0, 0, 0, 0)


async def test_a_low_score_is_a_complaint_that_is_asked_about(talk):
    await talk.is_asked(SurveyKind.NPS)
    await talk.press("3")
    case = await talk.case()
    assert (case.origin, case.urgency, case.run_id) == (CaseOrigin.LOW_SCORE, Urgency.TODAY, (await talk.run()).id)
    olga = await talk.hire(account=None)
    await talk.database.write(
        lambda store: cases.close(store, case.id, olga, CaseCause.WAITING, "извинились", talk.now)
    )
    assert (await the(talk, case)).recovery_due_at is not None


async def test_who_was_never_reached_was_not_asked(talk):
    await complains_and_is_answered(talk)
    talk.passes(days=7)
    await ask_whether_all_is_well(talk.work)
    [row] = [row for row in await talk.rows() if row.journey is CHECK]
    await talk.database.write(lambda store: store.outbox.cancel([row.id], "unreachable"))
    later = talk.now + timedelta(days=1)
    found = await talk.database.read(lambda store: store.recoveries.rate(talk.now, later))
    assert found == (0, 0, 0)
