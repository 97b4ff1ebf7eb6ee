"""Returns: a purchase given back whole or in part with a reason, and customers' own wishes confirmed or refused."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

from starlette.responses import Response

from console.customers import tidy, uuid_of
from console.pages import Visit
from console.sale_form import KEY
from loyalty.amounts import Wrong, minor_units
from loyalty.return_requests import Decided, confirm, refuse, take_back
from loyalty.returns import NoReturn, Returned
from storage.kinds import DecisionState
from storage.models import Purchase, ReturnRequest
from storage.store import Store

LONGEST_REASON: Final = 300
LONGEST_AMOUNT: Final = 40
MOST_WISHES: Final = 20
NO_REASON: Final = "back.no_reason"
DECIDED: Final = "back.decided"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer asked to give back."""

    request: ReturnRequest
    purchase: Purchase
    name: str


@dataclass(frozen=True, slots=True)
class BackForm:
    """The form as it was typed, and what to correct. `wish`: the id of the customer's own request."""

    key: str = field(default_factory=lambda: str(uuid4()))
    amount: str = ""
    reason: str = ""
    wish: str = ""
    problem: str = ""


def wishes(store: Store, case_id: UUID | None = None) -> list[Wish]:
    """What waits for a decision: of one case, or of all."""
    if case_id is None:
        waiting = store.return_requests.open(MOST_WISHES)
    else:
        waiting = [one for one in store.return_requests.of_case(case_id) if one.state is DecisionState.OPEN]
    found = []
    for request in waiting:
        purchase, customer = store.purchases.get(request.purchase_id), store.customers.get(request.customer_id)
        if purchase is not None and customer is not None:
            found.append(Wish(request, purchase, customer.name))
    return found


async def show(visit: Visit) -> Response:
    wish = visit.request.query_params.get("wish", "")
    known = await visit.read(lambda store: _wish(store, wish))
    return await _page(visit, BackForm(reason=known.words if known else "", wish=wish if known else ""))


async def give_back(visit: Visit) -> Response:
    """The goods are here. Without a sum all of the purchase comes back; the key makes a double click one return."""
    form = await visit.form()
    typed = BackForm(
        key=form.get("key", ""),
        amount=form.get("amount", "").strip()[:LONGEST_AMOUNT],
        reason=tidy(form.get("reason", ""), LONGEST_REASON),
        wish=form.get("wish", "")[:40],
    )
    if uuid_of(typed.key) is None:
        return await _again(visit, BackForm(amount=typed.amount, reason=typed.reason, wish=typed.wish), "sale.stale")
    if not typed.reason:
        return await _again(visit, typed, NO_REASON)
    amount = minor_units(typed.amount) if typed.amount else None
    if isinstance(amount, Wrong):
        return await _again(visit, typed, f"amount.{amount.value}")
    outcome = await visit.write(lambda store: _give_back(store, visit, typed, amount))
    match outcome:
        case None:
            return visit.page("missing.html", 404)
        case Returned():
            if typed.wish:
                return visit.go("/till", notice="return.confirmed")
            return visit.go("/till", returned=typed.key)
        case Decided():
            return await _again(visit, typed, DECIDED)
        case NoReturn():
            return await _again(visit, typed, f"back.{outcome.value}")


def _give_back(store: Store, visit: Visit, typed: BackForm, amount: int | None) -> Returned | NoReturn | Decided | None:
    purchase = store.purchases.get(visit.path_id("purchase_id"))
    if purchase is None:
        return None
    if (wish := _wish(store, typed.wish)) and wish.purchase_id == purchase.id:
        return confirm(store, wish, visit.staff, amount, visit.now, visit.words.zone)
    key = KEY + typed.key
    return take_back(store, key, purchase, visit.staff, amount, typed.reason, visit.now, visit.words.zone)


async def decline(visit: Visit) -> Response:
    """The customer's wish is refused, with a word for them."""
    request_id = visit.path_id("request_id")
    why = tidy((await visit.form()).get("why", ""), LONGEST_REASON)

    def decide(store: Store) -> tuple[bool, UUID | None]:
        request = store.return_requests.get(request_id)
        if request is None:
            return False, None
        return refuse(store, request, visit.staff, why, visit.now), request.case_id

    done, case_id = await visit.write(decide)
    to = f"/inbox/{case_id}" if case_id and (await visit.form()).get("from") == "case" else "/till"
    return visit.go(to, notice="return.refused" if done else "return.gone")


async def _again(visit: Visit, typed: BackForm, problem: str) -> Response:
    return await _page(visit, BackForm(typed.key, typed.amount, typed.reason, typed.wish, problem), 422)


async def _page(visit: Visit, form: BackForm, status: int = 200) -> Response:
    def look(store: Store) -> tuple[Purchase, str] | None:
        purchase = store.purchases.get(visit.path_id("purchase_id"))
        customer = store.customers.get(purchase.customer_id) if purchase else None
        return (purchase, customer.name) if purchase and customer else None

    found = await visit.read(look)
    if found is None:
        return visit.page("missing.html", 404)
    purchase, name = found
    return visit.page("till_return.html", status, purchase=purchase, name=name, form=form)


def _wish(store: Store, text: str) -> ReturnRequest | None:
    request_id = uuid_of(text)
    return store.return_requests.get(request_id) if request_id else None
