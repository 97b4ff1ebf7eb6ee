"""One question as one unit: the occasion, the run and the message together, or the reason why there is none."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from messaging.messages import Address
from messaging.outbox import enqueue
from messaging.phrases import say
from scheduler.effects import done, skip
from scheduler.work import Shop
from storage.kinds import Journey, MessageKind, SurveyKind
from storage.models import Case, Customer, Occasion
from storage.store import Store
from surveys.asking import ask
from surveys.decision import Ask, Skip, Wait, Why, decide
from surveys.sampling import Asking, facts_of, room_today


@dataclass(frozen=True, slots=True)
class About:
    """What is asked about. `staff_id`: whose work it was."""

    branch: str = ""
    seller: str = ""
    purchase_id: UUID | None = None
    case: Case | None = None
    staff_id: UUID | None = None


def held(store: Store, customer_id: UUID) -> Customer | None:
    """Until the unit ends nobody else asks this customer anything."""
    customer = store.customers.held(customer_id)
    return None if customer is None or customer.erased_at is not None else customer


def settle(
    store: Store, occasion: Occasion, asking: Asking | None, customer: Customer, about: About, shop: Shop, now: datetime
) -> bool:
    """Asked, or left alone with the reason; False where it waits, or is settled already."""
    if asking is None:
        return store.occasions.add(occasion) and skip(store, occasion, Why.NOT_IN_SEGMENT.value)
    if store.surveys.waits_for_words(customer.id, now):
        return False
    facts, to = facts_of(store, asking, [customer.id], now, shop.zone)[customer.id]
    decision = decide(facts, asking.touchpoint, asking.rule, now, shop.zone)
    if isinstance(decision, Ask) and (full := room_today(store, asking, now, shop.zone).why_not(about.branch)):
        decision = Skip(full.value)
    if isinstance(decision, Wait) or not store.occasions.add(occasion):
        return False
    if isinstance(decision, Skip):
        return skip(store, occasion, decision.reason)
    assert isinstance(to, Address)  # a refusal is a reason to skip
    return done(store, occasion, put_question(store, asking, customer, to, about, shop, occasion.journey, now))


def put_question(
    store: Store,
    asking: Asking,
    customer: Customer,
    to: Address,
    about: About,
    shop: Shop,
    journey: Journey,
    now: datetime,
) -> UUID:
    """The run and its first question; the id of the message."""
    question = ask(
        store,
        customer,
        to.bot_id,
        asking.kind,
        now,
        touchpoint=asking.touchpoint,
        survey=asking.slug,
        purchase_id=about.purchase_id,
        case_id=about.case.id if about.case else None,
        branch=about.branch,
        seller=about.seller,
        business=shop.name,
    )
    if about.case is not None and asking.kind is SurveyKind.CSAT:  # its own words are about a visit
        text = say(customer.language, "survey.case.question", number=about.case.number, business=shop.name)
        question = replace(question, text=text)
    message = replace(question, kind=MessageKind.SURVEY)
    sent = enqueue(store, to, [message], now, customer_id=customer.id, journey=journey)
    expires_at = now + timedelta(days=asking.rule.expire_days)
    store.sampling.note_asked(customer.id, sent[0].id, now, expires_at, about.staff_id)
    return sent[0].id
