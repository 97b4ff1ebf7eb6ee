"""Queries: business settings with their versions, and heartbeats."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, table_of
from storage.models import BusinessSetting, Heartbeat

_SETTING = table_of(BusinessSetting)
_HEARTBEAT = table_of(Heartbeat)

_NEWEST: Final = (
    select(_SETTING).where(_SETTING.c.key == bindparam("setting")).order_by(_SETTING.c.version.desc()).limit(1)
)
"""Made once: there is hardly a unit that does not ask for one."""


class Business(Queries):
    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._seen = dict[str, BusinessSetting | None]()

    def setting(self, key: str) -> BusinessSetting | None:
        """The newest version of a setting, asked for once a unit: all of a unit goes by the same one."""
        if key not in self._seen:
            self._seen[key] = self._newest(key)
        return self._seen[key]

    def _newest(self, key: str) -> BusinessSetting | None:
        return self._one(BusinessSetting, _NEWEST, {"setting": key})

    def settings(self) -> dict[str, Any]:
        """Every setting's newest value."""
        return {
            row.key: row.value
            for row in self._connection.execute(select(_SETTING).order_by(_SETTING.c.key, _SETTING.c.version))
        }

    def change(self, key: str, value: Any, changed_by: UUID | None, now: datetime) -> BusinessSetting:
        """Add a version; the old ones stay as history."""
        newest = self._newest(key)
        changed = BusinessSetting(
            key=key,
            version=1 if newest is None else newest.version + 1,
            value=value,
            changed_by=changed_by,
            changed_at=now,
        )
        self._insert(changed)
        self._seen[key] = changed
        return changed

    def keep_value(self, key: str, value: Any, now: datetime) -> None:
        """A value that the program itself keeps: one row that changes, because nobody asks for its history."""
        self._seen.pop(key, None)
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        row = {"key": key, "version": 1, "value": value, "changed_at": now}
        self._connection.execute(
            insert(_SETTING)
            .values(row)
            .on_conflict_do_update(index_elements=["key", "version"], set_={"value": value, "changed_at": now})
        )

    def beat(self, roles: Sequence[str], now: datetime) -> None:
        """These parts of the program are alive."""
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        self._connection.execute(
            insert(_HEARTBEAT)
            .values([{"role": role, "at": now} for role in roles])
            .on_conflict_do_update(index_elements=["role"], set_={"at": now})
        )

    def heartbeats(self) -> list[Heartbeat]:
        return self._all(Heartbeat, select(_HEARTBEAT).order_by(_HEARTBEAT.c.role))

    def history(self, limit: int) -> list[BusinessSetting]:
        """The newest changes of any setting of the business; what the program keeps for itself is none, and the
        rules of the programme and of surveys have pages of their own."""
        own = (_SETTING.c.key.not_like(f"{prefix}.%") for prefix in ("demo", "privacy", "night", "loyalty", "surveys"))
        changes = select(_SETTING).where(*own)
        return self._all(BusinessSetting, changes.order_by(_SETTING.c.changed_at.desc()).limit(limit))
