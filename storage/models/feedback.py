"""What is said of us: feedback of every source, and where we ask for public reviews."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import FeedbackKind, FeedbackSource, Language, ReviewPlace, Sentiment
from storage.models.row import Row


class FeedbackItem(Row, table=True):
    """Something said of us outside a survey: from the menu, anonymously, on a wall, in a review."""

    # Rows in the order of their coming would tell between which others something nameless came.
    __table_args__ = (Index(None, "source", "at"), Index(None, "branch", "at"), {"sqlite_with_rowid": False})
    id: UUID = Field(default_factory=new_id, primary_key=True)
    source: FeedbackSource = Field(sa_type=stored(FeedbackSource))
    kind: FeedbackKind = Field(sa_type=stored(FeedbackKind))
    customer_id: UUID | None = Field(
        default=None, foreign_key="customer.id", index=True, description="nobody: said anonymously, or by a stranger"
    )
    case_id: UUID | None = Field(default=None, foreign_key="support_case.id")
    text: str
    language: Language = Field(default=Language.RU, sa_type=stored(Language))
    media_ids: list[str] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True)), description="pictures and voices that came with it"
    )
    sentiment: Sentiment | None = Field(default=None, sa_type=stored(Sentiment))
    topics: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    branch: str = ""
    seller: str = Field(default="", description="whom it is about")
    url: str = Field(default="", description="where it can be read")
    place: ReviewPlace | None = Field(default=None, sa_type=stored(ReviewPlace), description="of a review")
    author: str = Field(default="", description="as the place shows them")
    rating: int | None = Field(default=None, description="1..5, where the place has stars")
    key: str = Field(unique=True, description="the same thing comes in once")
    at: datetime = Field(sa_type=UtcDateTime)
    gone_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="the author took it back")
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="staff say it is dealt with")
    answered_by: UUID | None = Field(default=None, foreign_key="staff.id")


class NamelessMark(Row, table=True):
    """By what an event of somebody who speaks without a name is known again, of which nothing is kept: a digest, for a
    few days."""

    __table_args__ = ({"sqlite_with_rowid": False},)
    digest: str = Field(primary_key=True, description="under the business's secret key: nobody who reads it can guess")
    item_id: UUID | None = Field(default=None, description="of an album: what its further pictures belong to")
    day: date = Field(index=True, description="the business's own; of the moment nothing is left")


class ReviewSite(Row, table=True):
    """A branch's page on a review site."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    branch: str = Field(default="", description="'': for visits to no branch of ours that has a page of its own")
    place: ReviewPlace = Field(sa_type=stored(ReviewPlace))
    url: str
    is_on: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)


class ReviewRequest(Row, table=True):
    """One link to one site, given to one customer; our own address counts the click (feature RV5)."""

    __table_args__ = (Index(None, "customer_id", "site_id", "at"), Index(None, "site_id", "at"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    site_id: UUID = Field(foreign_key="review_site.id")
    run_id: UUID | None = Field(default=None, description="the survey it followed")
    at: datetime = Field(sa_type=UtcDateTime)
    clicked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    said_left_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="«I left one», they say")
