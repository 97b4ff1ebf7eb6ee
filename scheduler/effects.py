"""What a journey does for one customer: the occasion and its message in one unit, or the reason for silence.

Each function is a unit's body: it returns True when it dealt with the customer. The occasion comes first: whoever finds
it there already, in this process or another, does nothing (invariant I10).
"""

from datetime import datetime
from uuid import UUID

from insights.flags import advocate_evidence, is_news, toxic_evidence
from loyalty import campaigns, point_gifts, promo_codes
from loyalty.order_facts import minimum_for
from loyalty.programme import rules_now
from messaging.consent import Refusal
from messaging.journeys import (
    CHAT_IS_QUIET_AFTER,
    PROMOTER_COUNTS_FOR,
    TOXIC_COUNTS_FOR,
    birthday_to_greet,
    brings_gift,
)
from messaging.local_time import at_local, local_date, zone_of
from messaging.menu import stop_button
from messaging.messages import Message
from messaging.outbox import enqueue
from messaging.phrases import count, day, say
from messaging.reaching import address_for
from scheduler.work import Shop
from storage.kinds import (
    ConsentAction,
    ConsentPurpose,
    FlagKind,
    Journey,
    Language,
    MessageKind,
    OccasionOutcome,
)
from storage.models import Customer, Flag, Occasion, Purchase
from storage.store import Store

DUE = "due"
ASKED_RECENTLY = "asked_recently"
GREET_AT_MINUTE = 10 * 60
MOST_WORDS = 200


def greet(store: Store, customer: Customer, shop: Shop, now: datetime) -> bool:
    """A birthday on the customer's own date; with a present when we knew of it in time."""
    assert customer.birthday_month and customer.birthday_day
    zone = zone_of(customer.time_zone, shop.zone)
    kept = birthday_to_greet(customer.birthday_month, customer.birthday_day, local_date(now, zone))
    if kept is None:
        return False  # somewhere on Earth it is the day, not where they are
    occasion = occasion_of(Journey.BIRTHDAY, customer.id, str(kept.year), now)
    if not store.occasions.add(occasion):
        return False
    known_since = customer.birthday_set_at
    is_in_time = known_since is None or brings_gift(kept, local_date(known_since, zone))
    points = 0
    if is_in_time:  # who may not be written to finds them on the card
        points = point_gifts.for_birthday(store, customer.id, kept.year, rules_now(store), now, shop.zone)
    to = address_for(store, customer.id, MessageKind.JOURNEY, now)
    if isinstance(to, Refusal):
        return skip(store, occasion, to.value)
    text = _greeting(customer, shop)
    if is_in_time:
        gift = _gift(store, customer, campaigns.BIRTHDAY, str(kept.year), Journey.BIRTHDAY, shop, now)
        if isinstance(gift, promo_codes.Issued):
            text = say(customer.language, "birthday.gift", greeting=text, **_offer(store, customer, gift, shop))
    if points:
        own = count(customer.language, "card.points", points)
        text = "\n\n".join([text, say(customer.language, "birthday.points", points=own)])
    begins = at_local(kept, GREET_AT_MINUTE, zone)
    sent = enqueue(
        store,
        to,
        [_advertisement(customer.language, text)],
        now,
        customer_id=customer.id,
        not_before=max(now, begins),
        journey=Journey.BIRTHDAY,
    )
    return done(store, occasion, sent[0].id)


def win_back(store: Store, last: Purchase, shop: Shop, now: datetime) -> bool:
    """One message to somebody silent for ninety days. A purchase before it leaves cancels it."""
    store.purchases.lock(last.customer_id)
    customer = store.customers.get(last.customer_id)
    newest = store.purchases.last_of(last.customer_id)
    if customer is None or newest is None or newest.id != last.id:
        return False  # they came while we looked
    occasion = occasion_of(Journey.WIN_BACK, customer.id, last.id.hex, now)
    if not store.occasions.add(occasion):
        return False
    to = address_for(store, customer.id, MessageKind.JOURNEY, now)
    if isinstance(to, Refusal):
        return skip(store, occasion, to.value)
    gift = _gift(store, customer, campaigns.WIN_BACK, last.id.hex, Journey.WIN_BACK, shop, now)
    if isinstance(gift, campaigns.Silence):
        return skip(store, occasion, gift.value)  # without a gift there is nothing to come back for
    since = day(customer.language, local_date(last.at, zone_of(customer.time_zone, shop.zone)))
    offer = _offer(store, customer, gift, shop)
    text = say(customer.language, "win_back.text", business=shop.name, since=since, **offer)
    message = _advertisement(customer.language, text)
    sent = enqueue(store, to, [message], now, customer_id=customer.id, journey=Journey.WIN_BACK)
    return done(store, occasion, sent[0].id)


def look_for_flags(store: Store, customer_id: UUID, now: datetime) -> bool:
    """A candidate for advocate or toxic from what was said; True when one was found or grew. Only a person decides."""
    customer = store.customers.held(customer_id)  # first of all: words read before an erasure are not written after it
    if customer is None or customer.erased_at is not None:
        return False
    if store.consents.latest(customer_id).get(ConsentPurpose.PERSONAL_DATA) is ConsentAction.WITHDRAWN:
        return False
    said = store.flags.said_since(customer_id, now - TOXIC_COUNTS_FOR, MOST_WORDS)
    promoter = store.flags.promoter_since(customer_id, now - PROMOTER_COUNTS_FOR)
    has_case = store.cases.open_for(customer_id) is not None
    found = {
        FlagKind.TOXIC: toxic_evidence(said),
        FlagKind.ADVOCATE: advocate_evidence(promoter, said, store.purchases.count_of(customer_id), has_case=has_case),
    }
    news = [_note(store, customer_id, kind, evidence, now) for kind, evidence in found.items() if evidence]
    return any(news)


def _note(store: Store, customer_id: UUID, kind: FlagKind, evidence: list[dict[str, str]], now: datetime) -> bool:
    """Keep new evidence; words that a person has judged already are no news."""
    standing = store.flags.standing(customer_id, kind)
    if standing is not None:
        if standing.decided_at is not None or standing.evidence == evidence:
            return False
        return store.flags.grow(standing.id, evidence)
    dismissed = store.flags.last_dismissed(customer_id, kind)
    if dismissed is not None and not is_news(evidence, dismissed.evidence):
        return False
    store.flags.add(Flag(customer_id=customer_id, kind=kind, evidence=evidence, found_at=now))
    return True


# --- small things


def occasion_of(
    journey: Journey, customer_id: UUID, occurrence: str, now: datetime, *, survey: str | None = None
) -> Occasion:
    """`survey`: the slug of the one that it is about."""
    return Occasion(
        journey=journey,
        customer_id=customer_id,
        occurrence=occurrence,
        outcome=OccasionOutcome.QUEUED,
        reason=DUE,
        survey=survey,
        at=now,
    )


def skip(store: Store, occasion: Occasion, reason: str) -> bool:
    store.occasions.settle(occasion.id, OccasionOutcome.SKIPPED, reason, None)
    return True


def done(store: Store, occasion: Occasion, outbox_id: UUID) -> bool:
    store.occasions.settle(occasion.id, OccasionOutcome.QUEUED, DUE, outbox_id)
    return True


def is_writing(store: Store, customer_id: UUID, now: datetime) -> bool:
    """Whether the customer wrote so lately that a question would come in between."""
    last = store.inbox.newest_of([customer_id]).get(customer_id)
    is_lately = last is not None and now - last.received_at < CHAT_IS_QUIET_AFTER
    return is_lately or store.surveys.waits_for_words(customer_id, now)


def _greeting(customer: Customer, shop: Shop) -> str:
    if not customer.name:
        return say(customer.language, "birthday.greeting.nameless", business=shop.name)
    return say(customer.language, "birthday.greeting", name=customer.name, business=shop.name)


def _gift(
    store: Store, customer: Customer, slug: str, reason: str, journey: Journey, shop: Shop, now: datetime
) -> promo_codes.Issued | campaigns.Silence:
    """A code of the journey's campaign, unless that is off, or leaves this customer out to compare with."""
    offered = campaigns.campaign(store, slug, shop.language, now)
    if silence := campaigns.gives(offered, customer.id, now):
        return silence
    gift = promo_codes.issue(store, offered, customer.id, reason, now, journey=journey)
    store.promos.note_seen([gift.code.code], now)  # it stands in the message
    return gift


def _offer(store: Store, customer: Customer, gift: promo_codes.Issued, shop: Shop) -> dict[str, str]:
    assert gift.code.expires_at is not None  # every campaign's codes end
    until = local_date(gift.code.expires_at, zone_of(customer.time_zone, shop.zone))
    worth = campaigns.worth(customer.language, gift.campaign, minimum_for(store, gift.campaign, customer.id))
    return {"worth": worth, "code": gift.text, "until": day(customer.language, until)}


def _advertisement(language: Language, text: str) -> Message:
    return Message(text, (stop_button(language),), kind=MessageKind.JOURNEY)
