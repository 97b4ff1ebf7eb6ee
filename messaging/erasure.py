"""A person's right to their data: all of it as one document, and all of it gone in one unit (features PV1, PV2)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from storage.columns import portable, table_of
from storage.declared import PEOPLE, Declared
from storage.kinds import AuditAction, AuditActor
from storage.models import Case, Customer, Purchase, Staff
from storage.purchase_import import CARD, PHONE
from storage.store import Store
from storage.tombstones import ACCOUNT, BOUGHT, Key

ERASED: Final = "the customer's data were erased"
_CASES: Final = next(one for one in PEOPLE if one.model is Case)
_PURCHASES: Final = next(one for one in PEOPLE if one.model is Purchase)


def export(store: Store, customer_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Everything we know about a customer, by table, ready for JSON; empty for who is not there."""
    if store.customers.get(customer_id) is None:
        return {}
    found = {table_of(one.model).name: _shown(store, one, customer_id) for one in PEOPLE}
    return {name: rows for name, rows in found.items() if rows}


def _shown(store: Store, one: Declared, customer_id: UUID) -> list[dict[str, Any]]:
    rows = store.people.rows(one, customer_id)
    return [{name: portable(value) for name, value in row.items() if name not in one.withheld} for row in rows]


def erase(store: Store, customer_id: UUID, by: Staff | None, now: datetime) -> None:
    """Forget a person, in the caller's unit. `by` nobody: they asked for it themselves. Done again, nothing happens.

    What stays (purchases, points, scores, consents) belongs to a row without a name. Messages that stand in a
    messenger already are out of our hands, and so are backups: they expire.
    """
    store.people.lock(customer_id)
    customer = store.customers.get(customer_id)
    if customer is None or customer.erased_at is not None:
        return
    places = [(one.bot_id, one.user_id) for one in store.customers.identities_of(customer_id)]
    store.tombstones.bury(_known_by(store, customer, places), now)
    store.people.stop_messages(customer_id, ERASED)
    store.people.close_cases(customer_id, now)
    store.people.erase_desk(customer_id, [row["id"] for row in store.people.rows(_CASES, customer_id)], ERASED)
    for bot_id, user_id in places:
        store.people.erase_chat(bot_id, user_id, ERASED, now)
    store.people.forget_steps(customer_id)
    for one in PEOPLE:
        store.people.erase(one, customer_id)
    store.people.mark_erased(customer_id, now)
    store.feed.forget(customer_id)
    store.audit.note(AuditAction.ERASED, by or AuditActor.CUSTOMER, now, customer_id)


def _known_by(store: Store, customer: Customer, places: list[tuple[str, str]]) -> list[Key]:
    keys = [(key.kind, key.value) for key in store.directory.keys_of(customer.id)]
    if customer.phone:
        keys.append((PHONE, customer.phone))
    if member := store.points.membership(customer.id):
        keys.append((CARD, member.card_number))
    keys += [(BOUGHT, row["key"]) for row in store.people.rows(_PURCHASES, customer.id) if row["key"]]
    return keys + [(ACCOUNT, " ".join(place)) for place in places]
