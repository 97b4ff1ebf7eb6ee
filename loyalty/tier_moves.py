"""Members go from tier to tier: at once after a purchase, and by the daily look; each step is written down and told."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty import point_gifts
from loyalty.rules import Rules, TierBasis
from loyalty.tiers import PERIOD, Direction, Held, Progress, Step, Year, judge, progress, rank, reached
from messaging.consent import Refusal
from messaging.local_time import at_local, local_date, undisturbed_at
from messaging.messages import Message
from messaging.outbox import enqueue
from messaging.phrases import count, money, percent, say
from messaging.reaching import address_for
from storage.kinds import Journey, Language, MessageKind, MoveKind, OccasionOutcome
from storage.members import Member
from storage.models import Customer, Membership, Occasion, StatusMove
from storage.store import Store

DUE = "due"


class Why(StrEnum):
    """What a move's reason says under `code`."""

    REACHED = "reached"
    YEAR_OVER = "year_over"
    RETURNED = "returned"
    RULES_CHANGED = "rules_changed"


def after_purchase(store: Store, customer_id: UUID, rules: Rules, now: datetime, zone: ZoneInfo) -> bool:
    """Whether this purchase, recorded already, brought its customer to a higher tier. Who is no member has none."""
    if not rules.tiers or not store.points.joined_at([customer_id]):
        return False
    member = store.points.membership(customer_id)
    assert member is not None
    year = year_of(store, customer_id, now, zone)
    if rank(rules, reached(rules, year)) <= rank(rules, member.tier):
        return False
    return _review(store, customer_id, rules, now, zone, is_there=True)


def may_move(rules: Rules, member: Member, now: datetime) -> bool:
    """Whether the daily look must look closer: by the sums of the last night, which know no return of today."""
    year = Year(member.year_revenue_minor, member.year_visits)
    if judge(rules, Held(member.tier, member.tier_until), year, now):
        return True
    return _is_fresh(member.tier_since, rules, now) and rank(rules, reached(rules, year)) < rank(rules, member.tier)


def review(store: Store, member: Member, rules: Rules, now: datetime, zone: ZoneInfo) -> bool:
    """One member's daily look; whether their tier changed."""
    return _review(store, member.customer_id, rules, now, zone, is_there=False)


def year_of(store: Store, customer_id: UUID, now: datetime, zone: ZoneInfo) -> Year:
    """The 365 days of the business that end with `now`, as known today; a day that was all returned is no visit."""
    begins = at_local(local_date(now, zone) - timedelta(days=PERIOD.days - 1), 0, zone)
    bought = store.members.bought(customer_id, begins, now)
    visits = {local_date(one.at, zone) for one in bought if one.kept_minor > 0}
    return Year(sum(one.kept_minor for one in bought), len(visits))


def progress_of(store: Store, member: Membership, rules: Rules, now: datetime, zone: ZoneInfo) -> Progress | None:
    """How far the next tier is; None on the highest and where there are none."""
    if not rules.tiers:
        return None
    return progress(rules, member.tier, year_of(store, member.customer_id, now, zone))


def told_progress(language: Language, rules: Rules, ahead: Progress, currency: str) -> str:
    """«До уровня «Серебро» осталось 1 200 ₽» or «… ещё 2 визита»."""
    left = _amount(language, rules, ahead.left, currency)
    key = "tier.ahead.sum" if rules.tier_basis is TierBasis.SUM else "tier.ahead.visits"
    return say(language, key, tier=ahead.tier.name, left=left)


def name_of(language: Language, rules: Rules, slug: str) -> str:
    """As customers read it; the lowest tier has a word of ours."""
    tier = rules.tier(slug)
    return say(language, "tier.lowest") if tier is None else tier.name


# --- one step


def _review(store: Store, customer_id: UUID, rules: Rules, now: datetime, zone: ZoneInfo, *, is_there: bool) -> bool:
    """`is_there`: they stand at the till, and hear of it at once."""
    store.points.lock(customer_id)
    member, customer = store.points.membership(customer_id), store.customers.get(customer_id)
    if member is None or customer is None or customer.erased_at is not None:
        return False
    year = year_of(store, customer_id, now, zone)
    held, why = Held(member.tier, member.tier_until), Why.YEAR_OVER
    before_it = _unearned(store, member, rules, now, zone)
    if before_it is not None:
        again = judge(rules, before_it, year, now)
        step: Step | None = Step(Direction.DOWN, again.held if again else before_it)
        why = Why.RETURNED
    else:
        step = judge(rules, held, year, now)
    if step is None:
        return False
    if step.direction is Direction.HELD:
        assert step.held.until is not None
        store.members.prolong(customer_id, step.held.until)
        return False
    if step.direction is Direction.UP:
        why = Why.REACHED
    elif rules.tier(member.tier) is None:
        why = Why.RULES_CHANGED
    store.members.set_tier(customer_id, step.held.slug, now, step.held.until)
    store.moves.add([_move(rules, member, step, why, year, now)])
    gift = 0
    if step.direction is Direction.UP:
        gift = point_gifts.for_tier(store, customer_id, step.held.slug, rules, now, zone)
    at = now if is_there else undisturbed_at(customer, now, zone)
    text = _said(store, customer.language, rules, member, step, why, year, gift)
    _tell(store, customer, step.held.slug, text, now, at)
    return True


def _unearned(store: Store, member: Membership, rules: Rules, now: datetime, zone: ZoneInfo) -> Held | None:
    """What a member held before a step up, when what it was reached by was given back within the return window.

    That the rules ask for more today is no return: what was bought then must have become less.
    """
    if rules.tier(member.tier) is None or member.tier_since is None or not _is_fresh(member.tier_since, rules, now):
        return None
    left = year_of(store, member.customer_id, member.tier_since, zone)
    if rank(rules, reached(rules, left)) >= rank(rules, member.tier):
        return None
    move = store.moves.last_of(member.customer_id, MoveKind.TIER)
    if move is None or move.after != member.tier or move.reason.get("code") != Why.REACHED:
        return None
    was = Year(move.reason["revenue_minor"], move.reason["visits"])
    has_less = left.revenue_minor < was.revenue_minor if rules.tier_basis is TierBasis.SUM else left.visits < was.visits
    if not has_less:
        return None
    until = move.reason.get("held_until")
    return Held(move.before, datetime.fromisoformat(until) if until else None)


def _is_fresh(since: datetime | None, rules: Rules, now: datetime) -> bool:
    """Whether what a tier was reached by can still be returned."""
    return since is not None and now < since + timedelta(days=rules.pending_days)


def _move(rules: Rules, member: Membership, step: Step, why: Why, year: Year, now: datetime) -> StatusMove:
    """With the names as they are today: rules change, what happened does not."""
    reason: dict[str, Any] = {"code": why.value, "revenue_minor": year.revenue_minor, "visits": year.visits}
    for side, slug in (("before_name", member.tier), ("after_name", step.held.slug)):
        tier = rules.tier(slug)
        reason[side] = tier.name if tier else ""
    if step.direction is Direction.UP:
        reason["held_until"] = member.tier_until.isoformat() if member.tier_until else None
    return StatusMove(
        customer_id=member.customer_id,
        kind=MoveKind.TIER,
        before=member.tier,
        after=step.held.slug,
        reason=reason,
        at=now,
    )


# --- what the customer hears


def _tell(store: Store, customer: Customer, slug: str, text: str, now: datetime, at: datetime) -> None:
    """Once for each step, unless they do not want to hear of points or take part no more."""
    occasion = Occasion(
        journey=Journey.TIER,
        customer_id=customer.id,
        occurrence=f"{slug}:{now.isoformat()}",
        outcome=OccasionOutcome.SKIPPED,
        reason=DUE,
        at=now,
    )
    if not store.points.joined_at([customer.id]) or not store.occasions.add(occasion):
        return
    to = address_for(store, customer.id, MessageKind.RECEIPT, now)
    if isinstance(to, Refusal):
        store.occasions.settle(occasion.id, OccasionOutcome.SKIPPED, to.value, None)
        return
    message = Message(text, kind=MessageKind.RECEIPT)
    sent = enqueue(store, to, [message], now, customer_id=customer.id, not_before=at, journey=Journey.TIER)
    store.occasions.settle(occasion.id, OccasionOutcome.QUEUED, DUE, sent[0].id)


def _said(
    store: Store, language: Language, rules: Rules, member: Membership, step: Step, why: Why, year: Year, gift: int
) -> str:
    """Up: what it brings. Down: never without the reason and the way back."""
    after = rules.tier(step.held.slug)
    name = name_of(language, rules, step.held.slug)
    rate = percent(language, rules.percent_of(step.held.slug))
    if step.direction is Direction.UP:
        assert after is not None
        lines = [say(language, "tier.up", tier=name, percent=rate), *(f"• {one}" for one in after.privileges)]
        if gift:
            lines.append(say(language, "tier.gift", points=count(language, "card.points", gift)))
        return "\n".join(lines)
    currency = store.whole_base.currency()
    lost = rules.tier(member.tier)
    lines = [say(language, f"tier.down.{why.value}", tier=name, percent=rate)]
    if lost is not None:
        have = year.revenue_minor if rules.tier_basis is TierBasis.SUM else year.visits
        bought = _amount(language, rules, max(have, 0), currency)
        needed = _amount(language, rules, rules.threshold(lost), currency)
        lines.insert(0, say(language, "tier.down.because", before=lost.name, bought=bought, needed=needed))
    if ahead := progress(rules, step.held.slug, year):
        lines.append(told_progress(language, rules, ahead, currency))
    return "\n".join(lines)


def _amount(language: Language, rules: Rules, value: int, currency: str) -> str:
    if rules.tier_basis is TierBasis.SUM:
        return money(language, value, currency)
    return count(language, "tier.visits", value)
