"""The stream and the history: both are read from the committed rows, so they show the same."""

from contextlib import AsyncExitStack

from bot.webchat import limits
from bot.webchat.stream import BEAT_AFTER_LOOKS, tail
from bot.webchat.visitor import Visitor
from messaging.messages import Button, Message
from storage.database import Database
from storage.kinds import Language
from tests.webchat.conftest import Person, Shop
from tests.webchat.said import bubbles_in, say_to, texts_in
from tests.webchat.shop import HandClock, parts_of, register


async def test_history_equals_stream_on_both_databases(database: Database, clock: HandClock) -> None:
    await register(database)
    async with AsyncExitStack() as stack:
        shop = Shop(database, clock, stack)
        person = await shop.person()
        await _talk(shop, person)
        history = bubbles_in(await person.history())
        assert bubbles_in((await person.stream()).text) == history
        assert [text for whose, _, text in history if whose == "own"] == ["Ждал час\nи ушёл", "Ладно"]
        assert "Простите нас" in [text for _, _, text in history]


async def test_the_page_holds_what_the_history_does(shop: Shop) -> None:
    person = await shop.person()
    await _talk(shop, person)
    assert bubbles_in((await person.open()).text) == bubbles_in(await person.history())


async def test_an_answer_is_shown_once_it_is_delivered(shop: Shop) -> None:
    person = await shop.person()
    await say_to(shop, person, Message("Ждите"), deliver=False)
    assert texts_in(await person.history()) == texts_in((await person.stream()).text) == []
    await shop.deliver()
    assert texts_in(await person.history()) == texts_in((await person.stream()).text) == ["Ждите"]


async def test_nobody_sees_another_visitors_conversation(shop: Shop) -> None:
    person, stranger = await shop.person(), await shop.person()
    await _talk(shop, person)
    await stranger.write("Своё")
    assert texts_in((await stranger.stream()).text) == texts_in(await stranger.history()) == ["Своё"]


async def test_a_stream_goes_on_after_what_it_saw_last(shop: Shop) -> None:
    person = await shop.person()
    await say_to(shop, person, Message("Раз"))
    first = await person.stream()
    seen = first.text.rpartition("id: ")[2].partition("\n")[0]
    await say_to(shop, person, Message("Два"))
    again = await person.stream(0, **{"last-event-id": seen})
    assert (texts_in(first.text), texts_in(again.text)) == (["Раз"], ["Два"])


async def test_an_edit_replaces_what_it_edits(shop: Shop) -> None:
    person = await shop.person()
    [asked] = await say_to(shop, person, Message("Оцените", (Button("5", "s:5"),)))
    before = await shop.database.read(lambda store: store.feed.last_seq())
    await say_to(shop, person, Message("Спасибо за 5", edits=asked))
    history = bubbles_in(await person.history())
    assert [text for _, _, text in history] == ["Спасибо за 5"]
    assert bubbles_in((await person.stream(before)).text) == history
    assert "<button" not in await person.history()


async def test_a_page_that_slept_longer_than_the_feed_is_kept_is_told_so(shop: Shop) -> None:
    person = await shop.person()
    await _talk(shop, person)
    shop.clock.forward(days=3)
    await person.write("Я вернулся")
    await shop.database.write(lambda store: store.feed.delete_before(shop.clock()))
    assert "event: stale" in (await person.stream(1)).text


async def test_older_messages_come_page_by_page_and_none_is_lost(shop: Shop) -> None:
    person = await shop.person()
    said = [Message(f"№ {n}") for n in range(100)]
    await say_to(shop, person, *said)
    pages = [await person.client.get("/chat/history")]
    while "x-otklik-older" in pages[0].headers:
        oldest = bubbles_in(pages[0].text)[0][1].removeprefix("out-")
        pages.insert(0, await person.client.get("/chat/history", params={"before": oldest}))
    assert len(pages) == 3
    assert [text for page in pages for text in texts_in(page.text)] == [message.text for message in said]


async def test_a_silent_stream_beats(shop: Shop) -> None:
    parts = parts_of(shop.database, shop.clock)
    shop.database.changes = Impatient()  # type: ignore[assignment]
    stream = tail(parts, Visitor("nobody"), Language.RU, 0)
    events = [await anext(stream) for _ in range(2)]
    await stream.aclose()
    assert events[1].startswith("event: beat\n")
    assert shop.database.changes.waits == BEAT_AFTER_LOOKS  # type: ignore[attr-defined]


async def test_one_visitor_cannot_hold_every_place(shop: Shop) -> None:
    app = shop.app()
    person = await shop.person(app)
    places = limits.Places(2)
    with places.one("a"), places.one("a"):
        assert places.is_full("a")
        assert not places.is_full("b")
    assert not places.is_full("a")
    assert (await person.stream()).status_code == 200


async def test_a_stream_needs_a_visitor(shop: Shop) -> None:
    person = await shop.person()
    person.client.cookies.clear()
    assert (await person.stream()).status_code == 401


class Impatient:
    """Stands in for the waiting: nobody ever commits, and time is not spent."""

    waits = 0

    def listen(self, topic: str) -> None:
        return None

    async def wait(self, event: None, seconds: float) -> None:
        self.waits += 1


async def _talk(shop: Shop, person: Person) -> None:
    await say_to(shop, person, Message("Здравствуйте! Как прошёл визит?", (Button("Хорошо", "good"),)))
    await person.write("Ждал час\nи ушёл")
    await say_to(shop, person, Message("Простите нас"))
    await person.write("Ладно")
    await shop.deliver()
