"""What happened to a case, for its history and for everybody at the desk."""

from datetime import datetime
from uuid import UUID

from messaging import desk as at_desk
from messaging.desk import Desk
from messaging.messages import Address
from messaging.phrases import say
from storage.kinds import CaseEventKind
from storage.models import Case, CaseEvent
from storage.store import Store


def note(
    store: Store,
    case: Case,
    kind: CaseEventKind,
    now: datetime,
    *,
    by: UUID | None = None,
    to: UUID | None = None,
    text: str = "",
) -> None:
    """One line of the case's history; `by` nobody is the program."""
    store.case_work.note(
        CaseEvent(
            case_id=case.id, customer_id=case.customer_id, kind=kind, staff_id=by, to_staff_id=to, text=text, at=now
        )
    )


def tell(
    store: Store, desk: Desk, case: Case, key: str, now: datetime, said_in: Address | None = None, **values: object
) -> None:
    """One line for the others: wherever they sit they see the same case."""
    customer = store.customers.get(case.customer_id)
    if customer is not None:
        text = say(desk.language, key, customer=at_desk.name_of(customer, desk), **values)
        at_desk.line(store, desk, case, customer, text, now, but=said_in)
