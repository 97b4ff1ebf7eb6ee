"""Points by hand: give or take them on a card with a reason, and say yes or no to what others ask (feature LO14)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

from starlette.responses import Response

from console.customers import uuid_of
from console.pages import Visit
from loyalty.adjustments import LONGEST_REASON, Outcome, Refusal, adjust, decide
from loyalty.points import is_card_number
from loyalty.programme import rules_now
from storage.columns import new_id
from storage.kinds import DecisionState
from storage.models import PointsAdjustment
from storage.store import Store

SHOWN: Final = 20
LONGEST_NUMBER: Final = 12


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed. `customer` is an id where the page was opened from a customer, else `card` finds them."""

    key: str = field(default_factory=lambda: str(uuid4()))
    customer: str = ""
    card: str = ""
    points: str = ""
    is_taking: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """One adjustment with the names that belong to it; `is_mine`: somebody else has to say yes."""

    adjustment: PointsAdjustment
    customer: str
    asked_by: str
    decided_by: str
    is_mine: bool

    @property
    def is_giving(self) -> bool:
        return self.adjustment.points > 0

    @property
    def tone(self) -> str:
        return "yes" if self.is_giving else "no"

    @property
    def is_confirmed(self) -> bool:
        return self.adjustment.state is DecisionState.CONFIRMED


@dataclass(frozen=True, slots=True)
class _Look:
    open: list[Wish]
    decided: list[Wish]
    limit: int
    name: str | None
    balance: int | None


async def show(visit: Visit) -> Response:
    wished = visit.request.query_params.get("customer", "")
    return await _page(visit, Form(customer=wished if uuid_of(wished) else ""))


async def ask(visit: Visit) -> Response:
    """Done at once, or it waits for a second person; what is wrong is said beside the form."""
    raw = await visit.form()
    form = _typed(raw)
    points = _points(form)

    def unit(store: Store) -> Outcome | Refusal:
        customer_id = uuid_of(form.customer) or _by_card(store, form.card)
        if customer_id is None:
            return Refusal.NO_MEMBER
        if points is None:
            return Refusal.NO_POINTS
        wish = PointsAdjustment(
            id=uuid_of(form.key) or new_id(),
            customer_id=customer_id,
            points=points,
            reason=form.reason,
            asked_by=visit.staff.id,
            asked_at=visit.now,
        )
        return adjust(store, wish, visit.staff, rules_now(store), visit.now, visit.words.zone)

    result = await visit.write(unit)
    if isinstance(result, Refusal):
        return await _page(visit, form, result)
    return visit.go("/loyalty/points", notice=f"adjust.{result.value}", customer=form.customer)


async def confirm(visit: Visit) -> Response:
    return await _decide(visit, is_yes=True)


async def refuse(visit: Visit) -> Response:
    """A second person's no, or one's own wish taken back."""
    return await _decide(visit, is_yes=False)


async def _decide(visit: Visit, *, is_yes: bool) -> Response:
    adjustment_id = visit.path_id("adjustment_id")
    result = await visit.write(
        lambda store: decide(
            store, adjustment_id, visit.staff, rules_now(store), visit.now, visit.words.zone, is_yes=is_yes
        )
    )
    return visit.go("/loyalty/points", notice=f"adjust.{result.value}")


def _typed(form: Mapping[str, str]) -> Form:
    return Form(
        key=form.get("key", ""),
        customer=form.get("customer", ""),
        card="".join(sign for sign in form.get("card", "") if sign.isdecimal())[:LONGEST_NUMBER],
        points=form.get("points", "").strip()[:LONGEST_NUMBER],
        is_taking=form.get("way") == "take",
        reason=" ".join(form.get("reason", "").split())[:LONGEST_REASON],
    )


def _points(form: Form) -> int | None:
    bare = "".join(form.points.split())
    if not (bare.isascii() and bare.isdecimal()):
        return None
    return -int(bare) if form.is_taking else int(bare)


def _by_card(store: Store, number: str) -> UUID | None:
    return store.directory.by_card(number) if is_card_number(number) else None


def _look(store: Store, visit: Visit, form: Form) -> _Look:
    names = store.staff.names()
    customer_id = uuid_of(form.customer)
    customer = store.customers.get(customer_id) if customer_id else None
    return _Look(
        [_wish(store, one, names, visit) for one in store.adjustments.open()],
        [_wish(store, one, names, visit) for one in store.adjustments.decided(SHOWN)],
        rules_now(store).second_person_above,
        customer.name if customer else None,
        store.points.balance(customer.id, visit.now).available if customer else None,
    )


def _wish(store: Store, one: PointsAdjustment, names: Mapping[UUID, str], visit: Visit) -> Wish:
    customer = store.customers.get(one.customer_id)
    decided_by = names.get(one.decided_by, "") if one.decided_by else ""
    return Wish(
        one, customer.name if customer else "", names.get(one.asked_by, ""), decided_by, one.asked_by == visit.staff.id
    )


async def _page(visit: Visit, form: Form, refusal: Refusal | None = None) -> Response:
    look = await visit.read(lambda store: _look(store, visit, form))
    return visit.page(
        "loyalty_points.html",
        200 if refusal is None else 422,
        look=look,
        form=form,
        problem=visit.words.t(f"adjust.{refusal.value}") if refusal else "",
        n=visit.words.many,
        longest_reason=LONGEST_REASON,
    )
