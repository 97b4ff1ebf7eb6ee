"""Queries: our accounts on the channels, and how far their long polls have come."""

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, row_of, table_of
from storage.models import Bot

_BOT = table_of(Bot)
_GREATEST_INT32 = 2**31 - 1


class Bots(Queries):
    def register(self, bot: Bot) -> None:
        """Remember a bot; a known one stays as it is."""
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        self._connection.execute(insert(_BOT).values(row_of(bot)).on_conflict_do_nothing())

    def get(self, bot_id: str) -> Bot | None:
        return self._one(Bot, select(_BOT).where(_BOT.c.id == bot_id))

    def all(self) -> list[Bot]:
        return self._all(Bot, select(_BOT).order_by(_BOT.c.id))

    def move_cursor(self, bot_id: str, cursor: str) -> None:
        self._connection.execute(update(_BOT).where(_BOT.c.id == bot_id).values(cursor=cursor))

    def set_username(self, bot_id: str, username: str) -> None:
        self._connection.execute(update(_BOT).where(_BOT.c.id == bot_id).values(username=username))

    def next_random_ids(self, bot_id: str, count: int) -> list[int]:
        """Keys no send of this bot has had: from 1 to the greatest int32, then from 1 again. Never 0."""
        counted = update(_BOT).where(_BOT.c.id == bot_id).values(random_ids=_BOT.c.random_ids + count)
        last = self._connection.execute(counted.returning(_BOT.c.random_ids)).scalar_one()
        return [(number - 1) % _GREATEST_INT32 + 1 for number in range(last - count + 1, last + 1)]

    def skip_random_ids(self, bot_id: str, count: int) -> None:
        """Leave so many keys out: a copy of this database, older or newer, may have used them a moment ago."""
        self._connection.execute(update(_BOT).where(_BOT.c.id == bot_id).values(random_ids=_BOT.c.random_ids + count))
