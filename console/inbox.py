"""The inbox: its lists, and one conversation with what an operator needs to answer it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from starlette.responses import Response

from console.customers import uuid_of
from console.fragments import list_rule
from console.pages import Visit
from console.threads import Card, Person, Piece, card, listed, person, whole_thread
from console.till_returns import Wish, wishes
from messaging import labels
from messaging.assignment import SEEN_WITHIN
from messaging.desk import MAY_ANSWER
from messaging.ready_answers import in_words
from storage.case_work import Colleague
from storage.kinds import CaseCause
from storage.store import Store

VIEWS = ("mine", "unassigned", "all")
STATUSES = ("open", "closed")
OF_LATE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Ready:
    """A ready answer in this customer's language, its variables filled in."""

    id: UUID
    shortcut: str
    text: str


@dataclass(frozen=True)
class Opened:
    """One conversation on the screen. `typed`: what stands in the box already, where a ready answer was asked for."""

    card: Card
    pieces: list[Piece]
    person: Person
    wishes: list[Wish]
    ready: list[Ready]
    colleagues: list[Colleague]
    labels: list[str]
    typed: str


@dataclass(frozen=True)
class _Look:
    cards: list[Card]
    opened: Opened | None
    labels: Sequence[str]


async def show(visit: Visit) -> Response:
    return await _inbox(visit, None, "list")


async def show_case(visit: Visit) -> Response:
    return await _inbox(visit, visit.path_id("case_id"), "thread")


async def show_customer(visit: Visit) -> Response:
    return await _inbox(visit, visit.path_id("case_id"), "customer")


async def _inbox(visit: Visit, case_id: UUID | None, pane: str) -> Response:
    query = visit.request.query_params
    status = query.get("status") if query.get("status") in STATUSES else "open"
    view = query.get("view") if query.get("view") in VIEWS else "all"
    label = labels.cleaned_one(query.get("label", ""))
    assert view and status

    def look(store: Store) -> _Look:
        rows = listed(store, visit.viewer, view, label, is_open=status == "open")
        opened = _open(store, visit, case_id) if case_id else None
        return _Look(rows, opened, store.case_pages.labels_in_use())

    seen = await visit.read(look)
    is_missing = case_id is not None and seen.opened is None
    return visit.page(
        "inbox.html",
        404 if is_missing else 200,
        cards=seen.cards,
        opened=seen.opened,
        pane=pane if seen.opened else "list",
        view=view,
        status=status,
        label=label,
        labels=sorted({*seen.labels, label} - {""}),
        views=VIEWS,
        causes=list(CaseCause),
        dialog=query.get("dialog", ""),
        rule=list_rule(view, status, label),
        key=secrets.token_urlsafe(12),
        is_missing=is_missing,
    )


def _open(store: Store, visit: Visit, case_id: UUID) -> Opened | None:
    shown = card(store, case_id, visit.viewer)
    who = person(store, shown.case.customer_id) if shown else None
    if shown is None or who is None:
        return None
    business = visit.parts.business_name()
    ready = [
        Ready(one.id, one.shortcut, in_words(one, shown.case, who.customer, visit.staff, business))
        for one in store.case_pages.replies()
    ]
    wished = uuid_of(visit.request.query_params.get("ready", ""))
    kept = store.business.setting(labels.KEY)
    return Opened(
        shown,
        whole_thread(store, shown.case.customer_id),
        who,
        wishes(store, case_id),
        ready,
        [
            one
            for one in store.case_work.colleagues(MAY_ANSWER, visit.now - SEEN_WITHIN, visit.now - OF_LATE)
            if one.id not in (shown.case.taken_by, shown.case.assigned_to)
        ],
        [one for one in labels.parse(kept.value if kept else None) if one not in shown.labels],
        next((one.text for one in ready if one.id == wished), ""),
    )
