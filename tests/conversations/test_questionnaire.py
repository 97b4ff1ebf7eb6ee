"""A questionnaire with branches as a customer lives it: pressed, typed, sent, skipped, changed, left half-way."""

import pytest

from messaging.phrases import say
from storage.kinds import CaseOrigin, Language, RunEnding, ScoreGroup, SurveyKind, Touchpoint
from surveys import answering, making

RU = Language.RU


def both(text: str) -> dict[str, str]:
    return {"ru": text, "en": f"{text} (en)"}


def option(option_id: str, text: str) -> dict[str, str]:
    return {"id": option_id} | both(text)


VISIT = {
    "kind": "csat",
    "title": "После визита",
    "questions": [
        {
            "id": "score",
            "kind": "score",
            "scale": [1, 5],
            "text": both("Как прошёл визит в {business}?"),
            "branches": [{"if": {"score": [1, 3]}, "to": "wrong"}, {"to": "liked"}],
        },
        {
            "id": "wrong",
            "kind": "single",
            "text": both("Что было не так?"),
            "options": [option("slow", "Долго"), option("rude", "Грубо")],
        },
        {
            "id": "words",
            "kind": "text",
            "text": both("«{answer:wrong|Жаль}». Как это было?"),
            "is_optional": True,
            "branches": [{"to": "end"}],
        },
        {
            "id": "liked",
            "kind": "multiple",
            "text": both("Что понравилось?"),
            "options": [option("food", "Еда"), option("staff", "Люди"), option("place", "Место")],
            "branches": [{"if": {"options": ["food"]}, "to": "photo"}, {"to": "end"}],
        },
        {"id": "photo", "kind": "photo", "text": both("Пришлите фото блюда"), "is_optional": True},
    ],
}
WRONG, LIKED, PHOTO = "Что было не так?", "Что понравилось?", "Пришлите фото блюда"
OWN_THANKS = [say(RU, "survey.thanks.promoter")]


async def made(talk, document=VISIT, slug: str = "visit") -> None:
    await talk.database.write(lambda store: making.make(store, document, talk.now, slug=slug))


async def asked(talk, document=VISIT, kind=SurveyKind.CSAT) -> None:
    await made(talk, document)
    await talk.is_asked(kind, survey="visit")


async def answers(talk) -> dict:
    run = await talk.run()
    rows = await talk.database.read(lambda store: store.questionnaires.answers(run.id))
    return {one.question: one.value for one in rows if one.answered_at}


def last(talk) -> str:
    return talk.transport.carried[-1].message.text


async def test_a_low_score_leads_to_what_was_wrong_and_says_it_back(talk):
    await asked(talk)
    assert last(talk) == "Как прошёл визит в Корица?"
    assert await talk.press("2 ⭐") == [WRONG]
    assert (await talk.case()).origin is CaseOrigin.LOW_SCORE
    assert await talk.press("Грубо") == ["«Грубо». Как это было?"]
    await talk.say("бариста на всех кричал")

    run = await talk.run()
    assert await answers(talk) == {"score": 2, "wrong": "rude", "words": "бариста на всех кричал"}
    assert (run.score, run.score_group, run.ending) == (2, ScoreGroup.DETRACTOR, RunEnding.FINISHED)
    assert run.comment == "бариста на всех кричал"


async def test_several_are_marked_in_place_and_given_with_done(talk):
    await asked(talk)
    assert await talk.press("5 ⭐") == [LIKED]
    await talk.press("▫️ Место")
    await talk.press("▫️ Еда")
    await talk.press("✅ Место")
    await talk.press("▫️ Люди")
    assert [button.label for button in talk.transport.carried[-1].message.buttons] == [
        "✅ Еда",
        "✅ Люди",
        "▫️ Место",
        "Готово",
    ]
    assert talk.transport.carried[-1].message.edits is not None
    assert await talk.press("Готово") == [PHOTO]
    assert await answers(talk) == {"score": 5, "liked": ["food", "staff"]}


async def test_two_options_pressed_before_the_marks_arrive_both_count(talk):
    await asked(talk)
    await talk.press("5 ⭐")
    first, second = talk.button("▫️ Еда"), talk.button("▫️ Люди")
    await talk.hand_in(talk.event(pressed=first))
    await talk.hand_in(talk.event(pressed=second))
    await talk.hand_in(talk.event(pressed=first))  # the app repeats the tap
    await talk.press("Готово")
    assert (await answers(talk))["liked"] == ["food", "staff"]


async def test_done_without_a_choice_asks_for_one(talk):
    await asked(talk)
    await talk.press("5 ⭐")
    assert (await talk.press("Готово"))[0].startswith(say(RU, "survey.choose_one"))
    assert await answers(talk) == {"score": 5}


async def test_choices_and_skipping_can_be_typed(talk):
    await asked(talk)
    await talk.say("5 из 5")
    assert await talk.say("еда, место") == [PHOTO]
    assert await talk.say("пропустить") == OWN_THANKS
    assert await answers(talk) == {"score": 5, "liked": ["food", "place"], "photo": None}


@pytest.mark.parametrize("how", ["pressed", "typed"])
async def test_a_score_that_is_skipped_is_none_and_the_survey_goes_on(talk, how):
    score, *others = VISIT["questions"]
    await asked(talk, VISIT | {"questions": [score | {"is_optional": True}, *others]})
    skip = say(RU, "survey.skip")
    assert await (talk.press(skip) if how == "pressed" else talk.say(skip)) == [LIKED]
    run = await talk.run()
    assert (run.score, run.score_group, run.closed_at) == (None, None, None)
    assert await talk.case() is None
    await talk.press("▫️ Люди")
    await talk.press("Готово")
    assert (await talk.run()).ending is RunEnding.FINISHED
    assert await answers(talk) == {"score": None, "liked": ["staff"]}


async def test_a_photo_is_kept_as_the_answer(talk):
    await asked(talk)
    await talk.say("5")
    await talk.say("еда")
    assert await talk.say("", attachment="photo", file="AgACAgIAAxkB") == OWN_THANKS
    file_id = (await answers(talk))["photo"]
    kept = await talk.database.read(lambda store: store.files.get(file_id))
    assert (kept.source, kept.bot_id, kept.owner_id) == ("AgACAgIAAxkB", talk.bot_id, (await talk.customer()).id)
    assert await talk.case() is None


async def test_words_with_the_score_answer_the_question_for_words(talk):
    """«2, ждал час» to the built-in survey is the score and its reason; where a choice comes first, words are kept."""
    await asked(talk)
    reply = await talk.say("2, ждал целый час")
    assert reply[-1].endswith(WRONG)
    assert (await talk.run()).comment == "ждал целый час"


async def test_what_is_no_answer_goes_to_a_person_and_the_question_waits(talk):
    await asked(talk)
    await talk.press("4 ⭐")
    assert await talk.say("а вы завтра работаете с утра?") == [say(RU, "support.passed_on")]
    assert (await talk.case()).summary == "а вы завтра работаете с утра?"
    assert await talk.press("▫️ Люди") == [LIKED]


async def test_praise_instead_of_a_choice_is_kept_and_the_survey_goes_on(talk):
    await asked(talk)
    await talk.press("4 ⭐")
    assert await talk.say("всё просто великолепно, обожаю вас") == OWN_THANKS
    run = await talk.run()
    assert (run.comment, run.ending) == ("всё просто великолепно, обожаю вас", RunEnding.FINISHED)
    assert (await answers(talk))["liked"] is None


# --- once more, too late, after a restart


async def test_the_scale_pressed_again_changes_the_score_and_keeps_the_first(talk):
    await asked(talk)
    await talk.press("2 ⭐")
    talk.passes(hours=1)
    changed = say(RU, "survey.changed", before=2, after=5)
    assert await talk.press("5 ⭐") == [f"{changed}\n\n{LIKED}"]
    talk.passes(hours=1)
    assert (await talk.press("4 ⭐"))[0].startswith(say(RU, "survey.changed", before=5, after=4))
    assert (await talk.press("2 ⭐"))[0].startswith(say(RU, "survey.changed", before=4, after=2))

    run = await talk.run()
    assert (run.score, run.first_score, run.score_group) == (2, 2, ScoreGroup.DETRACTOR)
    rows = await talk.database.read(lambda store: store.questionnaires.answers(run.id))
    score = next(one for one in rows if one.question == "score")
    assert (score.value, score.earlier) == (2, [2, 5, 4])


async def test_a_finished_survey_takes_another_score_for_a_day(talk):
    await talk.is_asked(SurveyKind.NPS)
    await talk.press("9")
    await talk.say("бариста как друг")
    talk.passes(hours=3)
    assert await talk.press("8") == [say(RU, "survey.changed", before=9, after=8)]
    assert await talk.say("10") == [say(RU, "survey.changed", before=8, after=10)]
    run = await talk.run()
    assert (run.score, run.first_score, run.comment) == (10, 9, "бариста как друг")
    assert run.changed_at == talk.now
    talk.passes(hours=22)
    assert await talk.press("3") == [say(RU, "survey.closed")]
    assert await talk.say("3") != [say(RU, "survey.changed", before=10, after=3)]
    assert (await talk.run()).score == 10


async def test_a_score_that_was_changed_for_the_worse_calls_a_person(talk):
    await talk.is_asked(SurveyKind.CSAT)
    await talk.press("5 ⭐")
    await talk.say("всё хорошо")
    assert await talk.case() is None
    assert (await talk.press("1 ⭐"))[0].endswith(say(RU, "survey.operator_comes"))
    assert (await talk.case()).origin is CaseOrigin.LOW_SCORE


async def test_another_score_with_its_reason_counts_both(talk):
    await talk.is_asked(SurveyKind.NPS)
    await talk.press("3")
    await talk.say("8, но очень долго ждал")
    run = await talk.run()
    assert (run.score, run.first_score, run.comment) == (8, 3, "но очень долго ждал")


async def test_a_doubled_tap_is_one_answer(talk):
    await talk.is_asked(SurveyKind.NPS)
    tap = talk.button("9")
    assert await talk.hand_in(talk.event(pressed=tap)) == [say(RU, "survey.nps.promoter.why")]
    assert await talk.hand_in(talk.event(pressed=tap)) == []
    talk.passes(minutes=5)
    assert (await talk.hand_in(talk.event(pressed=tap)))[0].startswith(say(RU, "survey.score_stands", score=9))
    run = await talk.run()
    assert (run.score, run.first_score, run.changed_at) == (9, None, None)


async def test_a_button_of_an_earlier_question_shows_the_one_that_waits(talk):
    await asked(talk)
    await talk.press("2 ⭐")
    old = talk.button("Долго")
    await talk.press("Грубо")
    assert await talk.hand_in(talk.event(pressed=old)) == [f"{say(RU, 'survey.any.again')}\n\n«Грубо». Как это было?"]
    assert (await answers(talk))["wrong"] == "rude"


async def test_start_in_the_middle_repeats_the_question(talk):
    await asked(talk)
    await talk.press("Согласен")
    await talk.press("2 ⭐")
    assert await talk.start() == [f"{say(RU, 'survey.any.again')}\n\n{WRONG}"]


# --- versions, and the end of waiting


async def test_a_run_ends_on_the_version_it_began_with(talk):
    await asked(talk)
    await talk.press("2 ⭐")
    newer = {**VISIT, "questions": VISIT["questions"][:1] + VISIT["questions"][3:4]}
    newer["questions"][0] = {**newer["questions"][0], "branches": []}
    newer["questions"][1] = {**newer["questions"][1], "branches": []}
    await talk.database.write(lambda store: making.change(store, "visit", newer, talk.now))
    assert (await talk.press("Грубо"))[0].startswith("«Грубо»")
    assert (await talk.run()).version == 1

    await talk.is_asked(SurveyKind.CSAT, survey="visit")
    assert await talk.press("2 ⭐") == [LIKED]
    assert (await talk.run()).version == 2


async def test_a_question_that_is_gone_ends_the_survey_and_traps_nobody(talk):
    await asked(talk)
    await talk.press("2 ⭐")
    button = talk.button("Грубо")

    def lose(store) -> None:
        run = store.surveys.of_customer(customer.id, 1)[0]
        run.step = "renamed"
        store.surveys.save(run)

    customer = await talk.customer()
    await talk.database.write(lose)
    assert await talk.hand_in(talk.event(pressed=button)) == [say(RU, "survey.closed")]
    assert (await talk.say("/menu"))[0] == say(RU, "menu.title")


async def ended(talk) -> int:
    """What the clock does with runs whose time is over."""
    unfinished = talk.now - answering.UNFINISHED_FOR
    return await talk.database.write(
        lambda store: store.sampling.close_over(talk.now, unfinished, answering.FROM_MENU, 100)
    )


async def test_an_unfinished_survey_waits_for_a_day_and_keeps_what_was_said(talk):
    await asked(talk)
    await talk.press("2 ⭐")
    await talk.press("Долго")
    old = talk.button("Пропустить")
    talk.passes(hours=25)
    assert await talk.hand_in(talk.event(pressed=old)) == [say(RU, "survey.closed")]
    assert await ended(talk) == 1
    run = await talk.run()
    assert (run.score, run.ending) == (2, RunEnding.EXPIRED)
    assert await answers(talk) == {"score": 2, "wrong": "slow"}


async def test_a_first_answer_is_taken_until_the_survey_expires(talk):
    await asked(talk)
    talk.passes(days=13)
    assert await ended(talk) == 0
    assert await talk.press("5 ⭐") == [LIKED]
    assert (await talk.run()).answered_at == talk.now


async def test_own_questions_without_a_scale_have_no_score(talk):
    document = {"kind": "own", "title": "О меню", "questions": [VISIT["questions"][3] | {"branches": []}]}
    await asked(talk, document, SurveyKind.OWN)
    await talk.press("▫️ Люди")
    assert await talk.press("Готово") == [say(RU, "survey.thanks.own")]
    run = await talk.run()
    assert (run.kind, run.score, run.touchpoint) == (SurveyKind.OWN, None, Touchpoint.VISIT)
    assert run.answered_at is not None


@pytest.mark.parametrize("typed", ["девять", "9/10", "9 из 10", "9️⃣"])
async def test_a_score_is_read_in_every_wording(talk, typed):
    await talk.is_asked(SurveyKind.NPS)
    await talk.say(typed)
    assert (await talk.run()).score == 9
