"""How judgements about services are told as JSON, and read back from it. Pure.

Shares: share, low, high, n. Ratios: value, low, high, where None means that nothing bounds it. Days: ISO dates.
"""

from collections.abc import Mapping
from datetime import date
from math import inf, isfinite
from typing import Any

from insights.comparisons import Compared, Ratio
from insights.demand import Demand, Earner
from insights.high_checks import HighCheck
from insights.metrics import Proportion
from insights.sequences import Link
from insights.services import Standing

Told = dict[str, Any]


def share(found: Proportion | None) -> Told | None:
    return found and {"share": found.share, "low": found.low, "high": found.high, "n": found.n}


def ratio(found: Ratio | None) -> Told | None:
    return found and {name: value if isfinite(value) else None for name, value in found._asdict().items()}


def compared(found: Compared | None) -> Told | None:
    """`people`: how many more than the others' share would have brought, below nought fewer."""
    return found and {
        "share": share(found.share),
        "others": share(found.others),
        "people": found.excess,
        "difference": found.difference.value,
    }


def standing(found: Standing, service: str) -> Told:
    return {"service": service, "judgement": found.judgement.value, **(compared(found.compared) or {})}


def link(found: Link, a: str, b: str) -> Told:
    return {
        "a": a,
        "b": b,
        "support": found.support,
        "share": share(found.confidence),
        "others": share(found.base),
        "lift": ratio(found.lift),
        "p_value": found.p_value,
        "lag_days": found.median_lag_days,
        "within_days": found.within_days,
        "is_proven": found.is_proven,
    }


def link_of(told: Mapping[str, Any]) -> Link:
    """What `link` told, as the rules know it."""
    lift = {name: inf if value is None else value for name, value in told["lift"].items()}
    return Link(
        told["a"],
        told["b"],
        told["support"],
        Proportion(**told["share"]),
        Proportion(**told["others"]),
        Ratio(**lift),
        told["p_value"],
        told["lag_days"],
        told["within_days"],
        told["is_proven"],
    )


def demanded(found: Demand, service: str, last_day: int | None) -> Told:
    return {
        "service": service,
        "orders": found.period.orders,
        "orders_before": found.period.orders_before,
        "people": found.period.people,
        "last_day": date.fromordinal(last_day).isoformat() if last_day else None,
        "trend": ratio(found.trend),
        "share_trend": ratio(found.share_trend),
        "reasons": [reason.value for reason in found.reasons],
    }


def earner(found: Earner, service: str) -> Told:
    return {
        "service": service,
        "orders": found.money.orders,
        "revenue_minor": found.money.revenue_minor,
        "margin_minor": found.margin_minor,
        "returning": compared(found.returning),
        "reasons": [reason.value for reason in found.reasons],
    }


def high_check(found: HighCheck, customer: str) -> Told:
    return {
        "customer": customer,
        "average_check_minor": found.customer.average_check_minor,
        "interval_days": found.customer.interval_days,
        "visits": found.customer.visits,
        "usual_days": found.usual_days,
        "visits_gained": found.visits_gained,
        "worth_minor": found.worth_minor,
    }
