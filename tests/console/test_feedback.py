"""The pages about feedback and review sites, as staff use them."""

from datetime import timedelta
from uuid import uuid4

import pytest

from storage.kinds import (
    CaseCause,
    FeedbackKind,
    FeedbackSource,
    Language,
    ReviewPlace,
    Role,
    Sentiment,
)
from storage.models import FeedbackItem, ReviewRequest, ReviewSite
from surveys.review_rules import SETTING
from tests.console.test_pages import plain

MAPS = "https://yandex.ru/maps/org/korica/1/reviews/"


@pytest.fixture
async def marketer(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        yield browser


async def read(browser, path: str) -> str:
    answer = await browser.get(f"/console{path}")
    assert answer.status_code == 200
    return plain(answer.text)


async def said(shop, text: str = "остыло", **more) -> FeedbackItem:
    values = {"source": FeedbackSource.WALL, "kind": FeedbackKind.COMPLAINT, "sentiment": Sentiment.NEGATIVE, **more}
    item = FeedbackItem(text=text, key=uuid4().hex, at=values.pop("at", shop.now), **values)
    await shop.database.write(lambda store: store.feedback.add(item))
    return item


# --- what is said


async def test_what_waits_comes_before_what_is_done_and_the_bad_before_the_good(shop, marketer):
    await said(shop, "спасибо", kind=FeedbackKind.PRAISE, sentiment=Sentiment.POSITIVE)
    await said(shop, "хамят", at=shop.now - timedelta(days=3))
    await said(shop, "забыто", answered_at=shop.now, answered_by=shop.staff[Role.OWNER].id)
    page = await read(marketer, "/feedback")
    assert page.index("хамят") < page.index("спасибо") < page.index("забыто")


async def test_what_is_dealt_with_waits_no_more_and_says_who_did_it(shop, marketer):
    item = await said(shop)
    answer = await marketer.post(f"/console/feedback/{item.id}/done", data={})
    page = plain((await marketer.get(answer.headers["location"])).text)
    assert "Отмечено как разобранное." in page and "Всё разобрано." in page
    assert "Разобрано: Marketer" in page
    again = await marketer.post(f"/console/feedback/{item.id}/done", data={})
    assert "notice=gone" in again.headers["location"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("source=board", "на доске"),
        ("kind=praise", "хвалят"),
        ("sentiment=positive", "хвалят"),
        ("branch=Лесная", "в лесной"),
        ("topic=waiting", "ждали"),
    ],
)
async def test_a_reader_sees_what_they_ask_for(shop, marketer, query, found):
    await said(shop, "на доске", source=FeedbackSource.BOARD)
    await said(shop, "хвалят", kind=FeedbackKind.PRAISE, sentiment=Sentiment.POSITIVE)
    await said(shop, "в лесной", branch="Лесная")
    await said(shop, "ждали", topics=[CaseCause.STAFF.value, CaseCause.WAITING.value])
    page = await read(marketer, f"/feedback?{query}")
    shown = [words for words in ("на доске", "хвалят", "в лесной", "ждали") if f">{words}</blockquote>" in page]
    assert shown == [found]


async def test_what_was_said_without_a_name_names_nobody(shop, marketer):
    customer = await shop.customer("Анна Петрова")
    await said(shop, "воруют", source=FeedbackSource.ANONYMOUS, author="Анна Петрова", customer_id=customer.id)
    answer = (await marketer.get("/console/feedback")).text
    assert "Сказано без имени" in answer and "воруют" in answer
    assert "Анна" not in answer and str(customer.id) not in answer


async def test_whom_it_is_about_the_owner_alone_reads(shop, browse):
    await said(shop, seller="Пётр")
    for role, sees in ((Role.OWNER, True), (Role.ADMIN, False), (Role.OPERATOR, False)):
        async with browse() as browser:
            await shop.let_in(browser, role)
            assert ("Пётр" in await read(browser, "/feedback")) is sees


async def test_an_item_leads_to_its_place_its_author_and_its_case(shop, browse):
    case = await shop.complaint("Анна", "хамят")
    await said(shop, customer_id=case.customer_id, case_id=case.id, url="https://vk.com/wall-1_45?reply=77")
    async with browse() as browser:
        await shop.let_in(browser, Role.OPERATOR)
        page = (await browser.get("/console/feedback")).text
    assert 'href="https://vk.com/wall-1_45?reply=77" target="_blank" rel="noopener noreferrer"' in page
    assert f"/console/customers/{case.customer_id}" in page
    assert f"/console/inbox/{case.id}" in page and f"Обращение № {case.number}" in plain(page)


async def test_words_that_are_markup_stay_words(shop, marketer):
    await said(shop, "<script>alert(1)</script>", author="<b>x</b>")
    page = (await marketer.get("/console/feedback")).text
    assert "<script>alert" not in page and "<b>x</b>" not in page


async def test_what_its_author_took_back_is_not_shown(shop, marketer):
    await said(shop, "", gone_at=shop.now)
    page = await read(marketer, "/feedback")
    assert "Автор удалил эти слова" in page and "Всё разобрано." in page


async def test_older_ones_are_a_page_further(shop, marketer):
    for number in range(32):
        at = shop.now - timedelta(minutes=number)
        await said(shop, f"слова-{number}.", at=at, answered_at=shop.now)
    first = (await marketer.get("/console/feedback")).text
    assert "слова-29." in first and "слова-30." not in first
    link = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = (await marketer.get(link)).text
    assert "слова-30." in second and "слова-29." not in second


# --- reviews brought by hand


async def test_a_review_is_written_down_once(shop, marketer):
    form = {
        "place": "two_gis",
        "branch": "Лесная",
        "rating": "2",
        "date": "2026-03-01",
        "author": "Олег",
        "text": "долго",
    }
    answer = await marketer.post("/console/feedback/reviews", data=form)
    page = plain((await marketer.get(answer.headers["location"])).text)
    assert "Отзыв записан." in page
    for words in ("2ГИС", "Лесная", "Олег", "долго", "недовольны"):
        assert words in page
    again = await marketer.post("/console/feedback/reviews", data=form)
    assert "review.known" in again.headers["location"]


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ({"text": "", "rating": ""}, "Нет ни текста, ни оценки."),
        ({"date": "завтра"}, "Это не дата."),
        ({"date": "2026-04-01"}, "Дата ещё не наступила."),
        ({"url": "javascript:alert(1)"}, "Ссылка должна начинаться с https://"),
    ],
)
async def test_a_review_that_cannot_be_is_refused_with_the_reason_and_kept_in_the_form(shop, marketer, field, why):
    form = {"place": "google", "rating": "5", "date": "2026-03-01", "text": "вкусно", "author": "Олег", **field}
    answer = await marketer.post("/console/feedback/reviews", data=form)
    assert answer.status_code == 422
    assert why in plain(answer.text) and 'value="Олег"' in answer.text


async def test_a_file_is_read_row_by_row_and_brought_again_changes_nothing(shop, marketer):
    lines = (
        "Дата;Оценка;Текст;Автор;Площадка",
        "01.03.2026;5;Вкусно;Анна;Яндекс Карты",
        "28.02.2026;★★☆☆☆;«Ждали; час»;Олег;2ГИС",
        "01.01.2026;4 из 5;Давно;Ира;Google",
        "01.03.2026;7;Семь;Ия;ВК",
        "01.03.2026;;;Никто;ВК",
    )
    content = "\n".join(lines).replace("«Ждали; час»", '"Ждали; час"').encode()
    page = plain((await brings(marketer, content)).text)
    assert "3 новых отзыва" in page and "2 не приняты" in page
    assert (
        "Строка 5:</strong> Оценка должна быть от 1 до 5." in page
        and "Строка 6:</strong> Нет ни текста, ни оценки." in page
    )
    again = plain((await brings(marketer, content)).text)
    assert "0 новых отзывов" in again and "3 уже были" in again
    feedback = await read(marketer, "/feedback")
    assert feedback.index("Ждали; час") < feedback.index("Вкусно") < feedback.index("Давно")
    assert "Разобрано: Marketer" in feedback  # two months old: history


async def test_a_long_review_is_taken_whole(shop, marketer):
    words = "очень вкусно " * 100
    answer = await brings(marketer, f"date,text\n2026-03-01,{words}\n".encode())
    assert "1 новый отзыв" in plain(answer.text)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Выберите файл"),
        (b"PK\x03\x04rest", "Это книга Excel."),
        ("Дата;Имя\n01.03.2026;Анна\n".encode(), "столбца с текстом или с оценкой"),
        ("Текст;Имя\nвкусно;Анна\n".encode(), "столбца с датой"),
    ],
)
async def test_a_file_that_holds_no_reviews_is_refused_with_the_reason(shop, marketer, content, why):
    answer = await brings(marketer, content)
    assert answer.status_code == 422 and why in plain(answer.text)


async def brings(browser, content: bytes):
    return await browser.post("/console/feedback/reviews/file", files={"file": ("reviews.csv", content)})


# --- where we ask


async def test_a_page_is_added_with_its_numbers_and_can_be_switched_off(shop, marketer):
    answer = await marketer.post("/console/reviews", data={"branch": "Лесная", "place": "yandex", "url": MAPS})
    page = plain((await marketer.get(answer.headers["location"])).text)
    assert "Лесная" in page and MAPS in page and "Ещё никому не предлагали." in page
    (site,) = await shop.database.read(lambda store: store.reviews.sites())
    await marketer.post(f"/console/reviews/{site.id}", data={"on": "no"})
    assert "выключена" in await read(marketer, "/reviews")
    assert await shop.database.read(lambda store: store.reviews.sites_on("Лесная")) == []


async def test_the_share_of_openings_has_its_interval_or_says_that_it_is_too_early(shop, marketer):
    site = ReviewSite(place=ReviewPlace.YANDEX, url=MAPS, created_at=shop.now)
    await shop.database.write(lambda store: store.reviews.add_site(site))
    customer = await shop.customer("Анна")

    def links(store, many, clicked):
        given = [
            ReviewRequest(
                customer_id=customer.id, site_id=site.id, at=shop.now, clicked_at=shop.now if one < clicked else None
            )
            for one in range(many)
        ]
        store.reviews.add(*given)

    await shop.database.write(lambda store: links(store, 29, 10))
    assert "Мало данных" in await read(marketer, "/reviews")
    await shop.database.write(lambda store: links(store, 11, 10))
    assert "Открывают 50 %, вероятнее всего от 35 % до 65 %." in await read(marketer, "/reviews")


@pytest.mark.parametrize(
    ("place", "url", "why"),
    [
        ("yandex", "", "Укажите адрес страницы."),
        ("yandex", "http://yandex.ru/maps/1", "должен начинаться с https://"),
        ("yandex", "javascript:alert(1)", "должен начинаться с https://"),
        ("yandex", "https://2gis.ru/firm/1", "Это адрес другой площадки."),
        ("other", "https://127.0.0.1/x", "Это не адрес сайта."),
    ],
)
async def test_an_address_that_is_no_page_of_ours_is_refused_with_the_reason(shop, marketer, place, url, why):
    answer = await marketer.post("/console/reviews", data={"place": place, "url": url})
    assert answer.status_code == 422 and why in plain(answer.text)
    assert await shop.database.read(lambda store: store.reviews.sites()) == []


async def test_the_same_page_is_not_added_twice_and_a_sixth_is_too_many(shop, marketer):
    await marketer.post("/console/reviews", data={"place": "yandex", "url": MAPS})
    twice = await marketer.post("/console/reviews", data={"place": "yandex", "url": MAPS})
    assert "уже есть" in plain(twice.text)
    for number in range(4):
        await marketer.post("/console/reviews", data={"place": "other", "url": f"https://site{number}.example/"})
    sixth = await marketer.post("/console/reviews", data={"place": "other", "url": "https://one-more.example/"})
    assert "Больше пяти" in plain(sixth.text)


async def test_how_many_a_day_is_a_setting_and_reward_for_reviews_is_none(shop, marketer):
    await marketer.post("/console/reviews/pace", data={"per_day": "3"})
    setting = await shop.database.read(lambda store: store.business.setting(SETTING))
    assert setting.value == 3
    wrong = await marketer.post("/console/reviews/pace", data={"per_day": "много"})
    assert wrong.status_code == 422 and "от 0 до 100" in plain(wrong.text)
    page = (await marketer.get("/console/reviews")).text
    assert "включить это нельзя" in page
    assert {name.partition('"')[0] for name in page.split('name="')[1:]} - {"viewport", "color-scheme"} == {
        "branch",
        "place",
        "url",
        "per_day",
    }


async def test_in_english_the_pages_are_english(shop, browse):
    await shop.hire("ann", Role.MARKETER, Language.EN)
    await said(shop)
    async with browse() as browser:
        ann = await shop.database.read(lambda store: store.staff.by_login("ann"))
        shop.staff[Role.MARKETER] = ann
        await shop.let_in(browser, Role.MARKETER)
        assert "unhappy" in await read(browser, "/feedback")
        assert "Where we ask" in await read(browser, "/reviews")
        assert "One review" in await read(browser, "/feedback/reviews")
