"""Records that may be one person: both sides' facts, what speaks for it, and «these are two different people»."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from starlette.responses import Response

from console.customers import uuid_of
from console.pages import Visit
from console.people import NOTHING
from console.words import Words
from messaging.duplicates import decide as decided
from messaging.duplicates import suggested
from messaging.messages import Address
from messaging.people import Conflict, judge
from storage.directory import Listed
from storage.kinds import PairState
from storage.models import Customer, DuplicatePair
from storage.store import Store

ON_A_PAGE: Final = 20
DECIDED_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing about both. `is_same`: known of both, and alike."""

    label: str
    kept: str
    gone: str

    @property
    def is_same(self) -> bool:
        return self.kept == self.gone != NOTHING


@dataclass(frozen=True, slots=True)
class Twins:
    """One pair. `kept` is the side that a merge had better keep; `conflict`: why no merge is possible."""

    kept: Customer
    gone: Customer
    reasons: list[str]
    conflict: Conflict | None
    facts: list[Fact]
    decided_by: str = ""
    decided_at: datetime | None = None


async def show(visit: Visit) -> Response:
    """The pairs that wait, the longest waiting first, and the last decisions, which can be taken back."""

    def look(store: Store) -> tuple[list[Twins], list[Twins], int]:
        waiting = store.duplicates.in_state(PairState.OPEN, ON_A_PAGE)
        apart = store.duplicates.in_state(PairState.DIFFERENT, DECIDED_SHOWN)
        return _twins(store, waiting, visit.words), _twins(store, apart, visit.words), store.duplicates.count_open()

    waiting, apart, count = await visit.read(look)
    return visit.page("duplicates.html", pairs=waiting, apart=apart, count=count)


async def decide(visit: Visit) -> Response:
    """Two different people, or back into the queue. A merge has its own page, with its own preview."""
    form = await visit.form()
    one, other = (uuid_of(form.get(name, "")) for name in ("one", "other"))
    state = PairState.OPEN if form.get("state") == PairState.OPEN else PairState.DIFFERENT
    is_known = one is not None and other is not None
    if is_known:
        is_known = await visit.write(lambda store: _decide(store, visit, one, other, state))
    return visit.go("/duplicates", notice=f"pair.{state.value}" if is_known else "pair.gone")


def _decide(store: Store, visit: Visit, one: UUID | None, other: UUID | None, state: PairState) -> bool:
    assert one is not None
    assert other is not None
    return decided(store, one, other, state, visit.staff, visit.now)


def _twins(store: Store, pairs: list[DuplicatePair], words: Words) -> list[Twins]:
    ids = sorted({side for pair in pairs for side in (pair.first_id, pair.second_id)})
    customers, keys = store.duplicates.customers(ids), store.duplicates.keys(ids)
    listed = {one.id: one for one in store.directory.some(ids)}
    with_chat = {one.id for one in listed.values() if one.bot_ids}
    names = store.staff.names()
    found = []
    for pair in pairs:
        kept, gone = suggested([customers[pair.first_id], customers[pair.second_id]], with_chat)
        found.append(
            Twins(
                kept,
                gone,
                pair.reasons,
                judge(kept, gone, keys[kept.id], keys[gone.id]),
                _facts(listed[kept.id], kept, listed[gone.id], gone, words),
                names.get(pair.decided_by, "") if pair.decided_by else "",
                pair.decided_at,
            )
        )
    return found


def _facts(listed: Listed, kept: Customer, other_listed: Listed, gone: Customer, words: Words) -> list[Fact]:
    mine, other = _told(listed, kept, words), _told(other_listed, gone, words)
    return [Fact(words.t(key), mine[key] or NOTHING, other[key] or NOTHING) for key in mine if mine[key] or other[key]]


def _told(listed: Listed, customer: Customer, words: Words) -> dict[str, str]:
    month, day = customer.birthday_month, customer.birthday_day
    typed = f" {words.t('customer.unverified')}" if customer.phone and not customer.is_phone_verified else ""
    channels = dict.fromkeys(Address(bot_id, "").channel for bot_id in listed.bot_ids)
    bought = (
        f"{words.money(total, currency)} ({words.n('purchases', count)})" for currency, count, total in listed.totals
    )
    return {
        "customer.phone": (words.phone(customer.phone) if customer.phone else "") + typed,
        "customer.email": customer.email or "",
        "customer.birthday": words.birthday(month, day, customer.birth_year) if month and day else "",
        "customer.city": customer.city or "",
        "customer.channels": ", ".join(words.t(f"channel.{channel.value}") for channel in channels),
        "customer.purchases": ", ".join(bought),
        "merge.points": "" if listed.balance is None else words.n("points", listed.balance),
        "duplicates.since": words.day(customer.created_at),
    }
