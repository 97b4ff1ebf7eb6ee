"""Pictures and voices are fetched a moment after they were sent, whatever happens meanwhile; and some never are."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from messaging.erasure import erase
from messaging.files import LARGEST, MOST_ATTEMPTS, Lost, settle
from messaging.phrases import say
from scheduler import files
from scheduler.files import fetch_files
from storage.kinds import FeedKind, FileTrouble, Language
from storage.models import FeedEntry, Media
from tests.day import Day
from tests.samples import GPS, OGG, jpeg

RU = Language.RU


@dataclass
class Servers:
    """What a messenger gives by its own name of a file; `failures` are raised first, one a fetch."""

    content: dict[str, bytes] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], object] | None = None

    async def fetch(self, source: str) -> bytes:
        self.asked.append(source)
        if self.meanwhile:
            await self.meanwhile()
        if self.failures:
            raise self.failures.pop(0)
        if source not in self.content:
            raise Lost(FileTrouble.GONE)
        return self.content[source]


@pytest.fixture
def servers(day) -> Servers:
    servers = Servers({"a photo": jpeg(), "a voice": OGG})
    day.fetchers = {day.bot_id: servers.fetch}
    return servers


async def sends(day: Day, file: str, text: str = "", attachment: str = "photo") -> str:
    """A picture in a conversation with a person; its id."""
    await day.say(text, attachment=attachment, file=file)
    customer = await day.customer()
    (newest,) = await day.database.read(lambda store: store.inbox.of_customer(customer.id, 1))
    return newest.file_id


async def media(day: Day, file_id: str) -> Media | None:
    return await day.database.read(lambda store: store.files.get(file_id))


async def news(day: Day) -> list[FeedEntry]:
    return await day.database.read(lambda store: store.feed.after(0))


def state(file: Media) -> tuple[object, ...]:
    return (file.bot_id, file.source, file.due_at, file.attempts, file.trouble)


SETTLED = (None, None, None, 0)


async def test_a_photo_in_a_conversation_is_here_a_moment_later(day, servers):
    file_id = await sends(day, "a photo")
    assert (await day.case()).summary == say(RU, "support.no_words")
    assert (await media(day, file_id)).content == b""
    before = await news(day)
    assert await fetch_files(day.work) == 1
    file = await media(day, file_id)
    assert (file.content, file.content_type, file.size) == (jpeg(), "image/jpeg", len(jpeg()))
    assert state(file) == (*SETTLED, None)
    (told,) = (await news(day))[len(before) :]
    assert told.kind is FeedKind.MESSAGE_IN
    assert await fetch_files(day.work) == 0
    assert servers.asked == ["a photo"]


async def test_a_voice_is_a_voice(day, servers):
    file_id = await sends(day, "a voice", attachment="voice")
    await fetch_files(day.work)
    assert (await media(day, file_id)).content_type == "audio/ogg"


async def test_every_picture_of_an_album_is_kept(day, servers):
    servers.content |= {"second": jpeg(), "third": jpeg(traces=False)}
    for file in ("a photo", "second", "third"):
        await day.say("", attachment="photo", file=file, album="a1")
    assert await fetch_files(day.work) == 3


async def test_a_bot_that_runs_elsewhere_fetches_its_own(day, servers):
    await sends(day, "a photo")
    day.fetchers = {"telegram:999": servers.fetch}
    assert await fetch_files(day.work) == 0
    assert servers.asked == []


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"<svg onload=alert(1)></svg>", FileTrouble.WRONG_TYPE),
        (jpeg() + bytes(LARGEST), FileTrouble.TOO_LARGE),
        (None, FileTrouble.GONE),
    ],
)
async def test_what_cannot_be_kept_says_why_and_is_asked_for_once(day, servers, content, trouble):
    if content is None:
        del servers.content["a photo"]
    else:
        servers.content["a photo"] = content
    file_id = await sends(day, "a photo")
    await fetch_files(day.work)
    file = await media(day, file_id)
    assert (file.content, file.trouble, state(file)[:4]) == (b"", trouble, SETTLED)
    await fetch_files(day.work)
    assert len(servers.asked) == 1


async def test_sent_once_more_it_is_tried_anew(day, servers):
    photo = servers.content.pop("a photo")
    file_id = await sends(day, "a photo")
    await fetch_files(day.work)
    servers.content["a photo"] = photo
    assert await sends(day, "a photo") == file_id
    await fetch_files(day.work)
    assert (await media(day, file_id)).content == photo


async def test_sent_once_more_what_is_here_stays(day, servers):
    file_id = await sends(day, "a photo")
    await fetch_files(day.work)
    await sends(day, "a photo")
    assert await fetch_files(day.work) == 0
    assert (await media(day, file_id)).content == jpeg()


async def test_what_fails_is_tried_ever_more_rarely_and_given_up_after_a_day(day, servers):
    servers.failures = [ConnectionError() for _ in range(100)]
    file_id, begun = await sends(day, "a photo"), day.now
    pauses = []
    while (due_at := (await media(day, file_id)).due_at) is not None:
        day.now = due_at
        assert await fetch_files(day.work) == 1
        pauses.append(((await media(day, file_id)).due_at or day.now) - day.now)
    assert len(servers.asked) == MOST_ATTEMPTS
    assert pauses[:-1] == sorted(pauses[:-1])
    assert timedelta(hours=24) <= day.now - begun <= timedelta(hours=25)
    assert (await media(day, file_id)).trouble is FileTrouble.UNREACHABLE


async def test_one_that_never_answers_does_not_stop_the_others(day, servers, monkeypatch):
    monkeypatch.setattr(files, "WITHIN_SECONDS", 0.01)
    never = asyncio.Event()

    async def fetch(source: str) -> bytes:
        return await (never.wait() if source == "never" else servers.fetch(source))

    day.fetchers = {day.bot_id: fetch}
    stuck, quick = await sends(day, "never"), await sends(day, "a photo")
    assert await fetch_files(day.work) == 2
    assert (await media(day, stuck)).attempts == 1
    assert (await media(day, quick)).content == jpeg()


async def test_a_bot_that_is_gone_leaves_its_pictures_behind(day, servers):
    file_id = await sends(day, "a photo")
    day.fetchers = {}
    day.passes(hours=47)
    assert await fetch_files(day.work) == 0
    day.passes(hours=2)
    assert await fetch_files(day.work) == 1
    assert (await media(day, file_id)).trouble is FileTrouble.UNREACHABLE


async def test_killed_before_it_is_written_down_it_is_fetched_again(day, servers):
    file_id = await sends(day, "a photo")

    class Killed(BaseException):
        """Not to be caught on the way."""

    async def dies() -> None:
        raise Killed

    servers.meanwhile = dies
    with pytest.raises(Killed):
        await fetch_files(day.work)
    servers.meanwhile = None
    assert (await media(day, file_id)).attempts == 0
    await fetch_files(day.work)
    assert (await media(day, file_id)).content == jpeg()


async def test_two_processes_at_one_picture_keep_it_once(day, servers):
    file_id = await sends(day, "a photo")
    other = day.work

    async def other_is_faster() -> None:
        servers.meanwhile = None
        assert await fetch_files(other) == 1

    servers.meanwhile = other_is_faster
    before = len(await news(day))
    assert await fetch_files(day.work) == 0
    assert len(await news(day)) == before + 1
    assert (await media(day, file_id)).content == jpeg()


async def test_two_failures_at_a_time_are_one(day, servers):
    file_id = await sends(day, "a photo")
    (awaited,) = await day.database.read(lambda store: store.files.due([day.bot_id], day.now, 5))
    done = [await day.database.write(lambda store: settle(store, awaited, None, day.now)) for _ in range(2)]
    assert done == [True, False]
    assert (await media(day, file_id)).attempts == 1


async def test_erased_meanwhile_nothing_comes_back(day, servers):
    file_id = await sends(day, "a photo")
    customer = await day.customer()

    async def erases() -> None:
        await day.database.write(lambda store: erase(store, customer.id, None, day.now))

    servers.meanwhile = erases
    assert await fetch_files(day.work) == 0
    assert await media(day, file_id) is None


async def test_an_erased_customer_takes_their_pictures_along(day, servers):
    file_id = await sends(day, "a photo")
    await fetch_files(day.work)
    customer = await day.customer()
    await day.database.write(lambda store: erase(store, customer.id, None, day.now))
    assert await media(day, file_id) is None
    assert await day.database.read(lambda store: store.inbox.with_file(file_id)) == []


# --- without a name


async def complains_without_name(day: Day, file: str, text: str = "") -> str:
    await opens_nameless(day)
    await day.say(text, attachment="photo", file=file)
    (item,) = await day.database.read(lambda store: store.feedback.newest(5))
    (file_id,) = item.media_ids
    return file_id


async def opens_nameless(day: Day) -> None:
    await day.start()
    await day.press("Согласен")
    await day.press("Нет, спасибо")
    for label in ("⭐ Отзыв", "😞 Пожаловаться", "🕶 Анонимно"):
        await day.press(label)


async def test_a_nameless_picture_keeps_nothing_but_what_is_seen(day, servers):
    day.passes(minutes=17)
    file_id = await complains_without_name(day, "a photo")
    awaited = await media(day, file_id)
    assert (awaited.owner_id, awaited.created_at.hour, awaited.created_at.minute) == (None, 0, 0)
    assert awaited.due_at == awaited.created_at
    assert await fetch_files(day.work) == 1
    file = await media(day, file_id)
    assert file.content == jpeg(traces=False)
    assert GPS not in file.content
    assert state(file) == (*SETTLED, None)
    assert file.created_at == awaited.created_at
    customer = await day.customer()
    said = await day.database.read(lambda store: store.inbox.of_customer(customer.id, 50))
    assert [event for event in said if event.file_id] == []


async def test_a_nameless_picture_that_cannot_be_had_leaves_no_trail_either(day, servers):
    servers.content["a photo"] = b"%PDF-1.7"
    file_id = await complains_without_name(day, "a photo")
    await fetch_files(day.work)
    assert state(await media(day, file_id)) == (*SETTLED, FileTrouble.WRONG_TYPE)


async def test_the_rest_of_a_nameless_album_is_nobodys_either(day, servers):
    await opens_nameless(day)
    for _ in range(2):
        await day.say("", attachment="photo", file="a photo", album="a1")
    await fetch_files(day.work)
    assert servers.asked == ["a photo", "a photo"]
    (item,) = await day.database.read(lambda store: store.feedback.newest(5))
    assert [(await media(day, file_id)).owner_id for file_id in item.media_ids] == [None, None]
    customer = await day.customer()
    said = await day.database.read(lambda store: store.inbox.of_customer(customer.id, 50))
    assert [event for event in said if event.file_id] == []


async def test_where_no_channel_has_files_nothing_is_asked_for(day):
    assert await fetch_files(day.work) == 0
