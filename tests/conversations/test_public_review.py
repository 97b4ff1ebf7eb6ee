"""Links to review sites after a survey: the same for every score, rarely, and never in bursts."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from loyalty.card import join
from loyalty.programme import save_rules
from loyalty.rules import Rules
from messaging.outbox import enqueue
from messaging.phrases import count, say
from storage.kinds import Language, ReviewPlace, Role, RunEnding, SurveyKind, Touchpoint
from storage.models import ReviewSite, SurveyRun
from surveys import reviews, scales
from surveys.asking import ask, label
from surveys.public_reviews import PublicReview, take
from surveys.review_rules import SETTING

RU = Language.RU
ASK = say(RU, "reviews.ask")
UTC = ZoneInfo("UTC")
SHOP = "https://shop.example"


@pytest.fixture
async def talk(talk):
    talk.business = replace(talk.business, address=SHOP)
    return talk


async def has_page(talk, place=ReviewPlace.YANDEX, branch="", url=""):
    url = url or f"https://{place.value}.example/{branch or 'all'}"
    site = ReviewSite(branch=branch, place=place, url=url, created_at=talk.now)
    await talk.database.write(lambda store: store.reviews.add_site(site))
    return site


def shown(talk):
    """The newest message with review links, as the customer sees it: its words, its buttons and where they lead."""
    asked = [one.message for one in talk.transport.carried if one.message.text == ASK and one.to == talk.me]
    return asked[-1] if asked else None


def places(talk):
    message = shown(talk)
    return [button.label for button in message.buttons if button.url] if message else []


async def rates(talk, kind, score):
    await talk.is_asked(kind)
    await talk.press(label(scales.SCALES[kind], score))
    await talk.say("зашли после работы")


@pytest.mark.parametrize("kind", list(scales.SCALES))
async def test_every_score_is_given_the_same_links_in_the_same_words(talk, kind):
    """Somebody who answers twice a year, with each score of the scale in turn."""
    for place in (ReviewPlace.YANDEX, ReviewPlace.TWO_GIS, ReviewPlace.GOOGLE):
        await has_page(talk, place)
    for score in scales.rows(kind):
        talk.transport.carried.clear()
        await rates(talk, kind, score)
        message = shown(talk)
        assert message is not None, f"nothing for a {score}"
        labels = [button.label for button in message.buttons]
        assert labels == ["Яндекс Карты", "2ГИС", "Google Карты", "Отзыв оставлен"]
        assert all(button.url.startswith(f"{SHOP}/r/") for button in message.buttons[:3])
        talk.passes(days=181)


async def test_who_is_angry_and_has_a_case_is_given_them_too(talk):
    await has_page(talk)
    await talk.is_asked(SurveyKind.NPS)
    said = await talk.say("0, хамство и ужас, верните деньги")
    assert said == [say(RU, "survey.operator_comes"), ASK]
    assert await talk.case() is not None


async def test_what_is_said_to_a_human_about_the_score_ends_in_the_same_gift_and_links(talk):
    """The human answers the words; the survey of who is being talked to ends as everybody's."""
    await has_page(talk)
    await joins(talk)
    await talk.is_asked(SurveyKind.NPS)
    await talk.press("3")
    await talk.operator(press="Взять")
    alerts = len(talk.alerts())
    assert await talk.say("ждали заказ целый час") == [count(RU, "survey.gift", 30), ASK]
    assert any("ждали заказ целый час" in alert for alert in talk.alerts()[alerts:])
    run = await talk.run()
    assert (run.comment, run.ending) == ("ждали заказ целый час", RunEnding.FINISHED)
    assert await talk.say("и чай был холодный") == [], "from here on it is the human's conversation alone"


async def test_the_pages_of_the_visits_branch_come_before_the_common_ones(talk):
    await has_page(talk, ReviewPlace.GOOGLE)
    await has_page(talk, ReviewPlace.TWO_GIS, "Лесная")
    await visits(talk, "Лесная")
    assert places(talk) == ["2ГИС"]


async def test_the_page_with_the_weaker_rating_stands_first_whatever_the_score(talk):
    for place in (ReviewPlace.YANDEX, ReviewPlace.TWO_GIS, ReviewPlace.GOOGLE):
        await has_page(talk, place)
    known = [PublicReview(ReviewPlace.GOOGLE, f"так себе {one}", 3, talk.now) for one in range(6)]
    staff = await talk.hire(Role.OWNER)
    await talk.database.write(lambda store: take(store, known, staff.id, talk.now, UTC, RU))
    for score in (0, 10):
        talk.transport.carried.clear()
        await rates(talk, SurveyKind.NPS, score)
        assert places(talk)[0] == "Google Карты"
        talk.passes(days=181)


async def test_a_branch_without_pages_is_given_the_common_ones(talk):
    await has_page(talk, ReviewPlace.GOOGLE)
    await has_page(talk, ReviewPlace.TWO_GIS, "Лесная")
    await visits(talk, "Мира")
    assert places(talk) == ["Google Карты"]


async def test_a_page_that_is_off_is_asked_for_by_nobody(talk):
    site = await has_page(talk)
    site.is_on = False
    await talk.database.write(lambda store: store.reviews.save_site(site))
    await rates(talk, SurveyKind.NPS, 9)
    assert shown(talk) is None


async def test_one_site_is_asked_for_once_in_half_a_year(talk):
    await has_page(talk)
    await rates(talk, SurveyKind.NPS, 9)
    talk.transport.carried.clear()
    talk.passes(days=179)
    await rates(talk, SurveyKind.NPS, 9)
    assert shown(talk) is None
    talk.passes(days=2)
    await rates(talk, SurveyKind.NPS, 9)
    assert places(talk) == ["Яндекс Карты"]


async def test_a_site_whose_link_was_opened_is_never_asked_for_again(talk):
    await has_page(talk)
    await has_page(talk, ReviewPlace.GOOGLE)
    await rates(talk, SurveyKind.NPS, 9)
    link = next(button.url for button in shown(talk).buttons if button.label == "Яндекс Карты")
    await talk.database.write(lambda store: store.reviews.click(UUID(link.rpartition("/")[2]), talk.now))
    talk.passes(days=400)
    await rates(talk, SurveyKind.NPS, 9)
    assert places(talk) == ["Google Карты"]


async def test_without_an_https_address_the_sites_are_linked_to_directly(talk):
    talk.business = replace(talk.business, address="http://localhost:8000")
    site = await has_page(talk)
    await rates(talk, SurveyKind.NPS, 9)
    assert shown(talk).buttons[0].url == site.url


# --- «I left a review»


async def test_what_they_say_is_kept_as_their_word(talk):
    site = await has_page(talk)
    await rates(talk, SurveyKind.NPS, 9)
    assert await talk.press("Отзыв оставлен") == [say(RU, "reviews.thanks")]
    counts = await talk.database.read(lambda store: store.reviews.counts(talk.now))
    assert counts[site.id] == (1, 0, 1)


async def test_of_several_links_they_are_asked_which(talk):
    await has_page(talk)
    google = await has_page(talk, ReviewPlace.GOOGLE)
    await rates(talk, SurveyKind.NPS, 9)
    assert await talk.press("Отзыв оставлен") == [say(RU, "reviews.where")]
    assert await talk.press("Google Карты") == [say(RU, "reviews.thanks")]
    counts = await talk.database.read(lambda store: store.reviews.counts(talk.now))
    assert {site for site, one in counts.items() if one.said_left} == {google.id}


async def test_the_one_they_opened_needs_no_question(talk):
    await has_page(talk)
    await has_page(talk, ReviewPlace.GOOGLE)
    await rates(talk, SurveyKind.NPS, 9)
    run, customer = await talk.run(), await talk.customer()

    def opens(store):
        first = store.reviews.of_run(customer.id, run.id)[0]
        store.reviews.click(first.id, talk.now)

    await talk.database.write(opens)
    assert await talk.press("Отзыв оставлен") == [say(RU, "reviews.thanks")]


# --- not in bursts


async def test_no_more_than_five_guests_a_day_are_sent_to_one_branch(talk):
    await has_page(talk)
    assert await given(talk, 8) == 5
    talk.passes(hours=24)
    assert await given(talk, 8) == 5


async def test_the_business_says_how_many(talk):
    await has_page(talk)
    staff = await talk.hire(Role.OWNER)
    await talk.database.write(lambda store: store.business.change(SETTING, 2, staff.id, talk.now))
    assert await given(talk, 4) == 2


async def test_many_who_answer_at_once_are_no_more_than_the_day_takes(talk):
    await has_page(talk)
    guests = await strangers(talk, 8)
    asked = await asyncio.gather(
        *(talk.database.write(lambda store, one=one: _links(talk, store, one)) for one in guests)
    )
    assert sum(map(bool, asked)) == 5


async def test_each_branch_has_a_day_of_its_own(talk):
    await has_page(talk, branch="Лесная")
    await has_page(talk, branch="Мира")
    assert await given(talk, 7, "Лесная") == 5
    assert await given(talk, 7, "Мира") == 5


# --- points for our own survey


@pytest.mark.parametrize("score", [0, 6, 7, 10])
async def test_points_are_given_for_the_answer_and_are_the_same_for_every_score(talk, score):
    await joins(talk)
    await rates(talk, SurveyKind.NPS, score)
    customer = await talk.customer()
    assert (await talk.database.read(lambda store: store.points.balance(customer.id, talk.now))).available == 30


async def test_rating_us_again_and_again_from_the_menu_earns_nothing(talk):
    await joins(talk)
    await talk.say("/rate")
    await talk.press("10")
    await talk.say("зашли после работы")
    customer = await talk.customer()
    assert (await talk.database.read(lambda store: store.points.balance(customer.id, talk.now))).available == 0


async def joins(talk):
    await talk.start()
    customer, staff = await talk.customer(), await talk.hire(Role.OWNER)

    def unit(store):
        save_rules(store, Rules(review_points=30), staff, talk.now)
        join(store, customer.id, talk.now)

    await talk.database.write(unit)


async def visits(talk, branch):
    """Asked about a visit to this branch, and answers."""
    await talk.start()
    customer = await talk.customer()

    def unit(store):
        visit = {"touchpoint": Touchpoint.VISIT, "branch": branch}
        message = ask(store, customer, talk.bot_id, SurveyKind.CSAT, talk.now, **visit, business="Корица")
        enqueue(store, talk.me, [message], talk.now, customer_id=customer.id)

    await talk.database.write(unit)
    await talk.relay.deliver_due()
    await talk.press("5 ⭐")
    await talk.say("зашли после работы")


async def strangers(talk, many):
    def unit(store):
        known = store.customers.add
        return [known(talk.bot_id, uuid4().hex, "", RU, talk.now) for _ in range(many)]

    return await talk.database.write(unit)


async def given(talk, many, branch=""):
    """How many of so many guests were given links."""
    asked = 0
    for guest in await strangers(talk, many):
        asked += bool(await talk.database.write(lambda store, guest=guest: _links(talk, store, guest, branch)))
    return asked


def _links(talk, store, guest, branch=""):
    run = SurveyRun(
        customer_id=guest.id,
        survey="nps",
        kind=SurveyKind.NPS,
        touchpoint=Touchpoint.VISIT,
        bot_id=talk.bot_id,
        branch=branch,
        asked_at=talk.now,
        expires_at=talk.now + timedelta(days=1),
    )
    store.surveys.add(run)
    return reviews.links(store, guest, run, SHOP, talk.now, UTC)
