"""What is happening right now, for open pages and for who watches over the program."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Integer
from sqlmodel import Field

from storage.columns import UtcDateTime, stored
from storage.kinds import FeedKind
from storage.models.row import Row

# SQLite only counts up a column that is exactly INTEGER; PostgreSQL wants the full width.
_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")


class FeedEntry(Row, table=True):
    """Something an open page may want to show; `seq` grows in the order of commits, so a page can tail it."""

    __tablename__: ClassVar[str] = "feed"
    __table_args__ = (Index(None, "customer_id", "seq"), {"sqlite_autoincrement": True})
    seq: int | None = Field(default=None, sa_column=Column(_SEQUENCE, primary_key=True, autoincrement=True))
    customer_id: UUID | None = None
    kind: FeedKind = Field(sa_type=stored(FeedKind))
    ref: UUID = Field(description="the id of the event, outbox message or case")
    at: datetime = Field(sa_type=UtcDateTime)


class Heartbeat(Row, table=True):
    """When a part of the program last said that it is alive."""

    role: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
