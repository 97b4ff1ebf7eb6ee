"""Friends who bring friends: a code of one's own, who came by it, and the points when the first order has stayed paid.

JOINED -> EARNED (an order that counts) -> after the return window REWARDED, or HELD where something looks wrong until a
person decides. An order that comes back leads from EARNED to JOINED again, and from REWARDED to REVERSED. INVALID is
who was never brought by a friend. Callers hold one unit.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty import ledger
from loyalty.programme import rules_now
from loyalty.promo_rules import normalised
from loyalty.referral_rules import (
    Line,
    Newcomer,
    Seen,
    Unfit,
    advocate_earns,
    counts,
    first_order,
    kept_minor,
    new_code,
    signals,
    unfit,
)
from loyalty.rules import Referral as Terms
from loyalty.rules import Rules
from messaging.consent import Refusal
from messaging.local_time import at_local, undisturbed_at
from messaging.messages import Message
from messaging.outbox import enqueue
from messaging.phrases import count, say
from messaging.reaching import address_for
from storage.kinds import AuditAction, MessageKind, PointsKind, ReferralState
from storage.models import Customer, Purchase, Referral, ReferralCode, Staff
from storage.referrals import COUNTED
from storage.store import Store

TRIES: Final = 40
MOST_LINES: Final = 500
OVER_THE_CAP: Final = "over_the_cap"
"""Why an advocate got nothing for a friend who counts."""
REFUSED: Final = "refused"
"""A person said no."""
BURST_WITHIN: Final = timedelta(days=1)
_ROLES: Final = ("friend", "advocate")


@dataclass(frozen=True, slots=True)
class Brought:
    """This friend came by that code. `is_new`: they said so for the first time just now."""

    referral: Referral
    advocate: Customer
    is_new: bool


@dataclass(frozen=True, slots=True)
class NotBrought:
    """The code is somebody's, but this friend does not count."""

    why: Unfit


@dataclass(frozen=True, slots=True)
class Gone:
    """There is nothing to decide (any more)."""


# --- codes


def code_of(store: Store, customer_id: UUID, now: datetime) -> str:
    """The customer's own code: a new one, or the one they have. It names them in every channel."""
    for attempt in range(TRIES):
        if known := store.referrals.code_of(customer_id):
            return known.code
        code = new_code(secrets.choice, attempt)
        is_free = store.referrals.owner_of(code) is None and store.promos.code(code) is None
        if is_free:
            store.referrals.add_code(ReferralCode(customer_id=customer_id, code=code, created_at=now))
    raise RuntimeError("no free code for friends was found")


def claim(store: Store, friend: Customer, text: str, now: datetime) -> Brought | NotBrought | None:
    """A customer names somebody's code, by a link or typed; None for what is nobody's code.

    Said again, or with another's code, it is the same: who brought somebody is decided once (feature RE2).
    """
    advocate_id = store.referrals.owner_of(normalised(text))
    advocate = store.customers.get(advocate_id) if advocate_id else None
    if advocate is None or advocate.erased_at is not None:
        return None
    store.points.lock(friend.id, advocate.id)  # two who name each other's code: one of them is first
    if known := store.referrals.get(friend.id):
        return _known(store, known)
    why = unfit(_newcomer(store, friend, advocate.id), now)
    if why is Unfit.SELF:
        return NotBrought(why)
    state = ReferralState.INVALID if why else ReferralState.JOINED
    referral = Referral(
        friend_id=friend.id, advocate_id=advocate.id, state=state, reason=why.value if why else "", joined_at=now
    )
    store.referrals.join(referral)
    return NotBrought(why) if why else Brought(referral, advocate, is_new=True)


def _known(store: Store, referral: Referral) -> Brought | NotBrought:
    advocate = store.customers.get(referral.advocate_id)
    if referral.state is ReferralState.INVALID or advocate is None:
        return NotBrought(Unfit(referral.reason) if referral.reason in set(Unfit) else Unfit.EXISTING)
    return Brought(referral, advocate, is_new=False)


def _newcomer(store: Store, friend: Customer, advocate_id: UUID) -> Newcomer:
    brought = store.referrals.get(advocate_id)
    return Newcomer(
        is_advocate=friend.id == advocate_id,
        is_same_person=bool(store.referrals.shared_names(friend.id, advocate_id)),
        has_bought=store.purchases.count_of(friend.id) > 0,
        is_known_elsewhere=store.referrals.known_elsewhere(friend.id, friend.created_at),
        came_at=friend.created_at,
        is_imported=friend.import_id is not None,
        has_brought_them=brought is not None
        and brought.advocate_id == friend.id
        and brought.state is not ReferralState.INVALID,
    )


# --- what purchases and returns do


def after_purchase(store: Store, purchase: Purchase, now: datetime) -> None:
    """A purchase was recorded: it may be a friend's first order."""
    if store.referrals.get(purchase.customer_id):
        look_at(store, purchase.customer_id, now)


def after_return(store: Store, purchase: Purchase, now: datetime) -> None:
    """Something of a purchase was given back: it may have been a friend's first order."""
    if store.referrals.get(purchase.customer_id):
        look_again(store, purchase.customer_id, now)


def after_import(store: Store, customer_ids: Collection[UUID], now: datetime) -> None:
    """Purchases of these came or went by a file: a friend's first order may be among them, or be one no more.

    The caller holds the points of `owners` of all these.
    """
    for referral in store.referrals.of_friends(customer_ids):
        look_at(store, referral.friend_id, now)
        look_again(store, referral.friend_id, now)


def forget_purchases(store: Store, purchase_ids: Collection[UUID], now: datetime) -> None:
    """An import is taken back: a reward for one of its orders goes with it, and who waits for one waits for another."""
    store.points.lock(*_owners(store.referrals.of_purchases(purchase_ids)))
    for referral in store.referrals.of_purchases(purchase_ids):
        match referral.state:
            case ReferralState.EARNED | ReferralState.HELD:
                _await_another(store, referral)
            case ReferralState.REWARDED:
                _reverse(store, referral, now)
    store.referrals.forget_purchases(purchase_ids)


def look_at(store: Store, friend_id: UUID, now: datetime) -> bool:
    """Whether the friend's first order counts now: its return window begins (feature RE3)."""
    store.points.lock(friend_id)
    referral = store.referrals.get(friend_id)
    if referral is None or referral.state is not ReferralState.JOINED:
        return False
    terms = rules_now(store).referral
    line = _first_order(store, referral, terms)
    if line is None:
        return False
    referral.state, referral.purchase_id = ReferralState.EARNED, line.id
    referral.due_at = line.at + timedelta(days=terms.hold_days)
    referral.signals = {"min_order": terms.min_order_minor}
    store.referrals.save(referral)
    return True


def _first_order(store: Store, referral: Referral, terms: Terms) -> Line | None:
    lines = store.referrals.bought_since(referral.friend_id, referral.joined_at, MOST_LINES)
    return first_order(lines, terms.min_order_minor)


def is_new(store: Store, friend_id: UUID) -> bool:
    """Whether `look_at` or `look_again` would change anything; reads only, and holds nobody."""
    referral = store.referrals.get(friend_id)
    if referral is None:
        return False
    if referral.state is ReferralState.JOINED:
        return _first_order(store, referral, rules_now(store).referral) is not None
    return referral.state in COUNTED and referral.purchase_id is not None and not _still_counts(store, referral)


def _still_counts(store: Store, referral: Referral) -> bool:
    first = store.purchases.get(referral.purchase_id) if referral.purchase_id else None
    lines = store.purchases.lines_of(first) if first else []
    return counts(kept_minor(lines), referral.signals.get("min_order", 0))


def look_again(store: Store, friend_id: UUID, now: datetime) -> bool:
    """Whether the first order still counts after a return: if not, points are taken back, or it is waited on."""
    referral = _held(store, friend_id)
    if referral is None or referral.purchase_id is None or _still_counts(store, referral):
        return False
    match referral.state:
        case ReferralState.EARNED | ReferralState.HELD:
            _await_another(store, referral)
            look_at(store, friend_id, now)  # a later order of theirs may count already
        case ReferralState.REWARDED:
            _reverse(store, referral, now)
        case _:
            return False
    return True


def _await_another(store: Store, referral: Referral) -> None:
    """What counted does so no more, and what was seen of it with it."""
    referral.state, referral.purchase_id, referral.due_at = ReferralState.JOINED, None, None
    referral.signals, referral.reason = {}, ""
    store.referrals.save(referral)


def owners(store: Store, friend_ids: Collection[UUID]) -> set[UUID]:
    """Whose points may move when an order of these is given back: their own, and of whoever brought them.

    Who holds several customers' points holds them at once: one after another, two units wait for each other.
    """
    return {*friend_ids, *_owners(store.referrals.of_friends(friend_ids))}


def _owners(referrals: Collection[Referral]) -> set[UUID]:
    return {owner for one in referrals for owner in (one.friend_id, one.advocate_id)}


def _held(store: Store, friend_id: UUID) -> Referral | None:
    """As it is while nobody else moves the points of either."""
    store.points.lock(*owners(store, [friend_id]))
    return store.referrals.get(friend_id)


# --- the reward


def settle(store: Store, friend_id: UUID, now: datetime, zone: ZoneInfo) -> bool:
    """The return window is over: give both their points, or put it before a person. True when it was settled.

    `zone`: the business's own; its months are counted by the cap.
    """
    referral = _held(store, friend_id)
    if referral is None or referral.state is not ReferralState.EARNED or (referral.due_at or now) > now:
        return False
    if look_again(store, friend_id, now):
        return True
    # What tells a person often comes later than the person: a phone is shared with the card.
    friend = store.customers.get(friend_id)
    is_one = bool(store.referrals.shared_names(friend_id, referral.advocate_id))
    if friend is None or is_one or store.referrals.known_elsewhere(friend_id, friend.created_at):
        referral.state = ReferralState.INVALID
        referral.reason = (Unfit.SAME_PERSON if is_one else Unfit.EXISTING).value
        store.referrals.save(referral)
        return True
    if found := signals(_seen(store, referral)):
        referral.state, referral.signals = ReferralState.HELD, {**referral.signals, **found}
        store.referrals.save(referral)
        return True
    _reward(store, referral, now, zone)
    return True


def decide(
    store: Store, friend_id: UUID, staff: Staff, now: datetime, zone: ZoneInfo, *, is_fine: bool
) -> Referral | Gone:
    """A person looked at what is held: points are given, or they are not."""
    referral = _held(store, friend_id)
    if referral is None or referral.state is not ReferralState.HELD or referral.purchase_id is None:
        return Gone()
    referral.decided_by, referral.decided_at = staff.id, now
    if is_fine:
        _reward(store, referral, now, zone)
    else:
        referral.state, referral.reason = ReferralState.INVALID, REFUSED
        store.referrals.save(referral)
    store.audit.note(
        AuditAction.REFERRAL_DECIDED, staff, now, friend_id, advocate=referral.advocate_id.hex, is_fine=is_fine
    )
    return referral


def _seen(store: Store, referral: Referral) -> Seen:
    advocate_id = referral.advocate_id
    near = (referral.joined_at - BURST_WITHIN, referral.joined_at + BURST_WITHIN)
    first = store.purchases.get(referral.purchase_id) if referral.purchase_id else None
    by = first.recorded_by if first else None
    return Seen(
        joins_that_day=store.referrals.joins_between(advocate_id, *near),
        at_one_till=store.referrals.at_one_till(advocate_id, first.branch, by) if first and by else 0,
        taken_back=store.referrals.in_state(advocate_id, ReferralState.REVERSED),
        is_own_till=by is not None and store.referrals.is_staff_of(advocate_id, by),
        may_be_one=store.referrals.may_be_one(advocate_id, referral.friend_id),
    )


def _reward(store: Store, referral: Referral, now: datetime, zone: ZoneInfo) -> None:
    """Points for both; who is no member, or takes part no more, gets none. The caller holds both: the cap is counted
    while nobody else rewards the same advocate.
    """
    rules = rules_now(store)
    terms, advocate_id, friend_id = rules.referral, referral.advocate_id, referral.friend_id
    month = at_local(now.astimezone(zone).date().replace(day=1), 0, zone)
    rewarded = store.referrals.in_state(advocate_id, ReferralState.REWARDED, rewarded_since=month)
    is_within = advocate_earns(rewarded, terms.per_month)
    referral.state, referral.rewarded_at, referral.reason = ReferralState.REWARDED, now, ""
    _give(store, referral, friend_id, "friend", rules, terms.friend_points, now, zone)
    if is_within:
        _give(store, referral, advocate_id, "advocate", rules, terms.advocate_points, now, zone)
    else:
        referral.reason = OVER_THE_CAP
    store.referrals.save(referral)


def _give(
    store: Store,
    referral: Referral,
    customer_id: UUID,
    role: str,
    rules: Rules,
    points: int,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    if not points or customer_id not in store.points.joined_at([customer_id]):
        return
    # Not of the purchase: what that earned is another matter, and its own return takes it back.
    cause = ledger.Cause(key=_key(referral.friend_id, role), customer_id=customer_id, kind=PointsKind.REFERRAL)
    ends = now + timedelta(days=rules.gift_lives_days)
    if ledger.grant(store, cause, points, now, opens_at=now, expires_at=ends):
        _tell(store, customer_id, role, points, now, zone)


def _tell(store: Store, customer_id: UUID, role: str, points: int, now: datetime, zone: ZoneInfo) -> None:
    """A receipt, unless they do not want to hear of points; not at night: nobody stands at the till."""
    customer, to = store.customers.get(customer_id), address_for(store, customer_id, MessageKind.RECEIPT, now)
    if customer is None or isinstance(to, Refusal):
        return
    text = say(
        customer.language,
        f"friends.rewarded.{role}",
        points=count(customer.language, "card.points", points),
        balance=count(customer.language, "card.points", store.points.balance(customer_id, now).available),
    )
    at = undisturbed_at(customer, now, zone)
    enqueue(store, to, [Message(text, kind=MessageKind.RECEIPT)], now, customer_id=customer_id, not_before=at)


def _reverse(store: Store, referral: Referral, now: datetime) -> None:
    """Take both rewards back; what was spent of them is owed, what expired nobody has (feature LO5).

    A merge may have changed whose referral this is since it was rewarded; its moment tells it from the other's.
    """
    assert referral.rewarded_at is not None
    keys = [_key(one, role) for one in store.people.linked(referral.friend_id) for role in _ROLES]
    for reward in store.referrals.batches_of(keys, referral.rewarded_at):
        cause = ledger.Cause(
            key=f"reward:{reward.operation_id.hex}:back", customer_id=reward.customer_id, kind=PointsKind.RETURN
        )
        ledger.take_gift_back(store, cause, [reward], now)
    referral.state = ReferralState.REVERSED
    store.referrals.save(referral)


def _key(friend_id: UUID, role: str) -> str:
    return f"referral:{friend_id.hex}:{role}"


# --- what the chat tells


def terms_of(store: Store) -> Terms:
    """What friends and who sends them get at present."""
    return rules_now(store).referral
