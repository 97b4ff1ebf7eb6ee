"""What the inbox shows, gathered from the tables: rows of its lists, one conversation, one customer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from console.promised import Promised, Promising
from messaging.desk import scope_of, sees
from messaging.messages import Address
from messaging.outbox import CONVERSATION
from storage.case_pages import Happened
from storage.cases import CaseRow, OpenCounts, Wanted
from storage.files import FileFacts
from storage.kinds import CaseEventKind, Channel, ConsentAction, ConsentPurpose, DeliveryState, MessageKind
from storage.models import Case, Customer, Identity, InboundEvent, OutboxMessage, Staff, SurveyRun
from storage.store import Store

LONGEST_LIST = 100
LONGEST_THREAD = 150
NEVER = "9999999999999"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, when, and in which zone the business counts its hours."""

    staff: Staff
    zone: ZoneInfo
    now: datetime


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message of a conversation. `mark` is how far ours came; None for the customer's."""

    id: UUID
    customer_id: UUID
    who: str
    name: str
    text: str
    at: datetime
    mark: DeliveryState | None = None
    reason: str = ""
    is_possible_duplicate: bool = False
    buttons: tuple[str, ...] = ()
    is_edited: bool = False
    earlier: tuple[str, ...] = ()
    """What it said before each edit by a person, oldest first."""
    file: FileFacts | None = None
    """The picture or voice that came with it."""

    @property
    def order(self) -> str:
        return f"{self.at.timestamp():017.6f}-{self.id}"


@dataclass(frozen=True, slots=True)
class Line:
    """What happened to a case, between the messages: a note of a colleague, or who got it from whom."""

    id: UUID
    customer_id: UUID
    kind: CaseEventKind
    number: int
    by: str
    to: str
    text: str
    at: datetime

    @property
    def who(self) -> str:
        return "note" if self.kind is CaseEventKind.NOTE else "event"

    @property
    def order(self) -> str:
        return f"{self.at.timestamp():017.6f}-{self.id}"


Piece = Bubble | Line


@dataclass(frozen=True, slots=True)
class Card:
    """One line of the list. `holder`: who has it, or is to answer it."""

    case: Case
    name: str
    holder: str
    channel: Channel
    last: str
    last_by: str
    at: datetime
    promises: tuple[Promised, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def order(self) -> str:
        """Who waits for an answer first, by promise; then the others; among the closed the newest first."""
        if self.case.closed_at is None:
            due = self.case.next_due_at
            return f"{int(due is None)}-{(due or self.case.due_at).timestamp():017.6f}"
        return f"2-{int(NEVER) - round(self.case.opened_at.timestamp() * 1000):014d}"


@dataclass(frozen=True, slots=True)
class Person:
    """The customer pane."""

    customer: Customer
    identities: list[Identity]
    consents: dict[ConsentPurpose, ConsentAction]
    answers: list[SurveyRun]
    totals: list[tuple[str, int, int]]
    cases: list[Case]


def bubbles(store: Store, events: Iterable[InboundEvent], rows: Sequence[OutboxMessage]) -> list[Bubble]:
    """Both sides of a conversation in the order of time; an edit shows where the message it replaced stood."""
    names = store.staff.names() if any(row.staff_id for row in rows) else {}
    events = [event for event in events if event.customer_id is not None and (event.text or event.file_id)]
    files = store.files.facts({event.file_id for event in events if event.file_id})
    said = [_said(event, event.customer_id, files.get(event.file_id or "")) for event in events if event.customer_id]
    edits: dict[UUID, list[OutboxMessage]] = {}
    for row in rows:
        if row.body.get("edits"):
            edits.setdefault(UUID(row.body["edits"]), []).append(row)
    missing = [edited for edited in edits if all(row.id != edited for row in rows)]
    originals = [row for row in rows if not row.body.get("edits")] + store.outbox.some(missing)
    told = [_told(row, names, edits.get(row.id, [])) for row in originals if row.customer_id and row.kind in _SHOWN]
    return sorted([*said, *told], key=lambda bubble: bubble.order)


_SHOWN = CONVERSATION | {MessageKind.JOURNEY, MessageKind.NOTICE, MessageKind.BROADCAST}


def _said(event: InboundEvent, customer_id: UUID, file: FileFacts | None) -> Bubble:
    earlier = tuple(event.earlier or ())
    return Bubble(
        event.id,
        customer_id,
        "customer",
        "",
        event.text,
        event.received_at,
        is_edited=event.earlier is not None,
        earlier=earlier,
        file=file,
    )


def _told(row: OutboxMessage, names: dict[UUID, str], edits: Sequence[OutboxMessage]) -> Bubble:
    """`edits`: what replaced it, oldest first."""
    assert row.customer_id is not None
    *before, shown = [row, *edits]
    is_a_persons = row.kind is MessageKind.OPERATOR_REPLY
    return Bubble(
        row.id,
        row.customer_id,
        "operator" if is_a_persons else "bot",
        names.get(row.staff_id, "") if row.staff_id else "",
        str(shown.body.get("text", "")),
        row.created_at,
        row.state,
        row.reason or "",
        row.is_possible_duplicate,
        tuple(str(button[0]) for button in shown.body.get("buttons", ())),
        bool(edits),
        tuple(str(one.body.get("text", "")) for one in before) if is_a_persons else (),
    )


def thread(store: Store, customer_id: UUID) -> list[Bubble]:
    """The newest part of a customer's conversation, on all their channels."""
    events = store.inbox.of_customer(customer_id, LONGEST_THREAD)
    return bubbles(store, events, store.outbox.of_customer(customer_id, LONGEST_THREAD))[-LONGEST_THREAD:]


def lines(store: Store, happened: Sequence[Happened]) -> list[Line]:
    names = store.staff.names() if happened else {}
    return [_line(one, names) for one in happened]


def _line(one: Happened, names: dict[UUID, str]) -> Line:
    event = one.event
    by, to = (names.get(staff_id, "") if staff_id else "" for staff_id in (event.staff_id, event.to_staff_id))
    return Line(event.id, event.customer_id, event.kind, one.number, by, to, event.text, event.at)


def whole_thread(store: Store, customer_id: UUID) -> list[Piece]:
    """The same with what colleagues noted and did meanwhile."""
    happened = lines(store, store.case_pages.of_customer(customer_id, LONGEST_THREAD))
    pieces: list[Piece] = [*thread(store, customer_id), *happened]
    return sorted(pieces, key=lambda piece: piece.order)[-LONGEST_THREAD:]


def cards(store: Store, rows: Sequence[CaseRow], viewer: Viewer) -> list[Card]:
    """Rows of the list with the words said last in each conversation."""
    ids = [row.case.customer_id for row in rows]
    said, told = store.inbox.newest_of(ids), store.outbox.newest_of(ids)
    labels = store.case_pages.labels_of([row.case.id for row in rows])
    promising = Promising(store, viewer.zone, viewer.now)
    return [
        _card(
            row,
            said.get(row.case.customer_id),
            told.get(row.case.customer_id),
            promising.of(row.case),
            tuple(labels.get(row.case.id, ())),
        )
        for row in rows
    ]


def _card(
    row: CaseRow,
    said: InboundEvent | None,
    told: OutboxMessage | None,
    promises: tuple[Promised, ...],
    labels: tuple[str, ...],
) -> Card:
    case = row.case
    text, by, at = case.summary, "customer", case.opened_at
    if said:
        text, at = said.text, said.received_at
    # The bot's own answers are passed over: an operator wants to read what the customer said.
    if told and told.kind is MessageKind.OPERATOR_REPLY and (said is None or told.created_at >= at):
        by = "operator"
        text, at = str(told.body.get("text", "")), told.created_at
    channel = Address(case.bot_id, "").channel
    return Card(case, row.customer_name, row.holder_name or "", channel, text[:160], by, at, promises, labels)


def listed(store: Store, viewer: Viewer, view: str, label: str, *, is_open: bool) -> list[Card]:
    """One of the inbox's lists, as far as the viewer may see it."""
    mine = viewer.staff.id if view == "mine" else None
    is_free = view == "unassigned" and is_open
    wanted = Wanted(is_open, mine, is_free, label, scope_of(viewer.staff))
    return cards(store, store.cases.inbox(wanted, LONGEST_LIST), viewer)


def card(store: Store, case_id: UUID, viewer: Viewer) -> Card | None:
    """None where there is no such case, and where it is not the viewer's to see."""
    row = store.cases.row(case_id)
    return cards(store, [row], viewer)[0] if row and sees(viewer.staff, row.case) else None


def open_counts(store: Store, staff: Staff) -> OpenCounts:
    return store.cases.open_counts(staff.id, scope_of(staff))


def person(store: Store, customer_id: UUID) -> Person | None:
    customer = store.customers.get(customer_id)
    if customer is None:
        return None
    return Person(
        customer,
        store.customers.identities_of(customer_id),
        store.consents.latest(customer_id),
        [run for run in store.surveys.of_customer(customer_id, 20) if run.score is not None][:5],
        store.customers.purchase_totals(customer_id),
        store.cases.of_customer(customer_id, 6),
    )
