"""Queries: who was found to be an advocate or toxic, on what evidence, and what a person decided."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from storage.columns import Queries, table_of
from storage.kinds import FlagKind, FlagState, ScoreGroup, SurveyKind
from storage.models import Flag, InboundEvent, SurveyRun

_FLAG = table_of(Flag)
_EVENT = table_of(InboundEvent)
_RUN = table_of(SurveyRun)


class Flags(Queries):
    def add(self, flag: Flag) -> None:
        self._insert(flag)

    def save(self, flag: Flag) -> None:
        self._save(flag)

    def grow(self, flag_id: UUID, evidence: list[dict[str, str]]) -> bool:
        """More evidence for a candidate; False when a person has decided meanwhile: what they said stands."""
        waiting = update(_FLAG).where(_FLAG.c.id == flag_id, _FLAG.c.state == FlagState.CANDIDATE)
        return self._connection.execute(waiting.values(evidence=evidence)).rowcount == 1

    def get(self, flag_id: UUID) -> Flag | None:
        return self._one(Flag, select(_FLAG).where(_FLAG.c.id == flag_id))

    def locked(self, flag_id: UUID) -> Flag | None:
        """The flag, and nobody else decides about it until this unit ends."""
        self._lock(f"flag {flag_id}")
        return self.get(flag_id)

    def count_in(self, state: FlagState) -> int:
        return self._count(select(func.count()).select_from(_FLAG).where(_FLAG.c.state == state))

    def standing(self, customer_id: UUID, kind: FlagKind) -> Flag | None:
        """The flag that is a candidate or confirmed; a dismissed one has gone."""
        return self._one(
            Flag,
            select(_FLAG).where(
                _FLAG.c.customer_id == customer_id, _FLAG.c.kind == kind, _FLAG.c.state != FlagState.DISMISSED
            ),
        )

    def last_dismissed(self, customer_id: UUID, kind: FlagKind) -> Flag | None:
        """What a person turned down last: the same words must not come back as news."""
        gone = select(_FLAG).where(
            _FLAG.c.customer_id == customer_id, _FLAG.c.kind == kind, _FLAG.c.state == FlagState.DISMISSED
        )
        return self._one(Flag, gone.order_by(_FLAG.c.decided_at.desc()).limit(1))

    def in_state(self, state: FlagState, limit: int) -> list[Flag]:
        """The newest `limit`, newest first."""
        found = select(_FLAG).where(_FLAG.c.state == state)
        return self._all(Flag, found.order_by(_FLAG.c.found_at.desc()).limit(limit))

    def of_customer(self, customer_id: UUID) -> list[Flag]:
        return self._all(Flag, select(_FLAG).where(_FLAG.c.customer_id == customer_id).order_by(_FLAG.c.found_at))

    def said_since(self, customer_id: UUID, since: datetime, limit: int) -> Sequence[InboundEvent]:
        """A customer's classified words since then, oldest first."""
        said = select(_EVENT).where(
            _EVENT.c.customer_id == customer_id,
            _EVENT.c.received_at >= since,
            _EVENT.c.classification.is_not(None),
            _EVENT.c.text != "",
        )
        return self._all(InboundEvent, said.order_by(_EVENT.c.id.desc()).limit(limit))[::-1]

    def heard_since(self, since: datetime) -> list[UUID]:
        """Who said something that was read, or answered a survey, since then."""
        said = select(_EVENT.c.customer_id).where(
            _EVENT.c.received_at >= since, _EVENT.c.customer_id.is_not(None), _EVENT.c.classification.is_not(None)
        )
        answered = select(_RUN.c.customer_id).where(_RUN.c.answered_at >= since)
        return list(self._connection.execute(said.union(answered)).scalars())

    def promoter_since(self, customer_id: UUID, since: datetime) -> SurveyRun | None:
        """The newest NPS answer of 9 or 10 since then."""
        runs = select(_RUN).where(
            _RUN.c.customer_id == customer_id,
            _RUN.c.kind == SurveyKind.NPS,
            _RUN.c.score_group == ScoreGroup.PROMOTER,
            _RUN.c.answered_at >= since,
        )
        return self._one(SurveyRun, runs.order_by(_RUN.c.answered_at.desc()).limit(1))
