"""Queries: many codes made at once, how far that came, and the codes themselves in pages."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, String, cast, literal, null, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, listed, table_of
from storage.kinds import GenerationState
from storage.models import CodeGeneration, PromoCode

_GENERATION = table_of(CodeGeneration)
_CODE = table_of(PromoCode)


class CodeGenerations(Queries):
    def add(self, generation: CodeGeneration) -> None:
        self._insert(generation)

    def get(self, generation_id: UUID) -> CodeGeneration | None:
        return self._one(CodeGeneration, select(_GENERATION).where(_GENERATION.c.id == generation_id))

    def held(self, generation_id: UUID) -> CodeGeneration | None:
        """As it is now; until this unit ends nobody else adds to it."""
        found = select(_GENERATION).where(_GENERATION.c.id == generation_id)
        return self._one(CodeGeneration, found.with_for_update())

    def save(self, generation: CodeGeneration) -> None:
        self._save(generation)

    def running(self) -> list[CodeGeneration]:
        """Those that are not done, the oldest first."""
        going_on = select(_GENERATION).where(_GENERATION.c.state == GenerationState.RUNNING)
        return self._all(CodeGeneration, going_on.order_by(_GENERATION.c.started_at))

    def of_campaign(self, campaign_id: UUID) -> list[CodeGeneration]:
        """The newest first."""
        theirs = select(_GENERATION).where(_GENERATION.c.campaign_id == campaign_id)
        return self._all(CodeGeneration, theirs.order_by(_GENERATION.c.started_at.desc()))

    def add_codes(
        self, generation: CodeGeneration, codes: Sequence[str], now: datetime, expires_at: datetime | None
    ) -> int:
        """Add those of these codes that nobody has yet; how many. One statement for all of them: a row apiece would
        cost several times as much."""
        dialect = "postgresql" if self._is_postgres else "sqlite"
        one = listed(dialect)
        row = {
            "code": cast(one.c.value.op("->>")(0), String),
            "campaign_id": literal(generation.campaign_id, _CODE.c.campaign_id.type),
            "generation_id": literal(generation.id, _CODE.c.generation_id.type),
            "customer_id": null(),
            "max_uses": literal(1, Integer),
            "used": literal(0, Integer),
            "issued_at": literal(now, _CODE.c.issued_at.type),
            "expires_at": null() if expires_at is None else literal(expires_at, _CODE.c.expires_at.type),
        }
        if self._is_postgres:
            row = {name: cast(value, _CODE.c[name].type) for name, value in row.items()}
        # Without the condition SQLite would take ON CONFLICT for a part of the select.
        values = select(*row.values()).select_from(one).where(one.c.value.is_not(None))
        insert_ = postgresql.insert if self._is_postgres else sqlite.insert
        new = insert_(_CODE).from_select(list(row), values).on_conflict_do_nothing()
        return self._connection.execute(new, {"rows": json.dumps([[code] for code in codes])}).rowcount

    def codes(self, generation_id: UUID, after: str, limit: int) -> list[str]:
        """Its codes after this one, in the order of the alphabet."""
        made = select(_CODE.c.code).where(_CODE.c.generation_id == generation_id, _CODE.c.code > after)
        return list(self._connection.execute(made.order_by(_CODE.c.code).limit(limit)).scalars())
