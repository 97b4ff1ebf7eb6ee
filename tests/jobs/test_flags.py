"""Candidates for advocate and toxic come from what was said, with the words; only a person decides."""

from storage.kinds import ConsentAction, ConsentPurpose, FlagKind, FlagState, SurveyKind


async def _flag(day, kind):
    customer = await day.customer()
    return await day.database.read(lambda store: store.flags.standing(customer.id, kind))


async def test_one_insult_makes_a_candidate_with_the_words(day):
    await day.comes()
    await day.say("Вы дебилы и уроды")
    await day.tick()
    flag = await _flag(day, FlagKind.TOXIC)
    assert flag.state is FlagState.CANDIDATE
    assert [one["text"] for one in flag.evidence] == ["Вы дебилы и уроды"]


async def test_a_low_score_and_an_angry_complaint_are_not_toxic(day):
    await day.is_asked(SurveyKind.NPS)
    await day.say("1, ждал час, ужасный кофе и грубый персонал")
    await day.tick()
    assert await _flag(day, FlagKind.TOXIC) is None


async def test_a_ten_with_warm_words_makes_an_advocate_candidate(day):
    await day.is_asked(SurveyKind.NPS)
    await day.say("10")
    await day.say("Всё отлично, очень вкусно, спасибо большое!")
    await day.tick()
    flag = await _flag(day, FlagKind.ADVOCATE)
    assert {one["what"] for one in flag.evidence} >= {"promoter", "praise"}


async def test_a_ten_of_a_stranger_to_the_till_is_not_enough(day):
    await day.is_asked(SurveyKind.NPS)
    await day.say("10")
    await day.tick()
    assert await _flag(day, FlagKind.ADVOCATE) is None


async def test_words_that_were_judged_once_do_not_come_back_as_news(day):
    await day.comes()
    await day.say("Вы дебилы и уроды")
    await day.tick()
    flag = await _flag(day, FlagKind.TOXIC)
    flag.state, flag.decided_at = FlagState.DISMISSED, day.now
    await day.database.write(lambda store: store.flags.save(flag))
    await day.tick()
    assert await _flag(day, FlagKind.TOXIC) is None
    day.passes(days=1)
    await day.say("Уроды, сдохните")
    await day.tick()
    assert len((await _flag(day, FlagKind.TOXIC)).evidence) == 2


async def test_who_withdrew_their_consent_is_not_looked_at(day):
    await day.comes()
    await day.decides(ConsentPurpose.PERSONAL_DATA, ConsentAction.WITHDRAWN)
    await day.say("Вы дебилы и уроды")
    await day.tick()
    assert await _flag(day, FlagKind.TOXIC) is None
