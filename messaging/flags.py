"""A person's word about a flag: only that gives it an effect, and only that takes it away."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from storage.kinds import AuditAction, FlagState
from storage.models import Flag, Staff
from storage.store import Store

CONFIRMED_FOR: Final = timedelta(days=90)
"""Then somebody looks at it again (feature CL6)."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The flag as it is now."""

    flag: Flag


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such flag, or it was dismissed before: what was dismissed does not come back by a click."""


def decide(store: Store, flag_id: UUID, staff: Staff, state: FlagState, now: datetime) -> Decided | Gone:
    """Confirm a candidate (or, looked at again, a confirmed one for another 90 days), or dismiss either.

    The row stays, dismissed or not: with its evidence, and who decided last and when. `expires_at` is kept when a
    confirmed one is dismissed: it tells that the flag had its effect once. ValueError for a state nobody decides on.
    """
    if state is FlagState.CANDIDATE:
        raise ValueError("a person confirms or dismisses; candidates are found")
    flag = store.flags.locked(flag_id)
    if flag is None or flag.state is FlagState.DISMISSED:
        return Gone()
    flag.state, flag.decided_by, flag.decided_at = state, staff.id, now
    if state is FlagState.CONFIRMED:
        flag.expires_at = now + CONFIRMED_FOR
    store.flags.save(flag)
    store.audit.note(AuditAction(f"flag_{state.value}"), staff, now, flag.customer_id, flag=flag.id.hex)
    return Decided(flag)
