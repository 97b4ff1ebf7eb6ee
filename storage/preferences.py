"""Queries: what customers switched off, and what they were asked about themselves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, row_of, table_of
from storage.kinds import Channel, ProfileAnswer, ProfileField, Topic
from storage.models import ProfileQuestion, TopicChoice

_CHOICE = table_of(TopicChoice)
_QUESTION = table_of(ProfileQuestion)


class Preferences(Queries):
    def switched_off(self, customer_id: UUID, channel: Channel) -> frozenset[Topic]:
        """The topics this customer wants nothing about on this channel."""
        off = select(_CHOICE.c.topic).where(
            _CHOICE.c.customer_id == customer_id, _CHOICE.c.channel == channel, _CHOICE.c.is_on.is_(False)
        )
        return frozenset(self._connection.execute(off).scalars())

    def choices(self, customer_id: UUID) -> list[TopicChoice]:
        return self._all(TopicChoice, select(_CHOICE).where(_CHOICE.c.customer_id == customer_id))

    def switch(self, choice: TopicChoice) -> None:
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        row = row_of(choice)
        self._connection.execute(
            insert(_CHOICE)
            .values(row)
            .on_conflict_do_update(
                index_elements=["customer_id", "topic", "channel"],
                set_={"is_on": row["is_on"], "changed_at": row["changed_at"]},
            )
        )

    # --- the profile

    def questions(self, customer_id: UUID) -> dict[ProfileField, ProfileQuestion]:
        """What was asked so far; a field never asked is missing."""
        asked = self._all(ProfileQuestion, select(_QUESTION).where(_QUESTION.c.customer_id == customer_id))
        return {question.field: question for question in asked}

    def open_question(self, customer_id: UUID) -> ProfileQuestion | None:
        return self._one(
            ProfileQuestion,
            select(_QUESTION).where(_QUESTION.c.customer_id == customer_id, _QUESTION.c.answer == ProfileAnswer.OPEN),
        )

    def ask(self, customer_id: UUID, field: ProfileField, now: datetime) -> None:
        """Open a question (again); any other that is open is taken as skipped."""
        self.answer_open(customer_id, ProfileAnswer.SKIPPED, now)
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        values = {"answer": ProfileAnswer.OPEN, "asked_at": now, "answered_at": None}
        self._connection.execute(
            insert(_QUESTION)
            .values({"customer_id": customer_id, "field": field, **values})
            .on_conflict_do_update(index_elements=["customer_id", "field"], set_=values)
        )

    def answer_open(self, customer_id: UUID, answer: ProfileAnswer, now: datetime) -> None:
        waiting = update(_QUESTION).where(
            _QUESTION.c.customer_id == customer_id, _QUESTION.c.answer == ProfileAnswer.OPEN
        )
        self._connection.execute(waiting.values(answer=answer, answered_at=now))

    def note_try(self, customer_id: UUID, now: datetime) -> None:
        """The open question got an answer that cannot be: `answered_at` of an open one says that it was said so."""
        waiting = update(_QUESTION).where(
            _QUESTION.c.customer_id == customer_id, _QUESTION.c.answer == ProfileAnswer.OPEN
        )
        self._connection.execute(waiting.values(answered_at=now))
