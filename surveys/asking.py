"""Ask a question: a run in the table, and the message with its buttons."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from messaging.messages import Button, Message
from messaging.phrases import say
from storage.kinds import Language, SurveyKind, Touchpoint
from storage.models import Customer, SurveyAnswer, SurveyRun
from storage.store import Store
from surveys.builtin import SCORE, builtin
from surveys.definitions import WrongQuestionnaire, parse
from surveys.questionnaire import CHOICES, Answers, Question, QuestionKind, Questionnaire, piped
from surveys.scales import Scale

ANSWERABLE_FOR: Final = timedelta(days=14)
PRESS: Final = "score:"
"""A button that gives the run's score."""
ANSWER: Final = "ans:"
"""A button that answers any other question: `ans:<question>:<what>`."""
DONE: Final = ".done"
SKIP: Final = ".skip"
ON: Final = ":on"
OFF: Final = ":off"
"""What pressing an option of several sets: an old button, or one pressed twice, does no harm."""


class NoSuchSurvey(LookupError):
    """There is no survey of this name, or none that can be read."""


def ask(
    store: Store,
    customer: Customer,
    bot_id: str,
    kind: SurveyKind,
    now: datetime,
    *,
    touchpoint: Touchpoint,
    survey: str = "",
    purchase_id: UUID | None = None,
    case_id: UUID | None = None,
    branch: str = "",
    seller: str = "",
    business: str = "",
) -> Message:
    """Open a run (it ends any older one) and return its first question, to be queued in the same unit.

    `survey`: the name of one that was made in the console, of this kind; else the kind's own. Raises NoSuchSurvey.
    """
    slug = survey or kind.value
    stored = store.questionnaires.newest(slug)
    questionnaire = questionnaire_of(slug, stored.definition if stored else None)
    if questionnaire is None:
        raise NoSuchSurvey(slug)
    store.surveys.close_open(customer.id, now)
    run = SurveyRun(
        customer_id=customer.id,
        survey=slug,
        version=stored.version if stored else 1,
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
    first = questionnaire.first
    store.questionnaires.note([shown(run, first, now)])
    return question_message(questionnaire, first, run, customer, {}, business)


def questionnaire_of(slug: str, definition: object) -> Questionnaire | None:
    """What a run asks: its stored version, or what is built in. Nothing where a version cannot be read any more."""
    if definition is None:
        return builtin(slug)
    try:
        return parse(definition, slug)
    except WrongQuestionnaire:
        return None


def shown(run: SurveyRun, question: Question, now: datetime) -> SurveyAnswer:
    return SurveyAnswer(run_id=run.id, question=question.id, customer_id=run.customer_id, shown_at=now)


# --- a question as a message


def question_message(
    questionnaire: Questionnaire,
    question: Question,
    run: SurveyRun,
    customer: Customer,
    answers: Answers,
    business: str,
    *,
    lead: str = "",
) -> Message:
    """The question in the customer's language with what can be pressed under it, after a `lead` if there is one."""
    language = customer.language
    text = piped(question.texts[language], language, questionnaire, answers, name=customer.name, business=business)
    buttons = buttons_of(questionnaire, question, language, answers)
    return Message(
        "\n\n".join(part for part in (lead, text) if part),
        buttons,
        columns=_columns(question),
        survey_run_id=run.id if buttons else None,
    )


def first_question(customer: Customer, run: SurveyRun, business: str) -> Message:
    """What is built in, as it is first asked. Raises NoSuchSurvey for a run of anything else."""
    questionnaire = builtin(run.survey)
    if questionnaire is None:
        raise NoSuchSurvey(run.survey)
    return question_message(questionnaire, questionnaire.first, run, customer, {}, business)


def again(
    questionnaire: Questionnaire,
    question: Question,
    run: SurveyRun,
    customer: Customer,
    answers: Answers,
    business: str,
    wording: str = "again",
) -> Message:
    """The question once more. `wording`: `again`, or `score_please` after words without a score."""
    if question.id == SCORE and questionnaire is builtin(run.survey):
        text = say(customer.language, f"survey.{run.kind.value}.{wording}", business=business)
        buttons = buttons_of(questionnaire, question, customer.language, answers)
        return Message(text, buttons, columns=_columns(question), survey_run_id=run.id)
    lead = say(customer.language, f"survey.any.{wording}")
    return question_message(questionnaire, question, run, customer, answers, business, lead=lead)


def buttons_of(
    questionnaire: Questionnaire, question: Question, language: Language, answers: Answers
) -> tuple[Button, ...]:
    """What stands under a question; an option of several shows whether it is chosen."""
    begins = f"{ANSWER}{question.id}:"
    buttons: list[Button] = []
    if question.scale is not None:
        value = PRESS if question == questionnaire.score else begins
        buttons = [Button(label(question.scale, score), f"{value}{score}") for score in question.scale.rows]
    elif question.kind is QuestionKind.SINGLE:
        buttons = [Button(one.texts[language], f"{begins}{one.id}") for one in question.options]
    elif question.kind is QuestionKind.MULTIPLE:
        chosen = answers.get(question.id) or []
        buttons = [
            Button(f"{'✅' if one.id in chosen else '▫️'} {one.texts[language]}", _toggle(begins, one.id, chosen))
            for one in question.options
        ]
        buttons.append(Button(say(language, "survey.done"), f"{begins}{DONE}"))
    if question.is_optional:
        buttons.append(Button(say(language, "survey.skip"), f"{begins}{SKIP}"))
    return tuple(buttons)


def _toggle(begins: str, option_id: str, chosen: list[str]) -> str:
    return f"{begins}{option_id}{OFF if option_id in chosen else ON}"


def _columns(question: Question) -> int:
    if question.scale is None:
        is_short = all(len(text) <= 14 for one in question.options for text in one.texts.values())
        return 2 if question.kind in CHOICES and is_short else 1
    return 6 if len(question.scale.rows) > 7 else len(question.scale.rows)


def label(scale: Scale, score: int) -> str:
    return f"{score} ⭐" if scale.has_stars else str(score)
