"""Queries: by what events of nobody's are known again."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import delete, exists, select

from storage.columns import Queries, table_of
from storage.models import NamelessMark

_MARK = table_of(NamelessMark)


class Nameless(Queries):
    def add(self, digests: Collection[str], day: date, item_id: UUID | None) -> None:
        self._insert_new(*(NamelessMark(digest=digest, day=day, item_id=item_id) for digest in digests))

    def knows(self, digest: str) -> bool:
        return bool(self._connection.execute(select(exists().where(_MARK.c.digest == digest))).scalar_one())

    def get(self, digest: str) -> NamelessMark | None:
        return self._one(NamelessMark, select(_MARK).where(_MARK.c.digest == digest))

    def forget(self, before: date) -> int:
        return self._connection.execute(delete(_MARK).where(_MARK.c.day < before)).rowcount
