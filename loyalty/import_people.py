"""Whose each row of a file is: customers met before by number, card or phone, and those nobody knew."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils import uuid7

from storage.imports import Change
from storage.kinds import Language
from storage.purchase_import import CARD, CUSTOMER, PHONE, Key, NewCustomer
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Terms:
    """What the file does not say: the money it counts in, the language to speak to whom nobody knows yet, and the
    business's own zone, in which a purchase has its weekday.

    `import_id`: the run that brings the rows; without one nothing is noted down, and nothing can be taken back.
    """

    currency: str
    language: Language
    zone: ZoneInfo
    import_id: UUID | None = None


PersonKeys = tuple[str, str, str]
"""Customer number, phone, card: what a row says of who it was; at least one is not empty."""


class People:
    """Whom the pages of one import have met: by what the rows say, and who of them takes part in anything of ours.

    An owner without an id was erased on request, and came with nothing by which somebody else is known.
    """

    def __init__(self) -> None:
        self.owners: dict[PersonKeys, str] = {}
        self.taking_part: set[str] = set()


class Newcomers:
    """Those of a page whom the pages before have not met: some are known to the tables, the others are strangers.

    A customer number counts most, then a card, then a phone. An unknown number may belong to somebody known by card or
    phone, but not to somebody with another number: two people of a family give one phone.
    """

    def __init__(self, store: Store, met: People, here: Mapping[PersonKeys, str]) -> None:
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

    def _owner(self, person: PersonKeys, name: str) -> str:
        number, phone, _ = person
        keys = _keys(person)
        owner = next((self._found[key] for key in keys if self._may_be_theirs(number, key)), None)
        if owner is None and not self._erased.isdisjoint(keys):
            return ""
        if owner is None:
            owner = new_id()
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

    def write(self, store: Store, terms: Terms, now: datetime) -> None:
        new = [(key, owner) for key, owner in self._found.items() if key not in self._known]
        store.purchase_import.add_customers(self.strangers.values(), terms.language, now, terms.import_id)
        store.purchase_import.add_keys(new)
        if terms.import_id:  # keys of the strangers go with them
            others = ((key, owner) for key, owner in new if owner not in self.strangers)
            store.imports.note_changes(terms.import_id, (_new_key(key, owner) for key, owner in others))


def _new_key(key: Key, owner: str) -> Change:
    kind, value = key
    return Change("customer_key", {"kind": kind, "value": value}, None, {"customer_id": owner}, UUID(owner))


def first_names(told: Iterable[tuple[PersonKeys, str]]) -> dict[PersonKeys, str]:
    """A page's people in the order in which they come, each with the first name given."""
    names: dict[PersonKeys, str] = {}
    for person, name in told:
        if not names.get(person):
            names[person] = name
    return names


def _keys(person: PersonKeys) -> list[Key]:
    customer, phone, card = person
    return [key for key in ((CUSTOMER, customer), (CARD, card), (PHONE, phone)) if key[1]]


def new_id() -> str:
    return uuid7().hex
