"""Queries: what came to one record after a merge and belongs to the other one's chats, given to it when they part."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, or_, select, tuple_, update

from storage.columns import Queries, chunks, table_of
from storage.models import Case, CustomerKey, FeedEntry, InboundEvent, OutboxMessage, SurveyRun

_EVENT = table_of(InboundEvent)
_OUT = table_of(OutboxMessage)
_CASE = table_of(Case)
_RUN = table_of(SurveyRun)
_KEY = table_of(CustomerKey)
_FEED = table_of(FeedEntry)
AT_ONCE = 300

Chats = Sequence[tuple[str, str]]
"""(a bot's id, the account's)"""


class Partings(Queries):
    def give_said(self, old: UUID, new: UUID, chats: Chats, since: datetime) -> None:
        """Words of these chats, what was sent there, and the questions that were asked there, from this moment on."""
        heard = _in_chats(_EVENT.c.bot_id, _EVENT.c.chat_id, chats)
        self._give(_EVENT, old, new, and_(heard, _EVENT.c.received_at >= since))
        sent = and_(_in_chats(_OUT.c.bot_id, _OUT.c.user_id, chats), _OUT.c.created_at >= since)
        asked = select(_OUT.c.survey_run_id).where(_OUT.c.customer_id == old, sent, _OUT.c.survey_run_id.is_not(None))
        runs = list(self._connection.execute(asked).scalars())
        self._give(_RUN, old, new, and_(_RUN.c.id.in_(runs), _RUN.c.asked_at >= since))
        self._give(_OUT, old, new, sent)

    def give_cases(self, old: UUID, new: UUID, chats: Chats, since: datetime) -> None:
        """The cases that were opened since then and stand in these chats."""
        there = and_(_in_chats(_CASE.c.bot_id, _CASE.c.chat_id, chats), _CASE.c.opened_at >= since)
        given = select(_CASE.c.id).where(_CASE.c.customer_id == old, there)
        told = and_(_OUT.c.about_id == old, _OUT.c.case_id.in_(given))
        self._connection.execute(update(_OUT).where(told).values(about_id=new))
        self._give(_CASE, old, new, there)

    def give_keys(self, old: UUID, new: UUID, keys: Sequence[tuple[str, str]]) -> None:
        """(kind, value): these are the other one's."""
        mine = and_(_KEY.c.customer_id == old, tuple_(_KEY.c.kind, _KEY.c.value).in_(keys))
        self._connection.execute(update(_KEY).where(mine).values(customer_id=new))

    def _give(self, table: Table, old: UUID, new: UUID, which: ColumnElement[bool]) -> None:
        given = update(table).where(table.c.customer_id == old, which).values(customer_id=new).returning(table.c.id)
        for some in chunks(self._connection.execute(given).scalars().all(), AT_ONCE):
            told = and_(_FEED.c.customer_id == old, _FEED.c.ref.in_(some))
            self._connection.execute(update(_FEED).where(told).values(customer_id=new))


def _in_chats(bot: ColumnElement[str], user: ColumnElement[str], chats: Chats) -> ColumnElement[bool]:
    return or_(*(and_(bot == bot_id, user == user_id) for bot_id, user_id in chats))
