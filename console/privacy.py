"""A customer's right to their data: a copy of it as a file, and its end after a typed word."""

import json
from uuid import UUID

from starlette.responses import Response

from console.pages import Visit
from messaging.people import erase, export
from storage.kinds import AuditAction
from storage.models import Customer
from storage.store import Store

SHORT_ID = 8


async def download(visit: Visit) -> Response:
    """Everything we know about them, as JSON. That somebody took it away is written down."""
    customer_id = visit.path_id("customer_id")

    def unit(store: Store) -> dict[str, object] | None:
        found = export(store, customer_id)
        if not found:
            return None
        store.audit.note(AuditAction.EXPORTED, visit.staff, visit.now, customer_id)
        return {"business": visit.parts.business_name(), "at": visit.now.isoformat(), **found}

    found = await visit.write(unit)
    if found is None:
        return visit.page("missing.html", 404)
    name = f"customer-{customer_id.hex[-SHORT_ID:]}.json"
    return Response(
        json.dumps(found, ensure_ascii=False, indent=2),
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


async def ask(visit: Visit) -> Response:
    """What would be deleted, and the word to type."""
    return await _page(visit)


async def delete(visit: Visit) -> Response:
    """Only with the word: it cannot be taken back."""
    typed = (await visit.form()).get("word", "").strip()
    if typed.casefold() != visit.words.t("erase.word").casefold():
        return await _page(visit, problem="erase.wrong_word", status=422)
    customer_id = visit.path_id("customer_id")
    if await visit.read(lambda store: _there(store, customer_id)) is None:
        return visit.page("missing.html", 404)
    await visit.write(lambda store: erase(store, customer_id, visit.staff, visit.now))
    return visit.go("/customers", notice="erased")


async def _page(visit: Visit, problem: str = "", status: int = 200) -> Response:
    customer_id = visit.path_id("customer_id")
    customer = await visit.read(lambda store: _there(store, customer_id))
    if customer is None:
        return visit.page("missing.html", 404)
    return visit.page("erase.html", status, customer=customer, problem=problem)


def _there(store: Store, customer_id: UUID) -> Customer | None:
    customer = store.customers.get(customer_id)
    return None if customer is None or customer.erased_at else customer
