"""Take a page of a service file into the table: new ones are added, known ones get what the file says of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from loyalty.import_people import People, Terms
from loyalty.importing import Taken
from loyalty.service_file import ServiceRow
from loyalty.services import service_key
from storage.columns import portable_row, row_of
from storage.imports import Change
from storage.models import Service
from storage.store import Store


def take_services(
    store: Store, rows: Sequence[ServiceRow], terms: Terms, now: datetime, people: People | None = None
) -> Taken:
    """One unit: all of the page or nothing. Done again, nothing is new. An empty cell changes nothing."""
    store.purchase_import.lock()
    told: dict[str, dict[str, Any]] = {}
    for row in rows:
        told.setdefault(service_key(row.name), {"name": row.name}).update(_said(row))
    known = store.services.some(list(told))
    new = [
        Service(key=key, import_id=terms.import_id, changed_at=now, **values)
        for key, values in told.items()
        if key not in known
    ]
    store.services.add(new)
    changes = [Change("service", {"key": one.key}, None, portable_row(row_of(one))) for one in new]
    changed = 0
    for key, service in known.items():
        after = {name: value for name, value in told[key].items() if value != getattr(service, name)}
        if not after:
            continue
        changed += 1
        before = {name: getattr(service, name) for name in (*after, "changed_at")}
        after |= {"changed_at": now}
        for name, value in after.items():
            setattr(service, name, value)
        store.services.save(service)
        changes.append(Change("service", {"key": key}, portable_row(before), portable_row(after)))
    if terms.import_id:
        store.imports.note_changes(terms.import_id, changes)
    return Taken(len(new), len(known) - changed, changed=changed)


def _said(row: ServiceRow) -> dict[str, Any]:
    told = {
        "category": row.category or None,
        "price_minor": row.price_minor,
        "margin_percent": row.margin_percent,
        "usual_interval_days": row.interval_days,
    }
    return {"name": row.name} | {name: value for name, value in told.items() if value is not None}
