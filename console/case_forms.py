"""What an operator does with a case: answers, takes, hands over, closes, and marks it for colleagues."""

import secrets
from collections.abc import Callable
from typing import Final
from uuid import UUID

from starlette.responses import HTMLResponse, Response

from console.customers import uuid_of
from console.fragments import Seen, render
from console.pages import Visit
from messaging import cases, labels
from messaging.cases import Gone
from messaging.desk import MAY_ANSWER, sees
from messaging.ready_answers import written_out
from storage.kinds import CaseCause
from storage.models import Staff
from storage.store import Store

REPLY_PRESS: Final = "console:reply"
LONGEST_NOTE: Final = 4000
LONGEST_REASON: Final = 500

Outcome = cases.Done | cases.AlreadyTaken | cases.Gone | cases.NeedsAction


async def reply(visit: Visit) -> Response:
    case_id, form = visit.path_id("case_id"), await visit.form()
    text, key = form.get("text", "").strip()[:4000], form.get("key", "")[:64]
    if not text:
        return await _answer(visit, case_id, None, "reply.empty")

    def send(store: Store) -> Outcome | None:
        # The key makes a repeated send (a lost answer, an impatient finger) the same one.
        if key and store.inbox.press(key, REPLY_PRESS, visit.now):
            return None
        words = written_out(store, case_id, visit.staff, visit.parts.business_name(), text)
        outcome = cases.reply(store, case_id, visit.staff, words, visit.now, visit.parts.desk())
        if key and not isinstance(outcome, cases.Done):
            raise _Refused(outcome)
        return outcome

    return await _answer(visit, case_id, await _done(visit, case_id, send), "", is_reply=True)


async def take(visit: Visit) -> Response:
    case_id, form = visit.path_id("case_id"), await visit.form()
    is_bold = form.get("even_from_colleague") == "yes"

    def unit(store: Store) -> Outcome:
        return cases.take(store, case_id, visit.staff, visit.now, visit.parts.desk(), even_from_colleague=is_bold)

    return await _answer(visit, case_id, await _done(visit, case_id, unit), "taken")


async def close(visit: Visit) -> Response:
    """With a cause and what was done; of spam neither is asked."""
    case_id, form = visit.path_id("case_id"), await visit.form()
    is_spam = form.get("spam") == "yes"
    cause = CaseCause(form["cause"]) if form.get("cause") in set(CaseCause) else None
    action = visit.words.t("close.spam.action") if is_spam else form.get("action", "")[:2000]
    if cause is None and not is_spam:
        return await _answer(visit, case_id, None, "close.cause")

    def unit(store: Store) -> Outcome:
        return cases.close(
            store,
            case_id,
            visit.staff,
            None if is_spam else cause,
            action,
            visit.now,
            visit.parts.desk(),
            asks_survey=form.get("no_survey") != "yes",
            is_spam=is_spam,
        )

    return await _answer(visit, case_id, await _done(visit, case_id, unit), "closed")


async def note(visit: Visit) -> Response:
    """Words for colleagues: they go nowhere but into the case's history."""
    case_id, form = visit.path_id("case_id"), await visit.form()
    words = form.get("text", "").strip()[:LONGEST_NOTE]
    if not words:
        return await _answer(visit, case_id, None, "note.empty")

    def unit(store: Store) -> Outcome:
        return cases.write_note(store, case_id, visit.staff, words, visit.now)

    return await _answer(visit, case_id, await _done(visit, case_id, unit), "noted")


async def put_label(visit: Visit) -> Response:
    """One of the business's own labels; another is not put on."""
    case_id, label = visit.path_id("case_id"), (await visit.form()).get("label", "")

    def unit(store: Store) -> Outcome | None:
        kept = store.business.setting(labels.KEY)
        is_known = label in labels.parse(kept.value if kept else None)
        return cases.put_label(store, case_id, visit.staff, label, visit.now) if is_known else None

    return await _answer(visit, case_id, await _done(visit, case_id, unit), "")


async def take_label_off(visit: Visit) -> Response:
    case_id, label = visit.path_id("case_id"), (await visit.form()).get("label", "")

    def unit(store: Store) -> Outcome:
        return cases.take_label_off(store, case_id, label, visit.now)

    return await _answer(visit, case_id, await _done(visit, case_id, unit), "")


async def transfer(visit: Visit) -> Response:
    """To a colleague, or to the pool; a reason is asked for, because whoever gets it has to go on from there."""
    case_id, form = visit.path_id("case_id"), await visit.form()
    reason, whom = " ".join(form.get("reason", "").split())[:LONGEST_REASON], form.get("to", "")
    if not reason:
        return await _answer(visit, case_id, None, "transfer.reason")

    def unit(store: Store) -> Outcome | None:
        to = _colleague(store, whom)
        if to is None and whom != "pool":
            return None
        return cases.transfer(store, case_id, visit.staff, to, reason, visit.now, visit.parts.desk())

    outcome = await _done(visit, case_id, unit)
    return await _answer(visit, case_id, outcome, "transferred" if outcome else "transfer.whom")


def _colleague(store: Store, whom: str) -> Staff | None:
    staff_id = uuid_of(whom)
    them = store.staff.get(staff_id) if staff_id else None
    return them if them is not None and them.is_active and them.role in MAY_ANSWER else None


async def mark_read(visit: Visit) -> Response:
    """Somebody who may answer looked at the conversation; a colleague's stays unread for its holder."""
    case_id = visit.path_id("case_id")

    def read(store: Store) -> None:
        case = store.cases.get(case_id)
        is_its = case is not None and (case.taken_by or case.assigned_to) in (None, visit.staff.id)
        if case is not None and is_its and sees(visit.staff, case):
            cases.mark_read(store, case_id, visit.now)

    await visit.write(read)
    return Response(status_code=204) if visit.is_live else visit.go(f"/inbox/{case_id}")


class _Refused(Exception):
    """Undo the unit: what was refused must not count as sent."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


async def _done(visit: Visit, case_id: UUID, unit: Callable[[Store], Outcome | None]) -> Outcome | None:
    """What came of it. To somebody who may not see the case it is as if there were none."""

    def guarded(store: Store) -> Outcome | None:
        case = store.cases.get(case_id)
        return unit(store) if case is not None and sees(visit.staff, case) else Gone()

    try:
        return await visit.write(guarded)
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
    seen = await visit.read(lambda store: Seen.of_case(store, case_id, visit.viewer))
    parts = [render(visit, seen)]
    if notice:
        parts.append(visit.macro("toast", visit.words.t(f"notice.{notice}"), status >= 400))
    if is_reply and status == 200:
        parts.append(visit.macro("reply_key", secrets.token_urlsafe(12)))
    return HTMLResponse("".join(parts), status, headers={"x-live": "1"})
