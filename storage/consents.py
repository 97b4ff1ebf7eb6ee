"""Queries: what customers agreed to, and the facts behind «may we write to them?»."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select

from storage.columns import Queries, table_of
from storage.kinds import ConsentAction, ConsentPurpose, ReachStatus
from storage.models import Case, Consent, Identity

_CONSENT = table_of(Consent)
_IDENTITY = table_of(Identity)
_CASE = table_of(Case)


@dataclass(frozen=True, slots=True)
class WriteRow:
    """What the storage knows about writing to one identity."""

    customer_id: UUID
    reach: ReachStatus
    advertising: ConsentAction | None
    has_open_case: bool


class Consents(Queries):
    def add(self, consent: Consent) -> None:
        self._insert(consent)

    def latest(self, customer_id: UUID) -> dict[ConsentPurpose, ConsentAction]:
        """The newest decision about each purpose; a purpose never asked about is missing."""
        said = select(_CONSENT.c.purpose, _CONSENT.c.action).where(_CONSENT.c.customer_id == customer_id)
        return {row.purpose: row.action for row in self._connection.execute(said.order_by(_CONSENT.c.id))}

    def history(self, customer_id: UUID) -> list[Consent]:
        return self._all(Consent, select(_CONSENT).where(_CONSENT.c.customer_id == customer_id).order_by(_CONSENT.c.id))

    def facts(self, bot_id: str, user_ids: Sequence[str]) -> dict[str, WriteRow]:
        """For each of these identities: everything that decides whether we may write to them now."""
        advertising = (
            select(_CONSENT.c.action)
            .where(
                _CONSENT.c.customer_id == _IDENTITY.c.customer_id,
                _CONSENT.c.purpose == ConsentPurpose.ADVERTISING,
            )
            .order_by(_CONSENT.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        has_case = exists().where(_CASE.c.customer_id == _IDENTITY.c.customer_id, _CASE.c.closed_at.is_(None))
        rows = select(
            _IDENTITY.c.user_id,
            _IDENTITY.c.customer_id,
            _IDENTITY.c.reach,
            advertising.label("advertising"),
            has_case.label("has_open_case"),
        ).where(_IDENTITY.c.bot_id == bot_id, _IDENTITY.c.user_id.in_(user_ids))
        return {
            row.user_id: WriteRow(row.customer_id, row.reach, row.advertising, bool(row.has_open_case))
            for row in self._connection.execute(rows)
        }
