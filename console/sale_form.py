"""The form of a sale, at the till's page and on a customer's: as typed, what to correct, what is sold by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from console.customers import tidy, uuid_of
from console.once import new_key
from console.pages import Visit
from loyalty.amounts import Wrong, minor_units
from loyalty.checkout import Basket, hold
from storage.models import Customer
from storage.store import Store

KEY: Final = "console:"
"""What stands before the key of a form: it names the request that recorded a purchase."""
LONGEST_AMOUNT: Final = 40
LONGEST_PRODUCT: Final = 200
LONGEST_CODE: Final = 40
LONGEST_SCAN: Final = 64
MOST_DIGITS: Final = 7
"""Of points: no card has more."""
STALE: Final = "sale.stale"
BAD_POINTS: Final = "till.bad_points"


@dataclass(frozen=True, slots=True)
class SaleForm:
    """What was typed, and what to correct: a key of the catalogue. `scan`: the hash of a code that this cashier
    scanned; a customer's page asks for neither that nor points."""

    key: str = field(default_factory=new_key)
    amount: str = ""
    product: str = ""
    code: str = ""
    points: str = ""
    scan: str = ""
    problem: str = ""

    def wrong(self, problem: str) -> "SaleForm":
        """The same form with what to correct in it."""
        return replace(self, problem=problem)


def read(form: Mapping[str, str]) -> tuple[SaleForm, int]:
    """What was typed and its sum in minor units; the sum is 0 where the form has a problem."""
    typed = SaleForm(
        key=form.get("key", ""),
        amount=form.get("amount", "").strip()[:LONGEST_AMOUNT],
        product=tidy(form.get("product", ""), LONGEST_PRODUCT),
        code=tidy(form.get("code", ""), LONGEST_CODE),
        points=form.get("points", "").strip()[: MOST_DIGITS + 1],
        scan=form.get("scan", "")[:LONGEST_SCAN],
    )
    key = uuid_of(typed.key)
    if key is None or str(key) != typed.key:  # written in another way, the same key would be another sale's
        return replace(typed, key=new_key(), problem=STALE), 0
    amount = minor_units(typed.amount)
    if isinstance(amount, Wrong):
        return typed.wrong(f"amount.{amount.value}"), 0
    is_whole = typed.points.isascii() and typed.points.isdigit() and len(typed.points) <= MOST_DIGITS
    if typed.points and not is_whole:
        return typed.wrong(BAD_POINTS), 0
    return typed, amount


def basket_of(visit: Visit, customer: Customer, typed: SaleForm, amount_minor: int) -> Basket:
    """What the form sells to this customer. The form's own key makes a double click and a resend one purchase."""
    return Basket(
        key=KEY + typed.key,
        customer=customer,
        price_minor=amount_minor,
        staff=visit.staff,
        product=typed.product,
        code=typed.code,
        points=int(typed.points or 0),
        scan=typed.scan,
    )


def held_buyer(store: Store, visit: Visit) -> Customer | None:
    """Whom this page sells to, held for its cashier: an erasure waits for us, or we for it. None for who is gone."""
    hold(store, visit.staff.id, visit.path_id("customer_id"))
    customer = store.customers.get(visit.path_id("customer_id"))
    return None if customer is None or customer.erased_at else customer
