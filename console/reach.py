"""What would be lost with a channel: who can be reached in that one alone, and what they bought in a year."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from console.pages import Visit
from storage.kinds import Channel
from storage.reach import NOWHERE, SEVERAL
from storage.store import Store

A_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who can be reached in the same way. `name`: a channel's value, «several» or «nowhere»."""

    name: str
    customers: int
    share: float
    bought: list[tuple[str, int]]
    """(currency, minor units) of the last twelve months."""

    @property
    def is_at_risk(self) -> bool:
        """One channel closes, and nobody can write to them any more."""
        return self.name in set(Channel) and self.customers > 0


async def show(visit: Visit) -> Response:
    groups = await visit.read(lambda store: _groups(store, visit))
    return visit.page("reach.html", groups=groups, everyone=sum(group.customers for group in groups))


def _groups(store: Store, visit: Visit) -> list[Group]:
    """The channels, the riskiest first, then who has several and who has none."""
    counts, bought = store.reach.customers(), store.reach.purchases(visit.now - A_YEAR)
    everyone = sum(counts.values()) or 1
    channels = sorted((one.value for one in Channel), key=lambda name: -counts.get(name, 0))
    return [
        Group(name, counts.get(name, 0), counts.get(name, 0) / everyone, bought.get(name, []))
        for name in (*channels, SEVERAL, NOWHERE)
    ]
