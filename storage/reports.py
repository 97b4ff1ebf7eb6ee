"""Queries: what each night found in the whole base."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from storage.columns import Queries, table_of
from storage.models import BaseReport

_REPORT = table_of(BaseReport)


class Reports(Queries):
    def newest(self) -> BaseReport | None:
        """None before the first night."""
        return self._one(BaseReport, select(_REPORT).order_by(_REPORT.c.made_at.desc(), _REPORT.c.id.desc()).limit(1))

    def newest_many(self, limit: int) -> list[BaseReport]:
        """Newest first."""
        reports = select(_REPORT).order_by(_REPORT.c.made_at.desc(), _REPORT.c.id.desc())
        return self._all(BaseReport, reports.limit(limit))

    def nearest(self, at: datetime, within: timedelta) -> BaseReport | None:
        """The one made nearest to a moment, not further from it than that."""
        made = select(_REPORT.c.id, _REPORT.c.made_at).where(
            _REPORT.c.made_at >= at - within, _REPORT.c.made_at <= at + within
        )
        found = min(self._connection.execute(made), key=lambda row: abs(row.made_at - at), default=None)
        return None if found is None else self._one(BaseReport, select(_REPORT).where(_REPORT.c.id == found.id))

    def prior(self) -> dict[str, Any] | None:
        """What the last night learnt to expect of a customer; None before the first one. Asked at every purchase."""
        newest = select(_REPORT.c.prior).order_by(_REPORT.c.made_at.desc(), _REPORT.c.id.desc()).limit(1)
        return self._connection.execute(newest).scalar_one_or_none()

    def made_at(self) -> datetime | None:
        """When the newest was made."""
        return self._connection.execute(select(func.max(_REPORT.c.made_at))).scalar_one_or_none()

    def add(self, report: BaseReport, keep: int) -> None:
        """One more; of them all the newest `keep` stay."""
        self._insert(report)
        kept = select(_REPORT.c.id).order_by(_REPORT.c.made_at.desc(), _REPORT.c.id.desc()).limit(keep)
        ids: list[UUID] = list(self._connection.execute(kept).scalars())
        self._connection.execute(delete(_REPORT).where(_REPORT.c.id.not_in(ids)))
