"""The till on a cashier's phone: who stands there, what they buy, what comes of it; ten seconds for each."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.responses import HTMLResponse, Response

from console import sale_form
from console.customers import tidy, uuid_of
from console.pages import Visit
from console.sale_form import KEY, LONGEST_SCAN, SaleForm, basket_of, held_buyer
from console.till_returns import Wish, wishes
from loyalty import spending, till
from loyalty.card_codes import Wrong as WrongCode
from loyalty.checkout import Outcome, Sold, Unproven, check_out
from loyalty.phones import region_of
from loyalty.programme import rules_now
from loyalty.promo_refusals import Refusal
from loyalty.purchases import KnownAlready, NoPoints
from loyalty.till_rules import Beyond
from storage.kinds import SpendState
from storage.models import Purchase, PurchaseReturn, Service, SpendRequest
from storage.store import Store

LONGEST_WHO: Final = 120
LAST_SALES: Final = 8
MOST_SERVICES: Final = 300
NO_CHAT: Final = "till.no_chat"
OVER: Final = "till.wait.over"


@dataclass(frozen=True, slots=True)
class Line:
    """A purchase with whose it is."""

    purchase: Purchase
    name: str


@dataclass(frozen=True, slots=True)
class Done:
    """What was just recorded: a purchase with what it earned, or a return."""

    line: Line
    points: int = 0
    returned: PurchaseReturn | None = None


@dataclass(frozen=True, slots=True)
class _Till:
    done: Done | None
    sales: list[Line]
    wishes: list[Wish]


_Ended = Sold | KnownAlready | Refusal | NoPoints | spending.TooLate
"""What came of a question that was not waited for."""


# --- who stands there


async def show(visit: Visit) -> Response:
    return await _page(visit, "", "")


async def find(visit: Visit) -> Response:
    """A card, a phone, a screen's code or a customer's own promo code: to the customer it belongs to.

    A promo code is worth money and stands in no address. What a scan leaves in one is good for this cashier alone.
    """
    who = tidy((await visit.form()).get("who", ""), LONGEST_WHO)
    if not who:
        return visit.go("/till")

    def look(store: Store) -> till.Found | till.Several | till.NotFound | WrongCode:
        region = region_of(store.business.settings())
        return till.find(store, who, visit.staff, visit.parts.card_key, region, visit.now)

    found = await visit.write(look)
    match found:
        case till.Found(customer_id=customer_id, promo=promo) if promo:
            return await _customer(visit, SaleForm(code=promo), customer_id=customer_id)
        case till.Found(customer_id=customer_id, scan=scan):
            return visit.go(f"/till/{customer_id}", scan=scan)
        case till.Several(customers=customers):
            return await _page(visit, who, "", several=[(one.id, one.name) for one in customers])
        case till.NotFound() | WrongCode():
            return await _page(visit, who, f"till.{found.value}")


async def _page(visit: Visit, who: str, problem: str, several: list[tuple[UUID, str]] | None = None) -> Response:
    query = visit.request.query_params
    sold, returned = query.get("sold", ""), query.get("returned", "")

    def look(store: Store) -> _Till:
        sales = store.till.last_sales(visit.staff.id, LAST_SALES)
        return _Till(
            _done(store, visit, sold, returned),
            [_line(store, one) for one in sales],
            wishes(store),
        )

    seen = await visit.read(look)
    beyond = query.get("beyond", "")
    return visit.page(
        "till.html",
        422 if problem else 200,
        who=who,
        problem=problem,
        several=several or [],
        done=seen.done,
        beyond=beyond if beyond in set(Beyond) else "",
        is_again=query.get("again") == "yes",
        sales=seen.sales,
        wishes=seen.wishes,
    )


def _done(store: Store, visit: Visit, sold: str, returned: str) -> Done | None:
    """What the address speaks of, if this very cashier did it."""
    if back := store.returns.by_key(KEY + returned) if uuid_of(returned) else None:
        purchase = store.purchases.get(back.purchase_id)
        is_own = purchase is not None and back.staff_id == visit.staff.id
        return Done(_line(store, purchase), returned=back) if purchase is not None and is_own else None
    purchase = store.purchases.by_key(KEY + sold) if uuid_of(sold) else None
    if purchase is None or purchase.recorded_by != visit.staff.id:
        return None
    points = sum(batch.granted for batch in store.points.batches_of_purchase(purchase.id))
    return Done(_line(store, purchase), points)


def _line(store: Store, purchase: Purchase) -> Line:
    customer = store.customers.get(purchase.customer_id)
    return Line(purchase, customer.name if customer else "")


# --- what they buy


async def show_customer(visit: Visit) -> Response:
    return await _customer(visit, SaleForm(scan=visit.request.query_params.get("scan", "")[:LONGEST_SCAN]))


async def _customer(visit: Visit, entry: SaleForm, status: int = 200, *, customer_id: UUID | None = None) -> Response:
    """The form of a sale; to the customer in the address where none is named."""
    customer_id = customer_id or visit.path_id("customer_id")

    def look(store: Store) -> tuple[till.AtTill | None, int, list[Service]]:
        at = till.look(store, customer_id, entry.scan, visit.staff, visit.now)
        return at, rules_now(store).max_share_percent, store.services.all()[:MOST_SERVICES]

    at, share, services = await visit.read(look)
    if at is None:
        return visit.page("missing.html", 404)
    return visit.page("till_customer.html", status, at=at, entry=entry, share=share, services=services)


async def sell(visit: Visit) -> Response:
    """Record it, or ask the customer first where points are to pay."""
    typed, amount = sale_form.read(await visit.form())
    if typed.problem:
        return await _customer(visit, typed, 422)
    outcome = await visit.write(lambda store: _sell(store, visit, typed, amount))
    return await _after(visit, typed, outcome)


def _sell(store: Store, visit: Visit, typed: SaleForm, amount: int) -> Outcome | spending.Asked | None:
    customer = held_buyer(store, visit)
    if customer is None:
        return None
    basket = basket_of(visit, customer, typed, amount)
    outcome = check_out(store, basket, visit.now, visit.words.zone)
    if isinstance(outcome, Unproven) and outcome.chat is not None:
        return spending.ask(store, basket, outcome.chat, None, visit.now, visit.words.zone)
    return outcome


async def _after(visit: Visit, typed: SaleForm, outcome: Outcome | spending.Asked | None) -> Response:
    match outcome:
        case None:
            return visit.page("missing.html", 404)
        case Sold(passed=passed):
            return visit.go("/till", sold=typed.key, beyond=passed.value if passed else "")
        case KnownAlready():
            return visit.go("/till", sold=typed.key, again="yes")
        case spending.Asked(request=request):
            return visit.go(f"/till/waits/{request.id}")
        case Unproven():
            return await _customer(visit, typed.wrong(NO_CHAT), 422)
        case NoPoints():
            return await _customer(visit, typed.wrong(f"till.no_points.{outcome.value}"), 422)
        case Refusal():
            return await _customer(visit, typed.wrong(f"code.{outcome.value}"), 422)


# --- while the customer answers


async def wait(visit: Visit) -> Response:
    """The question's state: a page, and for its script every two seconds the piece of it that may have changed."""
    found = await visit.read(lambda store: _waiting(store, visit))
    if found is None:
        return visit.page("missing.html", 404)
    request, line = found
    if request.state is SpendState.CONFIRMED and not visit.is_live:
        return visit.go("/till", sold=request.key.removeprefix(KEY))
    if visit.is_live:
        bits = visit.console.templates.get_template("till_bits.html").make_module(visit.context())
        return HTMLResponse(str(bits.waiting(request, line)))  # type: ignore[attr-defined]  # a macro of till_bits.html
    return visit.page("till_wait.html", request=request, line=line, problem="")


def _waiting(store: Store, visit: Visit) -> tuple[SpendRequest, Line] | None:
    """The cashier's own question; what it became, or whose it is while it is nothing yet."""
    request = store.till.spend_request(visit.path_id("request_id"))
    if request is None or request.staff_id != visit.staff.id:
        return None
    purchase = store.purchases.get(request.purchase_id) if request.purchase_id else None
    customer = store.customers.get(request.customer_id)
    nothing = Purchase(customer_id=request.customer_id, at=request.asked_at, amount_minor=request.sale["price_minor"])
    return request, Line(purchase or nothing, customer.name if customer else "")


async def without_points(visit: Visit) -> Response:
    """The cashier waits no longer: the same sale in money, unless the yes was quicker. Where its promo code is of no
    use any more, they hear why, and may record it without the code too."""
    keeps_code = (await visit.form()).get("code") != "no"

    def record(store: Store) -> _Ended | None:
        found = _waiting(store, visit)
        if found is None:
            return None
        key, zone = found[0].key, visit.words.zone
        return spending.without_points(store, key, visit.staff, visit.now, zone, keeps_code=keeps_code)

    outcome = await visit.write(record)
    found = await visit.read(lambda store: _waiting(store, visit))
    if outcome is None or found is None:
        return visit.page("missing.html", 404)
    request, line = found
    match outcome:
        case Refusal():
            problem = f"code.{outcome.value}"
        case NoPoints():
            problem = f"till.no_points.{outcome.value}"
        case spending.TooLate(state=state) if state is not SpendState.CONFIRMED:
            problem = OVER
        case _:
            return visit.go("/till", sold=request.key.removeprefix(KEY))
    return visit.page("till_wait.html", 422, request=request, line=line, problem=problem)
