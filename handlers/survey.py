"""Take a score and a comment, pressed or typed; thank, ask why, or call a human."""

from handlers.turn import Turn
from insights.case_rules import Heard
from messaging.menu import RATE, menu
from messaging.messages import Message
from storage.kinds import ProfileField, ScoreGroup, Sentiment, SurveyKind, Touchpoint
from storage.models import SurveyRun
from surveys import answering, escalation, recovery
from surveys.asking import PRESS, ask, question
from surveys.parsing import parse_answer
from surveys.profile import ask_unasked


def wants_to_rate(turn: Turn) -> bool:
    return turn.pressed == RATE or turn.incoming.text.startswith("/rate")


def ask_to_rate(turn: Turn) -> list[Message]:
    bot_id, name = turn.incoming.chat.bot_id, turn.business.name
    nps, menu_ = SurveyKind.NPS, Touchpoint.MENU
    return [ask(turn.store, turn.customer, bot_id, nps, turn.now, touchpoint=menu_, business=name)]


def presses_a_score(turn: Turn) -> bool:
    return (turn.pressed or "").startswith(PRESS)


def take_pressed_score(turn: Turn) -> list[Message]:
    """A button of the open question; one of an older question answers that it is closed (feature FB5)."""
    asked = turn.pressed_on.survey_run_id if turn.pressed_on else None
    run = turn.survey
    if run is None or run.id != asked or run.score is not None:
        return [menu(turn.customer.language, turn.say("survey.closed"))]
    return _take(turn, run, int((turn.pressed or "").removeprefix(PRESS)), comment="")


def types_a_score(turn: Turn) -> bool:
    run = turn.survey
    return run is not None and run.score is None and parse_answer(run.kind, turn.incoming.text) is not None


def take_typed_score(turn: Turn) -> list[Message]:
    run = _run(turn)
    parsed = parse_answer(run.kind, turn.incoming.text)
    assert parsed is not None
    return _take(turn, run, parsed.score, parsed.comment)


def gives_a_comment(turn: Turn) -> bool:
    run = turn.survey
    return run is not None and answering.waits_for_comment(run, turn.now) and _is_telling(turn)


def take_comment(turn: Turn) -> list[Message]:
    run = _run(turn)
    answering.add_comment(run, turn.incoming.text)
    return _finish(turn, run)


def speaks_without_a_score(turn: Turn) -> bool:
    """Words about the visit where a score was asked for. What we cannot read as such is not an answer."""
    run = turn.survey
    says_something = turn.classification is not None and turn.classification.sentiment is not Sentiment.NEUTRAL
    return run is not None and run.score is None and says_something and _is_telling(turn)


def take_words(turn: Turn) -> list[Message]:
    """Keep the words; ask for the score once more, and no third time (feature NP4)."""
    run = _run(turn)
    was_asked_again = run.comment is not None
    answering.add_comment(run, turn.incoming.text)
    if was_asked_again:
        return _finish(turn, run)
    turn.store.surveys.save(run)
    if _call_a_person(turn, run):
        return [Message(turn.say("survey.operator_comes"))]
    return [question(turn.customer, run, "score_please", business=turn.business.name)]


def _take(turn: Turn, run: SurveyRun, score: int, comment: str) -> list[Message]:
    answering.record(run, score, turn.now)
    recovery.note(turn.store, run)
    if comment or run.comment:
        if comment:
            answering.add_comment(run, comment)
        return _finish(turn, run)
    turn.store.surveys.save(run)
    assert run.score_group is not None
    if run.score_group is ScoreGroup.DETRACTOR:
        _call_a_person(turn, run)
    return [Message(turn.say(f"survey.{run.kind.value}.{run.score_group.value}.why"))]


def _finish(turn: Turn, run: SurveyRun) -> list[Message]:
    """Close the run; thank, unless the answer wants a human."""
    answering.close(run, turn.now)
    turn.store.surveys.save(run)
    if _call_a_person(turn, run):
        return [Message(turn.say("survey.operator_comes"))]
    group = run.score_group or ScoreGroup.PASSIVE
    thanks = menu(turn.customer.language, turn.say(f"survey.thanks.{group.value}"))
    return [thanks, *ask_unasked(turn.store, turn.customer, ProfileField.CITY, turn.consents, turn.now)]


def _call_a_person(turn: Turn, run: SurveyRun) -> bool:
    words = turn.incoming.text or turn.say("survey.score_given", score=run.score)
    heard = Heard(turn.incoming.text, turn.classification, run.score_group, run.kind)
    chat, desk = turn.incoming.chat, turn.business.desk
    return escalation.call_a_person(turn.store, turn.customer, chat, heard, words, turn.now, desk, run) is not None


def _is_telling(turn: Turn) -> bool:
    """Words that tell, not ask: a question in the middle of a survey is for a human, not for the comment field."""
    text = turn.incoming.text.strip()
    wants_person = turn.classification is not None and turn.classification.wants_person
    return bool(text) and not text.startswith("/") and not text.endswith("?") and not wants_person


def _run(turn: Turn) -> SurveyRun:
    assert turn.survey is not None
    return turn.survey
