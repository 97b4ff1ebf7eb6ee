"""Lists of customers that a number on another page opens: who lacks something, of all or of one group."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.datastructures import QueryParams

from console.pages import Visit
from console.words import Words
from loyalty import phones
from storage.directory import Listed
from storage.quality import Mark, Side
from storage.store import Store

INVALID_PHONE: Final = "invalid_phone"
LISTS: Final = (*(mark.value for mark in Mark), INVALID_PHONE)
PHONES_LOOKED_AT: Final = 2000
"""Numbers of an unusual form, the newest: each costs a sixth of a millisecond to check."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`lack` is one of LISTS; `by` and `of` name a group of customers, if only one is meant."""

    lack: str
    by: Side | None = None
    of: str = ""

    @property
    def query(self) -> dict[str, str]:
        """As an address carries it."""
        return {"lack": self.lack, "by": self.by.value if self.by else "", "of": self.of}


def wanted(query: QueryParams) -> Wanted | None:
    """The list that an address asks for; None where it asks for none of ours."""
    lack, by, of = (query.get(name, "") for name in ("lack", "by", "of"))
    if lack not in LISTS:
        return None
    side = Side(by) if by in set(Side) else None
    if side is Side.IMPORT and of and not _is_id(of):
        return None
    return Wanted(lack, side, of if side else "")


def listed(store: Store, visit: Visit, what: Wanted, limit: int, before: UUID | None) -> list[Listed]:
    """Its customers, as the list of all customers shows them."""
    if what.lack == INVALID_PHONE:
        ids = [one for one in invalid_phones(store) if before is None or one < before][:limit]
    else:
        of = (what.by, what.of) if what.by else None
        ids = store.quality.page(Mark(what.lack), visit.now, limit, of=of, before=before)
    return store.directory.some(ids)


def invalid_phones(store: Store) -> list[UUID]:
    """Whose phone is no number of any country; the newest first."""
    odd = store.quality.unusual_phones(PHONES_LOOKED_AT)
    return [customer_id for customer_id, phone in odd if phones.normalised(phone) != phone]


def group_name(store: Store, words: Words, by: Side, of: str) -> str:
    """What a group is called on a page."""
    if not of:
        return words.t(f"quality.no.{by.value}")
    if by is not Side.IMPORT:
        return of
    run = store.quality.imports([UUID(of)]).get(UUID(of))
    return f"{run[0]}, {words.day(run[1])}" if run else words.t("quality.some_import")


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
