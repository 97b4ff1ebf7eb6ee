"""What an owner should look at: one line a day for each cashier and matter, its numbers kept up (feature LO12)."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.till_rules import Suspicion
from messaging.local_time import at_local, local_date
from storage.models import TillAlert
from storage.store import Store


def note(
    store: Store, suspicion: Suspicion, staff_id: UUID, customer_id: UUID | None, now: datetime, zone: ZoneInfo
) -> None:
    """Write it down, or add to today's line; one that was seen is news again when its numbers grew.

    The caller holds the cashier's till, so two of one kind cannot be written at once.
    """
    about = customer_id if suspicion.is_about_customer else None
    day = local_date(now, zone).toordinal()
    known = store.till.alert_of(suspicion.kind, staff_id, about, day)
    if known is None:
        store.till.add_alert(
            TillAlert(
                kind=suspicion.kind, staff_id=staff_id, customer_id=about, day=day, details=suspicion.details, at=now
            )
        )
        return
    known.details, known.at, known.seen_by, known.seen_at = suspicion.details, now, None, None
    store.till.save_alert(known)


def day_starts(now: datetime, zone: ZoneInfo) -> datetime:
    """The business's midnight before this moment."""
    return at_local(local_date(now, zone), 0, zone)
