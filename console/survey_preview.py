"""How a questionnaire looks in each channel: its texts with a name filled in, its buttons in that channel's rows."""

from dataclasses import dataclass
from datetime import datetime

from console.words import CATALOGUE
from messaging.messages import Button
from messaging.rendering import keyboard_of, pieces
from storage.columns import new_id
from storage.kinds import Channel, Language, Touchpoint
from storage.models import Customer, SurveyRun
from surveys.asking import question_message
from surveys.questionnaire import CHOICES, Question, QuestionKind, Questionnaire


@dataclass(frozen=True, slots=True)
class Sample:
    """One question as it is shown. `is_inline`: the buttons stand under the message, else in place of the letters."""

    question: Question
    texts: list[str]
    rows: tuple[tuple[Button, ...], ...]
    is_inline: bool


def preview(
    questionnaire: Questionnaire, channel: Channel, language: Language, business: str, now: datetime
) -> list[Sample]:
    """Every question, with sample answers to those before it."""
    customer = Customer(
        id=new_id(), name=CATALOGUE.say(language, "survey.sample_name"), language=language, created_at=now
    )
    run = SurveyRun(
        customer_id=customer.id,
        survey=questionnaire.slug,
        kind=questionnaire.kind,
        touchpoint=Touchpoint.VISIT,
        bot_id=f"{channel.value}:1",
        asked_at=now,
        expires_at=now,
    )
    answers: dict[str, object] = {}
    samples = []
    for question in questionnaire.questions:
        message = question_message(questionnaire, question, run, customer, answers, business)
        keyboard = keyboard_of(message, channel)
        texts = [piece.text for piece in pieces(message, channel)]
        is_inline = keyboard is None or keyboard.is_inline
        samples.append(Sample(question, texts, keyboard.rows if keyboard else (), is_inline))
        answers[question.id] = _sample_answer(question)
    return samples


def _sample_answer(question: Question) -> object:
    if question.scale is not None:
        return question.scale.highest
    if question.kind in CHOICES:
        first = question.options[0].id
        return [first] if question.kind is QuestionKind.MULTIPLE else first
    return None
