"""Queries: what customers may like, and what each does, with who said so."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from storage.columns import Queries, table_of
from storage.kinds import FieldOrigin
from storage.models import CustomerTag, PreferenceTag

_TAG = table_of(PreferenceTag)
_LIKED = table_of(CustomerTag)


class Likes(Queries):
    # --- what may be liked

    def tags(self, *, with_archived: bool = False) -> list[PreferenceTag]:
        """In the order in which they are asked: by position, then by name."""
        tags = select(_TAG).order_by(_TAG.c.position, _TAG.c.label, _TAG.c.slug)
        return self._all(PreferenceTag, tags if with_archived else tags.where(_TAG.c.is_archived.is_(False)))

    def tag(self, slug: str) -> PreferenceTag | None:
        return self._one(PreferenceTag, select(_TAG).where(_TAG.c.slug == slug))

    def add(self, tag: PreferenceTag) -> bool:
        """False when the slug is taken."""
        return self._insert_new(tag) == 1

    def save(self, tag: PreferenceTag) -> None:
        self._save(tag)

    def next_position(self) -> int:
        return self._count(select(func.coalesce(func.max(_TAG.c.position), 0) + 1))

    def counts(self) -> dict[str, int]:
        """How many customers like each; a tag that nobody does is missing."""
        totals = select(_LIKED.c.slug, func.count()).group_by(_LIKED.c.slug)
        return {row[0]: int(row[1]) for row in self._connection.execute(totals)}

    # --- who likes what

    def of(self, customer_id: UUID) -> dict[str, CustomerTag]:
        """By slug."""
        liked = self._all(CustomerTag, select(_LIKED).where(_LIKED.c.customer_id == customer_id))
        return {one.slug: one for one in liked}

    def like(self, customer_id: UUID, slug: str, origin: FieldOrigin, now: datetime) -> bool:
        """False when it is known already: then who said it first stays (task D1)."""
        return self._insert_new(CustomerTag(customer_id=customer_id, slug=slug, origin=origin, at=now)) == 1

    def unlike(self, customer_id: UUID, slugs: Collection[str]) -> int:
        theirs = delete(_LIKED).where(_LIKED.c.customer_id == customer_id, _LIKED.c.slug.in_(slugs))
        return self._connection.execute(theirs).rowcount
