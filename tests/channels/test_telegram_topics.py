"""The operators' forum over real HTTP: one topic a customer, healed when it is lost, and nothing lost with it (ES2)."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from bot.telegram import TelegramTransport, Topics
from bot.topics import TopicBook
from messaging.messages import Address, Message, Thread
from messaging.transport import Delivery, NotSent, TryLater
from storage.kinds import Channel, Language
from storage.models import Bot
from tests.channels.test_telegram_transport import album, bot_for
from tests.fakes.telegram import FakeTelegram
from tests.talk import NOON

GROUP = -1001000000500
BOT = "telegram:4242"


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.group(id=GROUP, members=[fake.user(id=7)], forum=True)
        yield fake
        assert fake.violations == []


class Forum:
    """A transport with topics, its customers, and a clock moved by hand."""

    def __init__(self, fake, bot, database) -> None:
        self.fake, self.bot, self.database = fake, bot, database
        self.group = fake.group(id=GROUP)
        self.seconds = 0.0
        self.transport = self.restarted()

    def restarted(self) -> TelegramTransport:
        book = TopicBook(self.database, BOT, lambda: NOON)
        self.transport = TelegramTransport(self.bot, album(), Topics(self.bot, book, clock=lambda: self.seconds))
        return self.transport

    async def customer(self, user_id: str, name: str) -> Thread:
        def unit(store):
            return store.customers.add(BOT, user_id, name, Language.RU, NOON)

        customer = await self.database.write(unit)
        return Thread(customer.id, name)

    async def send(self, thread: Thread, text: str) -> None:
        message = Message(text, thread=thread)
        await self.transport.send(Delivery(uuid4(), Address(BOT, str(GROUP)), message, "abcdefghijkl"))

    def shown(self) -> dict[str, list[str]]:
        """What stands in each topic that is there, by its name."""
        return {name: self.group.in_topic(topic) for topic, name in self.group.topics.items()}


@pytest.fixture
async def forum(fake, database) -> AsyncIterator[Forum]:
    await database.write(lambda store: store.bots.register(Bot(id=BOT, channel=Channel.TELEGRAM)))
    async with bot_for(fake.url) as bot:
        yield Forum(fake, bot, database)


async def test_each_customer_has_a_topic_and_keeps_it_over_a_restart(forum):
    anna, boris = await forum.customer("1", "Анна"), await forum.customer("2", "Борис")
    await forum.send(anna, "раз")
    await forum.send(boris, "два")
    forum.restarted()
    await forum.send(anna, "три")
    assert forum.shown() == {"Анна": ["раз", "три"], "Борис": ["два"]}
    assert forum.group.in_topic(0) == []


async def test_twenty_messages_at_once_make_one_topic(forum):
    anna = await forum.customer("1", "Анна")
    await asyncio.gather(*(forum.send(anna, str(number)) for number in range(20)))
    assert forum.fake.calls["createForumTopic"] == 1
    assert sorted(forum.shown()["Анна"], key=int) == [str(number) for number in range(20)]


async def test_a_deleted_topic_is_made_anew_and_the_message_arrives(forum):
    anna = await forum.customer("1", "Анна")
    await forum.send(anna, "раз")
    (lost,) = forum.group.topics
    forum.group.deletes_topic(lost)
    await asyncio.gather(*(forum.send(anna, text) for text in ("два", "три")))
    (made,) = forum.group.topics
    assert made != lost and sorted(forum.group.in_topic(made)) == ["два", "три"]
    old = await forum.database.read(lambda store: store.desk.of_thread(BOT, str(GROUP), str(lost)))
    assert (old.customer_id, old.is_current) == (anna.customer_id, False)


async def test_a_closed_topic_is_opened_again(forum):
    anna = await forum.customer("1", "Анна")
    await forum.send(anna, "раз")
    (topic,) = forum.group.topics
    forum.group.closes_topic(topic)
    await forum.send(anna, "два")
    assert forum.shown() == {"Анна": ["раз", "два"]}
    assert not forum.group.closed_topics


async def test_a_closed_topic_that_stays_closed_is_replaced(forum):
    anna = await forum.customer("1", "Анна")
    await forum.send(anna, "раз")
    (topic,) = forum.group.topics
    forum.group.closes_topic(topic)
    forum.fake.faults.add("error_before", method="reopenForumTopic", times=None)
    await forum.send(anna, "два")
    assert sorted(map(tuple, forum.shown().values())) == [("два",)] or list(forum.group.topics.values()) == ["Анна"] * 2
    assert forum.group.in_topic(max(forum.group.topics)) == ["два"]


async def test_a_plain_group_and_one_without_the_right_are_written_to_as_they_are(forum):
    anna = await forum.customer("1", "Анна")
    forum.group.becomes_forum(False)
    await forum.send(anna, "раз")
    assert forum.fake.calls["createForumTopic"] == 0
    forum.group.becomes_forum()
    forum.group.lets_bot_manage_topics = False
    forum.seconds += 301
    await forum.send(anna, "два")
    assert forum.group.in_topic(0) == ["раз", "два"]


async def test_a_group_that_becomes_a_forum_or_ceases_to_be_one_is_noticed(forum):
    anna = await forum.customer("1", "Анна")
    forum.group.becomes_forum(False)
    await forum.send(anna, "раз")
    forum.group.becomes_forum()
    forum.seconds += 301
    await forum.send(anna, "два")
    assert forum.shown() == {"Анна": ["два"]}
    forum.group.deletes_topic(*forum.group.topics)
    forum.group.becomes_forum(False)
    await forum.send(anna, "три")  # before we look again: the refusal tells
    assert forum.group.in_topic(0) == ["раз", "три"]


async def test_a_new_name_renames_the_topic(forum):
    anna = await forum.customer("1", "Клиент без имени")
    await forum.send(anna, "раз")
    await forum.send(Thread(anna.customer_id, "Анна"), "два")
    await forum.send(Thread(anna.customer_id, "Анна"), "три")
    assert forum.shown() == {"Анна": ["раз", "два", "три"]}
    assert forum.fake.calls["editForumTopic"] == 1


async def test_a_topic_whose_making_nobody_knows_of_holds_the_message_back_and_not_for_ever(forum):
    anna = await forum.customer("1", "Анна")
    forum.fake.faults.add("error_before", method="createForumTopic", times=None)
    for _ in range(2):
        with pytest.raises(NotSent, match="no topic could be made"):
            await forum.send(anna, "раз")
    assert forum.fake.calls["sendMessage"] == 0
    await forum.send(anna, "раз")
    assert forum.group.in_topic(0) == ["раз"]


async def test_a_429_for_a_topic_is_a_429_for_the_message(forum):
    anna = await forum.customer("1", "Анна")
    forum.fake.faults.add("too_many_requests", method="createForumTopic", seconds=7)
    with pytest.raises(TryLater) as refused:
        await forum.send(anna, "раз")
    assert refused.value.after_seconds == 7
    await forum.send(anna, "раз")
    assert forum.shown() == {"Анна": ["раз"]}


async def test_a_database_that_does_not_answer_means_that_nothing_was_sent(forum):
    class Broken(TopicBook):
        async def current(self, chat_id, thread):
            raise OSError("no database")

    anna = await forum.customer("1", "Анна")
    forum.transport = TelegramTransport(forum.bot, album(), Topics(forum.bot, Broken(forum.database, BOT, NOON)))
    with pytest.raises(NotSent, match="the topics could not be looked up"):
        await forum.send(anna, "раз")
    assert forum.fake.calls["sendMessage"] == 0
