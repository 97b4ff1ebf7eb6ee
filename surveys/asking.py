"""Ask a question: a run in the table, and the message with its buttons."""

from datetime import datetime, timedelta
from uuid import UUID

from messaging.messages import Button, Message
from messaging.phrases import say
from storage.kinds import SurveyKind, Touchpoint
from storage.models import Customer, SurveyRun
from storage.store import Store
from surveys import scales

ANSWERABLE_FOR = timedelta(days=14)
PRESS = "score:"


def ask(
    store: Store,
    customer: Customer,
    bot_id: str,
    kind: SurveyKind,
    now: datetime,
    *,
    touchpoint: Touchpoint,
    purchase_id: UUID | None = None,
    case_id: UUID | None = None,
    branch: str = "",
    seller: str = "",
    **values: object,
) -> Message:
    """Open a run (it ends any older one) and return the question, to be queued in the same unit."""
    store.surveys.close_open(customer.id, now)
    run = SurveyRun(
        customer_id=customer.id,
        survey=kind.value,
        kind=kind,
        touchpoint=touchpoint,
        bot_id=bot_id,
        language=customer.language,
        purchase_id=purchase_id,
        case_id=case_id,
        branch=branch,
        seller=seller,
        asked_at=now,
        expires_at=now + ANSWERABLE_FOR,
    )
    store.surveys.add(run)
    return question(customer, run, "question", **values)


def question(customer: Customer, run: SurveyRun, key: str, **values: object) -> Message:
    """The run's question in one of its wordings, with the whole scale under it."""
    scores = scales.rows(run.kind)
    return Message(
        say(customer.language, f"survey.{run.kind.value}.{key}", **values),
        tuple(Button(label(run.kind, score), f"{PRESS}{score}") for score in scores),
        columns=6 if run.kind is SurveyKind.NPS else len(scores),
        survey_run_id=run.id,
    )


def label(kind: SurveyKind, score: int) -> str:
    return str(score) if kind is SurveyKind.NPS else f"{score} ⭐"
