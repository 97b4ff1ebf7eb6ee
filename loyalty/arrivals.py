"""What brought somebody here: an entry link, a friend's code, or a promo code from a site (features ON1, ON2, PR10)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from loyalty.promo_codes import Issued
from loyalty.promo_rules import normalised
from loyalty.referrals import Brought, NotBrought, claim
from messaging.phrases import say
from storage.kinds import EntryPurpose, Language, SurveyKind
from storage.models import Customer
from storage.store import Store

NEW_FOR: Final = timedelta(days=1)
"""Who is known for longer came earlier, and not by the link they open today."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a link means for who opened it. `friend`: somebody's code; `offer`: a promo code that they can use."""

    survey: SurveyKind | None = None
    friend: Brought | NotBrought | None = None
    offer: Issued | None = None


def arrive(store: Store, customer: Customer, word: str, language: Language, now: datetime) -> Arrival | None:
    """Remember what brought a new customer; None for a word that means nothing here.

    `language`: in which staff read where customers came from.
    """
    if link := store.entries.link(word):
        _note_source(store, customer, link.source)
        if _is_new(customer, now):
            store.entries.note_join(customer.id, link.code, now)
        survey = link.survey or (SurveyKind.NPS if link.purpose is EntryPurpose.FEEDBACK else None)
        return Arrival(survey=survey, offer=offered(store, link.promo_code, now) if link.promo_code else None)
    if friend := claim(store, customer, word, now):
        if isinstance(friend, Brought):
            _note_source(store, customer, say(language, "friends.source"))
        return Arrival(friend=friend)
    if offer := offered(store, word, now):
        _note_source(store, customer, offer.text)
        return Arrival(offer=offer)
    return None


def offered(store: Store, text: str, now: datetime) -> Issued | None:
    """A code that anybody may use, if it can be used now.

    Only one that is printed for many is told: to try links must not be a way of finding codes that are used once
    (feature PR8).
    """
    code = store.promos.code(normalised(text))
    if code is None or code.customer_id is not None or code.max_uses < 2 or code.used >= code.max_uses:
        return None
    campaign = store.promos.campaign_of(code)
    is_over = (code.expires_at is not None and code.expires_at <= now) or (
        campaign.ends_at is not None and campaign.ends_at <= now
    )
    has_begun = campaign.starts_at is None or campaign.starts_at <= now
    return Issued(code, campaign) if campaign.is_active and has_begun and not is_over else None


def _note_source(store: Store, customer: Customer, source: str) -> None:
    if customer.source is None:
        customer.source = source
        store.customers.save(customer)


def _is_new(customer: Customer, now: datetime) -> bool:
    return now - customer.created_at < NEW_FOR and customer.import_id is None
