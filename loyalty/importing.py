"""Take a page of a purchase file into the tables: whose each purchase is, which are new, and what follows from them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from uuid_utils import uuid7

from loyalty.accrual import after_import
from loyalty.purchase_file import PurchaseRow
from storage.columns import chunks
from storage.kinds import Language, PurchaseSource
from storage.models import Purchase
from storage.purchase_import import CARD, CUSTOMER, PHONE, Key, NewCustomer, NewPurchase
from storage.store import Store
from storage.tombstones import BOUGHT

CONSEQUENCES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Terms:
    """What the file does not say: the money it counts in, and the language to speak to whom nobody knows yet."""

    currency: str
    language: Language


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a page: new purchases, those that were known, and customers nobody knew before.

    `erased`: the lines that were refused, because whom they speak of asked to be forgotten.
    """

    new: int = 0
    known: int = 0
    customers: int = 0
    erased: Sequence[int] = ()

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(
            self.new + other.new,
            self.known + other.known,
            self.customers + other.customers,
            (*self.erased, *other.erased),
        )


def take_page(
    store: Store, rows: Sequence[PurchaseRow], terms: Terms, now: datetime, people: "People | None" = None
) -> Taken:
    """One unit: all of the page, with its customers and its consequences, or nothing. Done again, nothing is new.

    `people`: who was met on earlier pages. Only for whom the database serves alone, so that nobody else changes them.
    """
    store.purchase_import.lock()
    met = people or People()
    newcomers = _Newcomers(store, met, _names(rows))
    newcomers.write(store, terms.language, now)
    found = [
        NewPurchase(_new_id(), owner, row.at, row.amount_minor, row.product, row.key)
        for row in rows
        if (owner := met.owners[row[1:4]])
    ]
    counted = store.tombstones.among([(BOUGHT, one.key) for one in found])
    bought = [one for one in found if (BOUGHT, one.key) not in counted] if counted else found
    written = store.purchase_import.add(bought, terms.currency)
    _follow(store, written, met.taking_part, terms.currency, now)
    erased = [row.line for row in rows if not met.owners[row[1:4]]] if len(found) < len(rows) else ()
    return Taken(len(written), len(found) - len(written), len(newcomers.strangers), erased)


_Person = tuple[str, str, str]
"""Customer number, phone, card: what a row says of who it was; at least one is not empty."""


class People:
    """Whom the pages of one import have met: by what the rows say, and who of them takes part in anything of ours.

    An owner without an id was erased on request, and came with nothing by which somebody else is known.
    """

    def __init__(self) -> None:
        self.owners: dict[_Person, str] = {}
        self.taking_part: set[str] = set()


class _Newcomers:
    """Those of a page whom the pages before have not met: some are known to the tables, the others are strangers.

    A customer number counts most, then a card, then a phone. An unknown number may belong to somebody known by card or
    phone, but not to somebody with another number: two people of a family give one phone.
    """

    def __init__(self, store: Store, met: People, here: Mapping[_Person, str]) -> None:
        """`here`: the page's people with the names it gives them, or empty ones. Adds them to `met`."""
        new = [person for person in here if person not in met.owners]
        asked = {key for person in new for key in _keys(person)}
        self._known = store.purchase_import.owners(asked)
        self._found = store.purchase_import.owners_otherwise(asked - self._known.keys()) | self._known
        self._erased = store.tombstones.among(asked - self._found.keys())
        self._numbered = store.purchase_import.with_a_number(
            {owner for (kind, _), owner in self._found.items() if kind != CUSTOMER}
        )
        self.strangers: dict[str, NewCustomer] = {}
        met.taking_part |= store.purchase_import.taking_part(set(self._found.values()))
        met.owners |= {person: self._owner(person, here[person]) for person in new}

    def _owner(self, person: _Person, name: str) -> str:
        number, phone, _ = person
        keys = _keys(person)
        owner = next((self._found[key] for key in keys if self._may_be_theirs(number, key)), None)
        if owner is None and not self._erased.isdisjoint(keys):
            return ""
        if owner is None:
            owner = _new_id()
            self.strangers[owner] = NewCustomer(owner, name, phone)
        elif name and owner in self.strangers and not self.strangers[owner].name:
            self.strangers[owner] = self.strangers[owner]._replace(name=name)
        for key in keys:
            self._found.setdefault(key, owner)
        if number:
            self._numbered.add(owner)
        return owner

    def _may_be_theirs(self, number: str, key: Key) -> bool:
        owner = self._found.get(key)
        return owner is not None and (key[0] == CUSTOMER or not number or owner not in self._numbered)

    def write(self, store: Store, language: Language, now: datetime) -> None:
        store.purchase_import.add_customers(self.strangers.values(), language, now)
        store.purchase_import.add_keys((key, owner) for key, owner in self._found.items() if key not in self._known)


def _names(rows: Sequence[PurchaseRow]) -> dict[_Person, str]:
    """The page's people in the order in which they come, each with the first name given."""
    names: dict[_Person, str] = dict.fromkeys((row[1:4] for row in rows), "")
    for row in reversed(rows):
        if row.name:
            names[row[1:4]] = row.name
    return names


def _keys(person: _Person) -> list[Key]:
    customer, phone, card = person
    return [key for key in ((CUSTOMER, customer), (CARD, card), (PHONE, phone)) if key[1]]


def _new_id() -> str:
    return uuid7().hex


def _follow(
    store: Store, written: Sequence[NewPurchase], taking_part: Collection[str], currency: str, now: datetime
) -> None:
    """Only members and people with a chat have anything to follow; most of a file is neither."""
    theirs = [purchase for purchase in written if purchase.customer_id in taking_part]
    for some in chunks(theirs, CONSEQUENCES_AT_ONCE):
        after_import(store, [_model(purchase, currency) for purchase in some], now)


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
    )
