"""Who and what draws more complaints than chance explains (feature B7); for the owner alone."""

from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from console.pages import Visit
from console.spans import span
from console.words import Words
from insights.funnel import ENOUGH_ORDERS, ComplaintCount, Funnel, FunnelPoint, funnel
from storage.kinds import CaseCause
from storage.store import Store
from surveys.reports import Complaints, last_days, read_complaints

DAYS: Final = 365
SERVICES: Final = 40
"""Those with most answers: a file of purchases may name thousands of wares."""


async def show(visit: Visit) -> Response:
    complaints, services = await visit.read(lambda store: _look(store, visit))
    counted = {
        "seller": complaints.sellers,
        "branch": complaints.branches,
        "service": services,
        "topic": [one._replace(name=_topic(one.name, visit.words)) for one in complaints.topics],
    }
    return visit.page(
        "complaints.html",
        funnels={by: funnel(counts) for by, counts in counted.items()},
        enough=ENOUGH_ORDERS,
        line=_line,
    )


def _look(store: Store, visit: Visit) -> tuple[Complaints, list[ComplaintCount]]:
    period = last_days(visit.today, DAYS)
    since, until = period.moments(visit.words.zone)
    rated = sorted(store.voices.by_service(since, until), key=lambda one: (-one.answers, one.name))[:SERVICES]
    services = [ComplaintCount(one.name, one.complaints, one.answers) for one in rated]
    return read_complaints(store, period), services


def _topic(name: str, words: Words) -> str:
    return words.t(f"cause.{name}") if name in set(CaseCause) else name


def _line(point: FunnelPoint, found: Funnel) -> Markup:
    """The usual range as a bar, the share as a dot: a dot beside the bar is one to ask about."""
    top = max(max(one.share.share, one.limits_95.high) for one in found.points)
    return span(point.share.share, *point.limits_95, found.overall.share, top or 1.0)
