"""What a promo campaign brought: issued, seen, redeemed, revenue, margin where known, and checks beside others'."""

from dataclasses import dataclass
from typing import Final

from insights.figures import Figure, Unit, mean_figure
from loyalty.check_guard import Comparison, compare
from loyalty.services import service_key
from storage.models import PromoCampaign
from storage.promo_reports import Counts, Sold
from storage.store import Store

WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class Report:
    """Money in minor units. `with_code` and `without` are checks of orders: of the same customers, with a code of the
    campaign and without one since it began; a description, no proof. `holdout` is the proof, where there is one."""

    counts: Counts
    orders: int
    revenue_minor: int
    discount_minor: int
    margin_minor: int | None
    margin_of: int
    """How many of the orders have a service whose margin is known."""
    with_code: Figure
    without: Figure
    holdout: Comparison | None


def report(store: Store, campaign: PromoCampaign) -> Report:
    """The whole campaign until now."""
    sold = store.promo_reports.sold(campaign.id)
    since = max(campaign.created_at, campaign.starts_at or campaign.created_at)
    known = {one.key: one.margin_percent for one in store.services.all() if one.margin_percent is not None}
    margins = [margin for one in sold if (margin := _margin(one, known)) is not None]
    return Report(
        counts=store.promo_reports.counts([campaign.id])[campaign.id],
        orders=len(sold),
        revenue_minor=sum(one.net_minor for one in sold),
        discount_minor=sum(one.discount_minor for one in sold),
        margin_minor=round(sum(margins)) if margins else None,
        margin_of=len(margins),
        with_code=mean_figure([one.net_minor for one in sold if one.net_minor > 0], Unit.MONEY),
        without=mean_figure(store.promo_reports.others(campaign.id, since), Unit.MONEY),
        holdout=compare(store, campaign),
    )


def _margin(one: Sold, margins: dict[str, float]) -> float | None:
    """What is left of a sale: the margin of the whole price less what was given away, of the part that was kept."""
    percent = margins.get(service_key(one.product)) if one.product else None
    if percent is None:
        return None
    kept = one.net_minor / one.amount_minor if one.amount_minor else 1.0
    return kept * (one.price_minor * percent / WHOLE - one.discount_minor - one.points_minor)
