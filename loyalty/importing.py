"""Take a page of a purchase file into the tables: whose each purchase is, which are new, and what follows from them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loyalty import referrals
from loyalty.accrual import after_import
from loyalty.import_people import Newcomers, People, Terms, first_names, new_id
from loyalty.purchase_file import PurchaseRow
from loyalty.returns import owners, told_by_file
from storage.columns import chunks
from storage.kinds import PurchaseSource
from storage.models import Purchase
from storage.purchase_import import NewPurchase
from storage.store import Store
from storage.tombstones import BOUGHT

__all__ = ["People", "Taken", "Terms", "take_page"]

CONSEQUENCES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a page: new rows, those that were known, and customers nobody knew before.

    `erased`: the lines that were refused, because whom they speak of asked to be forgotten. `changed`: known rows with
    something new in them; `kept`: fields that stayed as the customer or the staff said them.
    """

    new: int = 0
    known: int = 0
    customers: int = 0
    erased: Sequence[int] = ()
    changed: int = 0
    kept: int = 0

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(
            self.new + other.new,
            self.known + other.known,
            self.customers + other.customers,
            (*self.erased, *other.erased),
            self.changed + other.changed,
            self.kept + other.kept,
        )


def take_page(
    store: Store, rows: Sequence[PurchaseRow], terms: Terms, now: datetime, people: People | None = None
) -> Taken:
    """One unit: all of the page, with its customers and its consequences, or nothing. Done again, nothing is new.

    `people`: who was met on earlier pages. Only for whom the database serves alone, so that nobody else changes them.
    """
    store.purchase_import.lock()
    met = people or People()
    newcomers = Newcomers(store, met, first_names((row[1:4], row.name) for row in rows))
    newcomers.write(store, terms, now)
    found = [_bought(row, owner) for row in rows if (owner := met.owners[row[1:4]])]
    counted = store.tombstones.among([(BOUGHT, one.key) for one in found])
    bought = [one for one in found if (BOUGHT, one.key) not in counted] if counted else found
    written = store.purchase_import.add(bought, terms.currency, terms.import_id)
    grown = store.purchase_import.returned_more(bought) if len(written) < len(bought) else {}
    _hold_points(store, grown, [one for one in written if one.customer_id in met.taking_part])
    changed = told_by_file(store, grown, now, terms.import_id) if grown else 0
    _follow(store, [one for one in written if one.customer_id in met.taking_part], terms, now)
    store.purchase_import.mark_stale(sorted({one.customer_id for one in written}))
    erased = [row.line for row in rows if not met.owners[row[1:4]]] if len(found) < len(rows) else ()
    known = len(found) - len(written) - changed
    return Taken(len(written), known, len(newcomers.strangers), erased, changed)


def _bought(row: PurchaseRow, owner: str) -> NewPurchase:
    _, _, _, _, _, at, amount, product, key, order, quantity, branch, seller, returned = row
    return NewPurchase(new_id(), owner, at, amount, product, key, order or None, quantity, branch, seller, returned)


def _hold_points(store: Store, grown: Collection[UUID], written: Sequence[NewPurchase]) -> None:
    """Whoever's points the page may move, at once: two who hold the same people one by one may wait for each other.

    A return may take a reward back, from who brought the customer too.
    """
    buyers = {UUID(one.customer_id) for one in written}
    moving = referrals.owners(store, buyers) if buyers else set()
    if grown:
        moving |= owners(store, store.purchases.some(list(grown)))
    store.points.lock(*moving)


def _follow(store: Store, written: Sequence[NewPurchase], terms: Terms, now: datetime) -> None:
    """Only members and people with a chat have anything to follow; most of a file is neither."""
    for some in chunks(written, CONSEQUENCES_AT_ONCE):
        after_import(store, [_model(purchase, terms.currency) for purchase in some], terms.zone, now)
    if written:
        referrals.after_import(store, {UUID(one.customer_id) for one in written}, now)


def _model(purchase: NewPurchase, currency: str) -> Purchase:
    return Purchase(
        id=UUID(purchase.id),
        customer_id=UUID(purchase.customer_id),
        at=purchase.at,
        amount_minor=purchase.amount_minor,
        currency=currency,
        product=purchase.product,
        source=PurchaseSource.IMPORT,
        key=purchase.key,
        returned_minor=purchase.returned_minor,
    )
