"""Whether the points ledger adds up: all accounts to nothing, each batch and debt to its own transfers (I11)."""

from storage.kinds import PointsAccount
from storage.store import Store

_HELD = (PointsAccount.AVAILABLE, PointsAccount.PENDING, PointsAccount.OWED)


class LedgerBroken(Exception):
    """It does not. The text has numbers alone."""


def check(store: Store) -> int:
    """How many accounts there are. Raises LedgerBroken; reads only."""
    accounts, held = store.points.accounts(), store.points.held()
    unequal = store.points.unequal()
    sum_of_all = sum(accounts.values())
    apart = {one.value: accounts.get(one, 0) - held.get(one, 0) for one in _HELD}
    if sum_of_all or unequal or any(apart.values()):
        told = ", ".join(f"{name} {by:+}" for name, by in apart.items() if by)
        raise LedgerBroken(f"all accounts {sum_of_all:+}, batches and debts {unequal} wrong, {told or 'totals right'}")
    return len(accounts)
