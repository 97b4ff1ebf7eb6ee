"""Friends who bring friends: how many came and bought, what they brought, by whom, and what waits for a decision."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from starlette.responses import Response

from console.pages import Visit
from insights.metrics import Proportion, proportion
from loyalty import referrals
from loyalty.programme import rules_now
from loyalty.referrals import Gone
from loyalty.rules import Referral as Terms
from storage.kinds import ReferralState
from storage.models import Referral
from storage.referrals import Advocate
from storage.store import Store

DAYS: Final = 90
MOST_ADVOCATES: Final = 50
MOST_FRIENDS: Final = 20
MOST_HELD: Final = 100
CURRENCY: Final = "RUB"
SIGNALS: Final = ("own_till", "may_be_one", "burst", "one_till", "taken_back")
"""As `loyalty.referral_rules.signals` names them, the gravest first."""
BOUGHT: Final = (ReferralState.EARNED, ReferralState.HELD, ReferralState.REWARDED, ReferralState.REVERSED)


@dataclass(frozen=True, slots=True)
class Friend:
    """One friend as the page shows them."""

    referral: Referral
    name: str


@dataclass(frozen=True, slots=True)
class Branch:
    """An advocate and the friends they sent, the newest first."""

    totals: Advocate
    name: str
    friends: tuple[Friend, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A friend who waits for a person: what looks wrong, each with its number."""

    referral: Referral
    friend: str
    advocate: str
    signals: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """`conversion`: of the friends who came, who bought; `share`: of those whose first visit was then, whom a friend
    had brought. None where nobody is."""

    joined: int
    conversion: Proportion | None
    revenue_minor: int
    share: Proportion | None
    terms: Terms
    branches: list[Branch]
    held: list[Held]


async def show(visit: Visit) -> Response:
    return visit.page(
        "friends.html", seen=await visit.read(lambda store: _look(store, visit)), days=DAYS, currency=CURRENCY
    )


async def reward(visit: Visit) -> Response:
    return await _decide(visit, is_fine=True)


async def refuse(visit: Visit) -> Response:
    return await _decide(visit, is_fine=False)


async def _decide(visit: Visit, *, is_fine: bool) -> Response:
    friend_id = visit.path_id("friend_id")
    zone = visit.words.zone
    decided = await visit.write(
        lambda store: referrals.decide(store, friend_id, visit.staff, visit.now, zone, is_fine=is_fine)
    )
    outcome = "gone" if isinstance(decided, Gone) else "rewarded" if is_fine else "refused"
    return visit.go("/friends", notice=f"friend.{outcome}")


def _look(store: Store, visit: Visit) -> Overview:
    since = visit.now - timedelta(days=DAYS)
    joined = store.referrals.count(ReferralState.JOINED, *BOUGHT, since=since)
    bought = store.referrals.count(*BOUGHT, since=since)
    came, brought = store.referrals.newcomers((visit.today - timedelta(days=DAYS)).toordinal())
    return Overview(
        joined=joined,
        conversion=proportion(bought, joined),
        revenue_minor=store.referrals.revenue(since),
        share=proportion(brought, came),
        terms=rules_now(store).referral,
        branches=[_branch(store, one) for one in store.referrals.advocates(since, MOST_ADVOCATES)],
        held=[_held(store, one) for one in store.referrals.held(MOST_HELD)],
    )


def _branch(store: Store, totals: Advocate) -> Branch:
    friends = store.referrals.of_advocate(totals.customer_id, MOST_FRIENDS)
    named = tuple(Friend(one, _name(store, one.friend_id)) for one in friends)
    return Branch(totals, _name(store, totals.customer_id), named)


def _held(store: Store, referral: Referral) -> Held:
    signals = tuple((name, int(referral.signals[name])) for name in SIGNALS if name in referral.signals)
    return Held(referral, _name(store, referral.friend_id), _name(store, referral.advocate_id), signals)


def _name(store: Store, customer_id: UUID) -> str:
    customer = store.customers.get(customer_id)
    return customer.name if customer else ""
