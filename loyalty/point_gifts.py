"""Points that are given for nothing: for joining, a birthday, feedback, a new tier. Each once, and with its own end."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty import ledger
from loyalty.points import life_of_gift
from loyalty.rules import Rules
from storage.kinds import PointsKind
from storage.store import Store

WELCOME = "welcome"
BIRTHDAY = "birthday"
REVIEW = "review"
TIER = "tier"


def for_joining(store: Store, customer_id: UUID, rules: Rules, now: datetime, zone: ZoneInfo) -> int:
    """Once in a life, however often somebody leaves and comes back; how many points."""
    return _give(store, customer_id, WELCOME, "", rules.welcome_points, rules, now, zone)


def for_birthday(store: Store, customer_id: UUID, year: int, rules: Rules, now: datetime, zone: ZoneInfo) -> int:
    """Once for each calendar year (feature LO13); whether the day was known in time, the caller knows."""
    return _give(store, customer_id, BIRTHDAY, str(year), rules.birthday_points, rules, now, zone)


def for_review(store: Store, customer_id: UUID, review: str, rules: Rules, now: datetime, zone: ZoneInfo) -> int:
    """Once for each answer that `review` names: the feedback itself, never a praise of it."""
    return _give(store, customer_id, REVIEW, review, rules.review_points, rules, now, zone)


def for_tier(store: Store, customer_id: UUID, slug: str, rules: Rules, now: datetime, zone: ZoneInfo) -> int:
    """Once in a life for each tier: who falls and rises again has had it."""
    tier = rules.tier(slug)
    return _give(store, customer_id, TIER, slug, tier.gift_points if tier else 0, rules, now, zone)


def _give(
    store: Store,
    customer_id: UUID,
    what: str,
    occurrence: str,
    points: int,
    rules: Rules,
    now: datetime,
    zone: ZoneInfo,
) -> int:
    """0 for who takes no part, and when it was given before."""
    if points <= 0 or customer_id not in store.points.joined_at([customer_id]):
        return 0
    key = ":".join(part for part in ("gift", what, customer_id.hex, occurrence) if part)
    cause = ledger.Cause(key=key, customer_id=customer_id, kind=PointsKind.GIFT, reason=what)
    life = life_of_gift(rules, now, zone)
    return ledger.grant(store, cause, points, now, opens_at=life.opens_at, expires_at=life.expires_at)
