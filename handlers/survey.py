"""The answers to a survey, pressed, typed or sent: kept at once; then the next question, thanks, or a human."""

from typing import Any, Final, NamedTuple
from uuid import UUID

from handlers.turn import Turn
from insights.case_rules import Heard
from loyalty.point_gifts import for_review
from loyalty.programme import rules_now
from messaging import cases
from messaging.menu import RATE, menu
from messaging.messages import Message
from messaging.phrases import count
from storage.kinds import Language, ProfileField, ScoreGroup, Sentiment, SurveyKind, Touchpoint
from storage.models import SurveyRun
from surveys import answering, escalation, reviews
from surveys.asking import ANSWER, DONE, ON, PRESS, SKIP, ask, questionnaire_of
from surveys.parsing import read_score
from surveys.profile import ask_unasked
from surveys.questionnaire import CHOICES, Question, QuestionKind
from surveys.reading import is_said, read_choice
from surveys.running import Running
from surveys.scales import SCALES

_SENT: Final = {"photo": QuestionKind.PHOTO, "voice": QuestionKind.VOICE, "audio_message": QuestionKind.VOICE}
"""What a channel calls a picture, and a voice."""
_LONGEST_SCORE: Final = 40
"""Longer words hardly change a score of a survey that has ended."""


class Typed(NamedTuple):
    """What the words are: the answer to `question` (None: skipped), and what was said with it."""

    running: Running
    question: Question
    value: Any
    words: str = ""


def wants_to_rate(turn: Turn) -> bool:
    return turn.pressed == RATE or turn.incoming.text.startswith("/rate")


def ask_to_rate(turn: Turn) -> list[Message]:
    bot_id, business = turn.incoming.chat.bot_id, turn.business.name
    about = Touchpoint.MENU
    return [ask(turn.store, turn.customer, bot_id, SurveyKind.NPS, turn.now, touchpoint=about, business=business)]


# --- pressed


def presses(turn: Turn) -> bool:
    return (turn.pressed or "").startswith((PRESS, ANSWER))


def take_press(turn: Turn) -> list[Message]:
    """A button of the question that is open, or of the score, for a day; of any other: it is closed (feature FB5)."""
    running = _pressed_running(turn)
    if running is None:
        return _closed(turn)
    pressed = turn.pressed or ""
    if pressed.startswith(PRESS):
        return _press_score(turn, running, pressed.removeprefix(PRESS))
    name, _, what = pressed.removeprefix(ANSWER).partition(":")
    question = running.waiting
    if question is None:
        return _closed(turn)
    if question.id != name:
        return [running.again(question)]
    return _press_answer(turn, running, question, what)


def _press_score(turn: Turn, running: Running, pressed: str) -> list[Message]:
    question, run = running.score, running.run
    if question is None or question.scale is None or not pressed.isdecimal() or int(pressed) not in question.scale.rows:
        return _closed(turn)
    score = int(pressed)
    if run.score is None and running.waiting == question:
        return _answer(turn, running, question, score)
    if not answering.may_change(run, turn.now):
        return _closed(turn)
    if score == run.score and turn.is_repeat and not turn.is_late_repeat:
        return []  # the app repeats a tap of its own accord
    return _change(turn, running, score)


def _press_answer(turn: Turn, running: Running, question: Question, what: str) -> list[Message]:
    if what == SKIP and question.is_optional:
        return _answer(turn, running, question, None)
    if question.scale is not None and what.isdecimal() and int(what) in question.scale.rows:
        return _answer(turn, running, question, int(what))
    if question.kind is QuestionKind.SINGLE and question.option(what):
        return _answer(turn, running, question, what)
    if question.kind is not QuestionKind.MULTIPLE:
        return [running.again(question)]
    if what == DONE:
        marked = running.marked(question)
        if not marked and not question.is_optional:
            return [running.message(question, turn.say("survey.choose_one"))]
        return _answer(turn, running, question, marked or None)
    option_id, _, state = what.partition(":")
    if question.option(option_id):
        running.mark(question, option_id, is_on=f":{state}" == ON)
    return [turn.in_place(running.message(question))]


def _pressed_running(turn: Turn) -> Running | None:
    """The survey under whose question the button stood."""
    asked = turn.pressed_on.survey_run_id if turn.pressed_on else None
    if asked is None:
        return None
    if turn.survey is not None and turn.survey.id == asked:
        return turn.running
    return _running_of(turn, asked)


def _running_of(turn: Turn, run: UUID | SurveyRun) -> Running | None:
    found = turn.store.surveys.get(run) if isinstance(run, UUID) else run
    if found is None or found.customer_id != turn.customer.id:
        return None
    stored = turn.store.questionnaires.version(found.survey, found.version)
    questionnaire = questionnaire_of(found.survey, stored.definition if stored else None)
    if questionnaire is None:
        return None
    return Running(turn.store, turn.customer, found, questionnaire, turn.business.name, turn.now)


# --- typed, or sent


def types_an_answer(turn: Turn) -> bool:
    """A score, an option, or another score than was given."""
    return _typed(turn) is not None


def take_typed(turn: Turn) -> list[Message]:
    typed = _typed(turn)
    assert typed is not None
    running, question = typed.running, typed.question
    if question == running.score and running.run.score is not None:
        return _change(turn, running, typed.value, typed.words)
    return _answer(turn, running, question, typed.value, typed.words)


def _typed(turn: Turn) -> Typed | None:
    text, running = turn.incoming.text, turn.running
    if not text or text.startswith("/"):
        return None
    question = running.waiting if running is not None else None
    if running is None or question is None:
        return _another_score_lately(turn)
    if question.is_optional and any(is_said(text, "survey.skip", language) for language in Language):
        return Typed(running, question, None)
    if question.scale is not None:
        parsed = read_score(question.scale, text)
        return Typed(running, question, parsed.score, parsed.comment) if parsed else None
    if question.kind in CHOICES:
        chosen = read_choice(question, text)
        return None if chosen is None else Typed(running, question, chosen)
    return _another_score(running, text)


def _another_score(running: Running, text: str) -> Typed | None:
    """The scale answered again. The score that stands, with words, is no other score: the words count."""
    question = running.score
    if question is None or question.scale is None or not answering.may_change(running.run, running.now):
        return None
    parsed = read_score(question.scale, text)
    if parsed is None or (parsed.comment and parsed.score == running.run.score):
        return None
    return Typed(running, question, parsed.score, parsed.comment)


def _another_score_lately(turn: Turn) -> Typed | None:
    """After the end of a survey only a bare score is one; nothing is looked up for other words."""
    text = turn.incoming.text
    if len(text) > _LONGEST_SCORE or not any(read_score(scale, text) for scale in SCALES.values()):
        return None
    last = turn.store.surveys.of_customer(turn.customer.id, 1)
    if not last or not answering.may_change(last[0], turn.now):
        return None
    running = _running_of(turn, last[0])
    typed = _another_score(running, text) if running is not None else None
    return None if typed is None or typed.words else typed


def sends_a_file(turn: Turn) -> bool:
    """The picture or the voice that was asked for."""
    question = turn.running.waiting if turn.running is not None else None
    return question is not None and _SENT.get(turn.incoming.attachment or "") is question.kind


def take_file(turn: Turn) -> list[Message]:
    running, question = _running(turn)
    return _answer(turn, running, question, turn.kept_file(), turn.incoming.text)


def gives_a_comment(turn: Turn) -> bool:
    running = turn.running
    question = running.waiting if running is not None else None
    is_for_words = question is not None and question.kind is QuestionKind.TEXT
    return running is not None and is_for_words and answering.takes_words(running.run, turn.now) and _is_telling(turn)


def take_comment(turn: Turn) -> list[Message]:
    running, question = _running(turn)
    return _answer(turn, running, question, turn.incoming.text)


def tells_a_human(turn: Turn) -> bool:
    """The reason of a score, while an operator has the case that the score opened."""
    return (
        cases.is_human_talking(turn.case)
        and turn.survey is not None
        and turn.survey.score is not None
        and (gives_a_comment(turn))
    )


def take_for_human(turn: Turn) -> list[Message]:
    """The human hears it and answers; the survey ends with the same gift and links as everybody's (feature RV1)."""
    running, question = _running(turn)
    assert turn.case is not None
    chat, words, desk = turn.incoming.chat, turn.incoming.text, turn.business.desk
    cases.hear(turn.store, turn.case, turn.customer, chat, words, turn.now, desk)
    running.take(question, words)
    running.finish()
    return [*_gift(turn, running.run), *_review_links(turn, running.run)]


def speaks_of_something_else(turn: Turn) -> bool:
    """Words of praise or anger where a score or a choice was asked for. What we cannot read as such is no answer."""
    question = turn.running.waiting if turn.running is not None else None
    says_something = turn.classification is not None and turn.classification.sentiment is not Sentiment.NEUTRAL
    return question is not None and question.kind is not QuestionKind.TEXT and says_something and _is_telling(turn)


def take_words(turn: Turn) -> list[Message]:
    """Keep the words; ask for the score once more, and no third time (feature NP4). A choice is left at that."""
    running, question = _running(turn)
    run, words = running.run, turn.incoming.text
    if question != running.score or run.answered_at is not None:
        return _answer(turn, running, question, None, words)
    was_asked_again = run.comment is not None
    running.save_words(words)
    if was_asked_again:
        return _finish(turn, running, is_called=_call_a_person(turn, run))
    if _call_a_person(turn, run):
        return [Message(turn.say("survey.operator_comes"))]
    return [running.again(question, "score_please")]


# --- what follows


def _answer(turn: Turn, running: Running, question: Question, value: Any, words: str = "") -> list[Message]:
    """Keep it and go on. Words, and a low score, may call a person."""
    following = running.take(question, value, words)
    run, told = running.run, bool(words) or (question.kind is QuestionKind.TEXT and value is not None)
    is_low = question == running.score and run.score_group is ScoreGroup.DETRACTOR
    is_called = (told or is_low) and _call_a_person(turn, run)
    if following is None:
        return _finish(turn, running, is_called=is_called)
    return [running.message(following, turn.say("survey.operator_comes") if is_called and told else "")]


def _change(turn: Turn, running: Running, score: int, words: str = "") -> list[Message]:
    """Another score counts from now on; the first is kept beside it (feature NP10)."""
    run, before = running.run, running.run.score
    waiting = running.waiting
    if score == before:
        stands = turn.say("survey.score_stands", score=score)
        return [running.message(waiting, stands)] if waiting else [menu(turn.customer.language, stands)]
    following = running.change_score(score)
    changed = turn.say("survey.changed", before=before, after=score)
    if following is not None and following.kind is QuestionKind.TEXT and words:
        return _answer(turn, running, following, words)
    is_called = run.score_group is ScoreGroup.DETRACTOR and _call_a_person(turn, run)
    if following is not None:
        return [running.message(following, changed)]
    if is_called:
        return [Message(f"{changed}\n\n{turn.say('survey.operator_comes')}")]
    return [menu(turn.customer.language, changed)]


def _finish(turn: Turn, running: Running, *, is_called: bool) -> list[Message]:
    """Close the run; thank, unless the answer wants a human. The gift and the links are the same for every answer."""
    running.finish()
    after = [*_gift(turn, running.run), *_review_links(turn, running.run)]
    if is_called:
        return [Message(turn.say("survey.operator_comes")), *after]
    group = running.run.score_group
    words = turn.say(f"survey.thanks.{group.value}") if group else turn.say("survey.thanks.own")
    thanks = menu(turn.customer.language, words)
    return [thanks, *after, *ask_unasked(turn.store, turn.customer, ProfileField.CITY, turn.consents, turn.now)]


def _gift(turn: Turn, run: SurveyRun) -> list[Message]:
    """Points for the trouble of answering what we asked; who rates by themselves could do so all day."""
    if run.touchpoint is Touchpoint.MENU:
        return []
    rules = rules_now(turn.store)
    points = for_review(turn.store, turn.customer.id, run.id.hex, rules, turn.now, turn.business.zone)
    return [Message(count(turn.customer.language, "survey.gift", points))] if points else []


def _review_links(turn: Turn, run: SurveyRun) -> list[Message]:
    return reviews.links(turn.store, turn.customer, run, turn.business.address, turn.now, turn.business.zone)


def _call_a_person(turn: Turn, run: SurveyRun) -> bool:
    words = turn.incoming.text or turn.say("survey.score_given", score=run.score)
    heard = Heard(turn.incoming.text, turn.classification, run.score_group, run.kind)
    chat, desk = turn.incoming.chat, turn.business.desk
    return escalation.call_a_person(turn.store, turn.customer, chat, heard, words, turn.now, desk, run) is not None


def _closed(turn: Turn) -> list[Message]:
    return [menu(turn.customer.language, turn.say("survey.closed"))]


def _is_telling(turn: Turn) -> bool:
    """Words that tell, not ask: a question in the middle of a survey is for a human, not for the comment field."""
    text = turn.incoming.text.strip()
    wants_person = turn.classification is not None and turn.classification.wants_person
    return bool(text) and not text.startswith("/") and not text.endswith("?") and not wants_person


def _running(turn: Turn) -> tuple[Running, Question]:
    running = turn.running
    question = running.waiting if running is not None else None
    assert running is not None and question is not None
    return running, question
