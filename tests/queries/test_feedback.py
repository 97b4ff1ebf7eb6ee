"""Feedback and review links on both engines: found by what a reader asks for, kept once, counted once."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from storage.feedback import FeedbackWish
from storage.kinds import CaseCause, Channel, FeedbackKind, FeedbackSource, Language, ReviewPlace, Role, Sentiment
from storage.models import Bot, FeedbackItem, ReviewRequest, ReviewSite, Staff

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def item(text: str = "остыло", **more) -> FeedbackItem:
    usual = {"source": FeedbackSource.WALL, "kind": FeedbackKind.REVIEW, "key": uuid4().hex, "at": NOW}
    return FeedbackItem(text=text, **{**usual, **more})


async def keep(database, *items: FeedbackItem) -> None:
    await database.write(lambda store: [store.feedback.add(one) for one in items])


async def opened(database, limit: int = 100, **wish) -> list[str]:
    rows = await database.read(lambda store: store.feedback.open(FeedbackWish(**wish), limit))
    return [row.item.text for row in rows]


async def test_bad_words_come_first_then_the_newest(database):
    await keep(
        database,
        item("новое"),
        item("хвалят", sentiment=Sentiment.POSITIVE, at=NOW - DAY),
        item("ругают", sentiment=Sentiment.NEGATIVE, at=NOW - 3 * DAY),
        item("жалоба", kind=FeedbackKind.COMPLAINT, at=NOW - 2 * DAY),
    )
    assert await opened(database) == ["жалоба", "ругают", "новое", "хвалят"]
    assert await opened(database, 2) == ["жалоба", "ругают"]
    assert await database.read(lambda store: store.feedback.count_open_bad()) == 2


async def test_a_topic_is_found_among_several_and_is_not_a_part_of_another(database):
    waiting, price = CaseCause.WAITING.value, CaseCause.PRICE.value
    await keep(database, item("оба", topics=[price, waiting]), item("цена", topics=[price]), item("ни о чём"))
    assert await opened(database, topic=waiting) == ["оба"]
    assert await opened(database, topic="wait") == []
    assert await opened(database, topic="%") == []


async def test_an_item_comes_in_once_whoever_brings_it(database):
    outcomes = await asyncio.gather(
        *(database.write(lambda store: store.feedback.add(item(key="vk:1:wall_comment:-1:77"))) for _ in range(4))
    )
    assert sorted(outcomes) == [False, False, False, True]


async def test_what_is_dealt_with_or_taken_back_waits_no_more(database):
    staff = await _staff(database)
    done, gone, late = item("сделано"), item("удалено", gone_at=NOW), item("ждёт")
    await keep(database, done, gone, late)
    assert await database.write(lambda store: store.feedback.answer(done.id, staff, NOW))
    assert not await database.write(lambda store: store.feedback.answer(done.id, staff, NOW))
    assert await opened(database) == ["ждёт"]
    rows = await database.read(lambda store: store.feedback.dealt_with(FeedbackWish(), 10))
    assert {row.item.text for row in rows} == {"сделано", "удалено"}


async def test_known_stars_are_added_up_by_branch_and_place(database):
    stars = {"source": FeedbackSource.REVIEW, "place": ReviewPlace.GOOGLE}
    await keep(
        database,
        item(rating=5, **stars),
        item(rating=2, **stars),
        item(rating=1, branch="Лесная", **stars),
        item(rating=None, **stars),
        item(rating=1, at=NOW - 400 * DAY, **stars),
        item(rating=1, gone_at=NOW, **stars),
    )
    found = await database.read(lambda store: store.feedback.stars(NOW - 365 * DAY))
    assert found == {("", ReviewPlace.GOOGLE): (2, 7), ("Лесная", ReviewPlace.GOOGLE): (1, 1)}


# --- links


@pytest.fixture
async def given(database):
    """One customer, and a page of one branch."""

    def unit(store):
        store.bots.register(Bot(id="vk:1", channel=Channel.VK))
        customer = store.customers.add("vk:1", "7", "Анна", Language.RU, NOW)
        site = ReviewSite(branch="Лесная", place=ReviewPlace.VK, url="https://vk.com/reviews-1", created_at=NOW)
        store.reviews.add_site(site)
        return customer, site

    return await database.write(unit)


async def test_many_openings_of_one_link_are_one(database, given):
    customer, site = given
    link = ReviewRequest(customer_id=customer.id, site_id=site.id, at=NOW)
    await database.write(lambda store: store.reviews.add(link))
    await asyncio.gather(
        *(database.write(lambda store, n=n: store.reviews.click(link.id, NOW + n * DAY)) for n in range(3))
    )
    counts = await database.read(lambda store: store.reviews.counts(NOW - DAY))
    assert counts == {site.id: (1, 1, 0)}


async def test_a_word_about_somebody_elses_link_is_not_heard(database, given):
    customer, site = given
    link = ReviewRequest(customer_id=customer.id, site_id=site.id, at=NOW)
    await database.write(lambda store: store.reviews.add(link))
    assert not await database.write(lambda store: store.reviews.say_left(uuid4(), link.id, NOW))
    assert await database.write(lambda store: store.reviews.say_left(customer.id, link.id, NOW))
    await database.write(lambda store: store.reviews.say_left(customer.id, link.id, NOW + DAY))
    kept = await database.read(lambda store: store.reviews.get(link.id))
    assert kept.said_left_at == NOW


async def test_a_days_guests_are_people_and_not_links(database, given):
    customer, site = given

    def unit(store):
        second = ReviewSite(branch="Лесная", place=ReviewPlace.OTHER, url="https://zoon.ru/1", created_at=NOW)
        elsewhere = ReviewSite(branch="Мира", place=ReviewPlace.OTHER, url="https://zoon.ru/2", created_at=NOW)
        for one in (second, elsewhere):
            store.reviews.add_site(one)
        sites = (site, second, elsewhere)
        store.reviews.add(*(ReviewRequest(customer_id=customer.id, site_id=one.id, at=NOW) for one in sites))
        return store.reviews.people_asked("Лесная", NOW), store.reviews.people_asked("Лесная", NOW + DAY)

    assert await database.write(unit) == (1, 0)


async def _staff(database):

    staff = Staff(login="olga", name="Ольга", role=Role.OWNER, created_at=NOW)
    await database.write(lambda store: store.staff.add(staff))
    return staff.id
