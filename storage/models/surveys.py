"""What we ask: surveys with their versions, each time one was put to somebody, and the answers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import Language, RunEnding, ScoreGroup, SurveyKind, TallyDimension, Touchpoint
from storage.models.row import Row


class Survey(Row, table=True):
    """One survey. New runs get its newest version; what has begun ends on its own (feature FB4)."""

    slug: str = Field(primary_key=True)
    kind: SurveyKind = Field(sa_type=stored(SurveyKind))
    title: str = Field(description="what the staff call it")
    is_on: bool = True
    version: int = Field(default=1, description="that new runs get")
    cadence: dict[str, Any] = Field(sa_type=JSON, description="whom it is put to, and how often: `surveys.cadence`")
    created_at: datetime = Field(sa_type=UtcDateTime)


class SurveyVersion(Row, table=True):
    """The questions as they stood once; never changed."""

    slug: str = Field(primary_key=True, foreign_key="survey.slug")
    version: int = Field(primary_key=True)
    definition: dict[str, Any] = Field(sa_type=JSON, description="`surveys.questionnaire` reads it")
    created_by: UUID | None = Field(default=None, foreign_key="staff.id")
    created_at: datetime = Field(sa_type=UtcDateTime)


class SurveyRun(Row, table=True):
    """One survey put to one customer. Open until `closed_at`; its score is the answer to its first scale."""

    __table_args__ = (
        Index(None, "customer_id", "asked_at"),
        Index(None, "kind", "answered_at"),
        Index(None, "survey", "asked_at"),
        Index(
            "ix_survey_run_open",
            "customer_id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_survey_run_case",
            "case_id",
            sqlite_where=text("case_id IS NOT NULL"),
            postgresql_where=text("case_id IS NOT NULL"),
        ),
        Index(
            "ix_survey_run_said",
            "survey",
            "asked_at",
            sqlite_where=text("comment IS NOT NULL"),
            postgresql_where=text("comment IS NOT NULL"),
        ),
        Index(
            "ix_survey_run_expires",
            "expires_at",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    survey: str = Field(description="its slug")
    version: int = 1
    kind: SurveyKind = Field(sa_type=stored(SurveyKind))
    touchpoint: Touchpoint = Field(sa_type=stored(Touchpoint))
    bot_id: str
    language: Language = Field(default=Language.RU, sa_type=stored(Language))
    purchase_id: UUID | None = Field(default=None, description="the visit it asks about")
    case_id: UUID | None = Field(default=None, description="the resolved case it asks about")
    branch: str = Field(default="", description="whose visit or case it was")
    seller: str = ""
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id", description="whose work the case was")
    outbox_id: UUID | None = Field(default=None, description="the question's message: whether it was sent, it knows")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    step: str = Field(default="", description="the question that waits for its answer; '' before the first")
    score: int | None = None
    score_group: ScoreGroup | None = Field(default=None, sa_type=stored(ScoreGroup))
    first_score: int | None = Field(default=None, description="what stood there before it was changed")
    changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    comment: str | None = None
    topics: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ending: RunEnding | None = Field(default=None, sa_type=stored(RunEnding))


class SurveyTally(Row, table=True):
    """The runs of one survey that were asked on one local day, added up along one dimension (docs/adr/0014)."""

    survey: str = Field(primary_key=True)
    dimension: TallyDimension = Field(primary_key=True, sa_type=stored(TallyDimension))
    day: date = Field(primary_key=True, description="the business's own")
    branch: str = Field(primary_key=True)
    value: str = Field(primary_key=True, description="of the dimension; '' for all of the branch")
    asked: int = Field(description="by us, of themselves; of a topic: comments about it")
    heard: int = Field(description="of those asked: how many gave a score")
    undelivered: int
    quick: int = Field(description="scores within seconds of a question of ours")
    peak: int = Field(description="the most scores within one minute; only of a whole branch")
    score_0: int = Field(description="how often this score was given, and so on")
    score_1: int
    score_2: int
    score_3: int
    score_4: int
    score_5: int
    score_6: int
    score_7: int
    score_8: int
    score_9: int
    score_10: int


class SurveyAnswer(Row, table=True):
    """One question of one run: shown, and perhaps answered."""

    __table_args__ = (ForeignKeyConstraint(["run_id"], ["survey_run.id"]),)
    run_id: UUID = Field(primary_key=True)
    question: str = Field(primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    value: Any = Field(
        default=None,
        sa_column=Column(JSON(none_as_null=True)),
        description="a score, chosen options, words, or the id of a file",
    )
    earlier: list[Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True)), description="what it was before each change"
    )
    shown_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
