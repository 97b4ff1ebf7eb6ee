"""Queries: what is said of us outside surveys."""

from sqlalchemy import select

from storage.columns import Queries, table_of
from storage.models import FeedbackItem

_ITEM = table_of(FeedbackItem)


class FeedbackItems(Queries):
    def add(self, item: FeedbackItem) -> bool:
        """False for what came in before."""
        return self._insert_new(item) == 1

    def newest(self, limit: int) -> list[FeedbackItem]:
        return self._all(FeedbackItem, select(_ITEM).order_by(_ITEM.c.at.desc(), _ITEM.c.id).limit(limit))
