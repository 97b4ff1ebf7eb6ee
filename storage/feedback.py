"""Queries: what is said of us outside surveys: from the menu, on walls, in reviews."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, String, case, cast, func, or_, select, update

from storage.columns import Queries, table_of
from storage.kinds import FeedbackKind, FeedbackSource, ReviewPlace, Sentiment
from storage.models import Case, Customer, FeedbackItem

_ITEM = table_of(FeedbackItem)
_CUSTOMER = table_of(Customer)
_CASE = table_of(Case)
_IS_OPEN = (_ITEM.c.answered_at.is_(None), _ITEM.c.gone_at.is_(None))
_IS_BAD = or_(_ITEM.c.sentiment == Sentiment.NEGATIVE, _ITEM.c.kind == FeedbackKind.COMPLAINT)


@dataclass(frozen=True, slots=True)
class FeedbackWish:
    """What a reader wants to see; None and '' are anything."""

    source: FeedbackSource | None = None
    kind: FeedbackKind | None = None
    sentiment: Sentiment | None = None
    branch: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """An item as a page lists it. The name is the customer's, '' for nobody we know; the number is the case's that it
    opened, None where it opened none."""

    item: FeedbackItem
    customer_name: str
    case_number: int | None


class Feedback(Queries):
    def add(self, item: FeedbackItem) -> bool:
        """False when it came in before: the key says so."""
        return self._insert_new(item) == 1

    def save(self, item: FeedbackItem) -> None:
        self._save(item)

    def get(self, item_id: UUID) -> FeedbackItem | None:
        return self._one(FeedbackItem, select(_ITEM).where(_ITEM.c.id == item_id))

    def add_to(self, item_id: UUID, text: str, media_ids: Sequence[str]) -> None:
        """One more part of the same album."""
        item = self.get(item_id)
        if item is not None:
            words = "\n".join(filter(None, (item.text, text)))
            files = [*(item.media_ids or []), *media_ids] or None
            changed = update(_ITEM).where(_ITEM.c.id == item_id)
            self._connection.execute(changed.values(text=words, media_ids=files))

    def write_anew(self, since: datetime) -> None:
        """What was said without a name, all at once: where its rows lie on PostgreSQL's disk, and which transaction
        wrote them, says no more what came with what."""
        nameless = (_ITEM.c.source == FeedbackSource.ANONYMOUS, _ITEM.c.at >= since)
        self._connection.execute(update(_ITEM).where(*nameless).values(key=_ITEM.c.key))

    def held(self, key: str) -> FeedbackItem | None:
        """The item of this key, which nobody else changes or adds until this unit ends."""
        self._lock(f"feedback {key}")
        return self._one(FeedbackItem, select(_ITEM).where(_ITEM.c.key == key))

    def open(self, wish: FeedbackWish, limit: int) -> list[FeedbackRow]:
        """What nobody has dealt with: the bad first, then the newest."""
        return self._rows(wish, limit, *_IS_OPEN, order=(case((_IS_BAD, 0), else_=1), _ITEM.c.at.desc()))

    def dealt_with(self, wish: FeedbackWish, limit: int, before: datetime | None = None) -> list[FeedbackRow]:
        """The rest, newest first; `before`: only what was said earlier than that."""
        rest: list[ColumnElement[bool]] = [or_(_ITEM.c.answered_at.is_not(None), _ITEM.c.gone_at.is_not(None))]
        if before is not None:
            rest.append(_ITEM.c.at < before)
        return self._rows(wish, limit, *rest, order=(_ITEM.c.at.desc(), _ITEM.c.id.desc()))

    def newest(self, limit: int) -> list[FeedbackItem]:
        return self._all(FeedbackItem, select(_ITEM).order_by(_ITEM.c.at.desc(), _ITEM.c.id).limit(limit))

    def count_open_bad(self) -> int:
        return self._count(select(func.count()).select_from(_ITEM).where(*_IS_OPEN, _IS_BAD))

    def answer(self, item_id: UUID, staff_id: UUID, now: datetime) -> bool:
        """Somebody says that it is dealt with. False when it was so already, or there is no such item."""
        mine = update(_ITEM).where(_ITEM.c.id == item_id, _ITEM.c.answered_at.is_(None))
        return self._connection.execute(mine.values(answered_at=now, answered_by=staff_id)).rowcount == 1

    def branches(self) -> list[str]:
        named = select(_ITEM.c.branch).where(_ITEM.c.branch != "").distinct().order_by(_ITEM.c.branch)
        return list(self._connection.execute(named).scalars())

    def stars(self, since: datetime) -> dict[tuple[str, ReviewPlace], tuple[int, int]]:
        """(branch, place) -> how many known reviews have stars, and how many stars in all."""
        rated = (
            select(_ITEM.c.branch, _ITEM.c.place, func.count(), func.sum(_ITEM.c.rating))
            .where(_ITEM.c.source == FeedbackSource.REVIEW, _ITEM.c.at >= since)
            .where(_ITEM.c.rating.is_not(None), _ITEM.c.place.is_not(None), _ITEM.c.gone_at.is_(None))
            .group_by(_ITEM.c.branch, _ITEM.c.place)
        )
        return {(row[0], row[1]): (row[2], int(row[3])) for row in self._connection.execute(rated)}

    def _rows(
        self, wish: FeedbackWish, limit: int, *only: ColumnElement[bool], order: Sequence[ColumnElement[object]]
    ) -> list[FeedbackRow]:
        rows = (
            select(
                _ITEM, func.coalesce(_CUSTOMER.c.name, "").label("customer_name"), _CASE.c.number.label("case_number")
            )
            .outerjoin(_CUSTOMER, _CUSTOMER.c.id == _ITEM.c.customer_id)
            .outerjoin(_CASE, _CASE.c.id == _ITEM.c.case_id)
            .where(*only, *_wished(wish))
            .order_by(*order)
            .limit(limit)
        )
        found = []
        for row in self._connection.execute(rows).mappings():
            values = dict(row)
            name, number = values.pop("customer_name"), values.pop("case_number")
            found.append(FeedbackRow(FeedbackItem(**values), name, number))
        return found


def _wished(wish: FeedbackWish) -> list[ColumnElement[bool]]:
    exact = {"source": wish.source, "kind": wish.kind, "sentiment": wish.sentiment, "branch": wish.branch}
    only = [_ITEM.c[column] == value for column, value in exact.items() if value]
    if wish.topic:
        only.append(cast(_ITEM.c.topics, String).contains(json.dumps(wish.topic), autoescape=True))
    return only
