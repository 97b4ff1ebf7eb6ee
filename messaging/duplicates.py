"""Records that may be one person: put into a queue for somebody to look at, and what they decide. Nobody is merged."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from messaging import likeness
from messaging.likeness import Known, Pair, Reason
from messaging.people import judge
from storage.kinds import PairState
from storage.models import Customer, DuplicatePair, Staff
from storage.store import Store

Found = Mapping[Pair, frozenset[Reason]]


def collected(by_reason: Mapping[Reason, Iterable[Pair]]) -> dict[Pair, frozenset[Reason]]:
    """Each pair once, with all that speaks for it."""
    found: dict[Pair, set[Reason]] = defaultdict(set)
    for reason, pairs in by_reason.items():
        for pair in pairs:
            found[pair].add(reason)
    return {pair: frozenset(reasons) for pair, reasons in found.items()}


def hopeless(store: Store, pairs: Sequence[Pair]) -> set[Pair]:
    """Those that no merge could ever join: two verified phones, two numbers of another system, or one is gone.

    Where nothing but a name and a birthday is alike these are two people, and nobody is asked. With the same phone or
    address there is something to put right, at the till or in the other system: such a pair is shown, conflict and all.
    """
    ids = sorted({one for pair in pairs for one in pair})
    customers, keys = store.duplicates.customers(ids), store.duplicates.keys(ids)
    found = set()
    for pair in pairs:
        one, other = (customers.get(side) for side in pair)
        if one is None or other is None or judge(one, other, keys[pair[0]], keys[pair[1]]):
            found.add(pair)
    return found


def known(store: Store) -> dict[Pair, Known]:
    return _known(store.duplicates.all())


def put(store: Store, pairs: Sequence[tuple[Pair, frozenset[Reason]]], now: datetime) -> int:
    """Queue these, unless somebody decided about them meanwhile or one of the two is gone; how many were."""
    alive = store.duplicates.alive(one for pair, _ in pairs for one in pair)
    there = {pair: reasons for pair, reasons in pairs if alive.issuperset(pair)}
    if not there:
        return 0
    held = _known(store.duplicates.held(list(there)))
    writes = likeness.to_write(there, held)
    store.duplicates.put(
        [
            DuplicatePair(first_id=first, second_id=second, reasons=_listed(reasons), found_at=now)
            for (first, second), reasons in writes.items()
        ]
    )
    return len(writes)


def drop(store: Store, pairs: Sequence[Pair]) -> int:
    """Forget pairs that nothing speaks for any more, and that nobody decided about meanwhile; how many."""
    return store.duplicates.drop(pairs)


def decide(store: Store, one: UUID, other: UUID, state: PairState, by: Staff, now: datetime) -> bool:
    """«These are two people», or back into the queue; False when the pair is not there any more."""
    is_open = state is PairState.OPEN
    return store.duplicates.decide(likeness.pair_of(one, other), state, None if is_open else by.id, now)


def suggested(pair: Sequence[Customer], with_chat: Collection[UUID]) -> tuple[Customer, Customer]:
    """(to keep, to go): rather who can be written to, whose phone is proven, who was there first."""
    kept, gone = sorted(
        pair, key=lambda one: (one.id not in with_chat, not one.is_phone_verified, one.created_at, one.id)
    )
    return kept, gone


def _known(pairs: Iterable[DuplicatePair]) -> dict[Pair, Known]:
    return {
        (one.first_id, one.second_id): Known(
            one.state is PairState.OPEN, frozenset(Reason(reason) for reason in one.reasons)
        )
        for one in pairs
    }


def _listed(reasons: Collection[Reason]) -> list[str]:
    return [reason.value for reason in Reason if reason in reasons]
