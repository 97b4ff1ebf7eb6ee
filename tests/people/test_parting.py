"""Two records are two again: each «no» counts for both, and what was said in a chat goes with the chat."""

import pytest

from messaging import cases
from messaging.cases import Desk
from messaging.messages import Address, Message
from messaging.outbox import enqueue
from messaging.people import Merged, Undone, merge, undo
from storage.inbox import NewEvent
from storage.kinds import (
    CaseOrigin,
    Channel,
    ConsentAction,
    ConsentPurpose,
    Language,
    SurveyKind,
    Topic,
    Touchpoint,
    Urgency,
)
from storage.models import METADATA, Consent, CustomerKey, TopicChoice
from surveys.asking import ask
from tests.people.lives import DAY, NOON, two_lives
from tests.rows import overwrite

LATER = NOON + DAY
CHATS = {"kept": Address("telegram:1", "user-one"), "gone": Address("vk:2", "user-two")}


@pytest.fixture
async def merged(database):
    def unit(store):
        kept, gone, owner = two_lives(store)
        return merge(store, kept, gone, owner, NOON)

    done = await database.write(unit)
    assert isinstance(done, Merged)
    return done


async def parted(database, merged):
    done = await database.write(lambda store: undo(store, merged.merge_id, None, NOON + 2 * DAY))
    assert isinstance(done, Undone)


def both(merged):
    return merged.kept.id, merged.gone_id


# --- a «no»


@pytest.mark.parametrize("purpose", ConsentPurpose)
@pytest.mark.parametrize("action", [ConsentAction.REFUSED, ConsentAction.WITHDRAWN])
async def test_who_said_stop_as_one_is_heard_as_two(database, merged, purpose, action):
    stop = Consent(
        customer_id=merged.kept.id,
        purpose=purpose,
        action=action,
        text_version="1" * 16,
        language=Language.RU,
        bot_id="vk:2",
        evidence="stop",
        at=LATER,
    )
    await database.write(lambda store: store.consents.add(stop))
    await parted(database, merged)
    for one in both(merged):
        assert (await database.read(lambda store, one=one: store.consents.latest(one)))[purpose] is action


async def test_a_yes_stays_where_it_was_said(database, merged):
    before = await database.read(lambda store: store.consents.history(merged.kept.id))
    yes = Consent(**{**before[-1].model_dump(), "id": None, "at": LATER})
    yes.id = Consent.model_fields["id"].default_factory()
    await database.write(lambda store: store.consents.add(yes))
    await parted(database, merged)
    assert len(await database.read(lambda store: store.consents.history(merged.gone_id))) == 1


@pytest.mark.parametrize("topic", Topic)
async def test_a_topic_that_was_switched_off_meanwhile_is_off_for_both(database, merged, topic):
    def off(store):
        own = {"customer_id": merged.kept.id, "topic": topic, "channel": Channel.TELEGRAM}
        store.preferences.switch(TopicChoice(is_on=False, changed_at=LATER, **own))

    await database.write(off)
    await parted(database, merged)
    for one in both(merged):
        switched = await database.read(lambda store, one=one: store.preferences.switched_off(one, Channel.TELEGRAM))
        assert topic in switched


async def test_a_pause_that_was_asked_for_meanwhile_holds_for_both(database, merged):
    until = NOON + 20 * DAY

    def pause(store):
        one = store.customers.get(merged.kept.id)
        one.paused_until = until
        overwrite(store, one)

    await database.write(pause)
    await parted(database, merged)
    for one in both(merged):
        assert (await database.read(lambda store, one=one: store.customers.get(one))).paused_until == until


async def test_a_pause_from_before_stays_with_who_asked_for_it(database):
    def unit(store):
        kept, gone, owner = two_lives(store)
        one = store.customers.get(kept)
        one.paused_until = NOON + 20 * DAY
        overwrite(store, one)
        return merge(store, kept, gone, owner, NOON)

    merged = await database.write(unit)
    await parted(database, merged)
    pauses = [
        (await database.read(lambda store, one=one: store.customers.get(one))).paused_until for one in both(merged)
    ]
    assert pauses == [NOON + 20 * DAY, None]


# --- what was said


def hears(store, customer_id, chat: Address, text: str) -> NewEvent:
    event = NewEvent(
        bot_id=chat.bot_id,
        event_id=text,
        chat_id=chat.user_id,
        text=text,
        incoming={"text": text},
        classification=None,
        received_at=LATER,
        due_at=LATER,
        customer_id=customer_id,
        answered_at=LATER,
    )
    store.inbox.remember(event)
    return event


async def test_words_and_answers_go_with_their_chat(database, merged):
    def talk(store):
        for name, chat in CHATS.items():
            hears(store, merged.kept.id, chat, f"later {name}")
            enqueue(store, chat, [Message(f"reply {name}")], LATER, customer_id=merged.kept.id)
            about, kind = Touchpoint.MENU, SurveyKind.CSAT
            question = ask(store, merged.kept, chat.bot_id, kind, LATER, touchpoint=about, business="x")
            enqueue(store, chat, [question], LATER, customer_id=merged.kept.id)

    await database.write(talk)
    await parted(database, merged)
    for customer_id, name in zip(both(merged), CHATS, strict=True):

        def look(store, customer_id=customer_id):
            heard = [one.text for one in store.inbox.of_customer(customer_id, 99) if one.received_at == LATER]
            sent = [one.body["text"] for one in store.outbox.of_customer(customer_id, 99)]
            sent = [text for text in sent if text.startswith("reply")]
            runs = [one.bot_id for one in store.surveys.of_customer(customer_id, 9) if one.asked_at == LATER]
            return heard, sent, runs

        assert await database.read(look) == ([f"later {name}"], [f"reply {name}"], [CHATS[name].bot_id])


def opens(store, merged, chat: Address):
    table = METADATA.tables["support_case"]
    store.connection.execute(table.update().values(closed_at=LATER))
    cases.open_case(store, merged.kept, chat, Urgency.NOW, CaseOrigin.ANGRY_MESSAGE, "where is it?", LATER, Desk())
    return store.cases.open_for(merged.kept.id)


async def test_a_case_goes_with_its_chat_and_so_does_the_answer(database, merged):
    case = await database.write(lambda store: opens(store, merged, CHATS["gone"]))
    owner = await database.read(lambda store: store.staff.by_login("owner"))
    await parted(database, merged)
    assert (await database.read(lambda store: store.cases.open_for(merged.gone_id))).id == case.id
    assert await database.read(lambda store: store.cases.open_for(merged.kept.id)) is None
    await database.write(lambda store: cases.reply(store, case.id, owner, "here", NOON + 2 * DAY))
    sent = await database.read(lambda store: store.outbox.of_customer(merged.gone_id, 99))
    assert [row.user_id for row in sent if row.case_id == case.id] == [CHATS["gone"].user_id]


# --- what an import wrote down


async def test_a_key_of_the_other_ones_phone_goes_back_to_them(database, merged):
    def bring(store):
        for kind, value in (("phone", "+7two"), ("phone", "+7one"), ("customer", "77")):
            store.people.add(CustomerKey(kind=kind, value=value, customer_id=merged.kept.id))

    await database.write(bring)
    await parted(database, merged)
    keys = [await database.read(lambda store, one=one: store.directory.keys_of(one)) for one in both(merged)]
    mine, theirs = ({(key.kind, key.value) for key in found} for found in keys)
    assert ("phone", "+7two") in theirs
    assert {("phone", "+7one"), ("customer", "77")} <= mine


# --- half a birthday


async def test_what_belongs_together_goes_back_together(database):
    def unit(store):
        kept, gone, owner = two_lives(store)
        one = store.customers.get(kept)
        one.birthday_month = one.birthday_day = one.city = None
        overwrite(store, one)
        return merge(store, kept, gone, owner, NOON)

    merged = await database.write(unit)

    def change(store):
        one = store.customers.get(merged.kept.id)
        one.birthday_day, one.birthday_set_at, one.time_zone = 5, LATER, "Asia/Omsk"
        overwrite(store, one)

    await database.write(change)
    await parted(database, merged)
    one = await database.read(lambda store: store.customers.get(merged.kept.id))
    assert (one.birthday_month, one.birthday_day, one.birthday_set_at) == (3, 5, LATER)
    assert (one.city, one.time_zone) == ("city two", "Asia/Omsk")
