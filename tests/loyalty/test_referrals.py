"""Friends who bring friends: who counts, when both get their points, when they lose them, and what a person decides."""

import asyncio
from dataclasses import replace

import pytest

from loyalty import referrals
from loyalty.referral_rules import Unfit
from loyalty.referrals import OVER_THE_CAP, REFUSED, Brought, Gone, NotBrought
from messaging import people
from storage.columns import new_id
from storage.kinds import AuditAction, PairState, PointsKind, ReferralState
from storage.models import DuplicatePair, StaffAccount
from tests.day import MOSCOW
from tests.imports.running import undo
from tests.loyalty.friends import TERMS, Friends
from tests.rows import overwrite

EARNED_AT_THE_TILL = 30
"""Five percent of 600 roubles."""


@pytest.fixture
async def friends(day) -> Friends:
    friends = Friends(day)
    await friends.open()
    return friends


async def test_both_get_points_after_the_first_order_and_the_return_window(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    await friends.buys(boris)
    assert await friends.state(boris) is ReferralState.EARNED
    await friends.waits_out(13)
    assert (await friends.balance(anna), await friends.state(boris)) == (0, ReferralState.EARNED)
    await friends.waits_out(1)
    assert (await friends.balance(anna), await friends.state(boris)) == (300, ReferralState.REWARDED)
    assert await friends.balance(boris) >= 200


async def test_the_clock_may_look_as_often_as_it_likes(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    await friends.buys(boris)
    for _ in range(3):
        await friends.waits_out()
    assert await friends.balance(anna) == 300


async def test_a_small_order_does_not_count_and_the_next_large_one_does(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    await friends.buys(boris, 49_999)
    assert await friends.state(boris) is ReferralState.JOINED
    large = await friends.buys(boris, 50_000)
    assert (await friends.of(boris)).purchase_id == large.id


async def test_an_order_that_a_file_brings_counts_in_the_unit_that_brings_it(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    friends.day.passes(hours=1)
    run_id = await friends.file(boris, "A/1;600")
    assert (await friends.of(boris)).purchase_id is not None
    await friends.file(boris, "B/1;700")
    await undo(friends.database, run_id, friends.day.now)
    other = await friends.of(boris)
    assert (other.state, other.signals) == (ReferralState.EARNED, {"min_order": 50_000})


async def test_a_first_order_that_loses_a_line_with_an_undone_file_waits_for_another(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    friends.day.passes(hours=1)
    await friends.file(boris, "A/1;300")
    second = await friends.file(boris, "A/2;400")
    assert await friends.state(boris) is ReferralState.EARNED
    await undo(friends.database, second, friends.day.now)
    assert await friends.state(boris) is ReferralState.JOINED


async def test_an_order_that_a_merge_brings_counts_after_the_night(friends):
    anna = await friends.newcomer("Анна")
    boris, twin = await friends.brings(anna), await friends.newcomer("Двойник")
    await friends.buys(twin)
    await friends.database.write(lambda store: people.merge(store, boris.id, twin.id, None, friends.day.now))
    await friends.works()
    assert await friends.state(boris) is ReferralState.EARNED


async def test_whom_there_is_nothing_new_of_costs_no_unit_that_writes(friends, monkeypatch):
    """A friend whose order is too small, and one who gave a part of theirs back, are only read, and once a night."""
    anna = await friends.newcomer("Анна")
    boris, vera = await friends.brings(anna), await friends.brings(anna, "Вера")
    await friends.buys(boris, 10_000)
    await friends.gives_back(await friends.buys(vera, 90_000), 10_000)
    looked = []
    monkeypatch.setattr(referrals, "look_at", lambda store, friend_id, now: looked.append(friend_id))
    monkeypatch.setattr(referrals, "look_again", lambda store, friend_id, now: looked.append(friend_id))
    found = []
    is_new = referrals.is_new
    monkeypatch.setattr(referrals, "is_new", lambda store, one: found.append(one) or is_new(store, one))
    for _ in range(3):
        await friends.works()
    assert (looked, found) == ([], [boris.id, vera.id])
    friends.day.passes(days=1)
    await friends.works()
    assert (looked, found) == ([], [boris.id, vera.id] * 2)


async def test_saying_the_code_again_changes_nothing_and_another_code_neither(friends):
    anna, vera = await friends.newcomer("Анна"), await friends.newcomer("Вера")
    boris = await friends.brings(anna)
    again = await friends.claims(boris, await friends.code_of(anna))
    other = await friends.claims(boris, await friends.code_of(vera))
    assert isinstance(again, Brought) and isinstance(other, Brought)
    assert (again.is_new, other.is_new, other.advocate.id) == (False, False, anna.id)


async def test_many_at_once_say_the_same_code_and_one_referral_is_made(friends):
    anna, boris = await friends.newcomer("Анна"), await friends.newcomer()
    code = await friends.code_of(anna)
    said = await asyncio.gather(*(friends.claims(boris, code) for _ in range(8)))
    assert sum(one.is_new for one in said) == 1


async def test_nobody_brings_themselves(friends):
    anna = await friends.newcomer("Анна")
    assert await friends.claims(anna, await friends.code_of(anna)) == NotBrought(Unfit.SELF)
    assert await friends.of(anna) is None


async def test_two_newcomers_do_not_bring_each_other(friends):
    anna, boris = await friends.newcomer("Анна"), await friends.newcomer()
    said = await asyncio.gather(
        friends.claims(boris, await friends.code_of(anna)), friends.claims(anna, await friends.code_of(boris))
    )
    assert sorted(type(one).__name__ for one in said) == ["Brought", "NotBrought"]
    assert NotBrought(Unfit.EXISTING) in said


async def test_who_has_bought_before_was_not_brought(friends):
    anna, boris = await friends.newcomer("Анна"), await friends.newcomer()
    await friends.buys(boris)
    assert await friends.claims(boris, await friends.code_of(anna)) == NotBrought(Unfit.EXISTING)
    assert (await friends.of(boris)).reason == "existing"


async def test_who_has_the_advocates_verified_phone_is_the_same_person(friends):
    anna, boris = await friends.newcomer("Анна"), await friends.newcomer()
    for one in (anna, boris):
        await _has_phone(friends, one, "+79001234567")
    assert await friends.claims(boris, await friends.code_of(anna)) == NotBrought(Unfit.SAME_PERSON)


async def test_a_phone_that_was_only_typed_accuses_nobody(friends):
    anna, boris = await friends.newcomer("Анна"), await friends.newcomer()
    await _has_phone(friends, anna, "+79001234567")
    await _has_phone(friends, boris, "+79001234567", is_verified=False)
    assert isinstance(await friends.claims(boris, await friends.code_of(anna)), Brought)


async def test_a_phone_that_is_shared_later_is_noticed_before_the_points(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    await friends.buys(boris)
    for one in (anna, boris):
        await _has_phone(friends, one, "+79001234567")
    await friends.waits_out()
    assert ((await friends.of(boris)).state, (await friends.of(boris)).reason) == (
        ReferralState.INVALID,
        Unfit.SAME_PERSON,
    )
    assert await friends.balance(anna) == 0


async def test_a_return_within_the_window_waits_for_another_order(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    first = await friends.buys(boris)
    await friends.gives_back(first, 60_000)
    assert await friends.state(boris) is ReferralState.JOINED
    await friends.waits_out()
    assert await friends.balance(anna) == 0


async def test_a_return_after_the_points_takes_both_back_and_what_was_spent_is_owed(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    first = await friends.buys(boris)
    await friends.waits_out()
    await _spends(friends, anna, 100)
    await friends.gives_back(first, 60_000)
    assert await friends.state(boris) is ReferralState.REVERSED
    assert (await friends.balance(anna), await friends.owes(anna)) == (0, 100)
    assert sum((await friends.database.read(lambda store: store.points.accounts())).values()) == 0
    await friends.works()
    assert await friends.owes(anna) == 100


async def test_points_that_expired_by_the_moment_of_the_return_are_owed_by_nobody_even_if_nothing_swept(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    first = await friends.buys(boris)
    await friends.waits_out()
    friends.day.passes(days=100)
    await friends.gives_back(first, 60_000)
    moved = await friends.database.read(lambda store: store.points.moved(anna.id, 10))
    assert [(one.operation.kind, one.transfer.points) for one in moved][:1] == [(PointsKind.EXPIRY, 300)]
    assert (await friends.balance(anna), await friends.owes(anna)) == (0, 0)


@pytest.mark.parametrize("is_undone", [False, True])
@pytest.mark.parametrize("merged", ["friend", "advocate"])
async def test_a_return_after_a_merge_takes_both_rewards_back(friends, merged, is_undone):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    first = await friends.buys(boris)
    await friends.waits_out()
    gone, twin = (boris if merged == "friend" else anna), await friends.newcomer("Двойник")
    done = await friends.database.write(lambda store: people.merge(store, twin.id, gone.id, None, friends.day.now))
    if is_undone:
        await friends.database.write(lambda store: people.undo(store, done.merge_id, None, friends.day.now))
    await friends.gives_back(first, 60_000)
    assert [await friends.balance(one) for one in (anna, boris, twin)] == [0, 0, 0]
    assert [await friends.owes(one) for one in (anna, boris, twin)] == [0, 0, 0]


async def test_a_reward_that_came_while_two_were_one_is_taken_back_after_they_are_two_again(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    first = await friends.buys(boris)
    twin = await friends.newcomer("Двойник")
    done = await friends.database.write(lambda store: people.merge(store, twin.id, boris.id, None, friends.day.now))
    await friends.waits_out()
    assert await friends.balance(anna) == 300
    await friends.database.write(lambda store: people.undo(store, done.merge_id, None, friends.day.now))
    await friends.gives_back(first, 60_000)
    assert await friends.balance(anna) == 0


async def test_a_small_return_that_leaves_enough_changes_nothing(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    first = await friends.buys(boris)
    await friends.waits_out()
    await friends.gives_back(first, 10_000)
    assert await friends.state(boris) is ReferralState.REWARDED


async def test_a_reward_is_no_part_of_what_the_purchase_earned(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    first = await friends.buys(boris)
    await friends.waits_out()
    before = await friends.balance(boris)
    await friends.gives_back(first, 60_000)
    assert before - await friends.balance(boris) == 200 + EARNED_AT_THE_TILL
    assert (await friends.balance(boris), await friends.owes(boris)) == (0, 0)


async def test_points_that_expired_before_the_return_are_owed_by_nobody(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    first = await friends.buys(boris)
    await friends.waits_out()
    await friends.waits_out(100)
    assert await friends.balance(anna) == 0
    await friends.gives_back(first, 60_000)
    assert (await friends.state(boris), await friends.owes(anna)) == (ReferralState.REVERSED, 0)


async def test_above_the_cap_of_the_month_only_friends_get_points(friends):
    anna = await friends.newcomer("Анна")
    brought = []
    for _ in range(4):
        boris = await friends.brings(anna)
        await friends.buys(boris)
        brought.append(boris)
        friends.day.passes(days=2)  # no burst
    await friends.waits_out()
    assert await friends.balance(anna) == 900
    assert [(await friends.of(one)).reason for one in brought] == ["", "", "", OVER_THE_CAP]
    assert all([await friends.state(one) is ReferralState.REWARDED for one in brought])


async def test_rewards_at_the_same_moment_keep_the_cap(friends):
    anna, brought = await friends.newcomer("Анна"), []
    for _ in range(6):
        boris = await friends.brings(anna)
        await friends.buys(boris)
        brought.append(boris)
        friends.day.passes(days=2)
    friends.day.passes(days=14)
    now = friends.day.now

    async def settle(friend) -> bool:
        return await friends.database.write(lambda store: referrals.settle(store, friend.id, now, MOSCOW))

    assert all(await asyncio.gather(*(settle(one) for one in brought)))
    assert await friends.balance(anna) == 900


async def test_there_is_one_level_a_friends_friend_brings_the_first_one_nothing(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    vera = await friends.brings(boris, "Вера")
    await friends.buys(vera)
    await friends.waits_out()
    assert (await friends.balance(boris), await friends.balance(anna)) == (300, 0)


async def test_who_is_no_member_gets_no_points_and_the_other_does(friends):
    anna, boris = await friends.newcomer("Анна"), await friends.newcomer(joins=False)
    await friends.claims(boris, await friends.code_of(anna))
    await friends.buys(boris)
    await friends.waits_out()
    assert (await friends.balance(anna), await friends.balance(boris)) == (300, 0)


async def test_five_friends_in_a_day_wait_for_a_person(friends):
    anna = await friends.newcomer("Анна")
    brought = [await friends.brings(anna) for _ in range(5)]
    await friends.buys(brought[0])
    await friends.waits_out()
    held = await friends.of(brought[0])
    assert (held.state, held.signals["burst"], await friends.balance(anna)) == (ReferralState.HELD, 5, 0)


async def test_a_cashier_who_records_their_own_friends_order_waits_for_a_person(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    await _is_on_staff(friends, anna)
    await friends.buys(boris, staff_id=friends.owner.id)
    await friends.waits_out()
    assert (await friends.of(boris)).signals["own_till"] == 1


async def test_two_records_that_may_be_one_person_wait_for_a_person(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    first, second = sorted((anna.id, boris.id))
    pair = DuplicatePair(
        first_id=first, second_id=second, reasons=["phone"], state=PairState.OPEN, found_at=friends.day.now
    )
    await friends.database.write(lambda store: store.duplicates._insert(pair))
    await friends.buys(boris)
    await friends.database.write(lambda store: _make_due(store))
    await friends.database.write(lambda store: referrals.settle(store, boris.id, friends.day.now, MOSCOW))
    assert (await friends.of(boris)).signals["may_be_one"] == 1


async def test_after_one_reward_was_taken_back_the_next_waits_for_a_person(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    first = await friends.buys(boris)
    await friends.waits_out()
    await friends.gives_back(first, 60_000)
    friends.day.passes(days=2)
    vera = await friends.brings(anna, "Вера")
    await friends.buys(vera)
    await friends.waits_out()
    assert ((await friends.of(vera)).state, (await friends.of(vera)).signals["taken_back"]) == (ReferralState.HELD, 1)


@pytest.mark.parametrize("is_fine", [True, False])
async def test_a_person_decides_once_and_the_audit_knows(friends, is_fine):
    anna = await friends.newcomer("Анна")
    brought = [await friends.brings(anna) for _ in range(5)]
    await friends.buys(brought[0])
    await friends.waits_out()
    decided = await _decide(friends, brought[0], is_fine)
    assert decided.state is (ReferralState.REWARDED if is_fine else ReferralState.INVALID)
    assert decided.reason == ("" if is_fine else REFUSED)
    assert await friends.balance(anna) == (300 if is_fine else 0)
    assert isinstance(await _decide(friends, brought[0], not is_fine), Gone)
    entries = await friends.database.read(lambda store: store.audit.of_customer(brought[0].id))
    assert [entry.action for entry in entries] == [AuditAction.REFERRAL_DECIDED]


async def test_a_code_of_who_was_merged_goes_on_working(friends):
    anna, twin = await friends.newcomer("Анна"), await friends.newcomer("Анна", joins=False)
    kept_code, gone_code = await friends.code_of(anna), await friends.code_of(twin)
    await friends.database.write(lambda store: people.merge(store, anna.id, twin.id, None, friends.day.now))
    owners = await friends.database.read(
        lambda store: {store.referrals.owner_of(code) for code in (kept_code, gone_code)}
    )
    assert len(owners) == 1
    boris = await friends.newcomer()
    assert isinstance(await friends.claims(boris, gone_code), Brought)


async def test_the_code_is_the_same_however_often_it_is_asked_for(friends):
    anna = await friends.newcomer("Анна")
    codes = await asyncio.gather(*(friends.code_of(anna) for _ in range(6)))
    assert len(set(codes)) == 1


async def test_an_import_that_is_undone_takes_its_reward_along(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    first = await friends.buys(boris)
    await friends.waits_out()
    await friends.database.write(lambda store: referrals.forget_purchases(store, [first.id], friends.day.now))
    referral = await friends.of(boris)
    assert (referral.state, referral.purchase_id) == (ReferralState.REVERSED, None)
    assert await friends.balance(anna) == 0


async def test_what_is_held_for_an_order_of_an_undone_import_waits_for_another_and_cannot_be_approved(friends):
    anna = await friends.newcomer("Анна")
    brought = [await friends.brings(anna) for _ in range(5)]
    first = await friends.buys(brought[0])
    await friends.waits_out()
    assert await friends.state(brought[0]) is ReferralState.HELD
    await friends.database.write(lambda store: referrals.forget_purchases(store, [first.id], friends.day.now))
    waits = await friends.of(brought[0])
    assert (waits.state, waits.purchase_id, waits.due_at) == (ReferralState.JOINED, None, None)
    assert (waits.signals, waits.reason) == ({}, "")
    assert isinstance(await _decide(friends, brought[0], is_fine=True), Gone)
    assert await friends.balance(anna) == 0


async def test_rewards_and_returns_of_each_others_friends_do_not_wait_for_each_other_forever(friends):
    """Each advocate is the other's friend's friend: whoever held them one by one would stop the other."""
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    vera = await friends.brings(boris, "Вера")
    dina = await friends.brings(vera, "Дина")
    orders = [await friends.buys(one) for one in (boris, vera, dina)]
    friends.day.passes(days=14)
    now = friends.day.now

    async def settle(friend) -> bool:
        return await friends.database.write(lambda store: referrals.settle(store, friend.id, now, MOSCOW))

    assert all(await asyncio.gather(*(settle(one) for one in (dina, boris, vera))))
    await asyncio.gather(*(friends.gives_back(one, 60_000) for one in orders))
    assert [await friends.balance(one) for one in (anna, boris, vera, dina)] == [0, 0, 0, 0]


async def test_nobody_is_told_of_points_at_night(friends):
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    await friends.buys(boris)
    carried = friends.day.transport.carried
    friends.day.passes(days=14, hours=(23 - friends.day.now.astimezone(MOSCOW).hour) % 24)
    await friends.day.tick()
    assert await friends.balance(anna) == 300
    assert not any("300" in one.message.text for one in carried)
    friends.day.passes(hours=12)
    await friends.day.tick()
    assert any("300" in one.message.text for one in carried)


async def test_what_friends_brought_is_counted_for_the_owner(friends):
    anna = await friends.newcomer("Анна")
    boris, vera = await friends.brings(anna), await friends.brings(anna, "Вера")
    await friends.buys(boris)
    await friends.buys(boris, 15_000)
    day = friends.day
    (advocate,) = await friends.database.read(lambda store: store.referrals.advocates(anna.created_at, 10))
    assert (advocate.joined, advocate.bought, advocate.revenue_minor) == (2, 1, 75_000)
    assert await friends.database.read(lambda store: store.referrals.revenue(anna.created_at)) == 75_000
    came = await friends.database.read(lambda store: store.referrals.newcomers(day.now.toordinal() - 1))
    assert came == (1, 1)
    assert vera.id in {one.friend_id for one in await friends.database.read(
        lambda store: store.referrals.of_advocate(anna.id, 10)
    )}  # fmt: skip


async def test_without_points_in_the_rules_friends_are_counted_and_nobody_is_paid(day):
    friends = Friends(day)
    await friends.open(replace(TERMS, friend_points=0, advocate_points=0))
    anna = await friends.newcomer("Анна")
    boris = await friends.brings(anna)
    await friends.buys(boris)
    await friends.waits_out()
    assert (await friends.state(boris), await friends.balance(anna)) == (ReferralState.REWARDED, 0)


async def _has_phone(friends, customer, phone, *, is_verified=True) -> None:
    customer.phone, customer.is_phone_verified = phone, is_verified
    await friends.database.write(lambda store: overwrite(store, customer))


async def _spends(friends, customer, points) -> None:
    from loyalty import ledger
    from storage.kinds import PointsKind

    cause = ledger.Cause(key=new_id().hex, customer_id=customer.id, kind=PointsKind.REDEMPTION)
    assert await friends.database.write(lambda store: ledger.spend(store, cause, points, friends.day.now)) == points


async def _is_on_staff(friends, customer) -> None:
    def unit(store) -> None:
        (here,) = store.customers.identities_of(customer.id)
        account = StaffAccount(
            bot_id=here.bot_id, user_id=here.user_id, staff_id=friends.owner.id, linked_at=friends.day.now
        )
        store.staff.link_account(account)

    await friends.database.write(unit)


async def _decide(friends, friend, is_fine):
    return await friends.database.write(
        lambda store: referrals.decide(store, friend.id, friends.owner, friends.day.now, MOSCOW, is_fine=is_fine)
    )


def _make_due(store) -> None:
    store.connection.exec_driver_sql("UPDATE referral SET due_at = joined_at")
