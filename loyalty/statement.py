"""A customer's statement: every movement of their points with its reason, and the balance after each.

Nothing is kept for it: the lines are the ledger's own operations, and the newest balance is counted from all transfers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from storage.kinds import PointsKind
from storage.statements import Change
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Line:
    """One movement, as values. `change`: of what can be spent, what waits, and what is owed; `after`: what they were
    then. `reason`: a gift's name or the words of staff; `product`: of the purchase it belongs to; `opens_at`: of
    points that wait; `charity`: the name of whom a donation went to."""

    id: UUID
    at: datetime
    kind: PointsKind
    change: Change
    after: Change
    reason: str = ""
    product: str = ""
    charity: str = ""
    opens_at: datetime | None = None

    @property
    def net(self) -> int:
        """What the customer has more of for it, whether it can be spent yet or not."""
        return self.change.available + self.change.pending - self.change.owed


@dataclass(frozen=True, slots=True)
class Statement:
    """Newest first. `older`: before which line to go on; None: this is the beginning."""

    lines: Sequence[Line]
    older: UUID | None


def statement(store: Store, customer_id: UUID, limit: int, *, before: UUID | None = None) -> Statement:
    """The newest `limit` lines, or those before one of them. Each line's balance is the older one's and its change."""
    moved = store.statements.movements(customer_id, limit + 1, before=before)
    after = store.statements.balance_through(customer_id, moved[0].operation.id) if moved else Change(0, 0, 0)
    lines = []
    for one in moved[:limit]:
        operation = one.operation
        lines.append(
            Line(
                operation.id,
                operation.at,
                operation.kind,
                one.change,
                after,
                operation.reason,
                one.product,
                one.charity,
                one.opens_at if one.change.pending > 0 else None,
            )
        )
        after = Change(*(held - change for held, change in zip(after, one.change, strict=True)))
    return Statement(lines, lines[-1].id if len(moved) > limit else None)
