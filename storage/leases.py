"""Queries: who delivers for a bot, and how fast (decision D7). Both read the database's clock where it has one."""

from sqlalchemy import ColumnElement, Float, cast, false, func, literal, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, table_of
from storage.models import BotLease, RateLimit

_LEASE = table_of(BotLease)
_RATE = table_of(RateLimit)


class Leases(Queries):
    def take(self, bot_id: str, owner: str, seconds: float, now: float) -> int | None:
        """The epoch under which `owner` delivers for this bot, or None while somebody else does.

        On SQLite there is only one process, so a lease left by a dead one is taken at once.
        """
        clock = self._clock(now)
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        fresh = insert(_LEASE).values(bot_id=bot_id, owner=owner, epoch=1, until=clock + seconds)
        is_free = or_(_LEASE.c.owner == owner, _LEASE.c.until < clock, true() if not self._is_postgres else false())
        epoch = _LEASE.c.epoch + cast(_LEASE.c.owner != owner, _LEASE.c.epoch.type)
        taken = fresh.on_conflict_do_update(
            index_elements=["bot_id"], set_={"owner": owner, "epoch": epoch, "until": clock + seconds}, where=is_free
        )
        return self._connection.execute(taken.returning(_LEASE.c.epoch)).scalar_one_or_none()

    def is_held(self, bot_id: str, owner: str, epoch: int) -> bool:
        held = select(_LEASE.c.epoch).where(_LEASE.c.bot_id == bot_id, _LEASE.c.owner == owner, _LEASE.c.epoch == epoch)
        return self._connection.execute(held).first() is not None

    def give_up(self, bot_id: str, owner: str) -> None:
        """A graceful stop: the next owner need not wait."""
        self._connection.execute(
            update(_LEASE).where(_LEASE.c.bot_id == bot_id, _LEASE.c.owner == owner).values(until=0.0)
        )

    def reserve(self, bot_id: str, bucket: str, sends: int, per_second: float, now: float) -> float:
        """Reserve send slots; how many seconds from now the first of them begins (GCRA: one row is the whole state)."""
        clock = self._clock(now)
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        fresh = insert(_RATE).values(bot_id=bot_id, bucket=bucket, next_at=clock + sends / per_second)
        later = func.greatest(_RATE.c.next_at, clock) if self._is_postgres else func.max(_RATE.c.next_at, clock)
        reserved = fresh.on_conflict_do_update(
            index_elements=["bot_id", "bucket"], set_={"next_at": later + sends / per_second}
        )
        row = self._connection.execute(reserved.returning(_RATE.c.next_at - clock)).scalar_one()
        return max(0.0, float(row) - sends / per_second)

    def held_for(self, bot_id: str, bucket: str, now: float) -> float:
        """How many seconds from now the next slot begins, without reserving it."""
        wait = select(_RATE.c.next_at - self._clock(now)).where(_RATE.c.bot_id == bot_id, _RATE.c.bucket == bucket)
        return float(self._connection.execute(wait).scalar_one_or_none() or 0.0)

    def hold_back(self, bot_id: str, bucket: str, seconds: float, now: float) -> None:
        """A 429: nothing of this bot begins before that many seconds are over."""
        clock = self._clock(now)
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        later = func.greatest if self._is_postgres else func.max
        self._connection.execute(
            insert(_RATE)
            .values(bot_id=bot_id, bucket=bucket, next_at=clock + seconds)
            .on_conflict_do_update(
                index_elements=["bot_id", "bucket"], set_={"next_at": later(_RATE.c.next_at, clock + seconds)}
            )
        )

    def _clock(self, now: float) -> ColumnElement[float]:
        if self._is_postgres:
            return cast(func.extract("epoch", func.clock_timestamp()), Float)
        return literal(now, Float)
