"""Cases by the clock: whose work they are, who lets them lie, which promises run out; every race on both engines."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from console.threads import Viewer, listed
from messaging import assignment, business_hours, cases, promises
from messaging.desk import Desk
from messaging.messages import Address
from messaging.phrases import say
from scheduler.cases import give_out_cases, return_unanswered, watch_promises
from storage.columns import table_of
from storage.kinds import CaseCause, CaseEventKind, CaseOrigin, Channel, Language, Role, Urgency
from storage.models import Case, CaseEvent, CustomerStats, Staff, StaffSession
from tests.day import Day

RU = Language.RU
ANGRY = "Ужас! Хамство, кофе холодный"


class Shift(Day):
    """A shop whose operators come and go."""

    async def comes_to_work(self, login: str, *, role: Role = Role.OPERATOR, branch: str = "") -> Staff:
        staff = await self.hire(role, login=login, account=f"9{login}")
        staff.branch = branch
        await self.database.write(lambda store: store.staff.save(staff))
        await self.is_on_duty(staff, True)
        return staff

    async def is_on_duty(self, staff: Staff, is_on: bool) -> None:
        await self.database.write(lambda store: store.staff.set_duty("telegram:1", f"9{staff.login}", is_on))

    async def has_setting(self, key: str, value: object) -> None:
        await self.database.write(lambda store: store.business.change(key, value, None, self.now))

    async def events(self, case: Case, *kinds: CaseEventKind) -> list[CaseEvent]:
        found = await self.database.read(lambda store: store.case_work.events(case.id))
        return [event for event in found if not kinds or event.kind in kinds]

    async def delivered(self) -> list[str]:
        """What the operators' group heard since the last look."""
        await self.relay.deliver_due()
        heard = self.alerts()[getattr(self, "_seen", 0) :]
        self._seen = len(self.alerts())
        return heard


@pytest.fixture
async def shop(database):
    shop = Shift(Channel.TELEGRAM, database)
    await shop.register_bots()
    return shop


# --- whose work


async def test_a_complaint_is_somebodys_work_at_once_and_the_bot_goes_on_talking(shop):
    olga = await shop.comes_to_work("olga")
    await shop.say(ANGRY)
    case = await shop.case()
    assert (case.assigned_to, case.assigned_at, case.taken_by) == (olga.id, shop.now, None)
    assert shop.alerts()[-1].endswith(say(RU, "alert.owner", name="Olga"))
    assert not cases.is_human_talking(case)
    assert [event.kind for event in await shop.events(case)] == [CaseEventKind.OPENED, CaseEventKind.ASSIGNED]


async def test_it_waits_in_the_pool_until_somebody_comes_to_work(shop):
    olga = await shop.hire()
    await shop.say(ANGRY)
    assert (await shop.case()).assigned_to is None
    assert await give_out_cases(shop.work) == 0

    await shop.database.write(lambda store: store.staff.set_duty("telegram:1", "7", True))
    await shop.delivered()
    shop.passes(seconds=30)
    assert await give_out_cases(shop.work) == 1
    assert (await shop.case()).assigned_to == olga.id
    assert await shop.delivered() == [say(RU, "alert.given_to", customer="Анна", name="Olga")]


@pytest.mark.parametrize(("minutes_ago", "is_there"), [(4, True), (6, False)])
async def test_who_has_the_console_open_is_there(shop, minutes_ago, is_there):
    olga = await shop.hire(account=None)
    seen = shop.now - timedelta(minutes=minutes_ago)
    session = StaffSession(id_hash="x", staff_id=olga.id, created_at=seen, seen_at=seen)
    await shop.database.write(lambda store: store.staff.add_session(session))
    await shop.say(ANGRY)
    assert ((await shop.case()).assigned_to == olga.id) is is_there


async def test_a_case_knows_the_branch_of_the_last_visit_and_goes_to_its_people(shop):
    await shop.comes()
    await shop.buys(branch="Арбат", product="Капучино")
    await shop.comes_to_work("olga", branch="Омск")
    anna = await shop.comes_to_work("anna", branch="Арбат")
    await shop.say(ANGRY)
    case = await shop.case()
    assert (case.branch, case.service, case.assigned_to) == ("Арбат", "Капучино", anna.id)


async def test_however_many_look_it_has_one_owner(shop):
    await shop.say(ANGRY)
    for login in ("olga", "anna", "vera"):
        await shop.comes_to_work(login)
    await asyncio.gather(*(give_out_cases(shop.work) for _ in range(4)))
    case = await shop.case()
    assert [event.to_staff_id for event in await shop.events(case, CaseEventKind.ASSIGNED)] == [case.assigned_to]


async def test_cases_that_come_at_the_same_moment_keep_to_the_cap(shop):
    await shop.has_setting(assignment.KEY, {"cap": 1})
    staff = [await shop.comes_to_work(login) for login in ("olga", "anna")]

    def complain(number: int):
        def unit(store) -> None:
            customer = store.customers.add(shop.bot_id, f"c{number}", "", RU, shop.now)
            chat = Address(shop.bot_id, f"c{number}")
            cases.open_case(
                store, customer, chat, Urgency.NOW, CaseOrigin.ANGRY_MESSAGE, "плохо", shop.now, shop.business.desk
            )

        return unit

    await asyncio.gather(*(shop.database.write(complain(number)) for number in range(5)))
    waiting = await shop.database.read(lambda store: store.case_work.pool(10))
    assert len(waiting) == 3
    held = await shop.database.read(
        lambda store: store.case_work.colleagues({Role.OPERATOR}, shop.now, shop.now - timedelta(days=1))
    )
    assert {one.id: one.open_cases for one in held} == {one.id: 1 for one in staff}


async def test_a_key_customer_is_promised_an_answer_in_half_the_time(shop):
    await shop.comes()
    await shop.buys()
    become_key = update(table_of(CustomerStats)).values(is_key=True)
    await shop.database.write(lambda store: store.connection.execute(become_key) and None)
    await shop.say("позовите человека")
    case = await shop.case()
    assert (case.is_key, case.due_at) == (True, shop.now + timedelta(hours=2))


async def test_to_take_a_case_makes_it_ones_own_work(shop):
    await shop.comes_to_work("olga")
    anna = await shop.hire(login="anna", account=None)
    await shop.say(ANGRY)
    case = await shop.case()
    await shop.database.write(lambda store: cases.take(store, case.id, anna, shop.now))
    case = await shop.case()
    assert (case.taken_by, case.assigned_to) == (anna.id, anna.id)


async def test_a_case_is_handed_over_with_a_reason(shop):
    olga, anna = await shop.comes_to_work("olga"), await shop.hire(login="anna", account=None)
    await shop.say(ANGRY)
    case = await shop.case()
    await shop.database.write(lambda store: cases.take(store, case.id, olga, shop.now))
    desk = shop.business.desk
    await shop.database.write(lambda store: cases.transfer(store, case.id, olga, anna, "знает кухню", shop.now, desk))
    case = await shop.case()
    assert (case.assigned_to, case.taken_by) == (anna.id, None)
    [event] = await shop.events(case, CaseEventKind.TRANSFERRED)
    assert (event.staff_id, event.to_staff_id, event.text) == (olga.id, anna.id, "знает кухню")


async def test_who_gets_a_handed_over_case_is_waited_for_from_then_on(shop):
    """Also where the customer had their answer: its new owner is to say something, or loses it."""
    olga, anna = await shop.comes_to_work("olga"), await shop.comes_to_work("anna")
    await shop.say(ANGRY)
    case = await shop.case()
    await shop.database.write(lambda store: cases.reply(store, case.id, olga, "Простите", shop.now))
    assert (await shop.case()).waiting_since is None
    shop.passes(minutes=30)
    desk = shop.business.desk
    await shop.database.write(lambda store: cases.transfer(store, case.id, olga, anna, "знает кухню", shop.now, desk))
    assert (await shop.case()).waiting_since == shop.now
    shop.passes(minutes=15)
    assert await return_unanswered(shop.work) == 1
    assert (await shop.case()).assigned_to == olga.id


# --- who lets it lie


async def test_an_unanswered_case_goes_to_the_next_then_to_everybody_and_the_owner_hears_of_it(shop):
    await shop.hire(Role.OWNER, login="boss", account="1")
    staff = {(await shop.comes_to_work(login)).id: login for login in ("olga", "anna")}
    await shop.say(ANGRY)
    first = (await shop.case()).assigned_to
    await shop.delivered()

    shop.passes(minutes=14)
    assert await return_unanswered(shop.work) == 0
    shop.passes(minutes=1)
    assert await return_unanswered(shop.work) == 1
    second = (await shop.case()).assigned_to
    assert {first, second} == staff.keys()
    names = {"was": staff[first].title(), "name": staff[second].title()}
    assert await shop.delivered() == [say(RU, "alert.returned", customer="Анна", time="15 минут", **names)]
    boss = Address("telegram:1", "1")
    assert shop.transport.texts(boss) == []

    shop.passes(minutes=15)
    assert await return_unanswered(shop.work) == 1
    case = await shop.case()
    assert (case.assigned_to, case.taken_by) == (None, None)
    assert (await shop.delivered())[0].startswith("⏱ Анна")
    assert shop.transport.texts(boss) == [say(RU, "alert.let_lie", customer="Анна")]

    shop.passes(minutes=60)
    assert await give_out_cases(shop.work) == await return_unanswered(shop.work) == 0  # nobody gets it a second time


async def test_a_case_that_everybody_let_lie_is_seen_by_all_and_goes_to_the_next_of_its_branch(shop):
    await shop.comes()
    await shop.buys(300_00, branch="Север")
    olga = await shop.comes_to_work("olga")
    await shop.say(ANGRY)
    shop.passes(minutes=15)
    assert await return_unanswered(shop.work) == 1
    case = await shop.case()
    assert (case.branch, case.assigned_to, case.taken_by) == ("Север", None, None)

    vera = await shop.comes_to_work("vera", branch="Юг")
    for colleague, is_theirs in ((olga, True), (vera, False)):
        viewer = Viewer(colleague, shop.zone, shop.now)
        seen = await shop.database.read(partial(listed, viewer=viewer, view="unassigned", label="", is_open=True))
        assert [card.case.id for card in seen] == [case.id] * is_theirs, colleague.login
    assert await give_out_cases(shop.work) == 0

    anna = await shop.comes_to_work("anna", branch="Север")
    assert await give_out_cases(shop.work) == 1
    assert (await shop.case()).assigned_to == anna.id


async def test_who_took_a_case_and_forgot_it_loses_it_too(shop):
    olga, anna = await shop.comes_to_work("olga"), await shop.hire(login="anna", account="9anna")
    await shop.say(ANGRY)
    case = await shop.case()
    await shop.database.write(lambda store: cases.take(store, case.id, olga, shop.now))
    await shop.is_on_duty(anna, True)
    shop.passes(minutes=15)
    assert await return_unanswered(shop.work) == 1
    case = await shop.case()
    assert (case.assigned_to, case.taken_by) == (anna.id, None)


async def test_an_answered_case_stays_with_who_answered_until_the_customer_waits_again(shop):
    olga = await shop.comes_to_work("olga")
    await shop.say(ANGRY)
    case = await shop.case()
    await shop.database.write(lambda store: cases.reply(store, case.id, olga, "Простите", shop.now))
    shop.passes(hours=5)
    assert await return_unanswered(shop.work) == 0
    await shop.say("и что дальше?")
    shop.passes(minutes=15)
    assert await return_unanswered(shop.work) == 1


async def test_the_lunch_break_is_nobodys_fault(shop):
    # It is 15:00 in Moscow: ten minutes later the branch closes for an hour.
    week = {day: ["9:00-15:10", "16:10-20:00"] for day in business_hours.DAYS}
    await shop.has_setting(business_hours.KEY, {"": {"zone": "Europe/Moscow", "week": week}})
    await shop.comes_to_work("olga")
    await shop.say(ANGRY)
    case = await shop.case()
    assert case.due_at == shop.now + timedelta(minutes=75)
    shop.passes(minutes=74)
    assert await return_unanswered(shop.work) == 0
    shop.passes(minutes=1)
    assert await return_unanswered(shop.work) == 1


async def test_an_answer_at_the_moment_the_timer_runs_out_keeps_the_case(shop):
    olga = await shop.comes_to_work("olga")
    await shop.comes_to_work("anna")
    await shop.say(ANGRY)
    case = await shop.case()
    shop.passes(minutes=15)
    answer = shop.database.write(lambda store: cases.reply(store, case.id, olga, "Простите", shop.now))
    outcome, *_ = await asyncio.gather(answer, *(return_unanswered(shop.work) for _ in range(3)))
    case = await shop.case()
    assert isinstance(outcome, cases.Done)
    assert (case.assigned_to, case.taken_by, case.waiting_since) == (olga.id, olga.id, None)
    assert await return_unanswered(shop.work) == 0


# --- promises


async def test_staff_are_warned_once_before_an_answer_is_late_and_told_once_when_it_is(shop):
    await shop.say(ANGRY)
    case = await shop.case()
    await shop.delivered()
    shop.passes(minutes=11)
    assert await watch_promises(shop.work) == 0
    shop.passes(minutes=1)
    await asyncio.gather(*(watch_promises(shop.work) for _ in range(3)))
    until, nobody = "12:15", say(RU, "alert.nobodys")
    assert await shop.delivered() == [say(RU, "alert.warned.answer", customer="Анна", until=until, owner=nobody)]

    shop.passes(minutes=3, seconds=1)
    await asyncio.gather(*(watch_promises(shop.work) for _ in range(3)))
    assert await shop.delivered() == [say(RU, "alert.breached.answer", customer="Анна", until=until, owner=nobody)]
    case = await shop.case()
    assert (case.warned_at is not None, case.breached_at) == (True, shop.now)
    told = await shop.events(case, CaseEventKind.WARNED, CaseEventKind.BREACHED)
    assert [(event.kind, event.text) for event in told] == [
        (CaseEventKind.WARNED, promises.What.FIRST),
        (CaseEventKind.BREACHED, promises.What.FIRST),
    ]


async def test_what_the_bot_says_is_no_answer_and_a_human_word_stops_the_clock(shop):
    olga = await shop.hire()
    began = shop.now
    await shop.say(ANGRY)
    shop.passes(minutes=5)
    await shop.say("ау?")
    case = await shop.case()
    assert (case.waiting_since, case.next_due_at) == (began, began + timedelta(minutes=15))

    await shop.database.write(lambda store: cases.reply(store, case.id, olga, "Простите", shop.now))
    case = await shop.case()
    assert (case.waiting_since, case.next_due_at, case.replied_by) == (None, None, olga.id)

    shop.passes(minutes=30)
    await shop.say("спасибо, жду")
    case = await shop.case()
    assert case.next_due_at == shop.now + timedelta(minutes=30)  # the next answer has a promise of its own
    shop.passes(minutes=25)
    assert await watch_promises(shop.work) == 1
    [event] = await shop.events(case, CaseEventKind.WARNED)
    assert event.text == promises.What.NEXT


async def test_a_case_that_drags_on_is_told_of_too(shop):
    olga = await shop.hire()
    await shop.say(ANGRY)
    case = await shop.case()
    await shop.database.write(lambda store: cases.reply(store, case.id, olga, "Разбираемся", shop.now))
    await shop.delivered()
    shop.passes(hours=20)
    assert await watch_promises(shop.work) == 1
    shop.passes(hours=5)
    assert await watch_promises(shop.work) == 1
    owner = say(RU, "alert.owner", name="Olga")
    assert await shop.delivered() == [
        say(RU, "alert.warned.end", customer="Анна", until="12:00", owner=owner)
        + "\n"
        + say(RU, "alert.breached.end", customer="Анна", until="12:00", owner=owner)
    ]


async def test_a_question_that_becomes_a_complaint_is_promised_sooner(shop):
    await shop.say("можно ли у вас отметить день рождения на двадцать человек?")
    assert (await shop.case()).due_at == shop.now + timedelta(hours=4)
    shop.passes(minutes=10)
    await shop.say(ANGRY)
    case = await shop.case()
    assert (case.urgency, case.origin) == (Urgency.NOW, CaseOrigin.ANGRY_MESSAGE)
    assert case.due_at == case.next_due_at == shop.now + timedelta(minutes=15)


async def test_a_setting_that_nobody_can_read_makes_no_customer_wait(shop):
    for key in (business_hours.KEY, promises.KEY, assignment.KEY):
        await shop.has_setting(key, ["broken"])
    await shop.say(ANGRY)
    assert (await shop.case()).due_at == shop.now + timedelta(minutes=15)


# --- the end, and after it


async def test_the_whole_story_is_written_down(shop):
    olga = await shop.comes_to_work("olga")
    await shop.say(ANGRY)
    case = await shop.case()
    await shop.database.write(lambda store: cases.take(store, case.id, olga, shop.now))
    await shop.database.write(lambda store: cases.reply(store, case.id, olga, "Простите", shop.now))
    await shop.database.write(lambda store: cases.close(store, case.id, olga, CaseCause.STAFF, "вернули", shop.now))
    await shop.database.write(lambda store: cases.reopen(store, case.id, "опять", shop.now, Desk()))
    assert [event.kind.value for event in await shop.events(case)] == [
        "opened",
        "assigned",
        "taken",
        "replied",
        "closed",
        "reopened",
        "assigned",
    ]


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_reopened_case_goes_back_to_its_owner_if_they_are_there_else_to_the_pool(shop, is_there):
    olga, _anna = await shop.comes_to_work("olga"), await shop.hire(login="anna", account=None)
    await shop.say(ANGRY)
    case = await shop.case()
    await shop.database.write(lambda store: cases.take(store, case.id, olga, shop.now))
    await shop.database.write(lambda store: cases.close(store, case.id, olga, CaseCause.STAFF, "вернули", shop.now))
    await shop.is_on_duty(olga, is_there)
    shop.passes(days=1)
    await shop.database.write(lambda store: cases.reopen(store, case.id, "опять", shop.now, Desk()))
    again = await shop.case()
    assert (again.id, again.reopened, again.closed_at, again.taken_by) == (case.id, 1, None, None)
    assert again.assigned_to == (olga.id if is_there else None)
    assert again.next_due_at == shop.now + timedelta(minutes=15)  # nobody has answered yet: it is the first answer


async def test_of_spam_nobody_is_asked_anything(shop):
    olga = await shop.hire()
    await shop.say(ANGRY)
    case = await shop.case()
    closing = {"is_spam": True}
    await shop.database.write(
        lambda store: cases.close(store, case.id, olga, CaseCause.MISTAKE, "спам", shop.now, **closing)
    )
    case = await shop.database.read(lambda store: store.cases.get(case.id))
    assert (case.is_spam, case.asks_survey, case.recovery_due_at) == (True, False, None)
