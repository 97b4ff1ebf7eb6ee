"""Good deeds: points that customers give to a charity the owner names, and the total that everybody may see (C16)."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from loyalty import ledger
from loyalty.ledger import NotEnough
from storage.charities import Given
from storage.columns import new_id
from storage.kinds import PointsAccount, PointsKind
from storage.models import Charity, Customer
from storage.store import Store

AMOUNTS: Final = (50, 100, 300)
"""Points that buttons offer, besides all of them."""
MOST_SHOWN: Final = 8
"""VK shows ten buttons under a message."""
LONGEST_NAME: Final = 60
LONGEST_ABOUT: Final = 300


class Total(NamedTuple):
    """A charity with what it was given so far."""

    charity: Charity
    points: int
    givers: int


def open_charity(store: Store, name: str, about: str, now: datetime, key: UUID | None = None) -> Charity:
    """One more that points may be given to. `key` names the request: sent again, it is the same charity."""
    charity = Charity(slug=(key or new_id()).hex, name=name, about=about, created_at=now)
    store.charities.add(charity)
    return charity


def give(store: Store, customer: Customer, charity: Charity, points: int, key: str, now: datetime) -> int | NotEnough:
    """Points of the customer's become the charity's; how many, 0 when this very request did it before."""
    cause = ledger.Cause(
        key=f"charity:{key}",
        customer_id=customer.id,
        kind=PointsKind.DONATION,
        reason=charity.name,
        charity=charity.slug,
    )
    return ledger.spend(store, cause, points, now, target=PointsAccount.CHARITY)


def offered_amounts(available: int) -> list[int]:
    """What one can give of so many points: some round amounts, and all."""
    return [amount for amount in AMOUNTS if amount < available] + ([available] if available > 0 else [])


def totals(store: Store) -> list[Total]:
    """Of every charity, those that one can still give to first."""
    given = store.charities.given()
    return [Total(one, *given.get(one.slug, Given())) for one in store.charities.all()]
