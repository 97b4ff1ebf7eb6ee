"""Queries: many rows of any tables at once, as a sample or an import brings them."""

from collections.abc import Iterable
from itertools import groupby

from sqlmodel import SQLModel

from storage.columns import Queries, chunks

PAGE = 2000


class Bulk(Queries):
    def insert(self, models: Iterable[SQLModel]) -> None:
        """Insert models in the order given: parents before their children, rows of one table side by side."""
        for _, rows in groupby(models, type):
            for page in chunks(rows, PAGE):
                self._insert(*page)
