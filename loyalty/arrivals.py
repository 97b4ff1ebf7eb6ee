"""What brought somebody here: an entry link, a friend's code, or a promo code from a site (features ON1, ON2, PR10)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from loyalty.campaigns import is_running
from loyalty.promo_codes import Issued
from loyalty.promo_rules import normalised
from loyalty.referrals import Brought, NotBrought, claim
from loyalty.typed_codes import told
from messaging.phrases import say
from storage.kinds import Channel, EntryPurpose, Language, SurveyKind
from storage.models import Customer
from storage.store import Store

NEW_FOR: Final = timedelta(days=1)
"""Who is known for longer came earlier, and not by the link they open today."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who opens a link. `key` names the event; `language`: in which staff read where customers came from;
    `zone`: the business's own."""

    customer: Customer
    word: str
    channel: Channel
    key: str
    language: Language
    zone: ZoneInfo
    now: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a link means for who opened it. `friend`: somebody's code; `offer`: what a promo code brings them, said."""

    survey: SurveyKind | None = None
    friend: Brought | NotBrought | None = None
    offer: str | None = None


def arrive(store: Store, visit: Visit) -> Arrival | None:
    """Remember what brought a new customer; None for a word that means nothing here."""
    customer, now = visit.customer, visit.now
    if link := store.entries.link(visit.word):
        _note_source(store, customer, link.source)
        if _is_new(customer, now):
            store.entries.note_join(customer.id, link.code, now)
        survey = link.survey or (SurveyKind.NPS if link.purpose is EntryPurpose.FEEDBACK else None)
        return Arrival(survey=survey, offer=_offer(store, visit, link.promo_code) if link.promo_code else None)
    if friend := claim(store, customer, visit.word, now):
        if isinstance(friend, Brought):
            _note_source(store, customer, say(visit.language, "friends.source"))
        return Arrival(friend=friend)
    if offer := _offer(store, visit, visit.word):
        _note_source(store, customer, normalised(visit.word))
        return Arrival(offer=offer)
    return None


def _offer(store: Store, visit: Visit, code: str) -> str | None:
    return told(store, visit.customer, visit.channel, code, visit.key, visit.now, visit.zone)


def offered(store: Store, text: str, now: datetime) -> Issued | None:
    """A code that many may use, if it can be used now: what may be printed for everybody to read.

    Codes that are used once are not told: the page of a printed code must not be a way of finding them (feature PR8).
    """
    code = store.promos.code(normalised(text))
    if code is None or code.customer_id is not None or code.max_uses < 2 or code.used >= code.max_uses:
        return None
    campaign = store.promos.campaign_of(code)
    is_over = code.expires_at is not None and code.expires_at <= now
    return Issued(code, campaign) if is_running(campaign, now) and not is_over else None


def _note_source(store: Store, customer: Customer, source: str) -> None:
    if customer.source is None:
        customer.source = source
        store.customers.save(customer, "source")


def _is_new(customer: Customer, now: datetime) -> bool:
    return now - customer.created_at < NEW_FOR and customer.import_id is None
