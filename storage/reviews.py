"""Queries: our pages on review sites, and whom we gave which link (features RV3 to RV6)."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select, update

from storage.columns import Queries, table_of
from storage.models import ReviewRequest, ReviewSite

_SITE = table_of(ReviewSite)
_REQUEST = table_of(ReviewRequest)


class Asked(NamedTuple):
    """What came of one site's links: given, opened at least once, and «I left one» said of them."""

    asked: int = 0
    clicked: int = 0
    said_left: int = 0


class Reviews(Queries):
    # --- the sites

    def add_site(self, site: ReviewSite) -> None:
        self._insert(site)

    def save_site(self, site: ReviewSite) -> None:
        self._save(site)

    def site(self, site_id: UUID) -> ReviewSite | None:
        return self._one(ReviewSite, select(_SITE).where(_SITE.c.id == site_id))

    def sites(self) -> list[ReviewSite]:
        """All, those of every branch first."""
        return self._all(ReviewSite, select(_SITE).order_by(_SITE.c.branch, _SITE.c.created_at, _SITE.c.id))

    def sites_on(self, branch: str) -> list[ReviewSite]:
        """Where guests of this branch are asked to go: to its own pages, else to the common ones."""
        on = select(_SITE).where(_SITE.c.is_on.is_(True), _SITE.c.branch.in_({branch, ""}))
        found = self._all(ReviewSite, on.order_by(_SITE.c.created_at, _SITE.c.id))
        return [site for site in found if site.branch == branch] or found

    # --- the links we gave

    def hold(self, branch: str) -> None:
        """Until this unit ends nobody else gives links to the pages of this branch."""
        self._lock(f"reviews of {branch}")

    def done_with(self, customer_id: UUID, site_ids: Collection[UUID], since: datetime) -> set[UUID]:
        """Of these sites, those that this customer was sent to since then, or has ever opened or written on."""
        known = select(_REQUEST.c.site_id).where(
            _REQUEST.c.customer_id == customer_id,
            _REQUEST.c.site_id.in_(site_ids),
            or_(_REQUEST.c.at > since, _REQUEST.c.clicked_at.is_not(None), _REQUEST.c.said_left_at.is_not(None)),
        )
        return set(self._connection.execute(known.distinct()).scalars())

    def people_asked(self, branch: str, since: datetime) -> int:
        """How many customers were sent to this branch's pages since then."""
        asked = (
            select(func.count(_REQUEST.c.customer_id.distinct()))
            .join_from(_REQUEST, _SITE, _SITE.c.id == _REQUEST.c.site_id)
            .where(_SITE.c.branch == branch, _REQUEST.c.at >= since)
        )
        return self._count(asked)

    def add(self, *requests: ReviewRequest) -> None:
        self._insert(*requests)

    def get(self, request_id: UUID) -> ReviewRequest | None:
        return self._one(ReviewRequest, select(_REQUEST).where(_REQUEST.c.id == request_id))

    def of_run(self, customer_id: UUID, run_id: UUID) -> list[ReviewRequest]:
        """The links that followed one survey, as they were given."""
        given = select(_REQUEST).where(_REQUEST.c.customer_id == customer_id, _REQUEST.c.run_id == run_id)
        return self._all(ReviewRequest, given.order_by(_REQUEST.c.id))

    def target(self, request_id: UUID) -> str | None:
        """Where a link leads, also to a page that is off by now: it was given, and works."""
        found = select(_SITE.c.url).join_from(_REQUEST, _SITE, _SITE.c.id == _REQUEST.c.site_id)
        return self._connection.execute(found.where(_REQUEST.c.id == request_id)).scalar_one_or_none()

    def click(self, request_id: UUID, now: datetime) -> None:
        """The first opening counts, and no other."""
        fresh = update(_REQUEST).where(_REQUEST.c.id == request_id, _REQUEST.c.clicked_at.is_(None))
        self._connection.execute(fresh.values(clicked_at=now))

    def say_left(self, customer_id: UUID, request_id: UUID, now: datetime) -> bool:
        """They say that they left a review there; False when it is no link of theirs. The first word counts."""
        mine = (_REQUEST.c.id == request_id, _REQUEST.c.customer_id == customer_id)
        said = update(_REQUEST).where(*mine).values(said_left_at=func.coalesce(_REQUEST.c.said_left_at, now))
        return self._connection.execute(said).rowcount == 1

    def counts(self, since: datetime) -> dict[UUID, Asked]:
        """By site, of the links given since then."""
        counted = (
            select(
                _REQUEST.c.site_id,
                func.count(),
                func.count(_REQUEST.c.clicked_at),
                func.count(_REQUEST.c.said_left_at),
            )
            .where(_REQUEST.c.at >= since)
            .group_by(_REQUEST.c.site_id)
        )
        return {row[0]: Asked(*row[1:]) for row in self._connection.execute(counted)}
