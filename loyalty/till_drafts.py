"""What a cashier has entered in a messenger so far: kept for ten minutes, one draft a chat."""

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from messaging.messages import Address
from storage.models import Staff, TillForm
from storage.store import Store

OPEN_FOR: Final = timedelta(minutes=10)
_KEY_BYTES: Final = 9
PRESS: Final = "till:"
"""How what the buttons of a sale say begins."""
RETURN: Final = "back:"
"""What a button says that turns a sale into a return; the draft's key follows."""
RETURN_OF: Final = "backof:"
"""What a button says that chooses what comes back; the purchase's id follows."""
SHOWS: Final = (RETURN, RETURN_OF, f"{PRESS}code:", f"{PRESS}use:")
"""How the buttons begin that record nothing: they may be pressed for ever."""


class Step(StrEnum):
    """What the next line of the cashier means."""

    WHO = "who"
    SUM = "sum"
    READY = "ready"
    CODE = "code"
    WHY = "why"
    """Why a purchase comes back."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A sale or a return as far as it is known. `key` stands in its buttons too: those of an older one do nothing.

    `scan` is the hash of the code that was scanned. Of a return: `purchase` is the id of what comes back, `part_minor`
    how much of it (None: all that is left), `reason` why, where the cashier typed it. `revision` grows with every
    change, so that a button records what its message shows or nothing.
    """

    key: str
    scan: str = ""
    code: str = ""
    price_minor: int = 0
    purchase: str = ""
    part_minor: int | None = None
    reason: str = ""
    revision: int = 0

    @property
    def request_key(self) -> str:
        """The key of the sale, or of the return, that it becomes."""
        return f"till:{self.key}"

    @property
    def tag(self) -> str:
        """What the buttons carry that record something: this draft, as it is now."""
        return f"{self.key}:{self.revision}"

    def revised(self, **changes: Any) -> "Draft":
        """With other values; the same ones again leave its buttons good."""
        changed = replace(self, **changes)
        return self if changed == self else replace(changed, revision=self.revision + 1)


def new_draft(scan: str = "", code: str = "", price_minor: int = 0) -> Draft:
    return Draft(secrets.token_urlsafe(_KEY_BYTES), scan, code, price_minor)


def draft_of(form: TillForm | None) -> Draft | None:
    return Draft(**form.data) if form is not None and form.data else None


def keep(
    store: Store,
    chat: Address,
    staff: Staff,
    now: datetime,
    step: Step,
    draft: Draft | None = None,
    customer_id: UUID | None = None,
) -> None:
    """The till is open in this chat from now on for ten minutes, with this draft or none."""
    store.till.keep_form(
        TillForm(
            bot_id=chat.bot_id,
            user_id=chat.user_id,
            staff_id=staff.id,
            customer_id=customer_id if draft else None,
            step=step,
            data=asdict(draft) if draft else {},
            expires_at=now + OPEN_FOR,
        )
    )
