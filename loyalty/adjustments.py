"""Points given and taken by hand: always with a reason, above the rules' limit by two people (feature LO14)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty import ledger
from loyalty.points import renewed_until
from loyalty.rules import MOST_POINTS, Rules
from storage.kinds import AuditAction, DecisionState, PointsAccount, PointsKind
from storage.models import PointsAdjustment, Staff
from storage.store import Store

LONGEST_REASON: Final = 300
COUNTED_TOGETHER: Final = timedelta(hours=24)
"""What one person moves on one card within this time counts as one: the limit is not passed in small steps."""


class Refusal(StrEnum):
    """Why nothing was done. The values are phrases of the console: `adjust.<value>`."""

    NO_MEMBER = "no_member"
    OWN_CARD = "own_card"
    NO_POINTS = "no_points"
    NO_REASON = "no_reason"
    NOT_ENOUGH = "not_enough"
    OWN_WISH = "own_wish"
    DECIDED = "decided_already"


class Outcome(StrEnum):
    """`WAITING`: a second person has to say yes."""

    DONE = "done"
    WAITING = "waiting"
    REFUSED = "refused"


def adjust(
    store: Store, wish: PointsAdjustment, staff: Staff, rules: Rules, now: datetime, zone: ZoneInfo
) -> Outcome | Refusal:
    """Give (or below nothing: take) points at once, or leave it to a second person. The same wish twice is one.

    Nothing is ever taken that is not there.
    """
    if not wish.points or abs(wish.points) > MOST_POINTS:
        return Refusal.NO_POINTS
    if not wish.reason.strip():
        return Refusal.NO_REASON
    ledger.settle(store, wish.customer_id, now)  # what opens by now pays debts before anybody takes it
    if refusal := _why_not(store, wish, staff):
        return refusal
    if store.adjustments.get(wish.id) is not None:
        return Refusal.DECIDED
    before = store.adjustments.asked_since(wish.customer_id, staff.id, now - COUNTED_TOGETHER)
    is_alone = before + abs(wish.points) <= rules.second_person_above
    if wish.points < 0 and store.points.balance(wish.customer_id, now).available < -wish.points:
        return Refusal.NOT_ENOUGH
    store.adjustments.add(wish)
    if not is_alone:
        return Outcome.WAITING
    store.adjustments.decide(wish.id, DecisionState.CONFIRMED, staff.id, now)
    _carry_out(store, wish, staff, rules, now, zone)
    return Outcome.DONE


def decide(
    store: Store, adjustment_id: UUID, staff: Staff, rules: Rules, now: datetime, zone: ZoneInfo, *, is_yes: bool
) -> Outcome | Refusal:
    """What a second person says. Who asked may take their wish back, and never say yes to it."""
    wish = store.adjustments.get(adjustment_id)
    if wish is None or wish.state is not DecisionState.OPEN:
        return Refusal.DECIDED
    ledger.settle(store, wish.customer_id, now)
    if is_yes:
        if wish.asked_by == staff.id:
            return Refusal.OWN_WISH
        if refusal := _why_not(store, wish, staff):
            return refusal
    if is_yes and wish.points < 0 and store.points.balance(wish.customer_id, now).available < -wish.points:
        return Refusal.NOT_ENOUGH
    state = DecisionState.CONFIRMED if is_yes else DecisionState.REFUSED
    if not store.adjustments.decide(wish.id, state, staff.id, now):
        return Refusal.DECIDED
    if not is_yes:
        return Outcome.REFUSED
    _carry_out(store, wish, staff, rules, now, zone)
    return Outcome.DONE


def _why_not(store: Store, wish: PointsAdjustment, staff: Staff) -> Refusal | None:
    customer = store.customers.get(wish.customer_id)
    if customer is None or customer.erased_at is not None or store.points.membership(wish.customer_id) is None:
        return Refusal.NO_MEMBER
    own = {(account.bot_id, account.user_id) for account in store.staff.accounts_of(staff.id)}
    theirs = {(one.bot_id, one.user_id) for one in store.customers.identities_of(wish.customer_id)}
    return Refusal.OWN_CARD if own & theirs else None


def _carry_out(store: Store, wish: PointsAdjustment, staff: Staff, rules: Rules, now: datetime, zone: ZoneInfo) -> None:
    cause = ledger.Cause(
        key=f"adjustment:{wish.id.hex}",
        customer_id=wish.customer_id,
        kind=PointsKind.ADJUSTMENT,
        reason=wish.reason,
        staff_id=wish.asked_by,
    )
    if wish.points > 0:
        ledger.grant(store, cause, wish.points, now, opens_at=now, expires_at=renewed_until(rules, now, zone))
    elif isinstance(ledger.spend(store, cause, -wish.points, now, PointsAccount.ISSUED), ledger.NotEnough):
        raise RuntimeError("points went while their customer was held")
    # The reason stays out of it: staff's words may be about a person, and an audit cannot be erased.
    store.audit.note(
        AuditAction.POINTS_ADJUSTED,
        staff,
        now,
        wish.customer_id,
        points=wish.points,
        adjustment=wish.id.hex,
        asked_by=wish.asked_by.hex,
    )
