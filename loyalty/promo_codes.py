"""Issue a promo code, quote it, redeem or reserve it, take that back: each exactly once, however many ask (PR4-PR7)."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty import ledger
from loyalty.campaigns import ends_of, offer_of, text_of
from loyalty.discounts import clash, discounts
from loyalty.order_facts import misfit_of
from loyalty.programme import rules_now
from loyalty.promo_conditions import local
from loyalty.promo_refusals import Refusal
from loyalty.promo_rules import ALPHABET, MOST_TOGETHER, codes_in, filled, is_known_for_code, pattern_of
from loyalty.services import service_key
from storage.kinds import AuditAction, AuditActor, Channel, Journey, PointsKind, PromoKind, RedemptionState
from storage.models import PromoCampaign, PromoCode, PromoRollback, Redemption
from storage.promos import CUSTOMER, customer_scope
from storage.store import Store

TRIES: Final = 20
RESERVED_FOR: Final = timedelta(minutes=10)


class Order(NamedTuple):
    """What a code is to be used for. `price_minor`: before any discount; `customer_id`: None, nobody was named."""

    customer_id: UUID | None
    price_minor: int
    at: datetime
    service: str = ""
    branch: str = ""
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A code and what it is worth. `text` is how people read it."""

    code: PromoCode
    campaign: PromoCampaign

    @property
    def text(self) -> str:
        return text_of(self.campaign, self.code.code)


@dataclass(frozen=True, slots=True)
class Use:
    """What one code takes off the order, in minor units."""

    code: PromoCode
    campaign: PromoCampaign
    discount_minor: int = 0


@dataclass(frozen=True, slots=True)
class Quote:
    """What the codes of one order would bring; one code is the rule."""

    uses: tuple[Use, ...]

    @property
    def code(self) -> PromoCode:
        return self.uses[0].code

    @property
    def campaign(self) -> PromoCampaign:
        return self.uses[0].campaign

    @property
    def discount_minor(self) -> int:
        return sum(use.discount_minor for use in self.uses)


@dataclass(frozen=True, slots=True)
class Redeemed(Quote):
    """Their uses are taken. `is_repeat`: this request took them before; `points`: given by it now."""

    is_repeat: bool = False
    points: int = 0


class _Limit(NamedTuple):
    """One counter a use is taken of, and what to say when it has none left."""

    scope: str
    most: int | None
    refusal: Refusal


# --- issuing


def issue(
    store: Store,
    campaign: PromoCampaign,
    customer_id: UUID,
    reason: str,
    now: datetime,
    *,
    journey: Journey | None = None,
    advocate_id: UUID | None = None,
) -> Issued:
    """A code of their own. `reason` names why: asked for again for the same one, it is the same code.

    Whether the campaign runs and this customer is in it, `campaigns.gives` says before.
    """
    why = issue_key(campaign, customer_id, reason)
    for _ in range(TRIES):
        if known := store.promos.issued_for(why):
            return Issued(known, campaign)
        store.promos.add_code(
            PromoCode(
                code=random_code(campaign),
                campaign_id=campaign.id,
                customer_id=customer_id,
                issue_key=why,
                journey=journey,
                advocate_id=advocate_id,
                issued_at=now,
                expires_at=ends_of(campaign, now),
            )
        )
    raise RuntimeError("no free promo code was found")


def issue_key(campaign: PromoCampaign, customer_id: UUID, reason: str) -> str:
    """What keeps the same reason from giving a second code."""
    return f"{campaign.slug}:{customer_id.hex}:{reason}"


def random_code(campaign: PromoCampaign) -> str:
    """One code of the campaign's pattern, unguessable. The chat knows it for a code."""
    pattern = pattern_of(campaign.code_prefix, campaign.code_pattern)
    while True:
        code = filled(pattern, _signs())
        if is_known_for_code(code):
            return code


def _signs() -> Iterator[str]:
    while True:
        yield secrets.choice(ALPHABET)


# --- asking


def quote(store: Store, text: str, order: Order, zone: ZoneInfo) -> Quote | Refusal:
    """What the code, or several with commas between them, would bring for this order. Reads only.

    `zone` is the business's own: its days and hours are.
    """
    found = _examined(store, text, order, zone)
    if isinstance(found, Refusal):
        return found
    for use in found.uses:
        if use.code.used >= use.code.max_uses:
            return Refusal.USED_UP
        for limit in _limits(use.campaign, order, zone):
            if limit.most is not None and store.promos.counted(use.campaign.id, limit.scope) >= limit.most:
                return limit.refusal
    return found


def _examined(store: Store, text: str, order: Order, zone: ZoneInfo) -> Quote | Refusal:
    """All but what others may take at this very moment."""
    found: list[tuple[PromoCode, PromoCampaign]] = []
    for wanted in codes_in(text):
        code = store.promos.code(wanted)
        if code is None:
            return Refusal.UNKNOWN
        campaign = store.promos.campaign_of(code)
        if refusal := _misfit(store, code, campaign, order, zone):
            return refusal
        found.append((code, campaign))
    if not found:
        return Refusal.UNKNOWN
    offers = [offer_of(campaign, code.code) for code, campaign in found]
    if clashing := clash(offers, min(rules_now(store).codes_per_order, MOST_TOGETHER)):
        return clashing
    off = discounts(offers, order.price_minor)
    return Quote(tuple(Use(code, campaign, off[code.code]) for code, campaign in found))


def _misfit(store: Store, code: PromoCode, campaign: PromoCampaign, order: Order, zone: ZoneInfo) -> Refusal | None:
    if code.customer_id is not None and code.customer_id != order.customer_id:
        return Refusal.SOMEBODY_ELSES
    if code.expires_at is not None and code.expires_at <= order.at:
        return Refusal.EXPIRED
    if campaign.max_per_customer is not None and order.customer_id is None:
        return Refusal.NEEDS_CUSTOMER
    if refusal := misfit_of(store, campaign, order, zone):
        return refusal
    if campaign.kind is not PromoKind.POINTS or order.customer_id is None:
        return None
    return None if store.points.joined_at([order.customer_id]) else Refusal.NEEDS_CARD  # there is nowhere to give them


def _limits(campaign: PromoCampaign, order: Order, zone: ZoneInfo) -> list[_Limit]:
    """The counters of one use, always in this order: two who need the same ones never wait for each other."""
    day = local(order.at, zone).date().isoformat()
    limits = [
        _Limit("all", campaign.max_uses, Refusal.CAMPAIGN_USED_UP),
        _Limit(f"branch:{service_key(order.branch)}", campaign.max_per_branch, Refusal.ENOUGH_HERE),
        _Limit(f"day:{day}", campaign.max_per_day, Refusal.ENOUGH_TODAY),
    ]
    if order.customer_id is not None:
        own = campaign.max_per_customer
        if own is None and campaign.kind is PromoKind.POINTS:
            own = 1  # typed in the chat it costs nothing: a code for everybody gives each of them once
        limits.append(_Limit(customer_scope(order.customer_id), own, Refusal.ENOUGH_FOR_CUSTOMER))
    return limits


# --- taking uses


def redeem(
    store: Store, text: str, key: str, order: Order, zone: ZoneInfo, *, staff_id: UUID | None = None
) -> Redeemed | Refusal:
    """Take one use of the code, or of several with commas between them: all or none.

    `key` names the request: sent again, it is the same redemption, not another one; a reservation under it is
    confirmed.
    """
    return _take(store, text, key, order, zone, staff_id, None)


def reserve(
    store: Store,
    text: str,
    key: str,
    order: Order,
    zone: ZoneInfo,
    *,
    staff_id: UUID | None = None,
    ttl: timedelta = RESERVED_FOR,
) -> Redeemed | Refusal:
    """Hold the uses for so long, until `confirm`, `redeem` under the same key, or `release` (feature PR5)."""
    return _take(store, text, key, order, zone, staff_id, order.at + ttl)


def _take(
    store: Store, text: str, key: str, order: Order, zone: ZoneInfo, staff_id: UUID | None, until: datetime | None
) -> Redeemed | Refusal:
    if order.customer_id is not None:
        _hold(store, order.customer_id)
    found = _examined(store, text, order, zone)
    if isinstance(found, Refusal):  # a request that came before gets what it got, whatever is so by now
        return _known(store, key, order.at, is_reserving=until is not None) or found
    taken: list[Redemption] = []
    for use in sorted(found.uses, key=lambda use: (use.campaign.id, use.code.code)):
        one = _redemption(_keys(key)[len(taken)], use, order, zone, staff_id, until)
        if not store.promos.claim(one):  # the same request came before, or at this moment: nothing of ours is taken yet
            if done := _known(store, key, order.at, is_reserving=until is not None):
                return done
            for number in _keys(key):  # its reservation was let go: it may try once more
                store.promos.unclaim(number)
            store.promos.claim(one)
        refusal = _take_use(store, one, use, order, zone)
        if refusal:
            store.promos.unclaim(one.key)
            for other in taken:
                _give_back(store, other)
                store.promos.unclaim(other.key)
            return refusal
        taken.append(one)
    points = 0
    if until is None:
        kinds = {use.code.code: use.campaign for use in found.uses}
        points = sum(_give_points(store, one, kinds[one.code], order.at) for one in taken)
    return Redeemed(found.uses, points=points)


def _redemption(
    key: str, use: Use, order: Order, zone: ZoneInfo, staff_id: UUID | None, until: datetime | None
) -> Redemption:
    return Redemption(
        key=key,
        code=use.code.code,
        campaign_id=use.campaign.id,
        state=RedemptionState.RESERVED if until else RedemptionState.REDEEMED,
        scopes=[limit.scope for limit in _limits(use.campaign, order, zone)],
        customer_id=order.customer_id,
        order_minor=order.price_minor,
        discount_minor=use.discount_minor,
        branch=order.branch,
        staff_id=staff_id,
        at=order.at,
        expires_at=until,
    )


def _take_use(store: Store, one: Redemption, use: Use, order: Order, zone: ZoneInfo) -> Refusal | None:
    """A use of the code and of each counter, each by one conditional statement; all of them, or none."""
    if not store.promos.use(one.code, order.at):
        return Refusal.USED_UP
    counted: list[str] = []
    for limit in _limits(use.campaign, order, zone):
        if not store.promos.count_use(one.campaign_id, limit.scope, limit.most):
            for scope in counted:
                store.promos.uncount_use(one.campaign_id, scope)
            store.promos.give_use_back(one.code)
            return limit.refusal
        counted.append(limit.scope)
    return None


def _known(store: Store, key: str, now: datetime, *, is_reserving: bool) -> Redeemed | Refusal | None:
    """What this request got before; None: it is new, or its reservation was let go."""
    known = _held_with_owner(store, key)
    return _again(store, known, now, is_reserving=is_reserving) if known else None


def _again(
    store: Store, known: Sequence[Redemption], now: datetime, *, is_reserving: bool
) -> Redeemed | Refusal | None:
    """What a request that came before gets. None: its reservation was let go."""
    states = {one.state for one in known}
    if RedemptionState.ROLLED_BACK in states:
        return Refusal.ROLLED_BACK
    if RedemptionState.RELEASED in states:
        return None
    if RedemptionState.RESERVED in states and not is_reserving:
        return _confirmed(store, known, None, now)
    return Redeemed(_uses(store, known), is_repeat=True)


def _uses(store: Store, redemptions: Sequence[Redemption]) -> tuple[Use, ...]:
    uses = []
    for one in redemptions:
        code = store.promos.code(one.code)
        assert code is not None  # a foreign key says so
        uses.append(Use(code, store.promos.campaign_of(code), one.discount_minor))
    return tuple(uses)


def _give_points(store: Store, one: Redemption, campaign: PromoCampaign, now: datetime) -> int:
    if campaign.kind is not PromoKind.POINTS or one.customer_id is None:
        return 0
    if not store.points.joined_at([one.customer_id]):  # who takes no part has no points
        return 0
    cause = ledger.Cause(
        key=f"promo:{one.key}", customer_id=one.customer_id, kind=PointsKind.PROMO, reason=campaign.name
    )
    ends = now + timedelta(days=rules_now(store).gift_lives_days)
    return ledger.grant(store, cause, campaign.value, now, opens_at=now, expires_at=ends)


# --- what becomes of a use


def confirm(store: Store, key: str, purchase_id: UUID | None, now: datetime) -> Redeemed | Refusal:
    """A reservation becomes a redemption, of this purchase. EXPIRED when it was let go meanwhile."""
    known = _held_with_owner(store, key)
    if not known:
        return Refusal.UNKNOWN
    done = _again(store, known, now, is_reserving=False) or Refusal.EXPIRED
    if isinstance(done, Redeemed) and purchase_id is not None:
        note_purchase(store, key, purchase_id)
    return done


def _confirmed(store: Store, known: Sequence[Redemption], purchase_id: UUID | None, now: datetime) -> Redeemed:
    points, uses = 0, _uses(store, known)
    for one, use in zip(known, uses, strict=True):
        is_ours = store.promos.move_to(
            one.key, RedemptionState.RESERVED, RedemptionState.REDEEMED, at=now, expires_at=None
        )
        points += _give_points(store, one, use.campaign, now) if is_ours else 0
    return Redeemed(uses, points=points)


def note_purchase(store: Store, key: str, purchase_id: UUID) -> None:
    """Which purchase a request's codes belonged to."""
    store.promos.note_purchase(_keys(key), purchase_id)


def release(store: Store, key: str, now: datetime) -> bool:
    """Let a reservation go: its uses are free again. False when there is none that waits."""
    known = store.promos.held_redemptions(_keys(key))
    let_go = [one for one in known if store.promos.move_to(one.key, RedemptionState.RESERVED, RedemptionState.RELEASED)]
    for one in let_go:
        _give_back(store, one)
    return bool(let_go)


def overdue(store: Store, now: datetime, limit: int) -> list[str]:
    """Requests whose reservation is over, to be released one in a unit: an order takes its codes in an order of theirs,
    and many orders' codes held together would be held in another one."""
    return list(dict.fromkeys(key.partition("#")[0] for key in store.promos.left_reservations(now, limit)))


def roll_back(store: Store, key: str, reason: str, staff_id: UUID | None, now: datetime) -> int:
    """Give back what a request's codes took, points they gave included; the redemptions stay, with why (feature PR6).

    How many uses; 0 when they were rolled back before or never were. A reservation is released instead.
    """
    by = store.staff.get(staff_id) if staff_id else None
    done = 0
    for one in _held_with_owner(store, key):
        if not store.promos.move_to(one.key, RedemptionState.REDEEMED, RedemptionState.ROLLED_BACK):
            continue
        store.promos.add_rollback(PromoRollback(redemption_key=one.key, reason=reason, staff_id=staff_id, at=now))
        _take_points_back(store, one, staff_id, now)
        _give_back(store, one)
        campaign = one.campaign_id.hex
        store.audit.note(AuditAction.CODE_ROLLED_BACK, by or AuditActor.SYSTEM, now, one.customer_id, campaign=campaign)
        done += 1
    return done


def roll_back_purchase(store: Store, purchase_id: UUID, reason: str, staff_id: UUID | None, now: datetime) -> int:
    """The same for every code of one purchase, as when all of it comes back."""
    keys = {one.key.partition("#")[0] for one in store.promos.of_purchase(purchase_id)}
    return sum(roll_back(store, key, reason, staff_id, now) for key in sorted(keys))


def _hold(store: Store, customer_id: UUID) -> None:
    """Before any use is taken or given back: who holds points may be waiting for a use (`checkout.hold`)."""
    store.purchases.lock(customer_id)
    store.points.lock(customer_id)


def _held_with_owner(store: Store, key: str) -> list[Redemption]:
    """A request's redemptions, after the purchases and points of whose they are: in the order a sale and a return keep.

    A merge may change whose they are.
    """
    known = store.promos.redemption(key)
    while known is not None and known.customer_id is not None:
        _hold(store, known.customer_id)
        fresh = store.promos.redemption(key)
        if fresh is not None and fresh.customer_id == known.customer_id:
            break
        known = fresh
    return store.promos.held_redemptions(_keys(key))


def _take_points_back(store: Store, one: Redemption, staff_id: UUID | None, now: datetime) -> None:
    given = store.points.operation(f"promo:{one.key}")
    if given is None or one.customer_id is None:
        return
    cause = ledger.Cause(
        key=f"promo_back:{one.key}", customer_id=one.customer_id, kind=PointsKind.WITHDRAWAL, staff_id=staff_id
    )
    ledger.take_gift_back(store, cause, store.points.batches_of_operation(given.id), now)


def _give_back(store: Store, one: Redemption) -> None:
    store.promos.give_use_back(one.code)
    for scope in one.scopes:
        if scope.startswith(CUSTOMER) and one.customer_id is not None:
            scope = customer_scope(one.customer_id)  # their record may have gone into another one since
        store.promos.uncount_use(one.campaign_id, scope)


def _keys(key: str) -> list[str]:
    """Of a request with several codes each has a key of its own."""
    return [key, *(f"{key}#{number}" for number in range(2, MOST_TOGETHER + 1))]
