"""Queries: what is said of us outside surveys."""

from storage.columns import Queries
from storage.models import FeedbackItem


class FeedbackItems(Queries):
    def add(self, item: FeedbackItem) -> bool:
        """False for what came in before."""
        return self._insert_new(item) == 1
