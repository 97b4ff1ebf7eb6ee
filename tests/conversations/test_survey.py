"""NPS and CSAT as a customer lives them: pressed, typed, in words, in anger, too late."""

import pytest

from messaging.phrases import say
from storage.kinds import CaseOrigin, Language, ScoreGroup, SurveyKind, Urgency
from surveys.scales import SCALES

RU = Language.RU


async def test_an_angry_detractor_is_promised_a_person_at_once(talk):
    await talk.is_asked(SurveyKind.NPS)

    assert await talk.say("3, ждал час, хамство и ужас") == [say(RU, "survey.operator_comes")]

    case = await talk.case()
    assert (case.urgency, case.summary) == (Urgency.NOW, "3, ждал час, хамство и ужас")
    assert "хамство" in talk.alerts()[-1]
    assert (await talk.run()).closed_at is not None


async def test_a_pressed_score_is_kept_at_once_and_asked_for_its_reason(talk):
    await talk.is_asked(SurveyKind.NPS)
    assert await talk.press("9") == [say(RU, "survey.nps.promoter.why")]
    run = await talk.run()
    assert (run.score, run.score_group, run.closed_at) == (9, ScoreGroup.PROMOTER, None)

    assert await talk.say("бариста как друг") == [say(RU, "survey.thanks.promoter")]
    assert (await talk.run()).comment == "бариста как друг"


@pytest.mark.parametrize(
    ("typed", "score", "comment"),
    [("9", 9, None), ("9/10", 9, None), ("девять", 9, None), ("3, ждал час", 3, "ждал час")],
)
async def test_a_typed_answer_counts_as_a_pressed_one(talk, typed, score, comment):
    await talk.is_asked(SurveyKind.NPS)
    await talk.say(typed)
    run = await talk.run()
    assert (run.score, run.comment) == (score, comment)


async def test_a_low_score_opens_a_case_before_the_customer_says_why(talk):
    await talk.is_asked(SurveyKind.CSAT)
    assert await talk.press("2 ⭐") == [say(RU, "survey.csat.detractor.why")]
    case = await talk.case()
    assert (case.origin, case.urgency) == (CaseOrigin.LOW_SCORE, Urgency.TODAY)

    await talk.say("хамство, кошмар, ждал час")
    assert (await talk.case()).urgency is Urgency.NOW


async def test_a_question_in_the_middle_of_a_survey_goes_to_a_person(talk):
    await talk.is_asked(SurveyKind.NPS)
    assert await talk.say("а вы завтра работаете?") == [say(RU, "support.passed_on")]
    run = await talk.run()
    assert (run.score, run.comment, run.closed_at) == (None, None, None)


async def test_words_without_a_score_are_kept_and_the_score_is_asked_once_more(talk):
    await talk.is_asked(SurveyKind.NPS)
    assert await talk.say("очень вкусно") == [say(RU, "survey.nps.score_please", business="Корица")]
    await talk.say("10")
    run = await talk.run()
    assert (run.score, run.comment) == (10, "очень вкусно")


async def test_a_button_of_an_older_survey_says_that_it_is_closed(talk):
    await talk.is_asked(SurveyKind.NPS)
    old = talk.button("7")
    await talk.is_asked(SurveyKind.NPS)
    assert await talk.hand_in(talk.event(pressed=old)) == [say(RU, "survey.closed")]
    assert (await talk.run()).score is None


async def test_start_in_the_middle_of_a_survey_loses_nothing(talk):
    await talk.is_asked(SurveyKind.NPS)
    await talk.press("Согласен")
    assert (await talk.start())[0].startswith("Мы остановились на вопросе")
    await talk.press("8")
    assert (await talk.run()).score == 8


async def test_a_word_with_a_digit_is_a_comment_and_no_promo_code(talk):
    await talk.is_asked(SurveyKind.NPS)
    await talk.press("8")
    await talk.say("Касса2")
    assert (await talk.run()).comment == "Касса2"


async def test_words_a_day_after_the_score_are_no_comment_any_more(talk):
    await talk.is_asked(SurveyKind.NPS)
    await talk.press("8")
    talk.passes(hours=25)
    await talk.say("у вас появилось новое меню, расскажите о нём подробнее")
    assert (await talk.run()).comment is None


async def test_a_survey_that_is_two_weeks_old_takes_no_answer(talk):
    await talk.is_asked(SurveyKind.NPS)
    talk.passes(days=15)
    assert await talk.press("8") == [say(RU, "survey.closed")]
    assert (await talk.run()).score is None


@pytest.mark.parametrize("kind", list(SCALES))
async def test_the_whole_scale_stands_under_the_question(talk, kind):
    await talk.is_asked(kind)
    question = talk.transport.carried[-1].message
    assert len(question.buttons) == len(SCALES[kind].rows)
