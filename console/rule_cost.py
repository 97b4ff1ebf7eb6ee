"""What rules would have cost in a past month, from the purchases of that month: read and put into words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from console.words import Words
from loyalty.points import months_later
from loyalty.programme import rules_now
from loyalty.rule_preview import Occurred, Preview, Sold
from loyalty.rules import Rules
from loyalty.services import service_key
from loyalty.tiers import Year
from messaging.local_time import at_local, local_date
from storage.store import Store

MONTHS_BACK = 12


@dataclass(frozen=True, slots=True)
class Cost:
    """One month under the new rules and under those of now; `revenue_minor` is everybody's."""

    month: date
    new: Preview
    now: Preview
    revenue_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class TierLine:
    """One tier of the new rules in that month."""

    name: str
    members: int
    revenue_minor: int
    points: int


def months(store: Store, today: date, zone: ZoneInfo) -> list[date]:
    """The first days of whole months that have purchases, the newest first, a year at most."""
    first = store.liability.first_purchase()
    if first is None:
        return []
    earliest = local_date(first, zone).replace(day=1)
    past = (months_later(today.replace(day=1), -back) for back in range(1, MONTHS_BACK + 1))
    return [month for month in past if month >= earliest]


def cost_of(store: Store, rules: Rules, month: date, zone: ZoneInfo) -> Cost:
    since, until = at_local(month, 0, zone), at_local(months_later(month, 1), 0, zone)
    occurred = Occurred(store.liability.count_joined(since, until), store.liability.count_birthdays(month.month, until))
    new, now = Preview(rules, occurred), Preview(rules_now(store), occurred)
    for sold in _sold(store, since, until, zone):
        new.add(sold)
        now.add(sold)
    return Cost(month, new, now, store.liability.revenue(since, until), store.whole_base.currency())


def tier_lines(preview: Preview, words: Words) -> list[TierLine]:
    """From the lowest up."""
    return [
        TierLine(name_of(preview.rules, slug, words), len(one.members), one.revenue_minor, one.points)
        for slug, one in preview.by_tier.items()
    ]


def name_of(rules: Rules, slug: str, words: Words) -> str:
    tier = rules.tier(slug)
    return tier.name if tier else words.t("tier.lowest")


def month_of(text: str, known: list[date]) -> date | None:
    """The month that a form asks for, else the newest; None where there is none."""
    return next((month for month in known if month.isoformat() == text), known[0] if known else None)


def _sold(store: Store, since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Sold]:
    categories = {one.key: one.category for one in store.services.all()}
    keys: dict[str, str] = {}
    for paid in store.liability.paid_by_members(since, until):
        key = keys.get(paid.product)
        if key is None:
            key = keys[paid.product] = service_key(paid.product)
        yield Sold(
            paid.customer_id,
            paid.kept_minor,
            key,
            categories.get(key, ""),
            paid.at.astimezone(zone).weekday(),
            paid.tier,
            Year(int(paid.year_revenue_minor), int(paid.year_visits)),
        )


def names_of_services(store: Store) -> Mapping[str, str]:
    """How services and categories are written, by their folded names."""
    services = store.services.all()
    return {service_key(one.category): one.category for one in services if one.category} | {
        one.key: one.name for one in services
    }
