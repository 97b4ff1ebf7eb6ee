"""What looks odd at the tills: each line has its numbers, and somebody says that they have seen it. Never a verdict."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from starlette.responses import Response

from console.pages import Visit
from storage.kinds import AlertKind
from storage.models import TillAlert
from storage.store import Store

SHOWN: Final = 100
SEEN_SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class Signal:
    """One alert, told: `what` in words with its numbers."""

    alert: TillAlert
    what: str
    cashier: str
    customer: str
    day: date
    seen_by: str


async def show(visit: Visit) -> Response:
    def look(store: Store) -> tuple[list[Signal], list[Signal]]:
        names = store.staff.names()
        fresh = [_told(store, visit, one, names) for one in store.till.alerts(seen=False, limit=SHOWN)]
        return fresh, [_told(store, visit, one, names) for one in store.till.alerts(seen=True, limit=SEEN_SHOWN)]

    fresh, seen = await visit.read(look)
    return visit.page("alerts.html", fresh=fresh, seen=seen)


async def see(visit: Visit) -> Response:
    alert_id = visit.path_id("alert_id")
    await visit.write(lambda store: store.till.see_alert(alert_id, visit.staff.id, visit.now))
    return visit.go("/alerts")


def _told(store: Store, visit: Visit, alert: TillAlert, names: dict[UUID, str]) -> Signal:
    words, details = visit.words, alert.details
    match alert.kind:
        case AlertKind.MANY_SALES:
            what = words.n("signal.many_sales", details["sales"])
        case AlertKind.MUCH_MONEY:
            what = words.t("signal.much_money", sum=words.money(details["sum_minor"], "RUB"))
        case AlertKind.SAME_CARD:
            what = words.t("signal.same_card", day=details["day"], week=details["week"])
        case AlertKind.MANY_RETURNS:
            what = words.n("signal.many_returns", details["returns"])
    customer = store.customers.get(alert.customer_id) if alert.customer_id else None
    return Signal(
        alert,
        what,
        names.get(alert.staff_id, ""),
        (customer.name or words.t("customer.nameless")) if customer else "",
        date.fromordinal(alert.day),
        names.get(alert.seen_by, "") if alert.seen_by else "",
    )
