"""What to suggest to a customer next, and what the business never wants suggested (feature B4)."""

from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from insights.sequences import Suggestion, suggestions
from insights.service_json import link_of
from loyalty.services import service_key
from messaging.local_time import local_date
from messaging.suggestions import WITH_THE_USUAL, suggestion
from storage.actions import Shown
from storage.store import Store

NOT_OFFERED: Final = "services.not_offered"
"""The setting: names of services."""
LOOKED_AT: Final = 300
"""Lines of purchases of one customer, the newest."""


def not_offered(store: Store) -> list[str]:
    """By name."""
    setting = store.business.setting(NOT_OFFERED)
    return list(setting.value) if setting else []


def usual(store: Store, customer_id: UUID, product: str, zone: ZoneInfo) -> str:
    """`product`, the last they bought, if they took it on another day too and it may be suggested; else nothing."""
    key = service_key(product)
    if not key or key in {service_key(name) for name in not_offered(store)}:
        return ""
    days = {
        local_date(one.at, zone)
        for one in store.purchases.of_customer(customer_id, LOOKED_AT)
        if service_key(one.product) == key and one.amount_minor > one.returned_minor
    }
    return product if len(days) > 1 else ""


def words_for(store: Store, shown: Shown, business: str, zone: ZoneInfo) -> str:
    """What one could say to them today, in their language; the usual thing is looked up only where it is spoken of."""
    action, why = shown.action, shown.action.kind
    own = usual(store, action.customer_id, shown.product, zone) if why in WITH_THE_USUAL else ""
    return suggestion(shown.language, why, name=shown.name, business=business, usual=own)


def suggested(store: Store, customer_id: UUID, zone: ZoneInfo, now: datetime) -> list[Suggestion]:
    """What the newest night proves that people buy after what this customer bought, when its time has come; the surest
    first. Nothing before the first night."""
    report = store.reports.newest()
    if report is None or "services" not in report.data:
        return []
    told = report.data["services"]
    names = {service_key(name): name for name in told["cards"]}
    last_bought: dict[str, date] = {}
    for purchase in store.purchases.of_customer(customer_id, LOOKED_AT):
        name = names.get(service_key(purchase.product))
        if name is not None and purchase.amount_minor > purchase.returned_minor:
            last_bought.setdefault(name, local_date(purchase.at, zone))
    links = [link_of(one) for one in told["next"] if one["is_proven"]]
    barred = {service_key(name) for name in not_offered(store)}
    excluded = [name for key, name in names.items() if key in barred]
    return suggestions(last_bought, links, local_date(now, zone), excluded)
