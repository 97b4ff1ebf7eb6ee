"""What people say in front of everybody is kept, and is no conversation with us."""

import asyncio

from handlers.intake import Received
from messaging.messages import Address, Author, Public

WALL = Public("wall_comment", "-1_45", "https://vk.com/wall-1_45?reply=77")
ANGRY = "верните деньги, это обман, позовите управляющего!!!"


def comment(talk, text: str = ANGRY, **more):
    return talk.event(text, public=WALL, **more)


async def kept(talk, event_id: str):
    return await talk.database.read(lambda store: store.inbox.find(talk.bot_id, event_id))


async def test_a_comment_of_a_stranger_is_kept_and_makes_nobody_a_customer(talk):
    event = comment(talk)
    assert await talk.intake.receive(event) is Received.NOTED
    row = await kept(talk, event.event_id)
    assert (row.text, row.customer_id, row.answered_at) == (ANGRY, None, talk.now)
    assert row.incoming["public"] == {"kind": WALL.kind, "thing": WALL.thing, "link": WALL.link}
    assert await talk.database.read(lambda store: store.customers.identity(talk.bot_id, "42")) is None


async def test_nobody_is_answered_and_no_case_is_opened(talk):
    assert await talk.hand_in(comment(talk)) == []
    assert await talk.hand_in(comment(talk, "стоп")) == []
    assert (talk.transport.carried, talk.alerts()) == ([], [])
    assert await talk.database.read(lambda store: store.cases.count_open()) == 0
    assert await talk.database.read(lambda store: store.inbox.count_unanswered()) == 0


async def test_a_customer_who_comments_has_said_nothing_to_us(talk):
    await talk.start()
    customer = await talk.customer()
    await talk.hand_in(comment(talk))
    assert await talk.case() is None
    said = await talk.database.read(lambda store: store.inbox.of_customer(customer.id, 100))
    assert [event.text for event in said] == ["/start"]
    heard = await talk.database.read(lambda store: store.flags.said_since(customer.id, talk.now, 100))
    assert ANGRY not in [event.text for event in heard]


async def test_the_same_comment_is_kept_once(talk):
    event = comment(talk)
    outcomes = await asyncio.gather(*(talk.intake.receive(event) for _ in range(3)))
    assert sorted(outcome.name for outcome in outcomes) == ["KNOWN_ALREADY", "KNOWN_ALREADY", "NOTED"]


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
    row = await kept(talk, event.event_id)
    assert (row.chat_id, row.text, row.classification) == ("-55", "", None)


async def test_a_character_that_postgres_does_not_keep_breaks_nothing(talk):
    assert await talk.intake.receive(comment(talk, "при\0вет")) is Received.NOTED
