"""Issue a promo code, and redeem it: as often as it may be, however many ask at the same moment."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from loyalty.promo_rules import ALPHABET, RANDOM_LENGTH, normalised, shown
from storage.models import PromoCampaign, PromoCode, Redemption
from storage.store import Store

TRIES = 20


class Refusal(StrEnum):
    """Why a code is not taken. Strangers hear one and the same sentence for all of them (feature PR8)."""

    UNKNOWN = "unknown"
    SOMEBODY_ELSES = "somebody_elses"
    EXPIRED = "expired"
    USED_UP = "used_up"
    CAMPAIGN_OVER = "campaign_over"


@dataclass(frozen=True, slots=True)
class Issued:
    """A code and what it is worth. `text` is how people read it."""

    code: PromoCode
    campaign: PromoCampaign

    @property
    def text(self) -> str:
        return shown(self.code.code, self.campaign.code_prefix)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """One use is taken. `is_repeat`: this request took it before."""

    code: PromoCode
    campaign: PromoCampaign
    is_repeat: bool = False


def issue(store: Store, campaign: PromoCampaign, customer_id: UUID, reason: str, now: datetime) -> Issued:
    """A code of their own. `reason` names why: asked for again for the same one, it is the same code."""
    issue_key = f"{campaign.slug}:{customer_id.hex}:{reason}"
    for _ in range(TRIES):
        if known := store.promos.issued_for(issue_key):
            return Issued(known, campaign)
        store.promos.add_code(
            PromoCode(
                code=normalised(campaign.code_prefix) + _random(),
                campaign_id=campaign.id,
                customer_id=customer_id,
                issue_key=issue_key,
                issued_at=now,
                expires_at=now + timedelta(days=campaign.code_lives_days),
            )
        )
    raise RuntimeError("no free promo code was found")


def _random() -> str:
    """Never without a digit: by it the chat tells a typed code from a word."""
    while True:
        signs = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
        if not signs.isalpha():
            return signs


def redeem(
    store: Store,
    text: str,
    key: str,
    now: datetime,
    *,
    customer_id: UUID | None = None,
    staff_id: UUID | None = None,
) -> Redeemed | Refusal:
    """Take one use of a code. `key` names the request: sent again, it is the same redemption, not another one."""
    code = store.promos.code(normalised(text))
    if code is None:
        return Refusal.UNKNOWN
    campaign = store.promos.campaign_of(code)
    claim = Redemption(
        key=key, code=code.code, campaign_id=campaign.id, customer_id=customer_id, staff_id=staff_id, at=now
    )
    if not store.promos.claim(claim):
        return Redeemed(code, campaign, is_repeat=True)
    if (refusal := _refused(code, campaign, customer_id, now)) or not store.promos.use(code.code, now):
        store.promos.unclaim(key)
        return refusal or Refusal.USED_UP
    return Redeemed(code, campaign)


def _refused(code: PromoCode, campaign: PromoCampaign, customer_id: UUID | None, now: datetime) -> Refusal | None:
    if not campaign.is_active:
        return Refusal.CAMPAIGN_OVER
    if code.customer_id is not None and code.customer_id != customer_id:
        return Refusal.SOMEBODY_ELSES
    if code.expires_at is not None and code.expires_at <= now:
        return Refusal.EXPIRED
    return Refusal.USED_UP if code.used >= code.max_uses else None
