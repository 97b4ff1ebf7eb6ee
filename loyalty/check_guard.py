"""A promo that lowers the average check stops itself: its customers against those who were left out on purpose."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from insights.mean_difference import Z_99, MeanDifference, mean_difference
from loyalty.campaigns import in_units, is_left_out, is_on
from storage.kinds import AuditAction, AuditActor, Language
from storage.models import PromoCampaign
from storage.store import Store

ENOUGH: Final = 20
"""Customers on either side, below which nothing is concluded."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Average checks since the campaign began, minor units: one number a customer, the mean of their orders, because
    it was customers who were drawn by lot. The interval holds in 99 of 100: it is looked at every hour."""

    difference: MeanDifference

    @property
    def is_enough(self) -> bool:
        return min(self.difference.n, self.difference.base_n) >= ENOUGH

    @property
    def is_lower(self) -> bool:
        """Whether it is proven that the campaign's customers pay less for an order."""
        return self.is_enough and self.difference.high < 0


def guarded(store: Store) -> list[PromoCampaign]:
    """Those that the guard looks at."""
    return [one for one in store.promos.campaigns() if one.is_guarded and one.holdout_percent and is_on(one)]


def compare(store: Store, campaign: PromoCampaign) -> Comparison | None:
    """Who may get the campaign against its hold-out; None without a hold-out, or without two buyers on each side."""
    if not campaign.holdout_percent:
        return None
    since = max(campaign.created_at, campaign.starts_at or campaign.created_at)
    groups: tuple[list[float], list[float]] = ([], [])
    for customer_id, check in store.promo_reports.average_checks(since):
        groups[is_left_out(campaign, customer_id)].append(check)
    found = mean_difference(*groups, z=Z_99)
    return Comparison(found) if found else None


def stop(store: Store, campaign_id: UUID, compared: Comparison, now: datetime) -> bool:
    """Stop the campaign, once, and write down why: on its page and in the audit."""
    campaign = store.promos.held_campaign(campaign_id)
    if campaign is None or not is_on(campaign):
        return False
    found = compared.difference
    campaign.stopped_at = now
    campaign.stopped_because = {
        "check_minor": round(found.mean),
        "holdout_minor": round(found.base_mean),
        "low_minor": round(found.low),
        "high_minor": round(found.high),
        "n": found.n,
        "holdout_n": found.base_n,
    }
    store.promos.save_campaign(campaign)
    details: dict[str, Any] = {"campaign": campaign.id.hex, "what": "guard", **campaign.stopped_because}
    store.audit.note(AuditAction.CAMPAIGN_CHANGED, AuditActor.SYSTEM, now, **details)
    return True


def in_words(language: Language, compared: Comparison) -> dict[str, Any]:
    """The numbers of a sentence about it: whole roubles, and the sizes of both groups."""
    found = compared.difference
    return {
        "check": in_units(language, round(found.mean / 100) * 100),
        "holdout": in_units(language, round(found.base_mean / 100) * 100),
        "low": in_units(language, abs(round(found.high / 100) * 100)),
        "high": in_units(language, abs(round(found.low / 100) * 100)),
        "n": found.n,
        "holdout_n": found.base_n,
    }
