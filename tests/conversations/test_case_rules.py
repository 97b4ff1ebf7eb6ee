"""The business's own rules of what calls a person: they decide how fast, whose it is, and under which label."""

from insights.case_rules import KEY, USUAL, Rule, When, as_json
from messaging.phrases import say
from storage.columns import table_of
from storage.kinds import CaseOrigin, Language, SurveyKind, Urgency
from storage.models import CaseLabel

RU = Language.RU
ROACHES = Rule(When.WORDS, Urgency.NOW, ("таракан", "cockroach"), branch="Арбат", label="санитария")


async def goes_by(talk, *rules: Rule) -> None:
    await talk.database.write(lambda store: store.business.change(KEY, as_json(rules), None, talk.now) and None)


async def labels(talk) -> list[str]:
    mine = table_of(CaseLabel).select()
    return await talk.database.read(lambda store: [row.label for row in store.connection.execute(mine)])


async def test_a_word_of_the_rules_calls_a_person_of_the_branch_it_names(talk):
    await goes_by(talk, ROACHES, *USUAL)
    assert await talk.say("я видела у вас тараканов") == [say(RU, "support.passed_on")]
    case = await talk.case()
    assert (case.urgency, case.origin, case.branch) == (Urgency.NOW, CaseOrigin.KEYWORD, "Арбат")
    assert await labels(talk) == ["санитария"]


async def test_said_again_it_adds_to_the_open_case(talk):
    await goes_by(talk, ROACHES, *USUAL)
    await talk.say("позовите человека")
    for _ in range(2):
        await talk.say("тараканы!")
    case = await talk.case()
    assert (case.urgency, case.origin, case.unread) == (Urgency.NOW, CaseOrigin.KEYWORD, 3)
    assert await labels(talk) == ["санитария"]


async def test_in_a_comment_it_counts_before_a_fine_score_does(talk):
    await goes_by(talk, ROACHES, *USUAL)
    await talk.is_asked(SurveyKind.NPS)
    await talk.press("9")
    assert await talk.say("всё хорошо, но в зале таракан") == [say(RU, "survey.operator_comes")]
    assert (await talk.case()).urgency is Urgency.NOW


async def test_without_rules_a_low_score_calls_nobody_and_anger_still_does(talk):
    await goes_by(talk)
    await talk.is_asked(SurveyKind.CSAT)
    await talk.press("1 ⭐")
    assert await talk.case() is None
    await talk.say("хамство, ужас, сволочи")
    assert (await talk.case()).urgency is Urgency.NOW


async def test_money_back_is_asked_of_a_person_by_default(talk):
    assert await talk.say("верните деньги") != []
    assert (await talk.case()).origin in {CaseOrigin.KEYWORD, CaseOrigin.ANGRY_MESSAGE}
    await talk.say("а завтра вы открыты?")
    assert (await talk.case()).unread == 2


async def test_a_complaint_from_the_menu_goes_by_the_rules_too(talk):
    await goes_by(talk, ROACHES, *USUAL)
    await talk.start()
    for label in ("Согласен", "Нет, спасибо", "⭐ Отзыв", "😞 Пожаловаться"):
        await talk.press(label)
    await talk.say("на столе таракан")
    case = await talk.case()
    assert (case.urgency, case.origin, case.branch) == (Urgency.NOW, CaseOrigin.COMPLAINT, "Арбат")
    assert await labels(talk) == ["санитария"]
