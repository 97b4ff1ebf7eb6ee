"""Queries: what the business sells."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from storage.columns import Queries, chunks, table_of
from storage.models import Service

_SERVICE = table_of(Service)
AT_ONCE = 500


class Services(Queries):
    def all(self) -> list[Service]:
        """By name."""
        return self._all(Service, select(_SERVICE).order_by(_SERVICE.c.category, _SERVICE.c.name))

    def one(self, key: str) -> Service | None:
        return self._one(Service, select(_SERVICE).where(_SERVICE.c.key == key))

    def some(self, keys: Sequence[str]) -> dict[str, Service]:
        found: dict[str, Service] = {}
        for some in chunks(keys, AT_ONCE):
            known = self._all(Service, select(_SERVICE).where(_SERVICE.c.key.in_(some)).with_for_update())
            found |= {one.key: one for one in known}
        return found

    def categories(self, keys: Collection[str]) -> dict[str, str]:
        """Of those of these services that have one."""
        known = select(_SERVICE.c.key, _SERVICE.c.category).where(_SERVICE.c.key.in_(keys), _SERVICE.c.category != "")
        return {row[0]: row[1] for row in self._connection.execute(known)}

    def add(self, services: Sequence[Service]) -> None:
        self._insert(*services)

    def save(self, service: Service) -> None:
        self._save(service)
