"""The inbox: its lists, one conversation, and what an operator does there."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import HTMLResponse, Response

from console.fragments import Seen, list_rule, render
from console.pages import Visit
from console.threads import Bubble, Card, Person, card, listed, person, thread
from console.till_returns import Wish, wishes
from messaging import cases
from storage.kinds import CaseCause
from storage.store import Store

VIEWS = ("mine", "unassigned", "all")
STATUSES = ("open", "closed")
REPLY_PRESS = "console:reply"

Outcome = cases.Done | cases.AlreadyTaken | cases.Gone | cases.NeedsAction


@dataclass(frozen=True)
class Opened:
    """One conversation on the screen."""

    card: Card
    bubbles: list[Bubble]
    person: Person
    wishes: list[Wish]


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
    assert view and status

    def look(store: Store) -> tuple[list[Card], Opened | None]:
        lines = listed(store, visit.staff, view, is_open=status == "open")
        return lines, _open(store, case_id) if case_id else None

    lines, opened = await visit.read(look)
    is_missing = case_id is not None and opened is None
    return visit.page(
        "inbox.html",
        404 if is_missing else 200,
        cards=lines,
        opened=opened,
        pane=pane if opened else "list",
        view=view,
        status=status,
        views=VIEWS,
        causes=list(CaseCause),
        dialog=query.get("dialog", ""),
        rule=list_rule(visit.staff, view, status),
        key=secrets.token_urlsafe(12),
        is_missing=is_missing,
    )


def _open(store: Store, case_id: UUID) -> Opened | None:
    shown = card(store, case_id)
    who = person(store, shown.case.customer_id) if shown else None
    if shown is None or who is None:
        return None
    return Opened(shown, thread(store, shown.case.customer_id), who, wishes(store, case_id))


# --- what an operator does


async def reply(visit: Visit) -> Response:
    case_id, form = visit.path_id("case_id"), await visit.form()
    text, key = form.get("text", "").strip()[:4000], form.get("key", "")[:64]
    if not text:
        return await _answer(visit, case_id, None, "reply.empty")

    def send(store: Store) -> Outcome | None:
        # The key makes a repeated send (a lost answer, an impatient finger) the same one.
        if key and store.inbox.press(key, REPLY_PRESS, visit.now):
            return None
        outcome = cases.reply(store, case_id, visit.staff, text, visit.now, visit.parts.desk())
        if key and not isinstance(outcome, cases.Done):
            raise _Refused(outcome)
        return outcome

    return await _answer(visit, case_id, await _outcome(visit, send), "", is_reply=True)


async def take(visit: Visit) -> Response:
    case_id, form = visit.path_id("case_id"), await visit.form()
    is_bold = form.get("even_from_colleague") == "yes"
    outcome = await visit.write(
        lambda store: cases.take(
            store, case_id, visit.staff, visit.now, visit.parts.desk(), even_from_colleague=is_bold
        )
    )
    return await _answer(visit, case_id, outcome, "taken")


async def close(visit: Visit) -> Response:
    case_id, form = visit.path_id("case_id"), await visit.form()
    cause, action = form.get("cause", ""), form.get("action", "")[:2000]
    if cause not in set(CaseCause):
        return await _answer(visit, case_id, None, "close.cause")
    outcome = await visit.write(
        lambda store: cases.close(store, case_id, visit.staff, CaseCause(cause), action, visit.now, visit.parts.desk())
    )
    return await _answer(visit, case_id, outcome, "closed")


async def mark_read(visit: Visit) -> Response:
    """Somebody who may answer looked at the conversation; a colleague's stays unread for its holder."""
    case_id = visit.path_id("case_id")

    def read(store: Store) -> None:
        case = store.cases.get(case_id)
        if case is not None and case.taken_by in (None, visit.staff.id):
            cases.mark_read(store, case_id, visit.now)

    await visit.write(read)
    return Response(status_code=204) if visit.is_live else visit.go(f"/inbox/{case_id}")


class _Refused(Exception):
    """Undo the unit: what was refused must not count as sent."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


async def _outcome(visit: Visit, unit: Callable[[Store], Outcome | None]) -> Outcome | None:
    try:
        return await visit.write(unit)
    except _Refused as refused:
        return refused.outcome


async def _answer(
    visit: Visit, case_id: UUID, outcome: Outcome | None, said: str, *, is_reply: bool = False
) -> Response:
    """Fragments for our script, a page for a plain form; either says what happened."""
    status, notice = 200, said
    match outcome:
        case cases.AlreadyTaken():
            status, notice = 409, "colleague"
        case cases.Gone():
            status, notice = 410, "gone"
        case cases.NeedsAction():
            status, notice = 422, "close.action"
        case None if said:
            status = 422
    if not visit.is_live:
        return visit.go(f"/inbox/{case_id}", notice=notice)
    seen = await visit.read(lambda store: Seen.of_case(store, case_id))
    parts = [render(visit, seen)]
    if notice:
        parts.append(visit.macro("toast", visit.words.t(f"notice.{notice}"), status >= 400))
    if is_reply and status == 200:
        parts.append(visit.macro("reply_key", secrets.token_urlsafe(12)))
    return HTMLResponse("".join(parts), status, headers={"x-live": "1"})
