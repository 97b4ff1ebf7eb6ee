"""Promo campaigns: those a new business starts with, whether one runs, what it brings in words, and who is left out."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from babel.numbers import format_decimal

from loyalty.discounts import Offer
from loyalty.promo_conditions import Terms
from loyalty.promo_rules import shown
from messaging.holdout import is_held_out
from messaging.phrases import count, say
from storage.kinds import Language, PromoKind
from storage.models import PromoCampaign
from storage.store import Store

WELCOME: Final = "welcome"
BIRTHDAY: Final = "birthday"
WIN_BACK: Final = "win_back"


class Silence(StrEnum):
    """Why a campaign gives somebody nothing; reasons of an occasion that was passed over."""

    OFF = "campaign_off"
    HELD_OUT = "held_out"


class _Starter(NamedTuple):
    percent: int
    prefix: str
    lives_days: int


_STARTERS: Final = {
    WELCOME: _Starter(10, "HELLO", 30),
    BIRTHDAY: _Starter(20, "BDAY", 14),
    WIN_BACK: _Starter(15, "BACK", 30),
}


def campaign(store: Store, slug: str, language: Language, now: datetime) -> PromoCampaign:
    """The campaign of that name; a starter is made when it is asked for first. KeyError for no such one."""
    if known := store.promos.campaign(slug):
        return known
    store.promos.add_campaign(starter(slug, language, now))
    found = store.promos.campaign(slug)
    assert found is not None
    return found


def starter(slug: str, language: Language, now: datetime) -> PromoCampaign:
    """The campaign of that name as a new business begins with it, not stored yet. KeyError for no such one."""
    made = _STARTERS[slug]
    return PromoCampaign(
        slug=slug,
        name=say(language, f"campaign.{slug}"),
        kind=PromoKind.PERCENT,
        value=made.percent,
        code_prefix=made.prefix,
        code_lives_days=made.lives_days,
        created_at=now,
    )


def is_on(campaign: PromoCampaign) -> bool:
    """Neither paused, nor stopped, nor put away. Its dates are another matter."""
    return campaign.is_active and campaign.stopped_at is None and campaign.archived_at is None


def is_running(campaign: PromoCampaign, now: datetime) -> bool:
    has_begun = campaign.starts_at is None or campaign.starts_at <= now
    return is_on(campaign) and has_begun and (campaign.ends_at is None or now < campaign.ends_at)


def gives(campaign: PromoCampaign, customer_id: UUID, now: datetime) -> Silence | None:
    """Why this customer is given no code of it now; None: they are."""
    if not is_running(campaign, now):
        return Silence.OFF
    return Silence.HELD_OUT if is_left_out(campaign, customer_id) else None


def is_left_out(campaign: PromoCampaign, customer_id: UUID) -> bool:
    """Whether this customer is of those to compare with."""
    return is_held_out(programme_of(campaign), customer_id, campaign.holdout_percent / 100)


def programme_of(campaign: PromoCampaign) -> str:
    """The name that `messaging.holdout` knows it by; it never changes."""
    return f"promo:{campaign.slug}"


def ends_of(campaign: PromoCampaign, now: datetime) -> datetime:
    """When a code that is issued now ends: after its days, or with the campaign."""
    ends = now + timedelta(days=campaign.code_lives_days)
    return min(ends, campaign.ends_at) if campaign.ends_at else ends


def terms_of(campaign: PromoCampaign) -> Terms:
    """Its conditions as the rules read them."""
    return Terms(
        kind=campaign.kind,
        is_on=is_on(campaign),
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        weekdays=campaign.weekdays,
        from_minute=campaign.from_minute,
        until_minute=campaign.until_minute,
        min_order_minor=campaign.min_order_minor,
        min_order_percent=campaign.min_order_percent,
        only_services=campaign.only_services,
        not_services=campaign.not_services,
        branches=campaign.branches,
        channel=campaign.channel,
        is_first_order_only=campaign.is_first_order_only,
        has_segment=campaign.segment_id is not None,
        gift=campaign.gift,
    )


def offer_of(campaign: PromoCampaign, code: str) -> Offer:
    """What one of its codes brings."""
    return Offer(code, campaign.kind, campaign.value, campaign.max_discount_minor, campaign.exclusive_group)


def text_of(campaign: PromoCampaign, code: str) -> str:
    """One of its codes as people read it."""
    return shown(code, campaign.code_prefix, campaign.code_pattern)


def worth(language: Language, offered: PromoCampaign, least_minor: int = 0) -> str:
    """What a code of this campaign brings, in words: «скидка 10 % при заказе от 1 200 ₽». `least_minor`: the order it
    asks for."""
    match offered.kind:
        case PromoKind.PERCENT:
            text = say(language, "promo.worth.percent", value=offered.value)
        case PromoKind.FIXED:
            text = say(language, "promo.worth.fixed", value=in_units(language, offered.value))
        case PromoKind.POINTS:
            text = count(language, "promo.worth.points", offered.value)
        case PromoKind.GIFT:
            text = say(language, "promo.worth.gift", gift=offered.gift or offered.name)
        case PromoKind.SERVICE:
            text = say(language, "promo.worth.service", gift=offered.gift or offered.name)
    if offered.max_discount_minor is not None and offered.kind in (PromoKind.PERCENT, PromoKind.SERVICE):
        most = say(language, "promo.worth.at_most", value=in_units(language, offered.max_discount_minor))
        text = f"{text} {most}"
    return say(language, "promo.worth.from", worth=text, least=in_units(language, least_minor)) if least_minor else text


def in_units(language: Language, minor: int) -> str:
    """«1 200» or «349,50»: an amount without its currency."""
    return str(format_decimal(minor / 100, "#,##0" if minor % 100 == 0 else "#,##0.00", language.value))
