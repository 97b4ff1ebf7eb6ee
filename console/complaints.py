"""Who draws more complaints than chance explains: staff and branches between the limits of a funnel. For the owner."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from console.pages import Visit
from console.spans import span
from insights.funnel import ENOUGH_ORDERS, ComplaintCount, Funnel, FunnelPoint, funnel
from storage.voices import Rated

PERIOD: Final = timedelta(days=365)


async def show(visit: Visit) -> Response:
    since = visit.now - PERIOD
    sellers, branches = await visit.read(
        lambda store: (store.voices.by_seller(since, visit.now), store.voices.by_branch(since, visit.now))
    )
    return visit.page(
        "complaints.html",
        funnels={"seller": _funnel(sellers), "branch": _funnel(branches)},
        enough=ENOUGH_ORDERS,
        line=_line,
    )


def _funnel(rated: Sequence[Rated]) -> Funnel | None:
    return funnel([ComplaintCount(one.name, one.complaints, one.answers) for one in rated])


def _line(point: FunnelPoint, found: Funnel) -> Markup:
    """The usual range as a bar, the share as a dot: a dot beside the bar is one to ask about."""
    top = max(max(one.share.share, one.limits_95.high) for one in found.points)
    return span(point.share.share, *point.limits_95, found.overall.share, top or 1.0)
