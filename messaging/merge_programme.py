"""How a merge settles what the programme has once for each customer: the card, codes for friends, who brought whom."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from messaging.merge_steps import Merging, choose
from storage.declared import TableModel
from storage.kinds import ReferralState
from storage.models import (
    CustomerKey,
    CustomerTag,
    EntryJoin,
    Membership,
    Referral,
    ReferralCode,
    TillAlert,
)
from storage.purchase_import import CARD

REFERRAL: Final = "referral"
"""The kind of key by which a code for friends is found whose owner was merged into somebody."""


def _cards(merging: Merging) -> None:
    """The kept one's card stays; the other's number becomes a key, by which the till and the imports find it.

    The better tier stays, and for as long as it was promised: a merge takes nothing away.
    """
    kept, gone = merging.rows(Membership)
    if not (kept and gone):
        return
    number = gone[0]["card_number"]
    merging.put_aside(Membership, gone[0])
    better = max(kept[0], gone[0], key=_standing)
    merging.change(
        Membership,
        kept[0],
        {
            "joined_at": min(kept[0]["joined_at"], gone[0]["joined_at"]),
            **{name: better[name] for name in ("tier", "tier_since", "tier_until")},
        },
    )
    merging.steps.extend(merging.store.people.add(CustomerKey(kind=CARD, value=number, customer_id=merging.kept_id)))


def _standing(row: Mapping[str, Any]) -> tuple[bool, float]:
    """A tier before none; of two the one that may be lowered later. Which is the higher only the rules know, and the
    next look raises whoever has bought enough for more."""
    until = row["tier_until"]
    return row["tier"] != "", until.timestamp() if until else 0.0


def _codes_for_friends(merging: Merging) -> None:
    """A code that is printed or told goes on working."""
    kept, gone = merging.rows(ReferralCode)
    if kept and gone:
        merging.put_aside(ReferralCode, gone[0])
        key = CustomerKey(kind=REFERRAL, value=gone[0]["code"], customer_id=merging.kept_id)
        merging.steps.extend(merging.store.people.add(key))


def _referrals(merging: Merging) -> None:
    """Whoever was brought was brought once, the earlier time; nobody has brought themselves."""
    kept, gone = merging.rows(Referral)
    both = {merging.kept_id, merging.gone_id}
    rows = {row["friend_id"]: row for row in (*kept, *gone)}.values()  # one that names both stands on both sides
    for row in rows:
        if {row["friend_id"], row["advocate_id"]} == both:
            merging.put_aside(Referral, row)
    brought = [row for row in rows if row["friend_id"] in both and row["advocate_id"] not in both]
    if len(brought) == len(both):
        merging.put_aside(Referral, max(brought, key=_place))
    merging.steps.extend(merging.store.people.move(Referral, "advocate_id", merging.gone_id, merging.kept_id))


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    is_settled = row["state"] in (ReferralState.REWARDED, ReferralState.REVERSED)
    return not is_settled, row["joined_at"], row["friend_id"]


def _joins(merging: Merging) -> None:
    """They came when the first of the two came."""
    choose(merging, EntryJoin, lambda row: -row["at"].timestamp())


def _tags(merging: Merging) -> None:
    """What they said last."""
    choose(merging, CustomerTag, lambda row: row["at"])


def _alerts(merging: Merging) -> None:
    """One cashier, one day, one customer: the kept one's alert stays."""
    kept, gone = merging.rows(TillAlert)
    known = {(row["kind"], row["staff_id"], row["day"]) for row in kept}
    for row in gone:
        if (row["kind"], row["staff_id"], row["day"]) in known:
            merging.put_aside(TillAlert, row)


SETTLED: Final[dict[TableModel, Callable[[Merging], None]]] = {
    Membership: _cards,
    ReferralCode: _codes_for_friends,
    Referral: _referrals,
    EntryJoin: _joins,
    CustomerTag: _tags,
    TillAlert: _alerts,
}
