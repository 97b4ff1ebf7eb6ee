"""Ready answers: what operators find by a word, in both languages, and what their variables stand for."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from console.access import MANAGERS
from console.pages import Visit
from messaging import canned
from messaging.canned import Flaw
from storage.models import CannedReply
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Typed:
    """One answer as it stands in its form; `id` is nobody's for a new one. `flaw`: what to correct."""

    id: UUID | None = None
    shortcut: str = ""
    text_ru: str = ""
    text_en: str = ""
    flaw: Flaw | None = None


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def add(visit: Visit) -> Response:
    return await _keep(visit, None)


async def save(visit: Visit) -> Response:
    return await _keep(visit, visit.path_id("reply_id"))


async def archive(visit: Visit) -> Response:
    """Out of the list, or back into it; nobody else gets its word meanwhile."""
    reply_id, is_archived = visit.path_id("reply_id"), (await visit.form()).get("archived") == "yes"

    def unit(store: Store) -> None:
        reply = store.case_pages.reply(reply_id)
        if reply is not None:
            reply.is_archived, reply.changed_at = is_archived, visit.now
            store.case_pages.save_reply(reply)

    await visit.write(unit)
    return visit.go("/replies", notice="saved")


async def _keep(visit: Visit, reply_id: UUID | None) -> Response:
    form = _typed(await visit.form(), reply_id)

    def unit(store: Store) -> Flaw | None:
        namesake = store.case_pages.reply_by_shortcut(form.shortcut)
        if found := canned.flaw(form.shortcut, form.text_ru, form.text_en):
            return found
        if namesake is not None and namesake.id != reply_id:
            return Flaw.TAKEN
        kept = store.case_pages.reply(reply_id) if reply_id else None
        reply = kept or CannedReply(shortcut="", text_ru="", text_en="", changed_at=visit.now)
        reply.shortcut, reply.text_ru, reply.text_en = form.shortcut, form.text_ru, form.text_en
        reply.changed_at = visit.now
        (store.case_pages.save_reply if kept else store.case_pages.add_reply)(reply)
        return None

    flaw = await visit.write(unit)
    if flaw is None:
        return visit.go("/replies", notice="saved")
    return await _page(visit, Typed(reply_id, form.shortcut, form.text_ru, form.text_en, flaw), 422)


def _typed(form: Mapping[str, str], reply_id: UUID | None) -> Typed:
    russian, english = (form.get(name, "").strip()[: canned.LONGEST] for name in ("text_ru", "text_en"))
    return Typed(reply_id, canned.shortcut_of(form.get("shortcut", "")), russian, english)


async def _page(visit: Visit, typed: Typed | None = None, status: int = 200) -> Response:
    kept, archived = await visit.read(
        lambda store: (store.case_pages.replies(), store.case_pages.replies(is_archived=True))
    )
    forms = [Typed(one.id, one.shortcut, one.text_ru, one.text_en) for one in kept]
    if typed is not None and typed.id is not None:
        forms = [typed if one.id == typed.id else one for one in forms]
    return visit.page(
        "replies.html",
        status,
        forms=forms,
        archived=archived,
        fresh=typed if typed is not None and typed.id is None else Typed(),
        variables=canned.VARIABLES,
        longest=canned.LONGEST,
        edits=visit.staff.role in MANAGERS,
    )
