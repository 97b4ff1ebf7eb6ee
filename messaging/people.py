"""One person, one record: whether two may be merged, what would come of it, the merge, and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from messaging import merge_points
from messaging.erasure import erase, export
from messaging.merge_steps import Merging
from messaging.merging import combined, last_words, move_everything
from messaging.parting import give_back
from storage.columns import row_of
from storage.kinds import AuditAction, AuditActor, ConsentAction, ConsentPurpose
from storage.models import Customer, CustomerKey, CustomerMerge, Identity, Staff
from storage.people import Step
from storage.purchase_import import CARD, CUSTOMER
from storage.store import Store

__all__ = [
    "Conflict",
    "MergePreview",
    "Merged",
    "Refused",
    "Undone",
    "erase",
    "export",
    "judge",
    "merge",
    "preview",
    "undo",
]

UNDO_WITHIN: Final = timedelta(days=30)


class Conflict(StrEnum):
    """Why not. The values are phrases of the console: `conflict.<value>`."""

    SAME = "same"
    GONE = "gone"
    ERASED = "erased"
    PHONES = "phones"
    NUMBERS = "numbers"
    UNDONE = "undone"
    TOO_LATE = "too_late"
    LATER_MERGE = "later_merge"


@dataclass(frozen=True, slots=True)
class Merged:
    """It is done: `merge_id` undoes it. The gone record has no row any more."""

    merge_id: UUID
    kept: Customer
    gone_id: UUID


@dataclass(frozen=True, slots=True)
class Undone:
    """Both records are there again."""

    kept_id: UUID
    gone_id: UUID


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed."""

    conflict: Conflict


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two records, as a person compares them."""

    customer: Customer
    identities: list[Identity]
    cards: list[str]
    numbers: list[str]
    balance: int | None
    totals: list[tuple[str, int, int]]
    consents: dict[ConsentPurpose, ConsentAction]
    has_open_case: bool
    counts: dict[str, int]
    """Rows by table."""


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What one record would be. `taken`: the names of the fields whose value comes from the gone one."""

    kept: Side
    gone: Side
    conflict: Conflict | None
    result: Customer
    taken: frozenset[str] = frozenset()
    balance: int | None = None
    consents: dict[ConsentPurpose, ConsentAction] = field(default_factory=dict)


# --- rules


def judge(a: Customer, b: Customer, keys_a: Sequence[CustomerKey], keys_b: Sequence[CustomerKey]) -> Conflict | None:
    """Why these two cannot be one person, if so (feature ID4). A person may have several cards, but a customer number
    is what the other system tells people apart by."""
    if a.id == b.id:
        return Conflict.SAME
    if a.erased_at or b.erased_at:
        return Conflict.ERASED
    if a.is_phone_verified and b.is_phone_verified and a.phone != b.phone:
        return Conflict.PHONES
    theirs = [{key.value for key in keys if key.kind == CUSTOMER} for keys in (keys_a, keys_b)]
    return Conflict.NUMBERS if all(theirs) and theirs[0] != theirs[1] else None


# --- a look


def preview(store: Store, kept_id: UUID, gone_id: UUID, now: datetime) -> MergePreview | None:
    """What a merge would make of two records; None when one of them is not there."""
    kept, gone = store.customers.get(kept_id), store.customers.get(gone_id)
    if kept is None or gone is None:
        return None
    mine, other = _side(store, kept, now), _side(store, gone, now)
    values = combined(kept, gone)
    taken = {name for name, value in values.items() if value != getattr(kept, name)}
    balances = [side.balance for side in (mine, other) if side.balance is not None]
    words = last_words([*store.consents.history(kept_id), *store.consents.history(gone_id)])
    return MergePreview(
        mine,
        other,
        judge(kept, gone, _keys(store, kept_id), _keys(store, gone_id)),
        Customer(**{**row_of(kept), **values}),
        frozenset(taken),
        sum(balances) if balances else None,
        {purpose: word.action for purpose, word in words.items()},
    )


def _side(store: Store, customer: Customer, now: datetime) -> Side:
    member = store.points.membership(customer.id)
    keys = _keys(store, customer.id)
    cards = [member.card_number] if member else []
    return Side(
        customer,
        store.customers.identities_of(customer.id),
        cards + [key.value for key in keys if key.kind == CARD and key.value not in cards],
        [key.value for key in keys if key.kind == CUSTOMER],
        store.points.balance(customer.id, now).available if member else None,
        store.customers.purchase_totals(customer.id),
        store.consents.latest(customer.id),
        store.cases.open_for(customer.id) is not None,
        store.people.counts(customer.id),
    )


def _keys(store: Store, customer_id: UUID) -> list[CustomerKey]:
    return store.directory.keys_of(customer_id)


# --- the deed


def merge(store: Store, kept_id: UUID, gone_id: UUID, by: Staff | None, now: datetime) -> Merged | Refused:
    """Make two records one, in the caller's unit. `by` nobody: the customer proved that both accounts are theirs.

    Whoever goes on in this unit must not write under the gone id: its row is no more.
    """
    if kept_id == gone_id:
        return Refused(Conflict.SAME)
    store.people.lock(kept_id, gone_id)
    kept, gone = store.customers.get(kept_id), store.customers.get(gone_id)
    if kept is None or gone is None:
        return Refused(Conflict.GONE)
    if conflict := judge(kept, gone, _keys(store, kept_id), _keys(store, gone_id)):
        return Refused(conflict)
    steps: list[Step] = []
    move_everything(Merging(store, kept_id, gone_id, by, now, steps))
    steps += store.people.change(Customer, row_of(kept), combined(kept, gone), is_whole=True)
    steps += store.people.put_aside(Customer, row_of(gone))
    made = CustomerMerge(
        kept_id=kept_id,
        gone_id=gone_id,
        at=now,
        by=by.id if by else None,
        undo_until=now + UNDO_WITHIN,
        moved=steps,
    )
    store.people.add_merge(made)
    _note(store, AuditAction.MERGED, made, by, now)
    one = store.customers.get(kept_id)
    assert one is not None
    return Merged(made.id, one, gone_id)


def undo(store: Store, merge_id: UUID, by: Staff | None, now: datetime) -> Undone | Refused:
    """Take a merge back, step by step. What came after it stays with the kept record, but for what was said in the
    other one's chats; and each «no» counts for both."""
    made = store.people.merge(merge_id)
    if made is None:
        return Refused(Conflict.GONE)
    store.people.lock(made.kept_id, made.gone_id)
    made = store.people.merge(merge_id)
    assert made is not None
    if conflict := why_not_undo(store, made, now):
        return Refused(conflict)
    was = store.customers.get(made.kept_id)
    assert was is not None
    store.people.play_back(made.moved, age=now - made.at)
    give_back(store, made, was)
    both = (made.kept_id, made.gone_id)
    merge_points.clear(store, both, now)
    store.promos.recount_customers(both)
    store.stats.begin(one for one in both if store.purchases.count_of(one))  # the row of the merge went with its step
    store.stats.mark_stale(both)
    made.moved, made.undone_at = [], now
    store.people.save_merge(made)
    _note(store, AuditAction.UNMERGED, made, by, now)
    return Undone(made.kept_id, made.gone_id)


def why_not_undo(store: Store, made: CustomerMerge, now: datetime) -> Conflict | None:
    """What stands in the way; None when it can be taken back."""
    if made.undone_at is not None:
        return Conflict.UNDONE
    if now > made.undo_until:
        return Conflict.TOO_LATE
    kept = store.customers.get(made.kept_id)
    if not made.moved or (kept is not None and kept.erased_at):
        return Conflict.ERASED
    # A later merge may have moved the same rows on: the last one goes back first.
    is_last = all(other.id <= made.id for other in store.people.merges_of(made.kept_id))
    return None if is_last and kept is not None else Conflict.LATER_MERGE


def _note(store: Store, action: AuditAction, made: CustomerMerge, by: Staff | None, now: datetime) -> None:
    actor = by or AuditActor.CUSTOMER
    store.audit.note(action, actor, now, made.kept_id, merge=made.id.hex, gone=made.gone_id.hex)
