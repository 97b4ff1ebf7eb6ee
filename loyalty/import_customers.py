"""Take a page of a customer file into the tables: empty fields are filled, and nobody's own word is overwritten."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from loyalty.customer_file import CustomerRow
from loyalty.import_people import Newcomers, People, Terms, first_names
from loyalty.importing import Taken
from storage.columns import portable_row
from storage.imports import Change
from storage.kinds import FROM_FILE, ConsentAction, ConsentPurpose, FieldOrigin
from storage.models import Consent
from storage.store import Store

FIELDS: Final = {
    "name": ("name",),
    "phone": ("phone",),
    "email": ("email",),
    "gender": ("gender",),
    "city": ("city",),
    "birthday": ("birthday_month", "birthday_day", "birth_year"),
}
"""A field as `CustomerField` calls it -> the columns of the customer that hold it."""
_COLUMNS: Final = [column for columns in FIELDS.values() for column in columns]
_HELD: Final = [*_COLUMNS, "language", "erased_at", "import_id"]

Origins = Mapping[tuple[UUID, str], Mapping[str, Any]]
Fields = dict[str, tuple[Any, ...]]
"""A field -> the values of its columns."""


@dataclass
class _Page:
    """What one page changes, to be written at once."""

    columns: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    kept: int = 0


def take_customers(
    store: Store, rows: Sequence[CustomerRow], terms: Terms, now: datetime, people: People | None = None
) -> Taken:
    """One unit: all of the page or nothing. Done again, nothing is new.

    Empty fields are filled, and those that an import told last get the new value; what the customer, their messenger or
    the staff said stays. Who is said to want no messages has withdrawn; nothing here ever gives a consent.
    """
    store.purchase_import.lock()
    met = people or People()
    newcomers = Newcomers(store, met, first_names((row[1:4], row.name) for row in rows))
    newcomers.write(store, terms, now)
    strangers = {UUID(one) for one in newcomers.strangers}
    said, stopped = _said(rows, met)
    held = store.customer_import.held(said.keys(), _HELD)
    said = {owner: fields for owner, fields in said.items() if owner in held and held[owner]["erased_at"] is None}
    origins = store.customer_import.fields(said.keys())
    page = _Page()
    for owner, fields in said.items():
        by_file = _told_by_files(owner, held[owner], origins, is_alone=owner.hex not in met.taking_part)
        _compare(page, owner, fields, held[owner], by_file, origins, now, is_new=owner in strangers)
    store.customer_import.save(page.columns)
    store.customer_import.put_fields(page.told)
    silent = _withdraw(store, [owner for owner in stopped if owner in said], held, terms, now)
    page.changes += [Change("consent", {"id": one.id.hex}, None, {}, one.customer_id) for one in silent]
    if terms.import_id:
        store.imports.note_changes(terms.import_id, page.changes)
    changed = (page.columns.keys() | {one.customer_id for one in silent}) - strangers
    erased = [row.line for row in rows if not met.owners[row[1:4]]]
    known = len(said) - len(strangers & said.keys()) - len(changed)
    return Taken(len(strangers), known, len(strangers), erased, len(changed), page.kept)


def _said(rows: Sequence[CustomerRow], met: People) -> tuple[dict[UUID, Fields], list[UUID]]:
    """What the page says of each customer, its last word about each field; and who wants no messages."""
    said: dict[UUID, Fields] = {}
    stopped: dict[UUID, None] = {}
    for row in rows:
        if not (owner := met.owners[row[1:4]]):
            continue
        own_id = UUID(owner)
        said.setdefault(own_id, {}).update(_fields(row))
        if row.stop:
            stopped[own_id] = None
    return said, list(stopped)


def _fields(row: CustomerRow) -> Fields:
    plain = {"name": row.name, "phone": row.phone, "email": row.email, "gender": row.gender, "city": row.city}
    told: Fields = {name: (value,) for name, value in plain.items() if value}
    return told | ({"birthday": tuple(row.birthday)} if row.birthday else {})


def _told_by_files(owner: UUID, held: Mapping[str, Any], origins: Origins, *, is_alone: bool) -> set[str]:
    """The fields that imports told, nobody else. Purchases bring names and phones, which only `import_id` tells of, as
    long as the customer has no chat and no card (`is_alone`)."""
    told = {name for name in FIELDS if (owner, name) in origins}
    found = {name for name in told if origins[owner, name]["origin"] is FieldOrigin.IMPORT}
    return found | ({"name", "phone"} - told if is_alone and held["import_id"] is not None else set())


def _compare(
    page: _Page,
    owner: UUID,
    fields: Fields,
    held: Mapping[str, Any],
    by_file: Collection[str],
    origins: Origins,
    now: datetime,
    *,
    is_new: bool,
) -> None:
    """Decide field by field; `is_new`: the import itself made this customer, who is taken back whole."""
    after: dict[str, Any] = {}
    for name, values in fields.items():
        columns, origin = FIELDS[name], origins.get((owner, name))
        current = tuple(held[column] for column in columns)
        is_empty = not any(current)
        if not is_new and current == values:
            continue
        if not (is_new or is_empty or name in by_file):
            page.kept += 1
            continue
        if current != values:
            after |= dict(zip(columns, values, strict=True))
        told = {"origin": FieldOrigin.IMPORT, "at": now}
        page.told.append({"customer_id": owner, "field": name, **told})
        if not is_new:
            key = {"customer_id": owner.hex, "field": name}
            was = None if origin is None else portable_row(origin)
            page.changes.append(Change("customer_field", key, was, portable_row(told), owner))
    if after:
        # Whole rows of columns, so that one statement writes them all.
        page.columns[owner] = {column: after.get(column, held[column]) for column in _COLUMNS}
        if not is_new:
            before = {column: held[column] for column in after}
            page.changes.append(Change("customer", {"id": owner.hex}, portable_row(before), portable_row(after), owner))


def _withdraw(
    store: Store, stopped: Sequence[UUID], held: Mapping[UUID, Mapping[str, Any]], terms: Terms, now: datetime
) -> list[Consent]:
    """Withdrawals that were not known. Who has agreed since a file told so has said the newer word: the same file
    again tells nothing new."""
    history = store.customer_import.said_about_advertising(stopped)
    new = [
        Consent(
            customer_id=owner,
            purpose=ConsentPurpose.ADVERTISING,
            action=ConsentAction.WITHDRAWN,
            text_version="",
            language=held[owner]["language"],
            bot_id=FROM_FILE,
            evidence=f"{FROM_FILE}:{terms.import_id.hex if terms.import_id else ''}",
            at=now,
        )
        for owner in stopped
        if not _is_known(history.get(owner, []))
    ]
    store.customer_import.add_consents(new)
    return new


def _is_known(said: Sequence[Consent]) -> bool:
    if said and said[-1].action is ConsentAction.WITHDRAWN:
        return True
    return any(one.bot_id == FROM_FILE for one in said)
