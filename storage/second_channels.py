"""Queries: one-time links and codes that lead a customer into a second channel, and who was invited to one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, table_of
from storage.models import LinkAttempt, SecondChannel

_WAY = table_of(SecondChannel)
_TRY = table_of(LinkAttempt)


class SecondChannels(Queries):
    def offer(
        self, customer_id: UUID, offer_id: UUID, hashes: tuple[str, str], chat: tuple[str, str], until: datetime
    ) -> None:
        """A new link and code, by their hashes; the customer's earlier ones end."""
        token_hash, code_hash = hashes
        self._upsert(
            customer_id,
            {
                "offer_id": offer_id,
                "token_hash": token_hash,
                "code_hash": code_hash,
                "bot_id": chat[0],
                "user_id": chat[1],
                "taken_by": None,
                "expires_at": until,
            },
        )

    def by_token(self, token_hash: str, now: datetime) -> SecondChannel | None:
        """Whose unused link this is."""
        return self._one(SecondChannel, _unused(now).where(_WAY.c.token_hash == token_hash))

    def by_code(self, code_hash: str, now: datetime) -> SecondChannel | None:
        """Whose unused code this is; one that two people have by chance is nobody's."""
        found = self._all(SecondChannel, _unused(now).where(_WAY.c.code_hash == code_hash).limit(2))
        return found[0] if len(found) == 1 else None

    def take(self, offer_id: UUID, taker: str, now: datetime, until: datetime) -> bool:
        """The link or the code is used up; who took it may say «it is me» until then. True for who came first."""
        unused = update(_WAY).where(_WAY.c.offer_id == offer_id, _WAY.c.taken_by.is_(None), _WAY.c.expires_at > now)
        return self._connection.execute(unused.values(taken_by=taker, expires_at=until)).rowcount == 1

    def taken_by(self, offer_id: UUID, taker: str, now: datetime) -> SecondChannel | None:
        """The offer that this very chat took, while it may still answer."""
        mine = select(_WAY).where(_WAY.c.offer_id == offer_id, _WAY.c.taken_by == taker, _WAY.c.expires_at > now)
        return self._one(SecondChannel, mine)

    def end(self, offer_id: UUID) -> bool:
        """It was answered. True for the one who ends it."""
        open_ = update(_WAY).where(_WAY.c.offer_id == offer_id)
        ended = open_.values(offer_id=None, token_hash=None, code_hash=None, taken_by=None, expires_at=None)
        return self._connection.execute(ended).rowcount == 1

    def has_code(self, code_hash: str, now: datetime) -> bool:
        """Whether somebody's open offer has this code already."""
        return self._connection.execute(_unused(now).where(_WAY.c.code_hash == code_hash).limit(1)).first() is not None

    # --- invitations

    def invited_at(self, customer_id: UUID) -> datetime | None:
        at: datetime | None = self._connection.execute(
            select(_WAY.c.invited_at).where(_WAY.c.customer_id == customer_id)
        ).scalar_one_or_none()
        return at

    def note_invited(self, customer_id: UUID, now: datetime) -> None:
        self._upsert(customer_id, {"invited_at": now})

    # --- guesses

    def note_try(self, customer_id: UUID, now: datetime, since: datetime) -> None:
        """A code is tried; tries from before `since` count no more. Until the unit ends no other one is: many at
        once would each see too few."""
        self._lock("link codes")
        self._connection.execute(delete(_TRY).where(_TRY.c.at < since))
        self._insert(LinkAttempt(customer_id=customer_id, at=now))

    def tries_since(self, since: datetime) -> int:
        """By everybody together."""
        return self._count(select(func.count()).select_from(_TRY).where(_TRY.c.at >= since))

    def tries_of(self, customer_id: UUID, since: datetime) -> int:
        mine = select(func.count()).select_from(_TRY).where(_TRY.c.customer_id == customer_id)
        return self._count(mine.where(_TRY.c.at >= since))

    def _upsert(self, customer_id: UUID, values: dict[str, Any]) -> None:
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        self._connection.execute(
            insert(_WAY)
            .values({"customer_id": customer_id, **values})
            .on_conflict_do_update(index_elements=["customer_id"], set_=values)
        )


def _unused(now: datetime) -> Any:
    return select(_WAY).where(_WAY.c.taken_by.is_(None), _WAY.c.expires_at > now)
