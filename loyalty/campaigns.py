"""The campaigns a new business starts with: a first gift in the chat, a birthday's and a win-back's."""

from datetime import datetime
from typing import Final, NamedTuple

from messaging.phrases import say
from storage.kinds import Language, PromoKind
from storage.models import PromoCampaign
from storage.store import Store

WELCOME: Final = "welcome"
BIRTHDAY: Final = "birthday"
WIN_BACK: Final = "win_back"


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


def worth(language: Language, offered: PromoCampaign) -> str:
    """What a code of this campaign brings, in words: «скидка 10 %»."""
    if offered.kind is PromoKind.GIFT:
        return offered.name
    value = offered.value if offered.kind is PromoKind.PERCENT else offered.value // 100
    return say(language, f"promo.worth.{offered.kind.value}", value=value)
