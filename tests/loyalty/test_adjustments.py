"""Points by hand: a reason always, a second person above the limit, never one's own, each once and audited."""

import asyncio

import pytest

from loyalty.adjustments import Outcome, Refusal, adjust, decide
from loyalty.rules import Rules
from storage.kinds import AuditAction, ConsentPurpose, DecisionState, PointsKind, Role
from storage.models import PointsAdjustment, StaffAccount

RULES = Rules(second_person_above=500)


class Desk:
    def __init__(self, day, customer, olga, boris) -> None:
        self.day, self.customer, self.olga, self.boris = day, customer, olga, boris

    def wish(self, points: int, *, by=None, reason: str = "Долго ждали заказ") -> PointsAdjustment:
        return PointsAdjustment(
            customer_id=self.customer.id,
            points=points,
            reason=reason,
            asked_by=(by or self.olga).id,
            asked_at=self.day.now,
        )

    async def adjusts(self, wish: PointsAdjustment, by=None):
        by = by or self.olga
        return await self.day.database.write(lambda store: adjust(store, wish, by, RULES, self.day.now, self.day.zone))

    async def decides(self, wish: PointsAdjustment, by, *, is_yes: bool = True):
        return await self.day.database.write(
            lambda store: decide(store, wish.id, by, RULES, self.day.now, self.day.zone, is_yes=is_yes)
        )

    async def balance(self) -> int:
        return await self.day.database.read(
            lambda store: store.points.balance(self.customer.id, self.day.now).available
        )

    async def state(self, wish) -> DecisionState:
        return (await self.day.database.read(lambda store: store.adjustments.get(wish.id))).state

    async def audited(self) -> list:
        found = await self.day.database.read(lambda store: store.audit.of_customer(self.customer.id))
        return [one for one in found if one.action is AuditAction.POINTS_ADJUSTED]


@pytest.fixture
async def desk(day) -> Desk:
    customer = await day.comes(ConsentPurpose.PROGRAMME)
    await day.joins()
    olga = await day.hire(Role.MARKETER, login="olga", account=None)
    boris = await day.hire(Role.ADMIN, login="boris", account=None)
    return Desk(day, customer, olga, boris)


async def test_up_to_the_limit_one_person_decides(desk):
    assert await desk.adjusts(desk.wish(500)) is Outcome.DONE
    assert await desk.balance() == 500
    (entry,) = await desk.audited()
    assert (entry.staff_id, entry.details["points"]) == (desk.olga.id, 500)
    (moved,) = await desk.day.database.read(lambda store: store.points.moved(desk.customer.id, 10))
    assert (moved.operation.kind, moved.operation.reason) == (PointsKind.ADJUSTMENT, "Долго ждали заказ")


async def test_above_it_a_second_one_says_yes(desk):
    wish = desk.wish(501)
    assert await desk.adjusts(wish) is Outcome.WAITING
    assert await desk.balance() == 0
    assert await desk.decides(wish, desk.olga) is Refusal.OWN_WISH
    assert await desk.decides(wish, desk.boris) is Outcome.DONE
    assert await desk.balance() == 501
    (entry,) = await desk.audited()
    assert (entry.staff_id, entry.details["asked_by"]) == (desk.boris.id, desk.olga.id.hex)


async def test_a_second_one_may_say_no_and_who_asked_may_take_it_back(desk):
    wish, other = desk.wish(900), desk.wish(800)
    await desk.adjusts(wish)
    await desk.adjusts(other)
    assert await desk.decides(wish, desk.boris, is_yes=False) is Outcome.REFUSED
    assert await desk.decides(other, desk.olga, is_yes=False) is Outcome.REFUSED
    assert await desk.decides(wish, desk.boris) is Refusal.DECIDED
    assert await desk.balance() == 0
    assert await desk.audited() == []


async def test_the_limit_is_not_passed_in_small_steps(desk):
    assert await desk.adjusts(desk.wish(300)) is Outcome.DONE
    assert await desk.adjusts(desk.wish(201)) is Outcome.WAITING
    desk.day.passes(hours=25)
    assert await desk.adjusts(desk.wish(201)) is Outcome.DONE


async def test_two_who_say_yes_at_once_give_once(desk):
    wish = desk.wish(900)
    await desk.adjusts(wish)
    said = await asyncio.gather(*(desk.decides(wish, desk.boris) for _ in range(6)))
    assert sorted(said) == sorted([Outcome.DONE, *[Refusal.DECIDED] * 5])
    assert await desk.balance() == 900
    assert len(await desk.audited()) == 1


async def test_a_form_that_is_sent_twice_gives_once(desk):
    wish = desk.wish(100)
    said = await asyncio.gather(*(desk.adjusts(wish.model_copy()) for _ in range(4)))
    assert sorted(said) == sorted([Outcome.DONE, *[Refusal.DECIDED] * 3])
    assert await desk.balance() == 100


async def test_what_is_not_there_cannot_be_taken(desk):
    await desk.adjusts(desk.wish(100))
    assert await desk.adjusts(desk.wish(-101)) is Refusal.NOT_ENOUGH
    assert await desk.adjusts(desk.wish(-100)) is Outcome.DONE
    assert await desk.balance() == 0


async def test_what_was_spent_before_the_second_person_came_cannot_be_taken(desk):
    for _ in range(2):
        await desk.adjusts(desk.wish(250))
    wish = desk.wish(-500)
    assert await desk.adjusts(wish) is Outcome.WAITING
    assert await desk.adjusts(desk.wish(-250, by=desk.boris), desk.boris) is Outcome.DONE
    assert await desk.decides(wish, desk.boris) is Refusal.NOT_ENOUGH
    assert await desk.state(wish) is DecisionState.OPEN


async def test_nobody_gives_to_their_own_card(desk):
    account = StaffAccount(
        bot_id=desk.day.me.bot_id, user_id=desk.day.me.user_id, staff_id=desk.olga.id, linked_at=desk.day.now
    )
    await desk.day.database.write(lambda store: store.staff.link_account(account))
    assert await desk.adjusts(desk.wish(1)) is Refusal.OWN_CARD
    assert await desk.adjusts(desk.wish(1, by=desk.boris), desk.boris) is Outcome.DONE


@pytest.mark.parametrize(
    ("points", "reason", "refusal"),
    [(0, "так", Refusal.NO_POINTS), (10**6 + 1, "так", Refusal.NO_POINTS), (5, "  ", Refusal.NO_REASON)],
)
async def test_what_cannot_be(desk, points, reason, refusal):
    assert await desk.adjusts(desk.wish(points, reason=reason)) is refusal


async def test_who_is_no_member_has_no_card_to_adjust(day):
    customer = await day.comes()
    olga = await day.hire(Role.MARKETER, login="olga", account=None)
    desk = Desk(day, customer, olga, olga)
    assert await desk.adjusts(desk.wish(5)) is Refusal.NO_MEMBER
