"""What people say in front of everybody is kept and followed, and is no conversation with us."""

import asyncio
from dataclasses import replace

from handlers.intake import Received
from messaging.erasure import erase
from messaging.messages import Address, Author, Public
from storage.feedback import FeedbackWish
from storage.kinds import CaseCause, CaseOrigin, FeedbackKind, FeedbackSource, Sentiment
from storage.models import StaffAccount

WALL = Public("wall_comment", "-1_45", "https://vk.com/wall-1_45?reply=77", "wall_comment:-1:77")
BOARD = Public("topic_comment", "-1_3", "https://vk.com/topic-1_3?post=5", "topic_comment:-1_3:5")
GONE = replace(WALL, is_gone=True)
ANGRY = "верните деньги, это обман, позовите управляющего!!!"


def comment(talk, text: str = ANGRY, **more):
    return talk.event(text, **{"public": WALL, **more})


async def items(talk):
    everything = FeedbackWish()

    def look(store):
        rows = [*store.feedback.open(everything, 100), *store.feedback.dealt_with(everything, 100)]
        return [row.item for row in rows]

    return await talk.database.read(look)


async def test_a_comment_of_a_stranger_is_kept_and_makes_nobody_a_customer(talk):
    event = comment(talk)
    assert await talk.intake.receive(event) is Received.NOTED
    (item,) = await items(talk)
    assert (item.source, item.kind, item.sentiment) == (
        FeedbackSource.WALL,
        FeedbackKind.COMPLAINT,
        Sentiment.NEGATIVE,
    )
    assert (item.text, item.author, item.url, item.customer_id) == (ANGRY, "Анна", WALL.link, None)
    assert await talk.database.read(lambda store: store.customers.identity(talk.bot_id, "42")) is None


async def test_its_words_stand_in_one_place_alone(talk):
    event = comment(talk)
    await talk.intake.receive(event)
    row = await talk.database.read(lambda store: store.inbox.find(talk.bot_id, event.event_id))
    assert (row.text, row.customer_id, row.answered_at, row.classification) == ("", None, talk.now, None)
    assert ANGRY not in str(row.incoming) and "Анна" not in str(row.incoming)


async def test_a_strangers_anger_is_a_line_at_the_desk_and_nobody_is_answered(talk):
    assert await talk.hand_in(comment(talk)) == []
    assert await talk.hand_in(comment(talk, "стоп", public=BOARD)) == []
    (line,) = talk.alerts()
    assert ANGRY in line and WALL.link in line
    assert {one.to for one in talk.transport.carried} == {talk.desk}
    assert await talk.database.read(lambda store: store.cases.count_open()) == 0
    assert await talk.database.read(lambda store: store.inbox.count_unanswered()) == 0


async def test_a_reply_at_the_desk_to_a_strangers_words_goes_nowhere(talk):
    await talk.hire()
    await talk.hand_in(comment(talk))
    before = len(talk.transport.carried)
    await talk.operator("разберёмся", reply_to=talk.alert_id())
    assert {one.to for one in talk.transport.carried[before:]} <= {talk.desk}


async def test_a_customers_anger_in_public_is_a_case_and_they_are_not_answered(talk):
    await talk.start()
    customer = await talk.customer()
    assert await talk.hand_in(comment(talk)) == []
    case = await talk.case()
    assert case.origin is CaseOrigin.PUBLIC and WALL.link in case.summary
    (item,) = await items(talk)
    assert (item.customer_id, item.case_id) == (customer.id, case.id)
    said = await talk.database.read(lambda store: store.inbox.of_customer(customer.id, 100))
    assert [event.text for event in said] == ["/start"]


async def test_content_words_open_no_case(talk):
    await talk.start()
    await talk.hand_in(comment(talk, "очень вкусно, спасибо бариста!"))
    assert await talk.case() is None and talk.alerts() == []
    (item,) = await items(talk)
    assert (item.kind, item.sentiment) == (FeedbackKind.PRAISE, Sentiment.POSITIVE)
    assert item.topics == [CaseCause.STAFF, CaseCause.PRODUCT]


async def test_a_discussion_and_a_mention_say_what_they_are(talk):
    await talk.intake.receive(comment(talk, "а вы открыты завтра?", public=BOARD))
    await talk.intake.receive(comment(talk, "спасибо Корице", public=replace(WALL, is_mention=True)))
    found = {item.source: item.kind for item in await items(talk)}
    assert found == {FeedbackSource.BOARD: FeedbackKind.QUESTION, FeedbackSource.MENTION: FeedbackKind.PRAISE}


async def test_the_same_comment_is_kept_once(talk):
    event = comment(talk)
    outcomes = await asyncio.gather(*(talk.intake.receive(event) for _ in range(3)))
    assert sorted(outcome.name for outcome in outcomes) == ["KNOWN_ALREADY", "KNOWN_ALREADY", "NOTED"]
    assert len(await items(talk)) == 1


async def test_what_our_own_people_write_there_is_no_feedback(talk):
    staff = await talk.hire(account=None)
    account = StaffAccount(bot_id=talk.bot_id, user_id="42", staff_id=staff.id, linked_at=talk.now)
    await talk.database.write(lambda store: store.staff.link_account(account))
    assert await talk.intake.receive(comment(talk, "извините, это ужас, разберёмся")) is Received.NOTED
    assert await items(talk) == []


# --- changed and taken back


async def test_changed_words_replace_those_before_and_are_judged_anew(talk):
    await talk.start()
    await talk.intake.receive(comment(talk, "ну так"))
    await talk.intake.receive(comment(talk, ANGRY, edits=True))
    (item,) = await items(talk)
    assert (item.text, item.kind) == (ANGRY, FeedbackKind.COMPLAINT)
    assert (await talk.case()).origin is CaseOrigin.PUBLIC


async def test_anger_that_was_dealt_with_is_open_again_when_it_grows(talk):
    staff = await talk.hire()
    await talk.intake.receive(comment(talk, "ну так"))
    (item,) = await items(talk)
    await talk.database.write(lambda store: store.feedback.answer(item.id, staff.id, talk.now))
    await talk.intake.receive(comment(talk, ANGRY, edits=True))
    assert (await items(talk))[0].answered_at is None


async def test_what_the_author_deletes_we_do_not_keep(talk):
    await talk.intake.receive(comment(talk))
    await talk.intake.receive(comment(talk, "", public=GONE))
    (item,) = await items(talk)
    assert (item.text, item.author, item.gone_at) == ("", "", talk.now)


async def test_a_deletion_that_overtakes_the_words_still_wins(talk):
    await talk.intake.receive(comment(talk, "", public=GONE))
    await talk.intake.receive(comment(talk))
    (item,) = await items(talk)
    assert (item.text, talk.alerts()) == ("", [])


async def test_a_change_that_overtakes_the_words_still_wins(talk):
    await talk.intake.receive(comment(talk, "тёплое", edits=True))
    await talk.intake.receive(comment(talk, "остыло"))
    (item,) = await items(talk)
    assert item.text == "тёплое"


async def test_words_that_are_restored_are_there_again(talk):
    await talk.intake.receive(comment(talk, "тёплое"))
    await talk.intake.receive(comment(talk, "", public=GONE))
    await talk.intake.receive(comment(talk, "тёплое", edits=True))
    (item,) = await items(talk)
    assert (item.text, item.gone_at) == ("тёплое", None)


# --- as safe as a conversation, and apart from it


async def test_a_comment_holds_up_no_conversation_and_is_held_up_by_none(talk, monkeypatch):
    await talk.start()
    with monkeypatch.context() as patch:
        patch.setattr("handlers.intake.answer", lambda turn: 1 / 0)
        assert await talk.intake.receive(talk.event("привет")) is Received.KEPT_FOR_LATER
        assert await talk.intake.receive(comment(talk)) is Received.NOTED
    talk.passes(seconds=6)
    assert await talk.intake.answer_kept() == 1
    assert await talk.say("/menu") != []


async def test_a_comment_that_cannot_be_kept_comes_again(talk, monkeypatch):
    async def broken(unit):
        raise OSError("no space left")

    event = comment(talk)
    with monkeypatch.context() as patch:
        patch.setattr(talk.database, "write", broken)
        outcome = await asyncio.gather(talk.intake.receive(event), return_exceptions=True)
    assert isinstance(outcome[0], OSError)
    assert await talk.intake.receive(event) is Received.NOTED


async def test_another_community_and_a_picture_without_words_are_kept_too(talk):
    other = Address(talk.bot_id, "-55")
    event = comment(talk, "", chat=other, author=Author("-55"), attachment="photo")
    assert await talk.intake.receive(event) is Received.NOTED
    (item,) = await items(talk)
    assert (item.text, item.author, item.sentiment) == ("", "", None)


async def test_a_character_that_postgres_does_not_keep_breaks_nothing(talk):
    assert await talk.intake.receive(comment(talk, "при\0вет")) is Received.NOTED


async def test_who_is_forgotten_is_forgotten_here_too(talk):
    await talk.start()
    customer = await talk.customer()
    await talk.intake.receive(comment(talk))
    await talk.database.write(lambda store: erase(store, customer.id, None, talk.now))
    (item,) = await items(talk)
    assert (item.text, item.author, item.url, item.customer_id) == ("", "", "", None)
