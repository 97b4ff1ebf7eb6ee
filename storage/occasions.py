"""Queries: due moments of journeys, each there once, and how the jobs that find them fare."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, table_of
from storage.kinds import Journey, OccasionOutcome
from storage.models import Customer, Identity, JobRun, Occasion

_OCCASION = table_of(Occasion)
_CUSTOMER = table_of(Customer)
_IDENTITY = table_of(Identity)
_JOB = table_of(JobRun)


class Occasions(Queries):
    def add(self, occasion: Occasion) -> bool:
        """False when it was there before: whoever comes second does nothing (invariant I10)."""
        return self._insert_new(occasion) == 1

    def settle(self, occasion_id: UUID, outcome: OccasionOutcome, reason: str, outbox_id: UUID | None) -> None:
        mine = update(_OCCASION).where(_OCCASION.c.id == occasion_id)
        self._connection.execute(mine.values(outcome=outcome, reason=reason, outbox_id=outbox_id))

    def last_of(self, customer_id: UUID, journey: Journey, outcome: OccasionOutcome) -> Occasion | None:
        newest = select(_OCCASION).where(
            _OCCASION.c.customer_id == customer_id, _OCCASION.c.journey == journey, _OCCASION.c.outcome == outcome
        )
        return self._one(Occasion, newest.order_by(_OCCASION.c.at.desc()).limit(1))

    def last_occurrences(self, customer_ids: Collection[UUID], journey: Journey, prefix: str) -> dict[UUID, str]:
        """The greatest occurrence of each that begins so; who never had one is missing."""
        greatest = select(_OCCASION.c.customer_id, func.max(_OCCASION.c.occurrence)).where(
            _OCCASION.c.customer_id.in_(customer_ids),
            _OCCASION.c.journey == journey,
            _OCCASION.c.occurrence.startswith(prefix, autoescape=True),
        )
        return {row[0]: row[1] for row in self._connection.execute(greatest.group_by(_OCCASION.c.customer_id))}

    def of_customer(self, customer_id: UUID, limit: int) -> list[Occasion]:
        """The newest `limit`, newest first."""
        occasions = select(_OCCASION).where(_OCCASION.c.customer_id == customer_id)
        return self._all(Occasion, occasions.order_by(_OCCASION.c.at.desc()).limit(limit))

    def born_on(
        self, days: Collection[tuple[int, int]], occurrence: str, after: UUID | None, limit: int
    ) -> list[Customer]:
        """Customers with a chat born on one of these (month, day), who did not have this occurrence; by id."""
        had = exists().where(
            _OCCASION.c.journey == Journey.BIRTHDAY,
            _OCCASION.c.customer_id == _CUSTOMER.c.id,
            _OCCASION.c.occurrence == occurrence,
        )
        born = select(_CUSTOMER).where(
            tuple_(_CUSTOMER.c.birthday_month, _CUSTOMER.c.birthday_day).in_(sorted(days)),
            exists().where(_IDENTITY.c.customer_id == _CUSTOMER.c.id),
            ~had,
        )
        if after is not None:
            born = born.where(_CUSTOMER.c.id > after)
        return self._all(Customer, born.order_by(_CUSTOMER.c.id).limit(limit))

    # --- the jobs

    def job_ran(self, job: str, now: datetime, *, handled: int = 0, error: str = "", seconds: float = 0.0) -> None:
        """Note a job's run: with an error it failed."""
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        ended = {"failed_at": now} if error else {"succeeded_at": now}
        values = {"ran_at": now, "handled": handled, "error": error, "seconds": seconds, **ended}
        row = insert(_JOB).values({"job": job, "failures": int(bool(error)), **values})
        failures = _JOB.c.failures + 1 if error else 0
        self._connection.execute(
            row.on_conflict_do_update(index_elements=["job"], set_={**values, "failures": failures})
        )

    def job(self, job: str) -> JobRun | None:
        return self._one(JobRun, select(_JOB).where(_JOB.c.job == job))

    def last_success(self, job: str) -> datetime | None:
        return self._connection.execute(select(_JOB.c.succeeded_at).where(_JOB.c.job == job)).scalar_one_or_none()

    def jobs(self) -> list[JobRun]:
        return self._all(JobRun, select(_JOB).order_by(_JOB.c.job))
