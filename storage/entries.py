"""Queries: entry links, how often each was opened on which day, and who came first by which."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, table_of
from storage.models import CustomerStats, EntryJoin, EntryLink, EntryScan

_LINK = table_of(EntryLink)
_SCAN = table_of(EntryScan)
_JOIN = table_of(EntryJoin)
_STATS = table_of(CustomerStats)


class Reach(NamedTuple):
    """What one link has brought: times it was opened, customers who came first by it, those of them who bought."""

    scans: int = 0
    joins: int = 0
    bought: int = 0


class Entries(Queries):
    def link(self, code: str) -> EntryLink | None:
        return self._one(EntryLink, select(_LINK).where(_LINK.c.code == code))

    def links(self) -> list[EntryLink]:
        """In use first, then by source."""
        return self._all(EntryLink, select(_LINK).order_by(_LINK.c.is_archived, _LINK.c.source, _LINK.c.code))

    def add(self, link: EntryLink) -> bool:
        """False when the code is taken."""
        return self._insert_new(link) == 1

    def set_archived(self, code: str, *, is_archived: bool) -> bool:
        """False for no such link. An archived one goes on working: what is printed cannot be taken back."""
        mine = update(_LINK).where(_LINK.c.code == code)
        return self._connection.execute(mine.values(is_archived=is_archived)).rowcount == 1

    def count_scan(self, code: str, day: int) -> None:
        """One more opening on that day. Many at once all count."""
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        row = insert(_SCAN).values({"code": code, "day": day, "scans": 1})
        self._connection.execute(
            row.on_conflict_do_update(index_elements=["code", "day"], set_={"scans": _SCAN.c.scans + 1})
        )

    def note_join(self, customer_id: UUID, code: str, now: datetime) -> bool:
        """False for who came by a link before: only the first counts."""
        return self._insert_new(EntryJoin(customer_id=customer_id, code=code, at=now)) == 1

    def join_of(self, customer_id: UUID) -> EntryJoin | None:
        return self._one(EntryJoin, select(_JOIN).where(_JOIN.c.customer_id == customer_id))

    def reach(self, since: datetime, since_day: int) -> Mapping[str, Reach]:
        """By link, from that moment and that day on."""
        scanned = select(_SCAN.c.code, func.sum(_SCAN.c.scans)).where(_SCAN.c.day >= since_day).group_by(_SCAN.c.code)
        found = {row[0]: Reach(scans=int(row[1])) for row in self._connection.execute(scanned)}
        bought = exists().where(_STATS.c.customer_id == _JOIN.c.customer_id, _STATS.c.orders > 0)
        joined = select(_JOIN.c.code, func.count()).where(_JOIN.c.at >= since).group_by(_JOIN.c.code)
        for code, joins in self._connection.execute(joined):
            found[code] = found.get(code, Reach())._replace(joins=int(joins))
        for code, buyers in self._connection.execute(joined.where(bought)):
            found[code] = found[code]._replace(bought=int(buyers))
        return found
