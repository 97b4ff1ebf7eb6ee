"""Cases: every detractor's became one and was closed with cause and action; twelve are open right now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.demo import staff_words, words
from bot.demo.dice import Dice
from bot.demo.people import BOT_ID, Person
from bot.demo.talk import SOON, Talk
from bot.demo.visits import Answered
from messaging.messages import Message
from messaging.phrases import say
from messaging.promises import Promises
from storage.kinds import (
    CaseCause,
    CaseOrigin,
    FeedbackKind,
    MessageKind,
    ScoreGroup,
    SurveyKind,
    Touchpoint,
    Urgency,
)
from storage.models import Case, Staff, SurveyRun
from surveys import answering
from surveys.asking import ANSWERABLE_FOR

QUESTIONS_ASKED = 8
"""So many closed cases were no complaints."""


@dataclass(frozen=True, slots=True)
class Open:
    """One open case to be made: how old, why, with which score, and how far the staff are (`operator`: whose it is)."""

    minutes_ago: int
    origin: CaseOrigin
    score: int | None = None
    kind: SurveyKind = SurveyKind.NPS
    operator: int | None = None
    replied: bool = False
    unread: int = 1


_ANGRY, _LOW, _PERSON = CaseOrigin.ANGRY_MESSAGE, CaseOrigin.LOW_SCORE, CaseOrigin.ASKED_FOR_PERSON
OPEN = (
    Open(4, _ANGRY, 1),
    Open(11, _LOW, 6),
    Open(19, _ANGRY, 0, unread=2),  # just over the promised quarter of an hour
    Open(37, _PERSON),
    Open(70, _LOW, 2, SurveyKind.CSAT, operator=0),
    Open(95, _ANGRY, 2, operator=1, replied=True, unread=0),
    Open(150, _LOW, 5),
    Open(230, _PERSON, operator=0, replied=True),
    Open(310, _LOW, 4, operator=1),  # the four hours are over
    Open(660, _PERSON, operator=1, replied=True, unread=0),
    Open(1080, _LOW, 6, operator=0, replied=True, unread=0),
    Open(1620, _ANGRY, 1, SurveyKind.CSAT, operator=0, replied=True),
)


def closed_from_answer(person: Person, answered: Answered, operators: list[Staff], talk: Talk) -> Case:
    """What became of one detractor: answered within the promise four times out of five, closed within two days."""
    run, dice = answered.run, person.dice
    assert run.answered_at is not None
    is_angry = answered.cause is CaseCause.STAFF or (run.score or 0) <= 1
    urgency = Urgency.NOW if is_angry else Urgency.TODAY
    origin = CaseOrigin.ANGRY_MESSAGE if is_angry else CaseOrigin.LOW_SCORE
    opened_at = run.answered_at + timedelta(minutes=1) + SOON
    case = _case(person, origin, urgency, run.comment or "", opened_at)
    case.run_id = run.id
    _resolve(case, person, dice.choice(operators), answered.cause, talk)
    return case


def closed_question(person: Person, at: datetime, operators: list[Staff], talk: Talk) -> Case:
    """Somebody asked something, and was told."""
    text = person.dice.choice(words.QUESTIONS[person.customer.language])
    talk.hear(person, text, at)
    case = _case(person, CaseOrigin.ASKED_FOR_PERSON, Urgency.TODAY, text, at + SOON)
    _resolve(case, person, person.dice.choice(operators), CaseCause.QUESTION, talk)
    return case


def closed_complaint(
    person: Person,
    text: str,
    at: datetime,
    operators: list[Staff],
    kind: FeedbackKind,
    cause: CaseCause,
    talk: Talk,
) -> Case:
    """Said from the menu: a complaint, or a question."""
    origin = CaseOrigin.COMPLAINT if kind is FeedbackKind.COMPLAINT else CaseOrigin.UNANSWERED_QUESTION
    case = _case(person, origin, Urgency.TODAY, text, at)
    _resolve(case, person, person.dice.choice(operators), cause, talk)
    return case


def _resolve(case: Case, person: Person, operator: Staff, cause: CaseCause, talk: Talk) -> None:
    dice, language = person.dice, person.customer.language
    promised = case.due_at - case.opened_at
    replied_at = case.opened_at + promised * (dice.uniform(0.1, 0.9) if dice.happens(0.8) else dice.uniform(1.1, 3))
    case.taken_by = case.assigned_to = case.replied_by = case.closed_by = operator.id
    case.taken_at = case.assigned_at = case.opened_at + (replied_at - case.opened_at) * 0.7
    case.replied_at, case.unread = replied_at, 0
    case.waiting_since = case.next_due_at = None
    _operator_says(case, person, operator, cause is not CaseCause.QUESTION, replied_at, talk)
    thanked_at = replied_at + timedelta(minutes=dice.uniform(3, 90))
    if dice.happens(0.6):
        talk.hear(person, dice.choice(words.CUSTOMER_THANKS[language]), thanked_at)
    case.closed_at = thanked_at + timedelta(hours=dice.uniform(0.2, 20))
    case.cause, case.action = cause, dice.choice(staff_words.ACTIONS[operator.language][cause])


def open_cases(
    people: list[Person], now: datetime, operators: list[Staff], talk: Talk
) -> Iterator[tuple[Case, SurveyRun | None]]:
    """The twelve of `OPEN`, each of another customer, with the answer that caused it."""
    dice = Dice("open cases")
    for wanted, person in zip(OPEN, dice.sample(people, len(OPEN)), strict=True):
        yield _open(wanted, person, now - timedelta(minutes=wanted.minutes_ago), operators, talk)


def _open(
    wanted: Open, person: Person, at: datetime, operators: list[Staff], talk: Talk
) -> tuple[Case, SurveyRun | None]:
    run, text, is_complaint = None, "", wanted.score is not None
    if wanted.score is not None:
        run = _answer(person, wanted.kind, wanted.score, at)
        _, text = words.comment(person.dice, person.customer.language, ScoreGroup.DETRACTOR, _topic(wanted))
        answering.add_comment(run, text)
        talk.ask(person, run)
    else:
        text = person.dice.choice(words.QUESTIONS[person.customer.language])
        talk.hear(person, text, at)
        talk.tell(person, Message(say(person.customer.language, "support.person_comes")), at + SOON)
    urgency = Urgency.NOW if wanted.origin is _ANGRY else Urgency.TODAY
    case = _case(person, wanted.origin, urgency, text, at + SOON)
    case.unread, case.run_id = wanted.unread, run.id if run else None
    if wanted.operator is not None:
        operator = operators[wanted.operator]
        case.taken_by = case.assigned_to = operator.id
        case.taken_at = case.assigned_at = at + timedelta(minutes=8)
        if wanted.replied:
            case.replied_at, case.replied_by = at + timedelta(minutes=12), operator.id
            case.waiting_since = case.next_due_at = None
            _operator_says(case, person, operator, is_complaint, case.replied_at, talk)
            if wanted.unread:
                talk.hear(
                    person, words.CUSTOMER_THANKS[person.customer.language][0], case.replied_at + timedelta(minutes=20)
                )
    elif wanted.unread > 1:
        talk.hear(person, "?!" if is_complaint else "?", at + timedelta(minutes=5))
    return case, run


def _topic(wanted: Open) -> CaseCause:
    return CaseCause.STAFF if wanted.origin is _ANGRY else CaseCause.WAITING


def _answer(person: Person, kind: SurveyKind, score: int, at: datetime) -> SurveyRun:
    answered_at = at - timedelta(minutes=1)
    asked_at = answered_at - timedelta(minutes=15)
    run = SurveyRun(
        id=person.dice.id_at(asked_at),
        customer_id=person.customer.id,
        survey=kind.value,
        kind=kind,
        touchpoint=Touchpoint.MENU,
        bot_id=BOT_ID,
        language=person.customer.language,
        asked_at=asked_at,
        expires_at=asked_at + ANSWERABLE_FOR,
    )
    answering.record(run, score, answered_at)
    answering.close(run, at)
    return run


def _case(person: Person, origin: CaseOrigin, urgency: Urgency, summary: str, at: datetime) -> Case:
    promise = Promises().of(urgency, is_key=False)
    due_at = at + timedelta(minutes=promise.first)
    return Case(
        id=person.dice.id_at(at),
        customer_id=person.customer.id,
        bot_id=BOT_ID,
        chat_id=person.identity.user_id,
        urgency=urgency,
        origin=origin,
        summary=summary,
        opened_at=at,
        due_at=due_at,
        waiting_since=at,
        next_due_at=due_at,
        resolve_due_at=at + timedelta(minutes=promise.resolution),
    )


def _operator_says(case: Case, person: Person, operator: Staff, complaint: bool, at: datetime, talk: Talk) -> None:
    text = person.dice.choice(words.OPERATOR_SAYS[person.customer.language][complaint])
    message = Message(text, kind=MessageKind.OPERATOR_REPLY)
    talk.tell(person, message, at, case_id=case.id, staff_id=operator.id)
